"""A student's own fast layers, where a course asks for them: they agree with the given ones and are fast enough."""

from typing import Any

import pytest

from grader.judging import (
    Generator,
    Record,
    Remark,
    Secret,
    Stopwatch,
    Student,
    Threshold,
    Trusted,
    WrongAnswer,
    compare,
)

from .speed import AGREE, CONV_BACK, CONV_FORWARD, POOL_BACK, POOL_FORWARD, Interval, Layer, interval

# Left out unless assignment.toml has the module; worth nothing unless rubric.toml says so (docs/speed.md).
pytestmark = [
    pytest.mark.asks("own_fast"),
    pytest.mark.section("Speed"),
    pytest.mark.limit(cpu_seconds=60, wall_seconds=180),
]

#: images of a timed call, and of the solution's naive layer beside it, whose time is linear in them
N_IMAGES, N_NAIVE = 10, 1
#: rounds at once; as many again when they decide nothing, so often at most
ROUNDS, TRIES = 6, 3
#: times as fast as the solution's naive layer, the way through the wall and back included; [thresholds] of rubric.toml
#: overrides them
CONV_SPEEDUP, POOL_SPEEDUP = 20.0, 3.0


@pytest.mark.points(0)
@pytest.mark.function("conv_forward_fast")
def test_own_conv_forward(
    student: Student,
    trusted: Trusted,
    stopwatch: Stopwatch,
    secret: Secret,
    threshold: Threshold,
    record_measure: Record,
    remark: Remark,
) -> None:
    """conv_forward_fast agrees with the given one and is as fast as the course asks."""
    limit = threshold("conv_forward_fast speedup", CONV_SPEEDUP)
    _judge(CONV_FORWARD, limit, student, trusted, stopwatch, secret, record_measure, remark)


@pytest.mark.points(0)
@pytest.mark.function("conv_backward_fast")
def test_own_conv_backward(
    student: Student,
    trusted: Trusted,
    stopwatch: Stopwatch,
    secret: Secret,
    threshold: Threshold,
    record_measure: Record,
    remark: Remark,
) -> None:
    """conv_backward_fast agrees with the given one and is as fast as the course asks."""
    limit = threshold("conv_backward_fast speedup", CONV_SPEEDUP)
    _judge(CONV_BACK, limit, student, trusted, stopwatch, secret, record_measure, remark)


@pytest.mark.points(0)
@pytest.mark.function("max_pool_forward_fast")
def test_own_max_pool_forward(
    student: Student,
    trusted: Trusted,
    stopwatch: Stopwatch,
    secret: Secret,
    threshold: Threshold,
    record_measure: Record,
    remark: Remark,
) -> None:
    """max_pool_forward_fast agrees with the given one and is as fast as the course asks."""
    limit = threshold("max_pool_forward_fast speedup", POOL_SPEEDUP)
    _judge(POOL_FORWARD, limit, student, trusted, stopwatch, secret, record_measure, remark)


@pytest.mark.points(0)
@pytest.mark.function("max_pool_backward_fast")
def test_own_max_pool_backward(
    student: Student,
    trusted: Trusted,
    stopwatch: Stopwatch,
    secret: Secret,
    threshold: Threshold,
    record_measure: Record,
    remark: Remark,
) -> None:
    """max_pool_backward_fast agrees with the given one and is as fast as the course asks."""
    limit = threshold("max_pool_backward_fast speedup", POOL_SPEEDUP)
    _judge(POOL_BACK, limit, student, trusted, stopwatch, secret, record_measure, remark)


def _judge(
    layer: Layer,
    limit: float,
    student: Student,
    trusted: Trusted,
    stopwatch: Stopwatch,
    secret: Secret,
    record_measure: Record,
    remark: Remark,
) -> None:
    """Raises WrongAnswer when a layer is wrong, or slower than the limit beyond chance; a doubt costs nothing."""
    given, solved = trusted("cs231n/fast_layers.py"), trusted("cs231n/layers.py")
    random, speedups = secret(f"own {layer.fast}"), list[float]()
    for _ in range(TRIES):
        for _ in range(ROUNDS):
            own = _own_seconds(layer, student, given, stopwatch, random)
            if solved is None:
                remark("Speed is judged where the solution is installed; here the values agree.")
                return
            speedups.append(_naive_seconds(layer, solved, stopwatch, random) / own)
        if interval(speedups).verdict(limit) != "inconclusive":
            break
    _conclude(layer.fast, interval(speedups), limit, record_measure, remark)


def _conclude(name: str, found: Interval, limit: float, record_measure: Record, remark: Remark) -> None:
    verdict = found.verdict(limit)
    record_measure("times as fast as a naive layer", found.middle, limit if verdict != "inconclusive" else None, ">")
    if verdict == "below":
        raise WrongAnswer(
            f"{name} is {found.middle:.1f} times as fast as a naive layer, should be over {limit:g} times.",
            "Is there a loop over images, pixels or filters left that one product of matrices could do?",
        )
    if verdict == "inconclusive":
        remark(f"{name} is {found.low:.1f} to {found.high:.1f} times as fast as a naive layer: too near to {limit:g}.")


def _own_seconds(layer: Layer, student: Student, given: Any, stopwatch: Stopwatch, random: Generator) -> float:
    """Times one call on inputs that no call had before; raises WrongAnswer unless it agrees with the given layer."""
    args = layer.make(random, N_IMAGES)
    forward = layer.fast.replace("backward", "forward")
    right, given_cache = getattr(given, forward)(*args)
    if layer.upstream:
        dout = random.standard_normal((N_IMAGES, *layer.upstream))
        _, cache = getattr(student.own_fast, forward)(*args)
        timing = stopwatch(lambda: getattr(student.own_fast, layer.fast)(dout, cache), student)
        right = getattr(given, layer.fast)(dout, given_cache)
        values, wanted = (timing.value, right) if len(layer.gives) > 1 else ((timing.value,), (right,))
    else:
        timing = stopwatch(lambda: getattr(student.own_fast, layer.fast)(*args), student)
        values, wanted = (timing.value[0],), (right,)
    call = f"{layer.fast}, {N_IMAGES} of the notebook's images"
    for name, value, expected in zip(layer.gives, values, wanted, strict=False):
        judgement = compare(value, expected, name=name, call=call, limit=AGREE, flexible=True, hidden=True)
        if not judgement.right:
            raise WrongAnswer(judgement.message, judgement.hint)
    return float(timing.seconds)


def _naive_seconds(layer: Layer, solved: Any, stopwatch: Stopwatch, random: Generator) -> float:
    """Returns the time of the solution's naive layer for as many images, measured on fewer."""
    args = layer.make(random, N_NAIVE)
    function = getattr(solved, layer.naive)
    if layer.upstream:
        dout = random.standard_normal((N_NAIVE, *layer.upstream))
        # The naive layers' documented cache is what the forward function took.
        timing = stopwatch(lambda: function(dout, args))
    else:
        timing = stopwatch(lambda: function(*args))
    return float(timing.seconds) * N_IMAGES / N_NAIVE
