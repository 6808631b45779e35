"""A release holds what students need, holds nothing of the solution, and appears whole or not at all."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.kit.student_kit import release
from grader.model.errors import UnusableAssignment, UnusableInput

ASSIGNMENT = """
title = "Doubling"
solution = "SOLUTION"
public_seed = 1
[modules]
main = "pkg/main.py"
[given]
files = ["pkg/__init__.py", "pkg/given.py"]
[sections]
order = ["All"]
[functions]
double = { module = "main", returns = ["out"] }
"""

MAIN = '''\
"""Numbers in, numbers out."""

import numpy as np


def double(x):
    """Return twice x."""
    # >>> YOUR CODE: out = None
    ones = np.ones(x.shape)
    out = x + ones * x
    # <<< YOUR CODE
    return out
'''


class Tiny:
    """A solution package and an assignment for it, whose files a test may spoil."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(tmp_path)
        # An import system that has seen the package of another test would not look for this one.
        name = "solved_" + re.sub(r"\W", "_", tmp_path.name)
        self.solution, self.checks = tmp_path / name, tmp_path / "assignment"
        self.put(self.solution / "__init__.py", "")
        self.put(self.solution / "pkg" / "__init__.py", '"""Numbers."""\n')
        self.put(self.solution / "pkg" / "given.py", "GIVEN = 1\n")
        self.put(self.solution / "pkg" / "main.py", MAIN)
        self.put(self.solution / "kit" / "README.md", "# Doubling\n")
        self.put(self.solution / "cases.py", "KINDS = {}\n")
        self.put(self.solution / "goldens.py", '"""Secret."""\n' + "".join(f"n{i} = {i}\n" for i in range(9)))
        self.put(self.checks / "assignment.toml", ASSIGNMENT.replace("SOLUTION", name))
        self.put(self.checks / "rubric.toml", "[points]\n")
        self.put(self.checks / "test_main.py", "def test_double(student):\n    assert student\n")
        self.put(self.checks / "notes.txt", "for instructors\n")
        self.put_goldens("double/notebook")

    def put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def put_goldens(self, name: str, array: str = "") -> None:
        self.put(self.checks / "goldens" / "manifest.json", json.dumps({"cases": [{"name": name}]}))
        np.savez(self.checks / "goldens" / "cases.npz", **{f"{array or name}/inputs.x": np.ones(2)})

    def release(self, folder: Path, **options: bool) -> list[Path]:
        return release(Assignment.load(self.checks), folder, **options)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    return Tiny(tmp_path, monkeypatch)


def relative(paths: list[Path], folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in paths}


def on_disk(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_kit_holds_stubs_given_files_and_checks(tiny: Tiny, tmp_path: Path) -> None:
    written = tiny.release(tmp_path / "kit")
    assert relative(written, tmp_path / "kit") == {
        "README.md",
        "grader.toml",
        "pkg/__init__.py",
        "pkg/given.py",
        "pkg/main.py",
        "checks/assignment.toml",
        "checks/rubric.toml",
        "checks/test_main.py",
        "checks/goldens/cases.npz",
        "checks/goldens/manifest.json",
        "checks/given/pkg/__init__.py",
        "checks/given/pkg/given.py",
    }
    assert written == sorted(written)
    assert on_disk(tmp_path / "kit") == relative(written, tmp_path / "kit") | {".release.json"}
    assert "    out = None\n" in (tmp_path / "kit/pkg/main.py").read_text()
    assert "ones" not in (tmp_path / "kit/pkg/main.py").read_text()


def test_given_files_are_copied_byte_for_byte(tiny: Tiny, tmp_path: Path) -> None:
    (tiny.solution / "pkg" / "given.py").write_bytes("GIVEN = 'é'\r\n".encode())
    tiny.release(tmp_path / "kit")
    for place in ("pkg/given.py", "checks/given/pkg/given.py"):
        assert (tmp_path / "kit" / place).read_bytes() == "GIVEN = 'é'\r\n".encode()


def test_kit_is_an_assignment_of_its_own(tiny: Tiny, tmp_path: Path) -> None:
    tiny.release(tmp_path / "kit")
    kit = Assignment.load(tmp_path / "kit" / "checks")
    assert set(kit.given_bytes()) == set(kit.given_files)


def test_solution_is_the_solved_tree_without_markers(tiny: Tiny, tmp_path: Path) -> None:
    written = tiny.release(tmp_path / "solved", solution=True)
    assert relative(written, tmp_path / "solved") == {"pkg/__init__.py", "pkg/given.py", "pkg/main.py"}
    text = (tmp_path / "solved/pkg/main.py").read_text()
    assert "    out = x + ones * x\n    return out\n" in text
    assert "YOUR CODE" not in text


def test_same_assignment_gives_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    for name in ("one", "two"):
        tiny.release(tmp_path / name)
    assert on_disk(tmp_path / "one") == on_disk(tmp_path / "two")
    for place in on_disk(tmp_path / "one"):
        assert (tmp_path / "one" / place).read_bytes() == (tmp_path / "two" / place).read_bytes(), place


# What spoils a release: file below the solution package or the assignment, its content, None for no file; the sentence.
OUT = "out = x + ones * x\n"
LEAKS = {
    "line in a given file": ("solution/pkg/given.py", f"x = 1\ny = 2\n{OUT}", "pkg/given.py, line 3: a line"),
    "line in a comment": ("solution/pkg/given.py", f"# {OUT}", "line 1: a line of the solution of double"),
    "line in the README": ("solution/kit/README.md", f"Hint:\n\n    {OUT}", r"README.md, line 3: a line .*10\)"),
    "line in a notebook": ("solution/kit/n.ipynb", f'{{"source": [\n "  {OUT[:-1]}\\n",\n]}}', "n.ipynb, line 2: a"),
    "line in a check": ("checks/test_main.py", "def f(x):\n    ones = np.ones(x.shape)  # ?\n", "test_main.py, line 2"),
    "line outside of the markers": ("solution/pkg/main.py", f"{MAIN}\n\n{OUT}", "pkg/main.py, line 15: a line"),
    "marker in a given file": ("solution/pkg/given.py", "# >>> YOUR CODE: pass\n", "pkg/given.py, line 1: a marker"),
    "unbalanced marker": ("solution/pkg/main.py", MAIN.replace("    # <<< YOUR CODE\n", ""), "main.py, line 8: the"),
    "unknown marker": ("solution/pkg/main.py", MAIN.replace("<<< YOUR", "<< YOUR"), "line 11: unknown marker"),
    "no marker at all": ("solution/pkg/main.py", "x = 1\n", "main.py has no marked body"),
    "import of the solution": ("checks/conftest.py", "if 1:\n    from SOLUTION.pkg import main\n", "line 2: imports '"),
    "bytecode by name": ("solution/kit/main.pyc", "x", "main.pyc is compiled code"),
    "bytecode in the goldens": ("checks/goldens/main.pyc", "x", "is not part of a golden archive"),
    "no kit": ("solution/kit", None, "kit is missing"),
    "no goldens": ("checks/goldens", None, "goldens is missing"),
    "no answer file": ("solution/pkg/main.py", None, "main.py cannot be read"),
    "no given file": ("solution/pkg/given.py", None, "given.py cannot be read"),
    "check that is no Python": ("checks/test_main.py", "def f(:\n", "test_main.py, line 1: not valid Python"),
}


def test_an_assignment_without_golden_cases_has_none_in_its_kit(tiny: Tiny, tmp_path: Path) -> None:
    (tiny.solution / "cases.py").unlink()
    for path in (tiny.checks / "goldens").iterdir():
        path.unlink()
    (tiny.checks / "goldens").rmdir()
    tiny.release(tmp_path / "kit")
    assert not (tmp_path / "kit" / "checks" / "goldens").exists()


@pytest.mark.parametrize(("place", "text", "words"), LEAKS.values(), ids=LEAKS)
def test_leak_is_refused_and_named_and_nothing_is_written(
    tiny: Tiny, tmp_path: Path, place: str, text: str | None, words: str
) -> None:
    top, _, rest = place.partition("/")
    path = (tiny.solution if top == "solution" else tiny.checks) / rest
    if text is None:
        path.rename(tmp_path / "elsewhere")
    else:
        tiny.put(path, text.replace("SOLUTION", tiny.solution.name))
    before = on_disk(tmp_path)
    with pytest.raises(UnusableAssignment, match=words):
        tiny.release(tmp_path / "kit")
    # Python may keep bytecode beside the solution that it has imported.
    assert {path for path in on_disk(tmp_path) if path in before or "__pycache__" not in path} == before


def test_bytecode_under_another_name_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    (tiny.solution / "kit" / "main.dat").write_bytes(importlib.util.MAGIC_NUMBER + bytes(20))
    with pytest.raises(UnusableAssignment, match=r"main\.dat is compiled code"):
        tiny.release(tmp_path / "kit")


def test_given_file_in_a_cache_is_refused_in_a_solution_too(tiny: Tiny, tmp_path: Path) -> None:
    toml = (tiny.checks / "assignment.toml").read_text()
    tiny.put(tiny.checks / "assignment.toml", toml.replace("pkg/given.py", "pkg/__pycache__/given.txt"))
    tiny.put(tiny.solution / "pkg" / "__pycache__" / "given.txt", "x")
    with pytest.raises(UnusableAssignment, match="compiled code"):
        tiny.release(tmp_path / "solved", solution=True)


def test_file_of_the_solution_package_is_refused_under_any_name(tiny: Tiny, tmp_path: Path) -> None:
    tiny.put(tiny.solution / "kit" / "extra.txt", (tiny.solution / "goldens.py").read_text())
    with pytest.raises(UnusableAssignment, match=r"extra\.txt is goldens\.py of the solution package"):
        tiny.release(tmp_path / "kit")


@pytest.mark.parametrize(("name", "array"), [("double/drawn1", "double/one"), ("double/one", "double/drawn-general")])
def test_golden_of_a_hidden_check_is_refused(tiny: Tiny, tmp_path: Path, name: str, array: str) -> None:
    tiny.put_goldens(name, array)
    with pytest.raises(UnusableAssignment, match=r"'double/drawn.*belongs to a hidden check"):
        tiny.release(tmp_path / "kit")


def test_solution_that_is_not_installed_is_said(tiny: Tiny, tmp_path: Path) -> None:
    toml = (tiny.checks / "assignment.toml").read_text()
    tiny.put(tiny.checks / "assignment.toml", toml.replace("solved_", "unsolved_"))
    with pytest.raises(UnusableAssignment, match="not installed here"):
        tiny.release(tmp_path / "kit")


def test_former_release_is_replaced_whole(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    tiny.release(tmp_path / "kit")
    (tmp_path / "kit" / "pkg" / "__pycache__").mkdir()
    (tmp_path / "kit" / "pkg" / "__pycache__" / "main.pyc").write_bytes(b"left by a run")
    (tiny.solution / "kit" / "README.md").rename(tiny.solution / "kit" / "READ.me")
    tiny.release(tmp_path / "kit")
    assert {"READ.me"} == {place for place in on_disk(tmp_path / "kit") if "READ" in place}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".kit")]


def test_kit_and_solution_never_replace_each_other(tiny: Tiny, tmp_path: Path) -> None:
    tiny.release(tmp_path / "kit")
    tiny.release(tmp_path / "solved", solution=True)
    before = on_disk(tmp_path / "kit")
    with pytest.raises(UnusableInput, match="holds a student kit, and the solution does not replace it"):
        tiny.release(tmp_path / "kit", solution=True)
    with pytest.raises(UnusableInput, match="holds the solution, and a student kit does not replace it"):
        tiny.release(tmp_path / "solved")
    assert on_disk(tmp_path / "kit") == before


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda kit: (kit / "pkg/main.py").write_text("my work\n"),
            "holds pkg/main.py, which was changed or added after",
        ),
        (
            lambda kit: (kit / "pkg/mine.py").write_text("my work\n"),
            "holds pkg/mine.py, which was changed or added after",
        ),
        (lambda kit: (kit / ".release.json").unlink(), "is not empty and was not created"),
        (lambda kit: (kit / ".release.json").write_text("[]"), "is not empty and was not created"),
    ],
)
def test_folder_with_work_of_others_is_left_alone(tiny: Tiny, tmp_path: Path, spoil, words: str) -> None:
    tiny.release(tmp_path / "kit")
    spoil(tmp_path / "kit")
    before = {place: (tmp_path / "kit" / place).read_bytes() for place in on_disk(tmp_path / "kit")}
    with pytest.raises(UnusableInput, match=f"{words}.*Choose another folder"):
        tiny.release(tmp_path / "kit")
    assert {place: (tmp_path / "kit" / place).read_bytes() for place in on_disk(tmp_path / "kit")} == before


def test_file_link_and_working_folder_are_refused(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(UnusableInput, match="is not a folder"):
            tiny.release(tmp_path / name)
    monkeypatch.chdir(tmp_path / "real")
    with pytest.raises(UnusableInput, match="is the current folder"):
        tiny.release(Path())


def test_folder_that_cannot_be_written_is_a_sentence(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableInput, match="cannot be written"):
        tiny.release(tmp_path / "file" / "kit")
