"""Submissions of older years: a diagnosis that names the line; with --compat graded and noted, at every level."""

import re
from pathlib import Path

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import public_goldens
from grader.classes.class_grading import RunnerSpec
from grader.grading.runner import Runner
from grader.kit.student_kit import release
from grader.reading.submission import Submission
from grader.sandbox.level import available_levels


@pytest.fixture(scope="module")
def assignment():
    return Assignment.load()


@pytest.fixture
def solved(assignment, tmp_path):
    release(assignment, tmp_path / "solved", solution=True)
    return tmp_path / "solved"


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "cs231n" / "layers.py"
    text = path.read_text()
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text))


OLD_HABITS = {
    "print": (r"(def relu_forward\(.*\n)", r"import sys\nprint 'layers', sys.version\n\1", "not valid Python"),
    "float size": (r"(H_out = .*) // stride", r"\1 / stride", "`/`"),
    "np.int": (r"(def conv_forward_naive\()", r"SIZE = np.int(3)\n\n\n\1", "np.int"),
    "xrange": (r"(def conv_forward_naive\()", r"COUNT = list(xrange(3))\n\n\n\1", "xrange"),
}


@pytest.mark.parametrize("level", available_levels())
@pytest.mark.parametrize("habit", OLD_HABITS)
def test_old_habit_is_diagnosed_by_line_and_granted_with_compat(assignment, solved, level, habit):
    old, new, words = OLD_HABITS[habit]
    edit(solved, old, new)
    runner = Runner(assignment, public_goldens(assignment), level, None, "conv_forward and notebook")
    strict = runner.grade(Submission.from_path(solved, assignment))
    assert not strict.full_marks
    message = next(check.message + check.hint for check in strict.checks if not check.passed)
    assert "layers.py line" in message
    assert words in message
    spec = RunnerSpec(assignment.folder, level, None, compat=True)
    granted = runner.grade(spec.read(solved, runner))
    assert granted.full_marks, [check.message for check in granted.checks if not check.passed]
    assert any("layers.py" in note for note in granted.notes)


ACCIDENTS = "import matplotlib.pyplot as plt\nfrom pygame_of_editor import W as width\nfrom numba import jit\n"


@pytest.mark.parametrize("level", available_levels())
def test_absent_import_costs_what_uses_it_and_is_noted(assignment, solved, level):
    edit(solved, r"(?m)^(import numpy.*\n)", rf"{ACCIDENTS}\1")
    edit(solved, r"(def max_pool_forward_naive\()", r"@jit\n\1")
    runner = Runner(assignment, public_goldens(assignment), level, None, "pooling or convolution")
    grade = runner.grade(Submission.from_path(solved, assignment))
    lost = {check.function for check in grade.checks if not check.passed}
    assert lost == {"max_pool_forward_naive"}
    message = next(check.message for check in grade.checks if not check.passed)
    assert "No module named 'numba'" in message
    notes = [note for note in grade.notes if "cannot be imported here" in note]
    assert [note.partition(": ")[2] for note in notes] == [
        "`matplotlib.pyplot` cannot be imported here; nothing uses it, so it costs nothing.",
        "`W` of `pygame_of_editor` cannot be imported here; nothing uses it, so it costs nothing.",
        "`jit` of `numba` cannot be imported here; only what uses it fails.",
    ]
    assert all(note.startswith("cs231n/layers.py line ") for note in notes)
