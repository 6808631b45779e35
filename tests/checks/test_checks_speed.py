"""Speed is judged by agreement, shown in times that scale, and commented only where an interval allows it."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from edits import REFERENCE, STUBS, own_caches, wrapped
from inprocess import ASSIGNMENT, InProcessStudent, check_id, collect, run
from near_misses import LEGAL

from grader.assignment.golden_cases import LiveGoldens
from grader.checks.speed import CONV_BACK, CONV_FORWARD, POOL_FORWARD, Race, interval
from grader.grading.timing_fixtures import timed
from grader.model.errors import StudentError
from reference.cs231n import fast_layers, layers

FILES = {"cs231n/fast_layers.py": fast_layers, "cs231n/layers.py": layers}
TITLES = ("conv_forward", "conv_backward", "max_pool_forward", "max_pool_backward")


@pytest.fixture(scope="module")
def every_check():
    return collect()


def judge(every_check, name, functions, solved=layers, stopwatch=lambda call, student=None: timed(call)):
    """Returns how a check ended, its figures and its remarks."""
    (item,) = [each for each in every_check if each.name == f"test_{name}_beside_fast"]
    said = SimpleNamespace(verdict="passed", figures={}, remarks=[])
    try:
        item.function(
            student=InProcessStudent(functions),
            trusted=lambda file: fast_layers if "fast" in file else solved,
            stopwatch=stopwatch,
            secret=lambda name: np.random.RandomState(7),
            record_measure=lambda name, value, *limit: said.figures.update({name: value}),
            remark=said.remarks.append,
        )
    except StudentError as error:
        said.verdict, said.message, said.hint = error.status, error.message, error.hint
    return said


class Clock:
    """A stopwatch whose seconds are set: what a call would take of a student's layer, of ours and of the fast one."""

    def __init__(self, student=lambda n_images: 0.03 * n_images, ours=0.03):
        self.student, self.ours, self.n_calls = student, ours, 0

    def __call__(self, call, student=None):
        self.n_calls += 1
        value = call()
        if student is None:
            return SimpleNamespace(value=value, seconds=self.ours)
        n_images = len(value[0]) if isinstance(value, tuple) else len(value)
        return SimpleNamespace(value=value, seconds=self.student(n_images))


FAST = {
    "conv_forward_naive": fast_layers.conv_forward_fast,
    "conv_backward_naive": fast_layers.conv_backward_fast,
    "max_pool_forward_naive": fast_layers.max_pool_forward_fast,
    "max_pool_backward_naive": fast_layers.max_pool_backward_fast,
}


@pytest.mark.parametrize("name", TITLES)
def test_reference_agrees_and_is_slower_than_the_fast_layer(every_check, name):
    said = judge(every_check, name, REFERENCE)
    assert said.verdict == "passed"
    assert said.figures["speedup"] > 10
    assert 0.3 < said.figures["times the time of a plain loop over the outputs"] < 3
    assert all(value < 1e-12 for figure, value in said.figures.items() if figure.endswith(" difference"))


@pytest.mark.parametrize("functions", [STUBS, {}])
@pytest.mark.parametrize("name", TITLES)
def test_stub_is_missing(every_check, name, functions):
    assert judge(every_check, name, functions).verdict == "missing"


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("variant", ["all written in other ways", "own caches", "lists in place of tuples"])
def test_legal_variant_agrees(every_check, name, variant):
    assert judge(every_check, name, LEGAL[variant], stopwatch=Clock()).verdict == "passed"


def test_cache_of_the_students_own_is_used_where_the_documented_one_does_not_do(every_check):
    assert judge(every_check, "conv_backward", own_caches(), stopwatch=Clock()).verdict == "passed"


def large_only(function, change):
    """Returns the reference with a result that is changed for images as large as these cells have them."""

    def changed(result, first, *_):
        array = first[0] if isinstance(first, tuple) else first
        return (
            change(result) if array.shape[-1] in (31, 32) or array.shape[1:] in ((25, 16, 16), (3, 16, 16)) else result
        )

    return wrapped(function, changed)


@pytest.mark.parametrize("name", TITLES)
def test_layer_that_is_wrong_at_these_sizes_only_is_caught_here_only(every_check, name):
    function = f"{name}_naive"

    def off(result):
        first = result[0] if isinstance(result, tuple) else result
        return (first * (1 + 1e-8), *result[1:]) if isinstance(result, tuple) else first * (1 + 1e-8)

    functions = large_only(function, off)
    assert judge(every_check, name, functions, stopwatch=Clock()).verdict == "failed"
    others = [item for item in every_check if item.get_closest_marker("function")]
    others = [
        item for item in others if item.get_closest_marker("function").args[0] == function and "fast" not in item.name
    ]
    outcomes = run(others, functions, LiveGoldens(ASSIGNMENT, 7))
    assert {check: each.status for check, each in outcomes.items() if each.status != "passed"} == {}
    assert len(outcomes) > 5, [check_id(item) for item in others]


def test_single_precision_is_named(every_check):
    functions = wrapped("conv_forward_naive", lambda result, *_: (result[0].astype(np.float32), result[1]))
    said = judge(every_check, "conv_forward", functions, stopwatch=Clock())
    assert (said.verdict, said.hint) == ("failed", "It is float32: too few digits for this comparison.")


# What is said of times


def test_speedup_is_that_of_the_whole_batch(every_check):
    said = judge(every_check, "conv_forward", FAST, stopwatch=Clock(lambda n_images: 0.05 * n_images, 0.01))
    assert said.figures["seconds of yours for 100 images"] == pytest.approx(5)
    assert said.figures["speedup"] == pytest.approx(500)
    assert said.figures["speedup in the notebook"] == 231
    assert said.figures["times the time of a plain loop over the outputs"] == pytest.approx(5)
    assert said.remarks == []


def test_layer_that_takes_all_images_at_once_is_timed_on_all_of_them(every_check):
    said = judge(every_check, "conv_forward", FAST, stopwatch=Clock(lambda n_images: 0.01 + 0.0001 * n_images))
    assert said.figures["seconds of yours for 100 images"] == pytest.approx(0.02)


def test_one_loop_too_many_gets_a_remark_and_keeps_its_points(every_check):
    said = judge(every_check, "conv_forward", FAST, stopwatch=Clock(lambda n_images: 0.6 * n_images))
    assert said.verdict == "passed"
    assert said.remarks == [
        "conv_forward_naive takes 20 times as long as a plain loop over the outputs: one loop too many?"
    ]


def test_loop_over_the_images_within_another_gets_a_remark(every_check):
    said = judge(every_check, "max_pool_forward", FAST, stopwatch=Clock(lambda n_images: 1e-4 * n_images**2))
    assert said.remarks == [
        "max_pool_forward_naive takes 4.0 times as long for twice the images: does it loop over them twice?"
    ]


def test_one_slow_moment_is_no_second_loop(every_check):
    seconds = iter([0.01, 0.04, 0.02, 0.01, 0.01, 0.02])
    said = judge(every_check, "max_pool_forward", FAST, stopwatch=Clock(lambda n_images: next(seconds), 0.01))
    assert said.remarks == []


def test_times_on_both_sides_of_the_limit_are_inconclusive(every_check):
    seconds = iter([0.01, 0.01, 0.02, 0.02] * 50)
    clock = Clock(lambda n_images: next(seconds) * n_images, 0.0075)
    said = judge(every_check, "max_pool_forward", FAST, stopwatch=clock)
    assert said.verdict == "passed"
    assert said.remarks[0].endswith("the machine was too busy to say more.")


def test_kit_without_the_solution_shows_speedups_only(every_check):
    said = judge(every_check, "max_pool_forward", REFERENCE, solved=None)
    assert said.verdict == "passed"
    assert "times the time of a plain loop over the outputs" not in said.figures
    assert said.figures["speedup"] > 10


def test_inputs_are_fresh_each_time(every_check):
    seen = set()

    def remembering(x, w, b, conv_param):
        assert x.tobytes() not in seen
        seen.add(x.tobytes())
        return fast_layers.conv_forward_fast(x, w, b, conv_param)

    said = judge(every_check, "conv_forward", {**REFERENCE, "conv_forward_naive": remembering}, stopwatch=Clock())
    assert said.verdict == "passed"
    assert len(seen) == 2


def test_very_slow_layer_is_not_asked_for_twice_the_images():
    clock = Clock(lambda n_images: 3.0 * n_images)
    race = Race(CONV_FORWARD, InProcessStudent(FAST), fast_layers, layers, clock, np.random.RandomState(7))
    race.run(8, 3)
    assert (len(race.small), len(race.large)) == (1, 1)
    assert race.whole_seconds() == pytest.approx(300)


def test_slice_of_pooling_and_of_convolution_are_cells_of_the_notebook():
    rng = np.random.RandomState(0)
    assert [np.shape(part) for part in CONV_BACK.make(rng, 2)[:3]] == [(2, 3, 31, 31), (25, 3, 3, 3), (25,)]
    assert POOL_FORWARD.make(rng, 4)[0].shape == (4, 3, 32, 32)


# Intervals and clocks


@pytest.mark.parametrize(("n", "ends"), [(1, (1, 1)), (3, (1, 3)), (5, (1, 5)), (9, (2, 8)), (12, (3, 10))])
def test_interval_lies_between_values_by_order(n, ends):
    found = interval([float(value) for value in range(n, 0, -1)])
    assert (found.low, found.high) == ends
    assert found.low <= found.middle <= found.high


def test_interval_misses_the_median_as_rarely_as_it_says():
    rng = np.random.RandomState(0)
    found = [interval(list(rng.lognormal(0, 1, 9))) for _ in range(2000)]
    assert 0.93 < np.mean([each.low < 1 < each.high for each in found]) < 0.99


def test_verdict_needs_the_whole_interval():
    found = interval([2.0, 3.0, 4.0, 5.0, 6.0])
    assert [found.verdict(limit) for limit in (1, 4, 7)] == ["above", "inconclusive", "below"]


def test_stopwatch_counts_sleep_and_work():
    assert timed(lambda: time.sleep(0.02)).seconds > 0.019
    spun = timed(lambda: sum(range(500_000)))
    assert spun.value == 124_999_750_000
    assert spun.seconds > 1e-3


def test_stopwatch_counts_threads_behind_the_wall_that_the_caller_does_not_wait_for():
    worked = iter([SimpleNamespace(ran=1.0, waited=0.0), SimpleNamespace(ran=3.0, waited=9.0)])
    assert timed(lambda: None, SimpleNamespace(clocks=lambda: next(worked))).seconds == pytest.approx(2.0)
