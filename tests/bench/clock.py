"""Times rivals in turn, so that a drifting machine is fair to both, and returns medians."""

import statistics
import time
from collections.abc import Callable, Sequence

__all__ = ["medians", "seconds"]


def medians(functions: Sequence[Callable[[], object]], repeat: int) -> list[float]:
    """Returns the median seconds of each function; they run in turn, after one run of each that does not count."""
    times: list[list[float]] = [[] for _ in functions]
    for round_number in range(repeat + 1):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            if round_number:
                taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def seconds(value: float) -> str:
    """Returns a duration in the unit that reads best."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.2f} ms" if value >= 1e-3 else f"{value * 1e6:.0f} µs"
