"""Times a student's naive layers beside the given fast ones on fresh inputs."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import numpy as np

from grader.judging import Generator, Stopwatch, Student, StudentError, WrongAnswer, compare, rel_error

__all__ = ["AGREE", "CONV_BACK", "CONV_FORWARD", "POOL_BACK", "POOL_FORWARD", "Interval", "Layer", "Race", "interval"]

#: the notebook asks for differences "around e-9 or less"; as a share of the largest value, which no entry near zero
#: moves: in float64 the order of the sums makes 1e-15 of it
AGREE = 1e-9
#: images of the notebook's cells
WHOLE = 100
#: a layer whose time for twice the images grows by less does not go image by image, and is timed on all of them
GROWS = 1.4
#: rounds that are always run, rounds after which a doubtful comparison is given up, seconds of the student's that end
#: the rounds
ROUNDS, MOST_ROUNDS, ENOUGH_SECONDS = 3, 9, 2.0
#: one round is enough where it stays below a limit by this factor: no busy machine hides so much, since the wait for a
#: processor is not counted
CLEAR, CLEAR_GROWTH = 2.5, 1.25
#: one image takes longer: twice as many are not asked for
SLOW_IMAGE = 0.7
#: chance that an interval misses the median
MISS = 0.07

Make = Callable[[Any, int], Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the notebook's four pairs of a naive and a fast function."""

    naive: str
    fast: str
    #: speedup that the notebook printed on its machine
    printed: float
    #: images of the smaller of the two slices
    slice: int
    #: random generator, images -> arguments of the forward function
    make: Make
    #: what the function returns that is compared
    gives: tuple[str, ...]
    #: shape of one image's upstream gradient; empty for a forward function
    upstream: tuple[int, ...] = ()

    @property
    def forward(self) -> str:
        """The naive function whose cache a backward function takes."""
        return self.naive.replace("backward", "forward")


@dataclass(frozen=True, slots=True)
class Interval:
    """A median and where the true one lies but for a chance of MISS, or as near to that as so few values allow."""

    middle: float
    low: float
    high: float

    def verdict(self, limit: float) -> str:
        """Returns on which side of a limit all of it lies: "below", "above", or else "inconclusive"."""
        return "below" if self.high < limit else "above" if self.low > limit else "inconclusive"


def interval(values: Sequence[float]) -> Interval:
    """Returns the interval between two of the values by order, which supposes nothing of how they are spread.

    Source: the sign test's interval of a median; so many or fewer of n values lie below it as heads fall in n throws.
    """
    ordered, n = sorted(values), len(values)
    cut, miss = 0, 0.0
    while cut < (n - 1) // 2 and 2 * (miss + math.comb(n, cut) / 2**n) <= MISS:
        miss += math.comb(n, cut) / 2**n
        cut += 1
    first = max(cut - 1, 0)
    return Interval(float(np.median(ordered)), ordered[first], ordered[n - 1 - first])


@dataclass(slots=True)
class Race:
    """Times of one naive function and its rivals, taken in turn."""

    layer: Layer
    student: Student
    #: the given fast layers, and the solution's layers or None, in the grader's process
    fast: Any
    solved: Any
    stopwatch: Stopwatch
    random: Generator
    #: seconds of each round: of the slice, of twice as many images, of the fast layer on all, of the solution's layer
    small: list[float] = field(default_factory=list)
    large: list[float] = field(default_factory=list)
    quick: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    #: largest error of each returned value: as a share of the largest one, and the notebook's
    errors: dict[str, float] = field(default_factory=dict)
    printed_errors: dict[str, float] = field(default_factory=dict)
    _own_cache: bool = False

    def run(self, limit: float, much_more: float) -> None:
        """Runs rounds until the comparison with the solution's layer is on one side of a limit, or time is up.

        The first round takes the times of our own layers from what was measured for the first submission of a class;
        it is the only one where it leaves no doubt.

        Args:
            limit: of the time beside the solution's layer.
            much_more: of the growth of time for twice the images.

        Raises:
            WrongAnswer: the student's function differs from the given fast one.
        """
        known = _own_times(self.layer, self.fast, self.solved, cast(Hashable, self.stopwatch))
        self.quick.append(known.quick)
        if known.plain is not None:
            self.plain.append(known.plain)
        self._own_round()
        if self._is_clear(limit, much_more) or sum(self.small) + sum(self.large) > ENOUGH_SECONDS:
            return
        whole = self._inputs(WHOLE)
        while len(self.small) < MOST_ROUNDS:
            self._round(whole)
            if len(self.small) >= ROUNDS and self._is_decided(limit):
                return
            if sum(self.small) + sum(self.large) > ENOUGH_SECONDS:
                return

    @property
    def growth(self) -> Interval | None:
        """Time for twice the images over time for the slice; None where that was not asked for."""
        pairs = zip(self.large, self.small, strict=False)
        return interval([large / small for large, small in pairs]) if self.large else None

    @property
    def beside_solved(self) -> Interval | None:
        """Time beside the solution's layer, round by round; None where there is none."""
        return (
            interval([mine / plain for mine, plain in zip(self.small, self.plain, strict=True)]) if self.plain else None
        )

    def whole_seconds(self) -> float:
        """Returns the time of the whole batch: scaled where it is linear in the number of images, else measured."""
        if self.growth is not None and self.growth.middle < GROWS:
            return float(np.median([self._timed(self._inputs(WHOLE)) for _ in range(ROUNDS)]))
        if self.large:
            return float(np.median(self.large)) * WHOLE / (2 * self.layer.slice)
        return float(np.median(self.small)) * WHOLE / self.layer.slice

    def _is_clear(self, limit: float, much_more: float) -> bool:
        growth, beside = self.growth, self.beside_solved
        if growth is None or not growth.middle * CLEAR_GROWTH < much_more:
            return False
        return beside is None or beside.middle * CLEAR < limit

    def _own_round(self) -> None:
        """Times the student's function alone, on the slice and on twice as many images."""
        self.small.append(self._timed(self._inputs(self.layer.slice)))
        self.large.append(self._timed(self._inputs(2 * self.layer.slice)))

    def _is_decided(self, limit: float) -> bool:
        beside = self.beside_solved
        if beside is None or beside.verdict(limit) == "below":
            return True
        return len(self.small) >= 5 and beside.verdict(limit) == "above"

    def _round(self, whole: Any) -> None:
        size = self.layer.slice
        rivals: list[Callable[[], None]] = [lambda: self.small.append(self._timed(self._inputs(size)))]
        ours, layer = self.stopwatch, self.layer
        if self.solved is not None:
            rivals.append(lambda: self.plain.append(_ours(ours, self.solved, layer.naive, self._inputs(size))))
        rivals.append(lambda: self.quick.append(_ours(ours, self.fast, layer.fast, whole)))
        if max(self.small) < SLOW_IMAGE:
            rivals.append(lambda: self.large.append(self._timed(self._inputs(2 * size))))
        # Now in one order, now in the other: a machine that grows slower is fair to all.
        for rival in rivals if len(self.small) % 2 == 0 else rivals[::-1]:
            rival()

    def _inputs(self, n_images: int) -> tuple[tuple[Any, ...], Any]:
        return _drawn(self.layer, self.random, n_images)

    def _timed(self, inputs: tuple[tuple[Any, ...], Any]) -> float:
        """Times the student's function; raises WrongAnswer unless it agrees with the fast one."""
        args, dout = inputs
        if dout is None:
            timing = self._student(lambda: getattr(self.student.layers, self.layer.naive)(*args))
            self._compare((timing.value[0],), inputs)
            return float(timing.seconds)
        if not self._own_cache:
            try:
                return self._timed_backward(args, inputs)
            except StudentError:
                # It may need what its own forward function keeps.
                self._own_cache = True
        return self._timed_backward(getattr(self.student.layers, self.layer.forward)(*args)[1], inputs)

    def _timed_backward(self, cache: Any, inputs: tuple[tuple[Any, ...], Any]) -> float:
        timing = self._student(lambda: getattr(self.student.layers, self.layer.naive)(inputs[1], cache))
        self._compare(timing.value if len(self.layer.gives) > 1 else (timing.value,), inputs)
        return float(timing.seconds)

    def _student(self, call: Callable[[], Any]) -> Any:
        return self.stopwatch(call, self.student)

    def _compare(self, values: tuple[Any, ...], inputs: tuple[tuple[Any, ...], Any]) -> None:
        args, dout = inputs
        right = getattr(self.fast, self.layer.fast.replace("backward", "forward"))(*args)
        if dout is not None:
            right = getattr(self.fast, self.layer.fast)(dout, right[1])
        wanted = right if len(self.layer.gives) > 1 or dout is None else (right,)
        call = f"{self.layer.naive}, {len(args[0])} of the notebook's {WHOLE} images"
        for name, value, expected in zip(self.layer.gives, values, wanted, strict=False):
            judgement = compare(value, expected, name=name, call=call, limit=AGREE, flexible=True, hidden=True)
            if judgement.figure is not None:
                self.errors[name] = max(self.errors.get(name, 0.0), judgement.figure[1])
            if not judgement.right:
                single = isinstance(value, np.ndarray) and value.dtype.itemsize < expected.dtype.itemsize
                hint = f"It is {value.dtype}: too few digits for this comparison." if single else judgement.hint
                raise WrongAnswer(judgement.message, hint)
            shown = rel_error(np.reshape(value, expected.shape), expected)
            self.printed_errors[name] = max(self.printed_errors.get(name, 0.0), shown)


@dataclass(frozen=True, slots=True)
class _OwnTimes:
    """Seconds of our own layers on this machine."""

    #: of the fast layer on all images, and of the solution's on the slice, None without the solution
    quick: float
    plain: float | None


@lru_cache(maxsize=16)  # one for each layer of a runner
def _own_times(layer: Layer, fast: Any, solved: Any, stopwatch: Any) -> _OwnTimes:
    random = np.random.RandomState(0)

    def seconds(module: Any, name: str, n_images: int) -> float:
        return float(
            np.median([_ours(stopwatch, module, name, _drawn(layer, random, n_images)) for _ in range(ROUNDS)])
        )

    plain = seconds(solved, layer.naive, layer.slice) if solved is not None else None
    return _OwnTimes(seconds(fast, layer.fast, WHOLE), plain)


def _ours(stopwatch: Stopwatch, module: Any, name: str, inputs: tuple[tuple[Any, ...], Any]) -> float:
    args, dout = inputs
    function = getattr(module, name)
    if dout is None:
        return float(stopwatch(lambda: function(*args)).seconds)
    _, cache = getattr(module, name.replace("backward", "forward"))(*args)
    return float(stopwatch(lambda: function(dout, cache)).seconds)


def _drawn(layer: Layer, random: Generator, n_images: int) -> tuple[tuple[Any, ...], Any]:
    """Returns fresh arguments of the forward function, and an upstream gradient for a backward one."""
    shape = (n_images, *layer.upstream)
    return layer.make(random, n_images), random.standard_normal(shape) if shape[1:] else None


def _conv_inputs(random: Generator, n_images: int) -> tuple[Any, ...]:
    x, w, b = (random.standard_normal(shape) for shape in ((n_images, 3, 31, 31), (25, 3, 3, 3), (25,)))
    return x, w, b, {"stride": 2, "pad": 1}


def _pool_inputs(random: Generator, n_images: int) -> tuple[Any, ...]:
    return random.standard_normal((n_images, 3, 32, 32)), {"pool_height": 2, "pool_width": 2, "stride": 2}


# Source of shapes and speedups: the notebook's cells on the fast layers.
CONV_FORWARD = Layer("conv_forward_naive", "conv_forward_fast", 231, 1, _conv_inputs, ("out",))
CONV_BACK = Layer("conv_backward_naive", "conv_backward_fast", 485, 1, _conv_inputs, ("dx", "dw", "db"), (25, 16, 16))
POOL_FORWARD = Layer("max_pool_forward_naive", "max_pool_forward_fast", 35, 4, _pool_inputs, ("out",))
POOL_BACK = Layer("max_pool_backward_naive", "max_pool_backward_fast", 51, 4, _pool_inputs, ("dx",), (3, 16, 16))
