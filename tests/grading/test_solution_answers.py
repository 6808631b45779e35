"""A check that cannot judge an answer is the student's loss where it judges a right one, and ours where it does not."""

import random
import signal
import sys
from types import ModuleType

import numpy as np
import pytest
import tiny

from grader.assignment.points_and_limits import Limits
from grader.grading import solution_answers
from grader.grading.solution_answers import SolutionAnswers
from grader.model.results import Status

CHECKS = '''
import numpy as np
import pytest

@pytest.mark.section("First")
@pytest.mark.function("halve")
@pytest.mark.parametrize("case", ["plain", pytest.param("drawn1", marks=pytest.mark.hidden)])
def test_halve(student, record_measure, case):
    """halve halves its input."""
    out = student.main.halve(np.ones(3))
    np.random.seed(0)
    {claim}

@pytest.mark.section("Second")
@pytest.mark.function("double")
def test_double(student):
    """double doubles its input."""
    out, _ = student.main.double(np.ones(3))
    assert out.tolist() == [2.0, 2.0, 2.0]
'''
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_halve" = 6
"test_tiny.py::test_double" = 4
[limits]
cpu_seconds = 1
wall_seconds = 4
import_seconds = 4
"""
ODD = "return [[0.5], [0.5, 1123.25]]"
#: a check with a fault for values that are no array
TAKES_ARRAYS = "assert float(np.max(np.abs(np.asarray(out) - 0.5))) < 1e-9, 'halve is off'"


@pytest.fixture
def grade(tmp_path, monkeypatch):
    def run(body, claim=TAKES_ARRAYS, *, solution="whole", seed=5):
        runner = tiny.runner(tmp_path, checks=CHECKS.format(claim=claim).replace("{{", "{"), rubric=RUBRIC, seed=seed)
        if solution:
            package = tmp_path / "tiny_solution"
            package.mkdir(exist_ok=True)
            (package / "__init__.py").write_text("")
            if solution == "whole":
                (package / "main.py").write_text(tiny.RIGHT)
            monkeypatch.syspath_prepend(tmp_path)
            object.__setattr__(runner.assignment, "solution", "tiny_solution")
        return runner.grade(tiny.submission(tiny.RIGHT.replace("return x / 2", body), tmp_path))

    solution_answers._modules.cache_clear()
    yield run
    solution_answers._modules.cache_clear()
    for name in [name for name in sys.modules if name.startswith("tiny_solution")]:
        del sys.modules[name]


def test_an_answer_that_ends_the_check_is_a_wrong_one(grade):
    result = grade(ODD)
    first, second, third = result.checks
    assert result.complete
    assert (first.status, second.status, third.status) == (Status.FAILED, Status.FAILED, Status.PASSED)
    assert result.score == 4
    assert "What was returned cannot be judged: it ends the check with ValueError in test_tiny.py line" in first.message
    assert "1123" not in "".join(f"{check.message} {check.hint}" for check in result.checks)
    notes = [note for note in result.notes if "test_tiny.py::test_halve" in note]
    assert len(notes) == 2
    assert all(note.startswith("For the instructor: ") for note in notes)


def test_a_check_that_ends_with_right_answers_too_is_broken(grade):
    result = grade(ODD, claim="raise ZeroDivisionError('of ours')")
    assert [check.status for check in result.checks] == [Status.BROKEN, Status.BROKEN, Status.PASSED]
    assert not result.complete
    assert not result.notes


@pytest.mark.parametrize("error", ["OSError(28, 'No space left on device')", "GraderFault('No such case.')"])
def test_trouble_of_the_host_is_never_the_student_s(grade, error):
    claim = f"from grader.model.errors import GraderFault\n    if isinstance(out, list): raise {error}"
    result = grade(ODD, claim)
    assert result.checks[0].status is Status.BROKEN
    assert not result.complete


def test_without_the_solution_nobody_is_blamed(grade):
    result = grade(ODD, solution="", seed=None)
    assert result.checks[0].status is Status.BROKEN
    assert "cannot be told here, without a solution" in result.checks[0].message


def test_a_solution_that_lacks_a_file_is_none(grade):
    result = grade(ODD, solution="without a file")
    assert result.checks[0].status is Status.BROKEN


def test_what_is_not_asked_of_student_code_is_ours(grade):
    result = grade("return x / 2", claim="assert out[7], 'out has no seventh entry'")
    assert result.checks[0].status is Status.BROKEN


@pytest.mark.parametrize("claim", ["np.testing.assert_allclose(out, 0.5)", "np.testing.assert_equal(out, 0.5 * out)"])
def test_no_text_of_a_library_shows_a_value_of_a_secret_seed(grade, claim):
    result = grade("return x * 1123.25", claim)
    assert [check.status for check in result.checks[:2]] == [Status.FAILED] * 2
    assert result.checks[0].message == "The claim does not hold."


def test_a_student_s_own_check_shows_them(grade):
    result = grade("return x * 1123.25", "np.testing.assert_allclose(out, 0.5)", seed=None)
    assert "1123.25" in result.checks[0].message


def test_a_check_may_say_that_it_fails(grade):
    result = grade("return x * 3", "if out[0] != 0.5: pytest.fail('halve does not halve')")
    assert (result.checks[0].status, result.checks[0].message) == (Status.FAILED, "halve does not halve")


def test_generators_of_random_numbers_stay_as_they_were():
    random.seed(1)
    np.random.seed(1)
    states = random.getstate(), np.random.get_state()[1].tolist()
    with SolutionAnswers({}).session(99, Limits()):
        np.random.rand()
        random.random()
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states


def test_an_interrupt_is_no_answer():
    module = ModuleType("interrupted")
    module.f = lambda: signal.raise_signal(signal.SIGINT)
    call = {"op": "call", "module": "interrupted", "name": "f", "count": 1, "keep": []}
    with SolutionAnswers({"interrupted": module}).session(1, Limits()) as session, pytest.raises(KeyboardInterrupt):
        session.ask(call, [((), {})], call="f")
