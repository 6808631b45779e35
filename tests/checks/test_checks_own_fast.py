"""Own fast layers are judged where a course asks for them: by agreement, and by speed beyond chance."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from inprocess import InProcessStudent, collect
from own_fast import POSING, RIGHT, course

from grader.assignment.golden_cases import LiveGoldens
from grader.grading.runner import Runner
from grader.grading.timing_fixtures import timed
from grader.model.errors import StudentError
from grader.model.options import Options
from grader.reading.submission import Submission
from grader.sandbox.level import Level
from reference.cs231n import fast_layers, layers

NAMES = ("conv_forward", "conv_backward", "max_pool_forward", "max_pool_backward")


@pytest.fixture(scope="module")
def checks():
    return {item.name: item.function for item in collect(asked=True)}


class OwnFast(InProcessStudent):
    """Functions as the module `own_fast`, which the built-in assignment does not have."""

    def __init__(self, functions):
        self.own_fast = SimpleNamespace(**{name: copying(function) for name, function in functions.items()})


def copying(function):
    def call(*args):
        return function(*(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args))

    return call


def judge(checks, name, functions, stopwatch=lambda call, student=None: timed(call), solved=layers, threshold=None):
    said = SimpleNamespace(verdict="passed", figures=[], remarks=[], message="")
    try:
        checks[f"test_own_{name}"](
            student=OwnFast(functions),
            trusted=lambda file: fast_layers if "fast" in file else solved,
            stopwatch=stopwatch,
            secret=lambda name: np.random.RandomState(7),
            threshold=threshold or (lambda name, default: default),
            record_measure=lambda *figure: said.figures.append(figure),
            remark=said.remarks.append,
        )
    except StudentError as error:
        said.verdict, said.message = error.status, error.message
    return said


@pytest.mark.parametrize("name", NAMES)
def test_given_layers_are_fast_enough_as_own_ones(checks, name):
    said = judge(checks, name, RIGHT)
    assert (said.verdict, said.remarks) == ("passed", [])
    assert said.figures[0][1] > 2 * said.figures[0][2]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["conv_forward", "max_pool_forward", "max_pool_backward"])
def test_naive_layer_that_poses_as_fast_fails(checks, name):
    said = judge(checks, name, POSING)
    assert said.verdict == "failed"
    assert "times as fast as a naive layer, should be over" in said.message


@pytest.mark.slow
def test_answers_that_are_remembered_do_not_help(checks):
    known = {}

    def remembering(x, *others):
        key = x.tobytes()
        if key not in known:
            known[key] = POSING["conv_forward_fast"](x, *others)
        return known[key]

    assert judge(checks, "conv_forward", {**RIGHT, "conv_forward_fast": remembering}).verdict == "failed"


def test_wrong_values_are_never_fast_enough(checks):
    wrong = lambda dout, cache: RIGHT["max_pool_backward_fast"](dout, cache) * (1 + 1e-8)  # noqa: E731
    said = judge(checks, "max_pool_backward", {**RIGHT, "max_pool_backward_fast": wrong})
    assert said.verdict == "failed"
    assert said.message.startswith("dx is wrong in")


def clock(ratios):
    """Returns a stopwatch in which each round's speedup is the next of these."""
    rounds = iter(ratios)

    def watch(call, student=None):
        return SimpleNamespace(value=call(), seconds=1.0 / next(rounds) if student is not None else 1.0 / 10)

    return watch


def test_doubt_is_measured_again_and_costs_nothing(checks):
    said = judge(checks, "max_pool_forward", RIGHT, stopwatch=clock([2.0, 4.5] * 9))
    assert (said.verdict, len(said.figures[0])) == ("passed", 4)
    assert said.figures[0][2] is None
    assert said.remarks[0].endswith("times as fast as a naive layer: too near to 3.")
    said = judge(checks, "max_pool_forward", RIGHT, stopwatch=clock([2.0, 4.5] * 3 + [4.5] * 12))
    assert (said.verdict, said.remarks) == ("passed", [])


def test_rubric_sets_the_threshold(checks):
    said = judge(checks, "max_pool_forward", RIGHT, clock([5.0] * 6), threshold=lambda name, default: 10.0)
    assert said.message == "max_pool_forward_fast is 5.0 times as fast as a naive layer, should be over 10 times."


def test_kit_without_the_solution_judges_values_only(checks):
    said = judge(checks, "max_pool_forward", POSING, solved=None)
    assert said.verdict == "passed"
    assert said.remarks == ["Speed is judged where the solution is installed; here the values agree."]


@pytest.mark.slow
def test_course_that_asks_for_them_judges_them_through_the_wall(tmp_path):
    rubric = '\n[thresholds]\n"conv_forward_fast speedup" = 5\n"max_pool_forward_fast speedup" = 1e6\n'
    assignment = course(tmp_path / "checks", rubric)
    files = Submission.from_path(fast_layers_folder(tmp_path), assignment)
    runner = Runner(
        assignment, LiveGoldens(assignment, 7), Level.LIMITS, 7, keyword="own", options=Options.of(speed="on")
    )
    ends = {check.function: str(check.status) for check in runner.grade(files).checks if "own_fast" in check.id}
    assert ends == {
        "conv_forward_fast": "passed",
        "conv_backward_fast": "passed",
        "max_pool_forward_fast": "failed",
        "max_pool_backward_fast": "passed",
    }


def fast_layers_folder(folder):
    own = folder / "handin" / "cs231n"
    own.mkdir(parents=True)
    shutil.copy(fast_layers.__file__, own / "own_fast_layers.py")
    (own / "layers.py").write_text("", encoding="utf-8")
    return folder / "handin"
