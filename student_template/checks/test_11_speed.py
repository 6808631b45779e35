"""What the notebook's cells on fast layers show: naive ones agree with the given ones, and how much slower they are."""

import numpy as np
import pytest

from grader.judging import Record, Remark, Secret, Stopwatch, Student, Trusted

from .speed import AGREE, CONV_BACK, CONV_FORWARD, POOL_BACK, POOL_FORWARD, WHOLE, Layer, Race

# A slice of a right layer takes a tenth of a second; one that is a hundred times slower is still judged by its values.
pytestmark = [pytest.mark.section("Speed"), pytest.mark.limit(cpu_seconds=30, wall_seconds=90)]

#: times the solution's own naive layer from which on a loop too many is likely; loops over every single number of a
#: window, which are allowed, take three to five times as long
LOOP_TOO_MANY = 8.0
#: twice the images take twice the time; a loop over the images within a loop over the images makes that four times
MUCH_MORE = 3.0


@pytest.mark.function("conv_forward_naive")
def test_conv_forward_beside_fast(
    student: Student, trusted: Trusted, stopwatch: Stopwatch, secret: Secret, record_measure: Record, remark: Remark
) -> None:
    """conv_forward_naive agrees with the given fast convolution at the notebook's sizes."""
    _judge(CONV_FORWARD, student, trusted, stopwatch, secret, record_measure, remark)


@pytest.mark.function("conv_backward_naive")
@pytest.mark.needs("conv_forward_naive")
def test_conv_backward_beside_fast(
    student: Student, trusted: Trusted, stopwatch: Stopwatch, secret: Secret, record_measure: Record, remark: Remark
) -> None:
    """conv_backward_naive agrees with the given fast convolution at the notebook's sizes."""
    _judge(CONV_BACK, student, trusted, stopwatch, secret, record_measure, remark)


@pytest.mark.function("max_pool_forward_naive")
def test_max_pool_forward_beside_fast(
    student: Student, trusted: Trusted, stopwatch: Stopwatch, secret: Secret, record_measure: Record, remark: Remark
) -> None:
    """max_pool_forward_naive agrees with the given fast pooling at the notebook's sizes."""
    _judge(POOL_FORWARD, student, trusted, stopwatch, secret, record_measure, remark)


@pytest.mark.function("max_pool_backward_naive")
@pytest.mark.needs("max_pool_forward_naive")
def test_max_pool_backward_beside_fast(
    student: Student, trusted: Trusted, stopwatch: Stopwatch, secret: Secret, record_measure: Record, remark: Remark
) -> None:
    """max_pool_backward_naive agrees with the given fast pooling at the notebook's sizes."""
    _judge(POOL_BACK, student, trusted, stopwatch, secret, record_measure, remark)


def _judge(
    layer: Layer,
    student: Student,
    trusted: Trusted,
    stopwatch: Stopwatch,
    secret: Secret,
    record_measure: Record,
    remark: Remark,
) -> None:
    """Raises a StudentError unless the naive layer agrees with the fast one; times decide nothing, they are shown."""
    fast, solved = trusted("cs231n/fast_layers.py"), trusted("cs231n/layers.py")
    race = Race(layer, student, fast, solved, stopwatch, secret(f"speed of {layer.naive}"))
    try:
        race.run(LOOP_TOO_MANY, MUCH_MORE)
    finally:
        for name, error in race.errors.items():
            record_measure(f"{name} difference", error, AGREE)
    for name, error in race.printed_errors.items():
        record_measure(f"{name} difference, as the notebook prints it", error)
    seconds, quick = race.whole_seconds(), float(np.median(race.quick))
    record_measure(f"seconds of yours for {WHOLE} images", seconds)
    record_measure("seconds of the fast layer", quick)
    record_measure("speedup", seconds / quick)
    record_measure("speedup in the notebook", layer.printed)
    _comment(race, record_measure, remark)


def _comment(race: Race, record_measure: Record, remark: Remark) -> None:
    name, beside, growth = race.layer.naive, race.beside_solved, race.growth
    if growth is not None:
        record_measure("time for twice the images, in times of once", growth.middle)
        if growth.verdict(MUCH_MORE) == "above":
            remark(
                f"{name} takes {growth.middle:.1f} times as long for twice the images: does it loop over them twice?"
            )
    if beside is None:
        return
    record_measure("times the time of a plain loop over the outputs", beside.middle)
    verdict = beside.verdict(LOOP_TOO_MANY)
    if verdict == "above":
        remark(f"{name} takes {beside.middle:.0f} times as long as a plain loop over the outputs: one loop too many?")
    elif verdict == "inconclusive":
        remark(
            f"{name} takes {beside.low:.1f} to {beside.high:.1f} times as long as a plain loop over the outputs; "
            "the machine was too busy to say more."
        )
