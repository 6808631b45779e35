"""Cases of one check share a fork, checks never do, and no case pays for what an earlier one left behind."""

import pytest
import tiny

from grader.results import Status

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

    def run(body):
        result = runner.grade(tiny.submission(COUNTED.format(body=body), tmp_path))
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
        ("while x == 2: pass", Status.TIMEOUT),
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


def test_seconds_of_a_shared_fork_add_up_for_no_case(outcomes):
    waste = "import time; end = time.process_time() + 0.7\n    while time.process_time() < end: pass"
    assert [verdict for verdict, _ in outcomes(waste)] == [Status.PASSED] * 5
