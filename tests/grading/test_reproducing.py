"""The first failed check of a function has a call that shows the failure, made in a process of its own."""

import numpy as np
import pytest
import tiny

from grader.assignment.definition import Assignment
from grader.assignment.golden_archive import write_archive
from grader.grading.runner import Runner
from grader.sandbox.level import Level

CALLS = """
from grader.judging import plain_call, output_call, Pair

CALLS = {
    "halve": plain_call("main", "halve", ("x",), ("out",)),
    "double": output_call(Pair("main", "double", "", ("x",), ())),
}
"""


@pytest.fixture
def grade(tmp_path):
    """Returns what grades a text."""
    folder = tiny.write_assignment(tmp_path / "tiny").folder
    (folder / "assignment.toml").write_text(f'small_calls = "calls.py"\n{tiny.ASSIGNMENT}')
    (folder / "calls.py").write_text(CALLS)
    ones, three = np.ones(1), np.array([1.0, -2.0, 4.0])
    small = [
        (f"{name}/small{number}", {"x": x}, {"out": factor * x}, "")
        for name, factor in (("halve", 0.5), ("double", 2.0))
        for number, x in enumerate((ones, three))
    ]
    write_archive(folder / "goldens" / "small", small, 1, "")

    def run(text):
        runner = Runner(Assignment.load(folder), tiny.FakeGoldens(), Level.LIMITS, 5)
        return runner.grade(tiny.submission(text, tmp_path))

    return run


def calls_of(result):
    return {check.id.partition("::")[2]: check.reproduction for check in result.checks if check.reproduction}


def test_first_failed_check_of_a_function_has_the_smallest_call_that_fails(grade):
    result = grade(tiny.RIGHT.replace("2 * x", "3 * abs(x) if len(x) > 1 else 2 * x"))
    ((check, call),) = calls_of(result).items()
    assert check == "test_double[plain]"
    assert call.call.splitlines() == [
        "x = np.array([1.0, -2, 4])",
        "out, cache = double(x)",
        "right = np.array([2.0, -4, 8])",
        "np.testing.assert_allclose(out, right, rtol=1e-6, atol=1e-6)",
    ]
    assert (call.got, call.expected) == ("out, shape (3,):\n[ 3.  6. 12.]", "out, shape (3,):\n[ 2. -4.  8.]")


def test_call_has_what_was_printed_during_it_alone(grade):
    text = tiny.RIGHT.replace("return 2 * x", "print('sees', len(x)); return 3 * abs(x) if len(x) > 1 else 2 * x")
    (call,) = calls_of(grade(text)).values()
    assert call.printed == "sees 3\n"
    (call,) = calls_of(grade(tiny.RIGHT.replace("return 2 * x", "print('s' * 5000); return 3 * x"))).values()
    assert call.printed == "s" * 2000


def test_failure_that_no_small_case_shows_has_no_call(grade):
    result = grade(tiny.RIGHT.replace("2 * x", "3 * x if x.sum() > 3 else 2 * x"))
    assert result.score < 10
    assert calls_of(result) == {}


def test_right_submission_reads_no_small_case(grade, monkeypatch):
    monkeypatch.setattr("grader.grading.reproducing.read_small_cases", lambda assignment: pytest.fail("was read"))
    assert grade(tiny.RIGHT).full_marks


def test_call_that_raises_an_exception_shows_it(grade):
    (call,) = calls_of(grade(tiny.RIGHT.replace("return 2 * x", "return 2 * x[7], x"))).values()
    assert call.call == "x = np.array([1.0])\nout, cache = double(x)"
    assert "raises IndexError (index 7 is out of bounds" in call.got
    assert call.expected == ""


@pytest.mark.parametrize("body", ["pass", "import os; os._exit(1)"])
def test_what_is_absent_or_ends_its_process_has_no_call(grade, body):
    assert calls_of(grade(tiny.RIGHT.replace("return 2 * x, (x,)", body))) == {}


@pytest.mark.parametrize(
    "value",
    [
        "10 ** 400",
        "'text'",
        "[[1], [2, 3]]",
        "{'a': x}",
        "x > 0",
        "np.full(3, np.nan)",
        "x.astype('f2')",
        "np.ones((0, 3))",
    ],
)
def test_odd_value_breaks_nothing(grade, value):
    result = grade(tiny.RIGHT.replace("return x / 2", f"return {value}"))
    assert len(result.checks) == 5
    assert not [note for note in result.notes if "small inputs" in note]


def test_call_sees_nothing_of_what_checks_left_behind(grade):
    """A function that keeps what it is given could else show hidden inputs where everybody reads them."""
    keeping = "seen = globals().setdefault('seen', []); seen.append(x); return 3 * seen[0], (x,)"
    (call,) = calls_of(grade(tiny.RIGHT.replace("return 2 * x, (x,)", keeping))).values()
    assert call.got == "out, shape (1,):\n[3.]"


@pytest.mark.slow
def test_endless_loop_with_small_inputs_costs_no_grade(grade):
    looping = "if len(x) == 1:\n        while True: pass\n    return 3 * x, (x,)"
    result = grade(tiny.RIGHT.replace("return 2 * x, (x,)", looping))
    assert calls_of(result) == {}
    assert result.complete
