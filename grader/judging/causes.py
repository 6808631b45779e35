"""Names the likely cause of a wrong array in one sentence, never giving the code away."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "shape_cause", "value_cause"]

Array = NDArray[Any]

#: what agrees this well is taken for the same mistake; a right answer agrees to 1e-12, an unrelated one to nothing
SAME = 1e-6
#: float32 on the way moves a value by about 6e-8; a value that float32 can hold exactly was float32 at the end
SINGLE, STORED_SINGLE, HALF = 3e-7, 1e-5, 3e-3
#: a difference is the same everywhere when it varies by no more than this share of itself
EVEN = 1e-3
#: a factor this close to 1 is no factor
NOTABLE = 1e-3


def shape_cause(actual: tuple[int, ...], expected: tuple[int, ...], known: Mapping[tuple[int, ...], str]) -> str:
    """Returns what a wrong shape tells, or "".

    Args:
        actual, expected: shapes.
        known: shapes that a usual slip gives, with the sentence for each.
    """
    if actual in known:
        return known[actual]
    if len(actual) == len(expected) and actual[-2:] == (0, 0):
        return "It is empty: a slice [n:-n] keeps nothing when n is 0."
    if len(actual) == len(expected) >= 2 and actual == (*expected[:-2], expected[-1], expected[-2]):
        return (
            "Are height and width swapped?" if len(actual) == 4 else "It is transposed: rows and columns are swapped."
        )
    if [size for size in actual if size != 1] == [size for size in expected if size != 1]:
        return "Only axes of length one differ."
    if sorted(actual) == sorted(expected):
        return "The axes are in another order."
    if np.prod(actual) == np.prod(expected):
        return "The number of entries is right: is it reshaped at the end?"
    return ""


def value_cause(actual: Array, expected: Array, wrong: Array, *, regions: Mapping[str, Array]) -> str:
    """Returns what wrong values tell, or "".

    Args:
        actual, expected: of one shape, finite, floats.
        wrong: which entries are wrong, bool, the same shape.
        regions: hint -> entries, bool, the same shape; said when only entries of them are wrong.
    """
    # Wrong values may be huge.
    with np.errstate(all="ignore"):
        causes = [look(actual, expected, wrong) for look in _LOOKS]
        causes += [hint for hint, region in regions.items() if not region.all() and not wrong[~region].any()]
        causes.append(_first_only(actual, expected, wrong))
    return next(filter(None, causes), "")


def _zero(actual: Array, expected: Array, wrong: Array) -> str:
    if actual.any():
        return ""
    what = "Every entry" if expected.ndim else "It"
    return f"{what} is zero: is the result computed, and stored in what is returned?"


def _precision(actual: Array, expected: Array, wrong: Array) -> str:
    error = _distance(actual, expected)
    stored = np.array_equal(actual, actual.astype(np.float32))
    # Rounding touches nearly every entry.
    if error < (STORED_SINGLE if stored else SINGLE) and wrong.mean() > 0.2:
        return "It is right to single precision only: is something stored as float32 on the way?"
    if error < HALF and actual.dtype == np.float16:
        return "It is right to half precision only: float16 keeps three digits."
    return ""


def _sign(actual: Array, expected: Array, wrong: Array) -> str:
    return "The sign is flipped." if _same(actual, -expected) else ""


def _factor(actual: Array, expected: Array, wrong: Array) -> str:
    if expected.size < 2 or not expected.any():
        return ""
    factor = float(np.vdot(actual, expected) / np.vdot(expected, expected))
    if abs(factor - 1) < NOTABLE or not _same(actual, factor * expected):
        return ""
    if 0 < factor < 1:
        return f"Every entry is 1/{1 / factor:.4g} of what it should be: a mean in place of a sum, or a factor missing?"
    return f"Every entry is {factor:.4g} times what it should be: a sum in place of a mean, or a factor too many?"


def _swapped(actual: Array, expected: Array, wrong: Array) -> str:
    if expected.ndim < 2 or expected.shape[-1] != expected.shape[-2]:
        return ""
    return "Height and width are swapped." if _same(actual, expected.swapaxes(-1, -2)) else ""


def _backwards(actual: Array, expected: Array, wrong: Array) -> str:
    if expected.ndim < 2:
        return ""
    return "Rows and columns run backwards." if _same(actual, expected[..., ::-1, ::-1]) else ""


def _offset(actual: Array, expected: Array, wrong: Array) -> str:
    """Recognises one number too much, or too little, for each channel: a bias or a shift."""
    if expected.ndim != 4 or expected[:, 0].size < 2:
        return ""
    difference = actual - expected
    level = difference.mean(axis=(0, 2, 3), keepdims=True)
    # Beside the difference itself: any difference is even that is tiny enough beside the values.
    even = EVEN * np.abs(difference).max()
    if not np.abs(difference - level).max() < even:
        return ""
    if np.ptp(level) < even:
        return "Every entry is off by the same number."
    return "Each channel is off by its own constant: is a bias, a shift or a mean left out, or taken twice?"


def _scale(actual: Array, expected: Array, wrong: Array) -> str:
    """Recognises one factor too much, or too few, for each channel: a scale."""
    if expected.ndim != 4 or expected[0, 0].size < 2:
        return ""
    axes = (0, 2, 3)
    power = (expected**2).sum(axis=axes, keepdims=True)
    factor = (actual * expected).sum(axis=axes, keepdims=True) / np.where(power == 0, 1, power)
    if np.abs(factor - 1).max() < NOTABLE or not _same(actual, factor * expected):
        return ""
    return "Each channel has a factor of its own: is a scale left out, or taken twice?"


def _unfilled(actual: Array, expected: Array, wrong: Array) -> str:
    return "" if actual[wrong].any() else "The wrong entries are all zero: is every position reached?"


def _first_only(actual: Array, expected: Array, wrong: Array) -> str:
    for axis, size in enumerate(expected.shape):
        parts = np.moveaxis(wrong, axis, 0)
        if size > 1 and not parts[0].any() and parts[1:].mean() > 0.9:
            what = f"Only the entries with index 0 along axis {axis} are right"
            return f"{what}: is the step from each to the next right, and are all of them reached?"
    return ""


_Look = Callable[[Array, Array, Array], str]
_LOOKS: tuple[_Look, ...] = (_zero, _precision, _sign, _factor, _swapped, _backwards, _offset, _scale, _unfilled)


def _same(actual: Array, other: Array) -> bool:
    return actual.shape == np.shape(other) and _distance(actual, np.asarray(other)) < SAME


def _distance(actual: Array, other: Array) -> float:
    scale = float(np.abs(other).max(initial=0.0))
    return float(np.abs(actual - other).max(initial=0.0)) / scale if scale else float("inf")
