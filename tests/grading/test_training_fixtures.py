"""Checks that train get a given module in the worker, images, a secret draw and limits of their own."""

from pathlib import Path

import numpy as np
import pytest
from image_reader import READER
from tiny import ASSIGNMENT, FakeGoldens, submission, write_assignment

from grader.assignment.definition import Assignment
from grader.grading.runner import Runner
from grader.grading.submission_run import CurrentRun
from grader.grading.training_fixtures import LongRunPlugin, TrainingMaterial
from grader.model.errors import UnusableAssignment, UnusableInput
from grader.model.options import Options
from grader.model.results import Status
from grader.sandbox.level import Level

TOOLS = """
[tools.kit]
file = "given.py"
functions = { Counter = { returns = ["counter"], keep = ["counter"] } }
[data]
file = "given.py"
load = "load"
describe = "describe"
arguments = { dtype = "uint8" }
words = "{kind} ({n} pictures)"
option = "data"
needed_by = "training"
[options.training]
values = ["off", "full"]
[options.data]
"""
GIVEN = """
class Counter:
    def __init__(self, model, start=0):
        self.model, self.count = model, start

    def step(self, x):
        self.count += self.model.weigh(x)
        return self.count
"""
SUBMITTED = """
class Model:
    def weigh(self, x):
        return 2 * x

def halve(x):
    while True:
        pass
"""
CHECKS = '''
import numpy as np
import pytest

pytestmark = [pytest.mark.section("Second"), pytest.mark.function("Model")]

def test_tool(student, progress):
    """Model is weighed by a tool."""
    counter = student.kit.Counter(student.main.Model(), start=1)
    assert counter.call("step", 2.0) == 5.0
    progress("half of it")
    assert counter.call("step", 2.0) == 9.0

def test_images(student, images, secret, training_run, record_measure):
    """Model sees images."""
    X, y = images.batch(secret("x").randint(len(images.train), size=2))
    record_measure("first", float(X[0, 0, 0, 0]))
    record_measure("other", float(secret("y").rand()))
    assert student.main.Model().call("weigh", X).shape == (2, 3, 2, 2)
    assert training_run("any", settings={}, params={}, solver={}, batches=np.zeros((1, 1)), keep=[0]) is None

def test_limits(student, student_within, record_measure):
    """Model may take its time."""
    first = student_within(cpu_seconds=3, wall_seconds=9)._session
    record_measure("cpu limit", first._limits.cpu_seconds)
    second = student_within(cpu_seconds=1, wall_seconds=1)
    record_measure("the first has ended", float(first.ended))
    second.main.halve(1.0)
'''
RUBRIC = """
total = 3
[points]
"test_tiny.py::test_tool" = 1
"test_tiny.py::test_images" = 1
"test_tiny.py::test_limits" = 1
[limits]
cpu_seconds = 2
"""


@pytest.fixture
def assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    made = write_assignment(tmp_path / "tiny", CHECKS, RUBRIC)
    (made.folder / "given" / "given.py").write_text(READER + GIVEN)
    (made.folder / "assignment.toml").write_text(ASSIGNMENT + TOOLS)
    return Assignment.load(made.folder)


def graded(assignment: Assignment, tmp_path: Path, seed: int = 5, options: Options | None = None):
    said: list[str] = []
    options = options or Options.of(training="certified")
    with Runner(assignment, FakeGoldens(), Level.LIMITS, seed, options=options) as runner:
        grade = runner.grade(submission(SUBMITTED, tmp_path), None, said.append)
    return {check.id.partition("::test_")[2]: check for check in grade.checks}, grade, said


@pytest.mark.slow
def test_fixtures_of_long_checks_work_through_the_wall(assignment: Assignment, tmp_path: Path) -> None:
    checks, grade, said = graded(assignment, tmp_path)
    assert checks["tool"].status is Status.PASSED, checks["tool"]
    assert said == ["half of it"]
    assert checks["images"].status is Status.PASSED, checks["images"]
    assert grade.environment.options == {"training": "certified"}
    assert grade.environment.data == "made-up pictures, seed 3 (4 pictures)"
    assert checks["limits"].measures[0].value == 3
    # Otherwise the limits of the second would be held to what the first has used.
    assert checks["limits"].measures[1].value == 1
    assert checks["limits"].status is Status.TIMEOUT
    assert "within 1 s" in checks["limits"].message or "more than the 1 s" in checks["limits"].message


def test_secret_draw_is_of_the_grades_seed_and_the_name(assignment: Assignment) -> None:
    def draw(seed: int, name: str) -> float:
        return float(LongRunPlugin(CurrentRun(), TrainingMaterial(assignment, Options()), seed).draw(name).rand())

    assert draw(5, "x") == draw(5, "x")
    assert len({draw(5, "x"), draw(6, "x"), draw(5, "y")}) == 3


def test_images_are_read_only_where_something_trains(assignment: Assignment, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    off = Runner(assignment, FakeGoldens(), Level.LIMITS, 5, options=Options.of(data=nowhere))
    assert not off.needs_data
    assert len(off.list_checks()) == 3
    on = Runner(assignment, FakeGoldens(), Level.LIMITS, 5, options=Options.of(training="full", data=nowhere))
    with pytest.raises(UnusableInput, match="The images cannot be read"):
        on.list_checks()


@pytest.mark.parametrize(
    ("old", "new"), [('file = "given.py"\nfunctions', 'file = "other.py"\nfunctions'), ("tools.kit", "tools.main")]
)
def test_tool_is_a_given_file_under_its_own_name(assignment: Assignment, old: str, new: str) -> None:
    path = assignment.folder / "assignment.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UnusableAssignment, match="should be one of the given files, under a name that no module has"):
        Assignment.load(assignment.folder)


def test_training_material_is_kept_between_submissions(assignment: Assignment) -> None:
    training_material = TrainingMaterial(assignment, Options())
    assert training_material.source.images is training_material.source.images
    plan = {"settings": {}, "params": {}, "solver": {}, "batches": np.zeros((1, 1)), "keep": [0]}
    assert training_material.run("a", print, **plan) is None
