"""The archive repeats itself byte by byte, verifies itself, tells what differs; both sources give the same cases."""

import json
import shutil
import zipfile
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from reference_cases import CASES

from grader.assignment.definition import Assignment, FunctionSpec
from grader.assignment.golden_cases import (
    ArchiveGoldens,
    LiveGoldens,
    NoGoldens,
    build_archive,
    public_goldens,
    read_small_cases,
)
from grader.assignment.golden_differences import archive_differences
from grader.assignment.points_and_limits import Rubric
from grader.assignment.solution_cases import source_digest
from grader.model.errors import GraderFault, UnusableAssignment

ASSIGNMENT = Assignment.load()
COMMITTED = Path(__file__).parents[2] / "grader" / "checks" / "goldens"
NOTEBOOK = "conv_forward_naive/notebook"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    build_archive(ASSIGNMENT, folder)
    return folder


@pytest.fixture
def copy(archive, tmp_path):
    return shutil.copytree(archive, tmp_path / "archive")


def rewrite(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def rewrite_array(folder, key, change):
    with np.load(folder / "cases.npz") as stored:
        arrays = dict(stored)
    arrays[key] = change(arrays[key])
    np.savez(folder / "cases.npz", **arrays)


def live(seed=7):
    spec = FunctionSpec("layers", ("out",))
    no_files = MappingProxyType({})
    assignment = Assignment(
        COMMITTED.parent, "t", "reference", 231, no_files, (), (), MappingProxyType({"f": spec}), Rubric()
    )
    return LiveGoldens(assignment, seed)


def assert_same(first, second):
    assert type(first) is type(second)
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, np.ndarray):
        assert (first.dtype, first.shape) == (second.dtype, second.shape)
        assert np.array_equal(first, second)
    else:
        assert first == second


def test_archive_repeats_itself_byte_by_byte(archive, tmp_path):
    build_archive(ASSIGNMENT, tmp_path)
    for name in ("cases.npz", "manifest.json"):
        assert (tmp_path / name).read_bytes() == (archive / name).read_bytes()


def test_archive_holds_public_cases_only(archive):
    names = [row["name"] for row in json.loads((archive / "manifest.json").read_text())["cases"]]
    assert names == CASES.names(drawn=False)
    assert not [entry for entry in zipfile.ZipFile(archive / "cases.npz").namelist() if "drawn" in entry]


def test_archive_says_how_it_was_made(archive):
    manifest = json.loads((archive / "manifest.json").read_text())
    assert manifest["seed"] == 231
    assert manifest["source"] == source_digest(ASSIGNMENT)
    assert manifest["made_with"]["numpy"] == np.__version__


def test_fresh_archive_verifies(archive):
    assert archive_differences(ASSIGNMENT, archive) == []


def test_committed_archive_verifies_and_is_small():
    assert archive_differences(ASSIGNMENT, COMMITTED) == []
    # That of known mistakes has a test of its own.
    assert sum((COMMITTED / name).stat().st_size for name in ("cases.npz", "manifest.json")) < 900_000


def test_small_cases_are_read_in_order_and_verified(copy):
    small = read_small_cases(ASSIGNMENT)
    assert [case.name for case in small["relu"]] == ["relu/small1", "relu/small2", "relu/small3"]
    rewrite_array(copy / "small", "relu/small1/expected.out", lambda out: out + 1)
    (told,) = archive_differences(ASSIGNMENT, copy)
    assert told.startswith("relu/small1/expected.out differs")


def test_archive_made_with_another_blas_verifies(copy):
    rewrite_array(copy, f"{NOTEBOOK}/expected.out", lambda out: out * (1 + 1e-15))
    assert archive_differences(ASSIGNMENT, copy) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda out: out * 1.001, "differs by 1.0e-03 of its largest value"),
        (lambda out: out.reshape(2, 3, 4), "is float64 (2, 3, 4) in the archive, float64 (2, 3, 2, 2) now"),
        (lambda out: out * np.nan, "differs by nan of its largest value"),
        (lambda out: out.astype(np.float32), "is float32 (2, 3, 2, 2) in the archive"),
    ],
)
def test_changed_array_is_told(copy, change, sentence):
    rewrite_array(copy, f"{NOTEBOOK}/expected.out", change)
    (told,) = archive_differences(ASSIGNMENT, copy)
    assert told.startswith(f"{NOTEBOOK}/expected.out {sentence}")


def test_changed_labels_are_told(copy):
    rewrite_array(copy, "softmax_loss/scores/inputs.y", lambda y: y + 1)
    assert archive_differences(ASSIGNMENT, copy) == ["softmax_loss/scores/inputs.y has other values now."]


def test_missing_and_unknown_cases_are_told(copy):
    rewrite(copy, lambda manifest: manifest["cases"][0].update(name="affine/of-old"))
    told = archive_differences(ASSIGNMENT, copy)
    assert told == ["affine/matrix is missing from the archive.", "affine/of-old of the archive is no longer a case."]


def test_changed_setting_is_told(copy):
    def change(manifest):
        (row,) = (row for row in manifest["cases"] if row["name"] == NOTEBOOK)
        row["inputs"]["dict"]["conv_param"]["dict"]["stride"] = 1

    rewrite(copy, change)
    assert archive_differences(ASSIGNMENT, copy) == [f"{NOTEBOOK} has other inputs now."]


def test_unreadable_archive_is_told(tmp_path):
    (told,) = archive_differences(ASSIGNMENT, tmp_path)
    assert "cannot be read" in told


def test_archive_of_another_seed_is_refused(copy):
    rewrite(copy, lambda manifest: manifest.update(seed=1))
    assert archive_differences(ASSIGNMENT, copy) == [
        f"The archive in {copy} is of seed 1; public_seed in assignment.toml is 231."
    ]
    with pytest.raises(UnusableAssignment, match="was made with the seed 1, and public_seed"):
        ArchiveGoldens(copy, 231)


def test_archive_and_reference_give_the_same_cases_with_the_public_seed(archive):
    stored, fresh = ArchiveGoldens(archive, 231), live(231)
    for name in CASES.names(drawn=False):
        assert_same(stored(name).inputs, fresh(name).inputs)
        assert_same(stored(name).expected, fresh(name).expected)
        assert stored(name).call == fresh(name).call


def test_hidden_cases_come_from_the_secret_seed():
    name = "conv_forward_naive/drawn1"
    assert_same(live(7)(name).inputs, live(7)(name).inputs)
    assert_same(live(7)(name).inputs, CASES.build(name, 7)[0])
    assert live(7)(name).hidden
    assert not live(7)(NOTEBOOK).hidden


def test_cases_of_the_kit_have_other_numbers_of_the_same_shapes_with_a_secret_seed(archive):
    stored = ArchiveGoldens(archive, 231)
    for name in CASES.names(drawn=False):
        known, asked = stored(name), live(7)(name)
        if name.partition("/")[2].startswith("notebook"):
            assert_same(known.inputs, asked.inputs)
            assert (known.hidden, asked.hidden) == (False, False)
        else:
            assert known.call == asked.call or "initial" in name
            assert asked.hidden
            assert not known.hidden
            for key, value in arrays_of(known.inputs).items():
                other = arrays_of(asked.inputs)[key]
                assert (value.dtype, value.shape) == (other.dtype, other.shape), (name, key)
                assert fixed(key, value) or not np.array_equal(value, other), (name, key)


def arrays_of(inputs, path=""):
    found = {path: inputs} if isinstance(inputs, np.ndarray) else {}
    for key, item in inputs.items() if isinstance(inputs, dict) else ():
        found |= arrays_of(item, f"{path}.{key}")
    return found


def fixed(key, value):
    """Whether an array may be the same for every seed: the notebook's image filters, its gamma and beta, labels."""
    return value.dtype.kind == "i" or len(np.unique(value)) < 10


def test_each_case_is_computed_once():
    goldens = live()
    assert goldens(NOTEBOOK) is goldens(NOTEBOOK)


def test_cases_cannot_be_changed(archive):
    for goldens in (ArchiveGoldens(archive, 231), live()):
        case = goldens(NOTEBOOK)
        with pytest.raises(ValueError, match="read-only"):
            case.expected["out"][0] = 1
        with pytest.raises(ValueError, match="read-only"):
            case.inputs["x"] += 1


def test_unknown_case_is_our_fault(archive):
    for goldens in (ArchiveGoldens(archive, 231), live()):
        with pytest.raises(GraderFault, match="conv_forward_naive/nothing"):
            goldens("conv_forward_naive/nothing")


def test_missing_solution_is_said():
    assignment = Assignment(
        COMMITTED.parent, "t", "no_such_solution", 231, MappingProxyType({}), (), (), MappingProxyType({}), Rubric()
    )
    with pytest.raises(UnusableAssignment, match="'no_such_solution' is not installed"):
        LiveGoldens(assignment, 1)


def test_sources_name_what_they_come_from(archive):
    assert ArchiveGoldens(archive, 231).digest == json.loads((archive / "manifest.json").read_text())["digest"]
    assert live().digest == source_digest(ASSIGNMENT)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "cases.npz").unlink(), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "is damaged"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "not of format 1"),
        (lambda folder: rewrite(folder, lambda m: m.update(format=0)), "not of format 1"),
        (lambda folder: rewrite(folder, lambda m: m.pop("cases")), "lacks its digest or its cases"),
        (lambda folder: rewrite(folder, lambda m: m["cases"][0].pop("call")), "damaged case"),
        (lambda folder: rewrite(folder, lambda m: m["cases"].append(3)), "damaged case"),
        (lambda folder: rewrite(folder, lambda m: m["cases"][0].update(inputs={"odd": []})), "damaged case"),
        (lambda folder: rewrite(folder, lambda m: m["cases"][0].update(inputs={"array": "x"})), "damaged case"),
        (lambda folder: (folder / "cases.npz").write_bytes(b"PK"), "is damaged"),
        (lambda folder: (folder / "cases.npz").write_bytes(b""), "is damaged"),
        (lambda folder: np.savez(folder / "cases.npz", a=np.array([{}], dtype=object)), "is damaged"),
        (lambda folder: np.savez(folder / "cases.npz", a=np.ones(1)), "are not those that"),
        (lambda folder: rewrite_array(folder, f"{NOTEBOOK}/expected.out", lambda out: out + 1), "are not those that"),
    ],
)
def test_broken_archive_is_refused_in_one_sentence(copy, spoil, sentence):
    spoil(copy)
    with pytest.raises(UnusableAssignment, match=sentence) as caught:
        ArchiveGoldens(copy, 231)
    assert "\n" not in str(caught.value)


def test_cut_archive_is_refused(copy):
    data = (copy / "cases.npz").read_bytes()
    (copy / "cases.npz").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnusableAssignment, match=r"cases\.npz is damaged"):
        ArchiveGoldens(copy, 231)


def test_flipped_byte_is_noticed(copy):
    data = bytearray((copy / "cases.npz").read_bytes())
    data[len(data) // 2] ^= 255
    (copy / "cases.npz").write_bytes(data)
    with pytest.raises(UnusableAssignment):
        ArchiveGoldens(copy, 231)


FOLDER = """
title = "T"
solution = "../solution"
public_seed = 5
[modules]
main = "main.py"
[sections]
order = ["S"]
[functions]
f = { module = "main", returns = ["y"] }
"""
KINDS = """
from grader.judging import Kind
from .main import f

KINDS = {"f": Kind({"one": lambda rng: {"n": int(rng.randint(99))}, "drawn1": lambda rng: {"n": 1}}, lambda i: f(**i))}
"""


@pytest.fixture
def small(tmp_path):
    """An assignment whose solution is a folder beside it, with cases that hold no array."""
    checks, solution = tmp_path / "checks", tmp_path / "solution"
    checks.mkdir()
    solution.mkdir()
    (checks / "assignment.toml").write_text(FOLDER)
    (checks / "rubric.toml").write_text("")
    (solution / "main.py").write_text("def f(n):\n    return {'y': n + 1}\n")
    (solution / "cases.py").write_text(KINDS)
    return Assignment.load(checks)


def test_a_solution_in_a_folder_makes_its_archive(small):
    folder = small.folder / "goldens"
    assert isinstance(public_goldens(small), NoGoldens)
    build_archive(small, folder)
    stored, fresh = public_goldens(small)("f/one"), LiveGoldens(small, 5)("f/one")
    assert stored.expected["y"] == stored.inputs["n"] + 1
    assert (stored.inputs, stored.expected) == (fresh.inputs, fresh.expected)
    assert archive_differences(small, folder) == []


def test_a_solution_without_cases_is_told_only_where_they_are_asked_for(small):
    (small.folder.parent / "solution" / "cases.py").unlink()
    with pytest.raises(UnusableAssignment, match="has no module 'cases'"):
        build_archive(small, small.folder / "goldens")
    with pytest.raises(GraderFault, match=r"asks for 'f/one', and the solution \.\./solution has no module `cases`"):
        LiveGoldens(small, 1)("f/one")
    with pytest.raises(GraderFault, match=r"asks for 'f/one'; there is no .*, which `grader golden build` makes"):
        public_goldens(small)("f/one")


def test_cases_that_are_no_kinds_are_told(small):
    (small.folder.parent / "solution" / "cases.py").write_text("KINDS = [1]\n")
    with pytest.raises(UnusableAssignment, match="KINDS should be a mapping of names to"):
        build_archive(small, small.folder / "goldens")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("f(**i)", "f(i['m'])", r"module cases: the case f/one cannot be made: KeyError: 'm' \(.*cases\.py line 5\)"),
        ("import f", "import g", "module 'cases' cannot be imported: cannot import name 'g'"),
        ("KINDS =", "KINDS = =", "module 'cases' cannot be imported"),
    ],
)
def test_a_fault_of_the_cases_is_named(small, old, new, words):
    (small.folder.parent / "solution" / "cases.py").write_text(KINDS.replace(old, new))
    with pytest.raises(UnusableAssignment, match=words):
        build_archive(small, small.folder / "goldens")


def test_a_fault_of_an_answer_is_not_taken_for_an_absent_case(small):
    (small.folder.parent / "solution" / "cases.py").write_text(KINDS.replace("f(**i)", "f(i['m'])"))
    with pytest.raises(UnusableAssignment, match="the case f/one cannot be made"):
        LiveGoldens(small, 1)("f/one")
