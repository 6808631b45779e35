"""Replies of every kind in the place of right ones: each ends in a verdict on the student, never an internal error."""

import random
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.checks import Checks, faults_of
from fuzz.liar import Told
from fuzz.lies import CONTROL, HUGE, LIES, NAMES, Lie, framed
from fuzz.live import LiveChecks, drawn
from own_fast import course

from grader.grading.student import Student
from grader.sandbox.level import available_levels
from reference.cs231n import fast_layers

#: checks that take long: a lie in each of their replies would take hours
LONG = "test_10_training.py"
#: checks that time each answer, so that a lie costs them a second; a few lies each are enough for what they share
TIMED = "test_11_speed.py"


@pytest.fixture(scope="module")
def checks():
    return Checks()


def judged(checks, check, told):
    item = next(item for item in checks.items if item.nodeid.endswith(check))
    result = checks.judge(item, told)
    return result, faults_of(item, result, told)


def lie(value):
    return Lie("this", lambda message, true, random_: framed(message, value))


@pytest.mark.parametrize(
    ("check", "first", "value", "words"),
    [
        ("test_network_parameters[default]", 1, dict.fromkeys(NAMES, "weights"), "W1 is a str, should be an array"),
        ("test_network_parameters[default]", 1, np.zeros(3), "self.params is an array of shape"),
        ("test_network_parameters[default]", 1, [], "leaves self.params empty"),
        ("test_network_initial_values[default]", 1, dict.fromkeys(NAMES, "weights"), "is a string, should be an array"),
        ("test_network_initial_values[default]", 1, {name: [[1.0], [2.0, 3.0]] for name in NAMES}, "is 2 values"),
        ("test_network_initial_values[default]", 1, {name: {"data": 1} for name in NAMES}, "is a dictionary"),
        ("test_network_initial_values[default]", 1, dict.fromkeys(NAMES, np.ones(2_600_000, bool)), "far too large"),
        ("test_network_initial_loss[initial]", 1, {name: [np.ones(2), np.ones(3)] for name in NAMES}, "is 2 values"),
        ("test_network_initial_loss[initial]", 2, (1.0, np.ones(3)), "grads is an array of shape"),
        ("test_network_gradients[small]", 3, (np.ones(2), None), "grads is None, should be a dictionary"),
        ("test_network_gradients[small]", 3, 7, "returned a number, should be (loss, grads)"),
        ("test_network_gradients[small]", 3, (0.0, {}), "gives neither loss nor gradients"),
        ("test_network_scores[small]", 0, 0.5, "does not match the call"),
        ("test_batchnorm_forward[train]", 2, [1, 2], "replaced by something else during the call"),
        ("test_spatial_batchnorm_running_statistics[one-step]", 2, 5, "replaced by something else during the call"),
    ],
)
def test_a_beginners_slip_gets_a_sentence(checks, check, first, value, words):
    told = Told(lie(value), first)
    result, faults = judged(checks, check, told)
    assert told.n_lies
    assert not faults
    assert words in result.message
    assert result.status in ("failed", "missing")


def fuzzed(checks, items, lies, seed):
    random_ = random.Random(seed)
    for item in items:
        for one in random_.sample(LIES, lies):
            told = Told(one, random_.choice((0, 0, 1, 1, 2, 3)), random_.randrange(1000))
            yield from faults_of(item, checks.judge(item, told), told)


def test_no_reply_of_a_timed_check_makes_a_grade_incomplete(tmp_path):
    own_fast = Checks(course(tmp_path / "course"), {"own_fast": fast_layers})
    items = [item for item in own_fast.one_of_each() if item.path.name.startswith("test_13_own_fast.py")]
    assert len(items) == 4
    assert not list(fuzzed(own_fast, items, 3, seed=7))


@pytest.mark.slow
def test_no_reply_of_a_training_makes_a_grade_incomplete(checks):
    items = [item for item in checks.one_of_each() if item.path.name.startswith(LONG)]
    assert len(items) >= 2
    assert not list(fuzzed(checks, items, 4, seed=9))


@pytest.mark.slow
@pytest.mark.parametrize("level", available_levels()[:1])
def test_no_answer_of_a_live_worker_makes_a_grade_incomplete(level):
    live, random_ = LiveChecks(), random.Random(11)
    items = random_.sample(of_moments(live), 6)
    faults = []
    with live.worker(level) as worker:
        for item in items:
            for lies, count, control in ((CONTROL, 2, True), (LIES, 2, False), (HUGE, 1, False)):
                for told in drawn(lies, count, random_):
                    result = live.judge_live(item, worker, told, control=control)
                    # What the process that forks says of itself may be a lie that changes nothing.
                    faults += [fault for fault in faults_of(item, result, told) if not (control and "passed" in fault)]
    assert not faults


def test_an_exception_that_is_no_verdict_is_noticed(checks, monkeypatch):
    item = next(of_moments(checks).__iter__())
    told = Told(lie(7), 0)
    monkeypatch.setattr(Student, "_lift_documented", lambda *args: 1 / 0)
    assert "no verdict" in faults_of(item, checks.judge(item, told), told)[0]


def of_moments(checks):
    return [item for item in checks.one_of_each() if not item.path.name.startswith(LONG)]


def test_no_reply_makes_a_grade_incomplete(checks):
    assert not list(fuzzed(checks, of_moments(checks), 2, seed=231))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_reply_of_many_makes_a_grade_incomplete(checks, seed):
    quick = [item for item in of_moments(checks) if not item.path.name.startswith(TIMED)]
    assert not list(fuzzed(checks, quick, 15, seed=seed))


@pytest.mark.slow
def test_no_reply_of_a_speed_check_makes_a_grade_incomplete(checks):
    timed = [item for item in of_moments(checks) if item.path.name.startswith(TIMED)]
    assert len(timed) == 4
    assert not list(fuzzed(checks, timed, 8, seed=5))
