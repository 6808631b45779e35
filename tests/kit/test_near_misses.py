"""An assignment's own list of wrong solutions: what it must say, and the class that it makes."""

from pathlib import Path

import pytest

from grader.assignment.definition import Assignment
from grader.kit.near_misses import FILE_NAME, near_misses, sample_class, write_samples
from grader.model.errors import UnusableAssignment

ASSIGNMENT = """
title = "Doubling"
solution = "../solution"
public_seed = 1
[modules]
main = "main.py"
[sections]
order = ["All"]
[functions]
double = { module = "main", returns = ["out"] }
"""
MAIN = '''\
def double(x):
    """Return twice x."""
    # >>> YOUR CODE: out = None
    out = x + x
    # <<< YOUR CODE
    return out
'''
ENTRY = """
[tripled]
file = "main.py"
old = "x + x"
new = "x + x + x"
rejected_by = ["test_double"]
"""


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    for place, text in {
        "checks/assignment.toml": ASSIGNMENT,
        "checks/rubric.toml": "[points]\n",
        "solution/main.py": MAIN,
        f"solution/{FILE_NAME}": ENTRY,
    }.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text)
    return Assignment.load(tmp_path / "checks")


def test_entry_is_the_solution_with_one_edit(assignment: Assignment) -> None:
    (miss,) = near_misses(assignment)
    assert miss.name == "tripled"
    assert miss.rejected_by == {"test_double"}
    assert "    out = x + x + x\n" in miss.files["main.py"]
    assert ">>>" not in miss.files["main.py"]


def test_class_holds_solution_template_and_each_near_miss(assignment: Assignment, tmp_path: Path) -> None:
    write_samples(assignment, tmp_path / "class")
    texts = {path.parent.name: path.read_text() for path in (tmp_path / "class").rglob("main.py")}
    assert set(texts) == {"solved", "not-begun", "tripled"}
    assert "out = x + x\n" in texts["solved"]
    assert "out = None" in texts["not-begun"]


def test_class_of_any_size_repeats_them(assignment: Assignment) -> None:
    names = [name for name, _ in sample_class(assignment, 5)]
    assert names == ["0001-solved", "0002-not-begun", "0003-tripled", "0004-solved", "0005-not-begun"]


def test_solution_without_list_has_none(assignment: Assignment) -> None:
    (assignment.solution_folder() / FILE_NAME).unlink()
    assert near_misses(assignment) == ()
    assert [name for name, _ in sample_class(assignment)] == ["solved", "not-begun"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('x + x"\nnew', 'x * 2"\nnew', r"\[tripled\]: `old` should stand in main.py once, and stands there 0 times"),
        ('old = "x + x"', 'old = "x"', "stands there 4 times"),
        ('file = "main.py"', 'file = "other.py"', "other.py is not an answer file; the answer files are main.py"),
        ('file = "main.py"\n', "", "should be a table with file, old, new and rejected_by"),
        ('["test_double"]', '"test_double"', "rejected_by a list of check functions"),
        ("[tripled]", "[tripled", "cannot be read"),
    ],
)
def test_entry_that_does_not_fit_is_named(assignment: Assignment, old: str, new: str, words: str) -> None:
    path = assignment.solution_folder() / FILE_NAME
    assert old in ENTRY
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(UnusableAssignment, match=words):
        near_misses(assignment)
