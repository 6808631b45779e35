"""Measures how far new parameters are from the Gaussian that was asked for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Distance", "biases_off_zero", "distances"]

#: a sample's mean and deviation are farther off than this many of their own standard errors once in two million
SIGMAS = 5.0
#: weights from which on a sample fixes the fourth moment well
MANY = 100_000


@dataclass(frozen=True, slots=True)
class Distance:
    """One statistic of new weights, beside its expectation."""

    #: "std of W1 / weight_scale - 1"
    figure: str
    #: from the expectation, zero or above
    error: float
    #: what a sample of this size must stay below
    limit: float
    #: in words, for when it is too large
    message: str


def distances(params: dict[str, Any], weight_scale: float) -> Iterator[Distance]:
    """Yields mean, deviation, how alike neighbours are, and, of large weights, kurtosis: 1.8 in a uniform draw."""
    for name in ("W1", "W2", "W3"):
        values = np.asarray(params[name], dtype=np.float64).ravel()
        n = max(values.size, 1)
        # Wrong values may be huge.
        with np.errstate(all="ignore"):
            mean = values.sum() / n
            values = values - mean
            squares = np.square(values)
            variance = squares.sum() / n
            rows = [
                (
                    f"std of {name} / weight_scale - 1",
                    math.sqrt(variance) / weight_scale - 1,
                    1 / math.sqrt(2 * n),
                    f"the standard deviation of {name} is {math.sqrt(variance) / weight_scale:.3g} times weight_scale",
                ),
                (
                    f"mean of {name} / weight_scale",
                    mean / weight_scale,
                    1 / math.sqrt(n),
                    f"the mean of {name} is {mean / weight_scale:.3g} times weight_scale",
                ),
            ]
            row = values.size // max(len(params[name]), 1)
            for what, apart in (("one weight and the next", 1), ("one row and the next", row)):
                if variance > 0 and values.size > apart > 0:
                    alike = (values[apart:] @ values[:-apart]) / (n - apart) / variance
                    figure = f"correlation of {what} in {name}"
                    rows.append((figure, alike, 1 / math.sqrt(n - apart), f"the {figure} is {alike:.3g}"))
            if n > MANY and variance > 0:
                kurtosis = (squares @ squares) / n / variance**2
                words = f"the kurtosis of {name} is {kurtosis:.3g}, that of a Gaussian is 3"
                rows.append((f"kurtosis of {name} - 3", kurtosis - 3, math.sqrt(24 / n), words))
        for figure, distance, standard_error, words in rows:
            message = f"{words[:1].upper()}{words[1:]}, which is not by chance with {n:,} weights."
            yield Distance(figure, abs(float(distance)), SIGMAS * standard_error, message)


def biases_off_zero(params: dict[str, Any]) -> list[str]:
    """Returns the names of new biases that are not zero."""
    return [name for name in ("b1", "b2", "b3") if np.any(params[name])]
