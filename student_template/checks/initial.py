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
#: weights that are looked at in one piece
AT_ONCE = 250_000


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
        value = np.asarray(params[name])
        row = value.size // max(len(value), 1)
        apart = {"one weight and the next": 1, "one row and the next": row}
        apart = {what: lag for what, lag in apart.items() if value.size > lag > 0}
        n = max(value.size, 1)
        # Wrong values may be huge.
        with np.errstate(all="ignore"):
            mean, variance, fourth, products = _sums(value.reshape(-1), tuple(apart.values()))
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
            for (what, lag), product in zip(apart.items(), products, strict=True):
                if variance > 0:
                    alike = product / (n - lag) / variance
                    figure = f"correlation of {what} in {name}"
                    rows.append((figure, alike, 1 / math.sqrt(n - lag), f"the {figure} is {alike:.3g}"))
            if n > MANY and variance > 0:
                kurtosis = fourth / variance**2
                words = f"the kurtosis of {name} is {kurtosis:.3g}, that of a Gaussian is 3"
                rows.append((f"kurtosis of {name} - 3", kurtosis - 3, math.sqrt(24 / n), words))
        for figure, distance, standard_error, words in rows:
            message = f"{words[:1].upper()}{words[1:]}, which is not by chance with {n:,} weights."
            yield Distance(figure, abs(float(distance)), SIGMAS * standard_error, message)


def _sums(values: np.ndarray[Any, Any], lags: tuple[int, ...]) -> tuple[float, float, float, list[float]]:
    """Returns mean, variance, the centred fourth moment, and the sum of products of entries that lie so far apart.

    Piece by piece in double precision: the whole of it would take a hundred megabytes.
    """
    n = max(values.size, 1)
    mean = float(values.sum(dtype=np.float64)) / n
    square = fourth = 0.0
    products = [0.0] * len(lags)
    for start in range(0, values.size, AT_ONCE):
        piece = values[start : start + AT_ONCE + max(lags, default=0)].astype(np.float64)
        piece -= mean
        own = piece[:AT_ONCE]
        squares = own * own
        square += float(squares.sum())
        fourth += float(squares @ squares)
        for number, lag in enumerate(lags):
            further = piece[lag : lag + len(own)]
            products[number] += float(own[: len(further)] @ further)
    return mean, square / n, fourth / n, products


def biases_off_zero(params: dict[str, Any]) -> list[str]:
    """Returns the names of new biases that are not zero."""
    return [name for name in ("b1", "b2", "b3") if np.any(params[name])]
