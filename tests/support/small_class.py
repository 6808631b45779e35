"""A class of the tiny assignment on disk, for tests that grade whole classes."""

from pathlib import Path

from tiny import RIGHT, write_assignment

from grader.classes.class_grading import RunnerSpec, Task
from grader.classes.discovery import discover
from grader.model.results import Grade
from grader.sandbox.level import Level

#: no golden archive is asked for anything
CHECKS = '''
import numpy as np
import pytest

@pytest.mark.section("Second")
@pytest.mark.function("double")
def test_double(student):
    """double doubles its input."""
    assert student.main.double(np.ones(3))[0].tolist() == [2.0, 2.0, 2.0]

@pytest.mark.section("First")
@pytest.mark.function("halve")
def test_halve(student):
    """halve halves its input."""
    assert student.main.halve(np.ones(1)).tolist() == [0.5]
'''
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_double" = 6
"test_tiny.py::test_halve" = 4
[limits]
cpu_seconds = 1
wall_seconds = 4
import_seconds = 4
"""
WRONG = RIGHT.replace("2 * x", "3 * x")


def spec_in(folder: Path, checks: str = CHECKS) -> RunnerSpec:
    """Writes the assignment and returns how to grade it."""
    assignment = write_assignment(folder / "tiny", checks, RUBRIC)
    return RunnerSpec(assignment.folder, Level.LIMITS, None)


def wait_patiently(folder: Path) -> None:
    """Lets the submissions of an assignment that `spec_in` wrote wait for as long as they like."""
    rubric = folder / "tiny" / "rubric.toml"
    rubric.write_text(rubric.read_text().replace(" = 4\n", " = 6000\n") + "[budget]\nwall_seconds = 6000\n")


def waiting_for(file: Path, text: str) -> str:
    """Returns a submission that is not imported before a file is there."""
    return f"import os, time\nwhile not os.path.exists({str(file)!r}): time.sleep(0.01)\n{text}"


def class_in(folder: Path, texts: dict[str, str]) -> tuple[Task, ...]:
    """Writes a folder for each student and returns the tasks."""
    for name, text in texts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "main.py").write_text(text)
    return discover(folder).tasks


def without_times(outcome: object) -> object:
    """Returns the text of an outcome that is the same in every run."""
    if not isinstance(outcome, Grade):
        return outcome
    data = outcome.to_dict()
    data["started"] = data["seconds"] = data["budget"] = None
    for check in data["checks"]:
        check["seconds"] = None
    return data
