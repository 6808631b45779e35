"""What cannot see another's traces shares a fork, nothing else does, and no case loses by what an earlier one did."""

from contextlib import nullcontext

import pytest
import tiny

from grader.assignment.points_and_limits import Limits
from grader.grading.sessions import SharedSessions
from grader.model.results import Status
from grader.sandbox.worker import Worker

CHECKS = '''
import pytest

@pytest.mark.section("First")
@pytest.mark.function("halve")
@pytest.mark.parametrize("x", [1.0, 2.0, 3.0])
def test_halve(student, record_measure, x):
    """halve halves."""
    out = record_measure("out", student.main.halve(x))
    assert out == x / 2, f"out is {out}"

@pytest.mark.section("Second")
@pytest.mark.function("halve")
@pytest.mark.parametrize("x", [4.0, 5.0])
def test_halve_again(student, record_measure, x):
    """halve halves again."""
    out = record_measure("out", student.main.halve(x))
    assert out == x / 2, f"out is {out}"
'''
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_halve" = 6
"test_tiny.py::test_halve_again" = 4
[limits]
cpu_seconds = 1
wall_seconds = 4
import_seconds = 4
"""
COUNTED = """
calls = 0

def halve(x):
    global calls
    calls += 1
    print("call", calls)
    {body}
    return x / 2
"""


@pytest.fixture
def outcomes(tmp_path):
    runner = tiny.runner(tmp_path, checks=CHECKS, rubric=RUBRIC)

    def run(body, text=COUNTED):
        result = runner.grade(tiny.submission(text.format(body=body), tmp_path))
        return [(check.status, check.output) for check in result.checks]

    return run


def test_cases_of_a_check_share_a_fork_and_checks_do_not(outcomes):
    said = ["call 1\n", "call 2\n", "call 3\n", "call 1\n", "call 2\n"]
    assert outcomes("") == [(Status.PASSED, words) for words in said]


def test_a_case_that_an_earlier_one_spoils_is_judged_alone(outcomes):
    found = outcomes("x += calls > 1")
    assert found == [(Status.PASSED, "call 1\n")] * 5


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("import os; x == 2 and os._exit(3)", Status.CRASHED),
        pytest.param("while x == 2: pass", Status.TIMEOUT, marks=pytest.mark.slow),
        ("return None if x == 2 else x / 2", Status.MISSING),
        ("x += x == 2", Status.FAILED),
        ("assert x != 2", Status.RAISED),
    ],
)
def test_a_case_that_does_not_pass_is_lost_in_a_fork_of_its_own(outcomes, body, status):
    found = outcomes(body)
    assert found[1] == (status, "call 1\n")
    assert [verdict for verdict, _ in found] == [Status.PASSED, status] + [Status.PASSED] * 3
    # The case after it begins anew as well.
    assert found[2][1] == "call 1\n"


def test_seeds_are_set_for_each_case(outcomes):
    found = outcomes("import random, numpy; print(random.random(), numpy.random.rand())")
    assert len({words.splitlines()[1] for _, words in found}) == 1


@pytest.mark.slow
def test_seconds_of_a_shared_fork_add_up_for_no_case(outcomes):
    waste = "import time; end = time.process_time() + 0.7\n    while time.process_time() < end: pass"
    assert [verdict for verdict, _ in outcomes(waste)] == [Status.PASSED] * 5


STATELESS = """
import numpy as np

def halve(x):
    print("call")
    {body}
    return x / 2
"""


@pytest.fixture
def forks(monkeypatch):
    """How many forks were asked for."""
    count = []
    session = Worker.session
    monkeypatch.setattr(Worker, "session", lambda *args, **more: count.append(args) or session(*args, **more))
    return count


def test_checks_of_stateless_code_share_one_fork(outcomes, forks):
    assert outcomes("", STATELESS) == [(Status.PASSED, "call\n")] * 5
    assert len(forks) == 1


def test_checks_of_other_code_share_none(outcomes, forks):
    outcomes("")
    assert len(forks) == 2


def test_one_file_that_may_keep_state_is_enough_for_a_fork_each(tmp_path, forks):
    runner = tiny.runner(tmp_path, checks=CHECKS, rubric=RUBRIC)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "more.py").write_text("seen = []\ndef g(x):\n    seen.append(1)\n    return x\n")
    runner.grade(tiny.submission("from more import g\n" + STATELESS.format(body=""), tmp_path))
    assert len(forks) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("while x == 4: pass", Status.TIMEOUT, marks=pytest.mark.slow),
        ("if x == 4: return np.ones(10**12)", Status.MEMORY),
        ("if x == 4: return None", Status.MISSING),
        ("if x == 4: x += 1", Status.FAILED),
        ("assert x != 4", Status.RAISED),
    ],
)
def test_a_case_of_stateless_code_is_lost_in_a_fork_of_its_own(outcomes, forks, body, status):
    found = [verdict for verdict, _ in outcomes(body, STATELESS)]
    assert found == [Status.PASSED] * 3 + [status, Status.PASSED]
    # For the first three, for the lost one, and for what comes after it.
    assert len(forks) == 3


def test_a_fork_that_has_worked_for_long_is_replaced():
    class FakeSession:
        ended, spent_seconds = False, 0.0

        def renew(self, seed):
            self.spent_seconds += 1.0

    class FakeWorker:
        session = staticmethod(lambda seed, limits, another: nullcontext(FakeSession()))

    share = SharedSessions(FakeWorker(), seed=1, stateless=True)
    given = [share.session(f"check {i}", Limits(cpu_seconds=8.0)) for i in range(6)]
    assert [session is given[0] for session in given] == [True, True, True, False, False, False]
    assert given[3] is given[5]


def test_a_warning_is_printed_for_each_case(outcomes):
    outputs = [words for _, words in outcomes("np.float64(1) / np.float64(0)", STATELESS)]
    assert len(set(outputs)) == 1
    assert "RuntimeWarning" in outputs[0]


ONCE = '''
import pytest

pytestmark = [pytest.mark.section("First"), pytest.mark.function("halve")]

@pytest.mark.parametrize("expected", [0.5, 0.25, 0.5])
def test_halve(student, once, expected):
    """halve halves."""
    assert once("half of one", lambda: student.main.halve(1.0)) == expected, "halve does not"
'''


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # What does not pass is made again, in a new fork, and so is what comes after it.
        (STATELESS, ["call\n", "call\n", "call\n"]),
        (COUNTED, ["call 1\n", "call 1\n", "call 1\n"]),
    ],
)
def test_what_several_checks_look_at_is_made_once_in_a_fork_of_stateless_code(tmp_path, text, said):
    runner = tiny.runner(tmp_path, checks=ONCE, rubric='total = 1\n[points]\n"test_tiny.py::test_halve" = 1\n')
    checks = runner.grade(tiny.submission(text.format(body=""), tmp_path)).checks
    assert [check.status for check in checks] == [Status.PASSED, Status.FAILED, Status.PASSED]
    assert [check.output for check in checks] == said
    share = SharedSessions(None, seed=1, stateless=text == STATELESS)
    assert [share.once("one", lambda: 1), share.once("one", lambda: 2)] == [1, 1 if text == STATELESS else 2]
    share.end()
    assert share.once("one", lambda: 3) == 3
