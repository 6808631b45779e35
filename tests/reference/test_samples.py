"""The made-up class: derived from the reference by edits, handed in as platforms do, drawn by a seed."""

import ast
from pathlib import Path

import pytest

from grader.assignment.definition import Assignment
from grader.reading.submission import Submission
from grader.syntax.source import function_sources
from reference.samples import Sample, generated, samples, write_samples
from reference.samples.demo_class import compose
from reference.samples.faults import FAULTS, FUNCTIONS
from reference.samples.texts import CNN, LAYERS, Edit, apply_edits, solved, stubbed

BY_NAME = {sample.name: sample for sample in samples()}


def functions_of(text: str) -> dict[str, str]:
    return {node.name: ast.unparse(node) for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def test_edit_applies_exactly_once_or_not_at_all() -> None:
    files = {LAYERS: "a = 1\nb = 1\n"}
    assert apply_edits(files, [Edit(LAYERS, "a = 1", "a = 2")]) == {LAYERS: "a = 2\nb = 1\n"}
    for old in ("c = 1", "= 1"):
        with pytest.raises(ValueError, match="times what an edit replaces once"):
            apply_edits(files, [Edit(LAYERS, old, "")])


@pytest.mark.parametrize("key", FAULTS)
def test_fault_applies_to_the_reference_and_changes_it(key: str) -> None:
    sample = compose("one", "One", key)
    texts = {place: content.decode().partition("\n")[2] for place, content in sample.files.items()}
    assert any(texts[place] != solved(place) for place in texts)
    assert set(sample.loses) <= set(FUNCTIONS)


def test_faults_of_different_slots_apply_together() -> None:
    slots: dict[str, list[str]] = {}
    for key, fault in FAULTS.items():
        slots.setdefault(fault.slot, []).append(key)
    for turn in range(max(map(len, slots.values()))):
        compose("all", "All", *(keys[turn % len(keys)] for keys in slots.values()))


def test_stubs_leave_the_functions_that_are_done() -> None:
    whole, part = functions_of(solved(LAYERS)), functions_of(stubbed(LAYERS, ("conv_forward_naive",)))
    assert [name for name in whole if whole[name] == part[name]] == ["conv_forward_naive"]
    assert "YOUR CODE" not in solved(LAYERS) + stubbed(LAYERS) + solved(CNN) + stubbed(CNN)


def test_class_of_the_demo_has_names_that_fit_anywhere() -> None:
    assert len(BY_NAME) == len(samples()) >= 15
    assert all(name.isascii() and name == name.lower() and " " not in name for name in BY_NAME)
    assert sum(not sample.student.isascii() for sample in samples()) >= 3
    assert {sample.kind for sample in samples()} == {"folder", "zip", "flat", "notebook", "both"}
    assert not BY_NAME["amara-okafor"].loses


def test_written_samples_are_read_back_as_the_same_answer_files(tmp_path: Path) -> None:
    assignment = Assignment.load()
    paths = write_samples(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(paths) == len(samples())
    for sample, path in zip(samples(), paths, strict=True):
        submission = Submission.from_path(path, assignment)
        assert submission.name == sample.name
        assert (submission.kind == "notebook") == (sample.kind == "notebook")
        for place in (LAYERS, CNN) if sample.kind not in ("notebook", "both") else ():
            assert submission.files[place] == sample.files[place], (sample.name, place)


def test_functions_in_cells_are_those_of_the_files(tmp_path: Path) -> None:
    assignment = Assignment.load()
    for name in ("sofia-marino", "ravi-nair"):
        (path,) = write_samples(tmp_path, [name])
        submission = Submission.from_path(path, assignment)
        assert submission.notebook
        shown = {source.function: source for source in function_sources(submission, assignment)}
        for place in (LAYERS, CNN):
            for function, text in functions_of(BY_NAME[name].files[place].decode()).items():
                if function in FUNCTIONS:
                    assert functions_of(shown[function].code)[function] == text
                    assert " cell " in shown[function].file


def test_writing_twice_gives_the_same_bytes_and_some_can_be_chosen(tmp_path: Path) -> None:
    name = "aoife-ni-bhriain"
    (one,), (two,) = (write_samples(tmp_path / folder, [name]) for folder in "ab")
    assert one.suffix == ".zip"
    assert one.read_bytes() == two.read_bytes()
    with pytest.raises(KeyError, match="nobody"):
        write_samples(tmp_path, ["nobody"])


def test_generated_class_is_drawn_by_its_seed() -> None:
    def content(sample: Sample) -> tuple[str, tuple[bytes, ...]]:
        return sample.name, tuple(sample.files.values())

    small, large = list(generated(30, 7)), list(generated(300, 7))
    assert [content(sample) for sample in small] == [content(sample) for sample in large[:30]]
    assert [content(sample) for sample in generated(30, 8)] != [content(sample) for sample in small]
    assert len({sample.name for sample in large}) == 300
    assert all(sample.name.isascii() for sample in large)


def test_generated_class_has_about_the_shares_of_a_real_one() -> None:
    crowd = list(generated(1000, 7))
    share = sum("[pad:-pad]" in sample.title for sample in crowd) / len(crowd)
    assert 0.35 < share < 0.55  # half of those who have finished
    assert 0.05 < sum(sample.title.startswith("unfinished") for sample in crowd) / len(crowd) < 0.15
    assert any(not sample.loses for sample in crowd)
