"""With --compat an answer for an older NumPy earns all, with a note and its line; nothing is noted for nothing."""

import re

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import ArchiveGoldens
from grader.classes.class_grading import RunnerSpec
from grader.grading.runner import Runner
from grader.kit.student_kit import release
from grader.sandbox.level import Level
from grader.worker.old_numpy import HERE

ASSIGNMENT = Assignment.load()
#: what is added before the first function of layers.py, and the note, where there is to be one
HABITS = {
    "one entry": ("SIZE = int(np.array([3]))", "an array of one entry stood for a number, as before NumPy 2.4"),
    "keyword": ("EMPTY = np.reshape(np.zeros(4), newshape=(2, 2))", "np.reshape(newshape=…), which NumPy 2.4 removed"),
    "name": ("NOTHING = np.msort(np.zeros(3))", "np.msort, which NumPy 2.0 removed, is put back"),
    "division": ("MANY = range(4 / 2)", "`/` of two whole numbers that divide evenly gave a whole number"),
    "tabs": ("def half(n):\n\tif n:\n        return n / 2\nHALF = half(3)", "their whole part, as in Python 2"),
    "no division of whole numbers": ("HALF = 4.0 / 2, np.ones(3) / 2, 3 / 2, int(4 / 2)", ""),
    "division in a function that is not called": ("def unused(n):\n    return n / 2", ""),
}


@pytest.mark.parametrize("habit", HABITS)
def test_habit_is_granted_and_noted_where_it_is_used(habit, tmp_path):
    code, words = HABITS[habit]
    since = re.search(r"NumPy (\d+)\.(\d+)", words)
    # An older NumPy has it still, so that nothing is granted.
    words = "" if since and tuple(map(int, since.groups())) > HERE else words
    release(ASSIGNMENT, tmp_path / "solved", solution=True)
    layers = tmp_path / "solved" / "cs231n" / "layers.py"
    text = layers.read_text()
    start = text.index("def affine_forward")
    layers.write_text(f"{text[:start]}{code}\n\n\n{text[start:]}")
    runner = Runner(
        ASSIGNMENT,
        ArchiveGoldens(ASSIGNMENT.folder / "goldens", ASSIGNMENT.public_seed),
        Level.LIMITS,
        None,
        "affine or relu",
    )
    spec = RunnerSpec(ASSIGNMENT.folder, Level.LIMITS, None, compat=True)
    grade = runner.grade(spec.read(tmp_path / "solved", runner))
    assert grade.full_marks, [check.message for check in grade.checks if not check.passed]
    notes = [note for note in grade.notes if "tabs in the indentation" not in note]
    assert len(notes) == bool(words), notes
    assert all(words in note and "cs231n/layers.py line " in note for note in notes)
