"""A tiny second assignment, written for tests: one function, a few checks, no solution package."""

from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.definition import Assignment
from grader.grading.runner import Runner
from grader.judging.case import Case
from grader.reading.submission import Submission
from grader.sandbox.level import Level

ASSIGNMENT = """
title = "Doubling"
public_seed = 1
[modules]
main = "main.py"
[given]
files = ["given.py"]
[sections]
order = ["First", "Second"]
[functions]
halve = { module = "main", returns = ["out"] }
double = { module = "main", returns = ["out", "cache"], keep = ["cache"] }
Model = { module = "main", returns = ["model"], keep = ["model"] }
"""

RUBRIC = """
total = 10
[points]
"test_tiny.py::test_double" = 6
"test_tiny.py::test_double_needs_halve" = 2
"test_tiny.py::test_model" = 2
"test_tiny.py::test_halve" = 0
[limits]
cpu_seconds = 1
wall_seconds = 4
import_seconds = 4
"""

CHECKS = '''
import numpy as np
import pytest

@pytest.mark.section("Second")
@pytest.mark.function("double")
@pytest.mark.parametrize("case", ["plain", pytest.param("drawn1", marks=pytest.mark.hidden)])
def test_double(student, golden, record_measure, remark, case):
    """double doubles its input."""
    given = golden(f"double/{case}")
    out, cache = student.main.double(given.inputs["x"])
    error = record_measure("error", float(np.max(np.abs(out - given.expected["out"]))), 1e-9)
    if out.dtype == np.float32:
        remark("float32 is returned")
    assert error < 1e-9, f"out is off by {error:g}"

@pytest.mark.section("Second")
@pytest.mark.function("double")
@pytest.mark.needs("halve")
def test_double_needs_halve(student):
    """double undoes halve."""
    x = student.put(np.ones(3))
    out, _ = student.main.double(student.main.halve(x))
    assert out.tolist() == [1.0, 1.0, 1.0], "double(halve(x)) is not x"

@pytest.mark.section("Second")
@pytest.mark.function("Model")
def test_model(student):
    """Model holds its parameters."""
    model = student.main.Model(3, dtype=np.float32)
    model.set("reg", 0.5)
    model.set_items("params", values={"b": np.zeros(2)})
    assert model.get("params")["w"].dtype == np.float32
    assert model.call("loss", 2.0) == (1.0, {"b": [0.0, 0.0]})

@pytest.mark.section("First")
@pytest.mark.function("halve")
def test_halve(student):
    """halve halves its input."""
    assert student.main.halve(np.ones(1)).tolist() == [0.5]
'''

RIGHT = """
import numpy as np

def halve(x):
    return x / 2

def double(x):
    return 2 * x, (x,)

class Model:
    def __init__(self, n, dtype):
        self.params = {"w": np.zeros(n, dtype)}

    def loss(self, x):
        return self.reg * x, {"b": self.params["b"].tolist()}
"""


@dataclass
class FakeGoldens:
    """Cases of `double` from nothing but their name."""

    digest: str = "sha256:fake"
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> Case:
        import numpy as np

        self.asked.append(name)
        x = np.arange(3.0) + len(name)
        return Case(name=name, inputs={"x": x}, expected={"out": 2 * x}, call="x (3,)")


def write_assignment(folder: Path, checks: str = CHECKS, rubric: str = RUBRIC) -> Assignment:
    (folder / "given").mkdir(parents=True)
    (folder / "given" / "given.py").write_text("GIVEN = 1\n")
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    (folder / "rubric.toml").write_text(rubric)
    (folder / "test_tiny.py").write_text(checks)
    return Assignment.load(folder)


def runner(
    folder: Path, *, seed: int | None = 5, level: Level = Level.LIMITS, keyword: str = "", **texts: str
) -> Runner:
    return Runner(write_assignment(folder / "tiny", **texts), FakeGoldens(), level, seed, keyword)


def submission(text: str, folder: Path) -> Submission:
    """Returns a submission whose main.py is the text; the assignment must lie in folder/tiny."""
    path = folder / "ada"
    path.mkdir(exist_ok=True)
    (path / "main.py").write_text(text)
    return Submission.from_path(path, Assignment.load(folder / "tiny"))
