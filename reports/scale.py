"""Places a measure on a strip: errors on a log scale, accuracies and seconds on a plain one."""

import math
import re
from dataclasses import dataclass

from grader.model.results import Measure
from reports.distance import number

__all__ = ["TICKS", "WIDTH", "Dot", "Strip", "strip_of"]

#: width of a strip in its own units
WIDTH = 360.0
#: where exact zero, infinity and NaN sit: no logarithm reaches them
_ZERO_X, _INFINITE_X, _NAN_X = 12.0, 322.0, 346.0
_LOG_FROM, _LOG_TO = 40.0, 298.0
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -16.0, 2.0
_PLAIN_FROM, _PLAIN_TO = 12.0, 298.0

_DURATION = re.compile(r"\b(seconds?|time|minutes?|ms|milliseconds?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dot:
    """A value on a strip."""

    x: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """A line with the mark of a limit and a dot for each value; all places in units of WIDTH."""

    is_log: bool
    limit_x: float
    dots: tuple[Dot, ...]
    #: the stretch on which a value keeps the limit
    good_x: float
    good_width: float
    #: ends of a plain scale
    low: str = ""
    high: str = ""


def strip_of(measure: Measure) -> Strip | None:
    """Returns the strip of a figure; None for one that decides nothing."""
    if measure.limit is None or not math.isfinite(measure.limit):
        return None
    return _log_strip(measure) if _is_error(measure) else _plain_strip(measure)


#: labels of the log scale: text and place
TICKS: tuple[tuple[str, float], ...] = (
    ("0", _ZERO_X),
    *((f"1e{e}" if e else "1", _LOG_FROM + (e + 16) * (_LOG_TO - _LOG_FROM) / 18) for e in (-16, -12, -8, -4, 0)),
    ("inf", _INFINITE_X),
    ("NaN", _NAN_X),
)


def _is_error(measure: Measure) -> bool:
    """True for figures that should be small by orders of magnitude, false for durations and counts."""
    limit = measure.limit
    if limit is None or not 0 < limit <= 1 or measure.relation not in ("<", "<="):
        return False
    return not _DURATION.search(measure.name[:200])


def _log_x(value: float) -> float:
    if math.isnan(value):
        return _NAN_X
    if value <= 0:
        return _ZERO_X
    if math.isinf(value):
        return _INFINITE_X
    exponent = min(max(math.log10(value), _SMALLEST_EXPONENT), _LARGEST_EXPONENT)
    share = (exponent - _SMALLEST_EXPONENT) / (_LARGEST_EXPONENT - _SMALLEST_EXPONENT)
    return round(_LOG_FROM + share * (_LOG_TO - _LOG_FROM), 1)


def _log_strip(measure: Measure) -> Strip:
    limit_x = _log_x(measure.limit or 0.0)
    dot = Dot(_apart(_log_x(measure.value), limit_x, measure), measure.passed)
    return Strip(True, limit_x, (dot,), 4.0, round(limit_x - 4.0, 1))


def _plain_strip(measure: Measure) -> Strip:
    low, high = _plain_ends(measure.value, measure.limit or 0.0)
    limit_x = _plain_x(measure.limit or 0.0, low, high)
    dot = Dot(_apart(_plain_x(measure.value, low, high), limit_x, measure), measure.passed)
    if measure.relation in ("<", "<="):
        good_x, good_width = 4.0, limit_x - 4.0
    else:
        good_x, good_width = limit_x, _INFINITE_X + 10 - limit_x
    return Strip(False, limit_x, (dot,), good_x, round(good_width, 1), number(low), number(high))


def _plain_ends(value: float, limit: float) -> tuple[float, float]:
    """Returns round numbers on both sides of a value, a limit and zero."""
    # The bounds keep the arithmetic away from overflow, whatever a submission returned.
    values = [min(max(x, -1e200), 1e200) for x in (value, limit) if math.isfinite(x)]
    low, high = min(0.0, *values), max(0.0, *values)
    if low == 0 and 0.1 <= high <= 1:
        return 0.0, 1.0  # a share, such as an accuracy
    return -_round_up(-1.1 * low) if low < 0 else 0.0, _round_up(1.1 * high)


def _plain_x(value: float, low: float, high: float) -> float:
    if math.isnan(value):
        return _NAN_X
    if math.isinf(value):
        return _INFINITE_X if value > 0 else _PLAIN_FROM
    share = (min(max(value, low), high) - low) / (high - low)
    return round(_PLAIN_FROM + share * (_PLAIN_TO - _PLAIN_FROM), 1)


def _apart(value_x: float, limit_x: float, measure: Measure) -> float:
    """Keeps a dot off the mark of its limit, on the side that tells the truth."""
    if abs(value_x - limit_x) >= 6:
        return value_x
    is_right = measure.passed == (measure.relation in (">", ">="))
    return round(limit_x + (6 if is_right else -6), 1)


def _round_up(value: float) -> float:
    """Returns the next round number that is not smaller; 1 for next to nothing."""
    if value < 1e-200:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12) if step * power >= value)
