"""Measure in, figure out: its number, its limit, how far off it is in words, and where it sits on a scale."""

import math
import re
from dataclasses import dataclass

from grader.results import Measure
from reports.text import one_line

__all__ = ["TICKS", "WIDTH", "Figure", "Strip", "distance_words", "figure_of", "number"]

#: width of a strip in its own units
WIDTH = 360.0
#: where exact zero, infinity and NaN sit: no logarithm reaches them
_ZERO_X, _INFINITE_X, _NAN_X = 12.0, 322.0, 346.0
_LOG_FROM, _LOG_TO = 40.0, 298.0
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -16.0, 2.0
_PLAIN_FROM, _PLAIN_TO = 12.0, 298.0

_RELATION_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_DURATION = re.compile(r"\b(seconds?|time|minutes?|ms|milliseconds?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Strip:
    """A figure against its limit as a line with a mark and a dot; all places in units of WIDTH."""

    is_log: bool
    value_x: float
    limit_x: float
    #: the stretch on which a value keeps the limit
    good_x: float
    good_width: float
    #: ends of a plain scale
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure, ready to be shown."""

    name: str
    value: str
    #: "below 1e-08"; empty for a figure that decides nothing
    limit: str
    #: "20,000 times the limit"
    distance: str
    passed: bool
    strip: Strip | None


def figure_of(measure: Measure) -> Figure:
    """Returns what a report shows of a measure."""
    name, limit = one_line(measure.name, 80), measure.limit
    if limit is None or not math.isfinite(limit):
        return Figure(name, number(measure.value), "", "", measure.passed, None)
    value_text, limit_text = _told_apart(measure.value, limit)
    strip = _log_strip(measure) if _is_error(measure) else _plain_strip(measure)
    limit_words = f"{_RELATION_WORDS[measure.relation]} {limit_text}"
    return Figure(name, value_text, limit_words, distance_words(measure), measure.passed, strip)


def distance_words(measure: Measure) -> str:
    """Returns in plain words how far a figure is from its limit; empty for a figure without one."""
    value, limit = measure.value, measure.limit
    if limit is None:
        return ""
    if math.isnan(value):
        return "not a number, and NaN keeps no limit"
    if math.isinf(value):
        return "infinitely far inside the limit" if measure.passed else "infinitely far past the limit"
    if value == limit:
        return "exactly at the limit" + ("" if measure.passed else ", which does not suffice")
    if value == 0 and measure.passed:
        return "exactly zero" if measure.relation in ("<", "<=") else "inside the limit"
    if measure.relation in ("<", "<="):
        return _upper_words(value, limit)
    return _lower_words(value, limit)


def number(value: float, digits: int = 3) -> str:
    """Returns a number as NumPy users read it: "0", "0.447", "1.22e-09", "inf", "NaN"."""
    if math.isnan(value):
        return "NaN"
    if value == 0:
        return "0"
    if math.isinf(value):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:,.0f}"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.{digits - 2}f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{exponent}"


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


def _told_apart(value: float, limit: float) -> tuple[str, str]:
    """Returns both numbers with as many digits as it takes to show that they differ."""
    for digits in (3, 6, 9):
        value_text, limit_text = number(value, digits), number(limit, digits)
        if value_text != limit_text or value == limit:
            return value_text, limit_text
    return number(value, 17), number(limit, 17)


def _upper_words(value: float, limit: float) -> str:
    if limit <= 0 or value < 0:
        return "inside the limit" if value < limit else f"{number(value - limit)} above the limit"
    if value > limit:
        ratio = value / limit
        return "just over the limit" if ratio < 1.05 else f"{_times(ratio)} times the limit"
    ratio = limit / value
    return "just inside the limit" if ratio < 1.05 else f"{_times(ratio)} times smaller than the limit"


def _lower_words(value: float, limit: float) -> str:
    if value > limit:
        return f"{number(value - limit, 2)} above what is needed"
    if limit <= 0 or value < 0:
        return f"{number(limit - value, 2)} below what is needed"
    # Rounded down, so that a miss never reads as 100 %.
    return f"{min(math.floor(100 * (value / limit)), 99)} % of what is needed"


def _times(ratio: float) -> str:
    """Returns a ratio with at most two digits that matter: "1.3", "45", "20,000", "3 million", "10^17"."""
    if ratio >= 1e15:
        return f"10^{math.floor(math.log10(ratio))}" if math.isfinite(ratio) else "more than 10^300"
    if ratio < 9.95:
        return f"{ratio:.1f}".removesuffix(".0")
    unit = 10 ** (math.floor(math.log10(ratio)) - 1)
    rounded = round(ratio / unit) * unit
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if rounded >= size:
            return f"{rounded / size:g}{word}"
    return f"{rounded:,.0f}"


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
    return Strip(True, _apart(_log_x(measure.value), limit_x, measure), limit_x, 4.0, round(limit_x - 4.0, 1))


def _plain_strip(measure: Measure) -> Strip:
    low, high = _plain_ends(measure.value, measure.limit or 0.0)
    limit_x = _plain_x(measure.limit or 0.0, low, high)
    value_x = _apart(_plain_x(measure.value, low, high), limit_x, measure)
    if measure.relation in ("<", "<="):
        good_x, good_width = 4.0, limit_x - 4.0
    else:
        good_x, good_width = limit_x, _INFINITE_X + 10 - limit_x
    return Strip(False, value_x, limit_x, good_x, round(good_width, 1), number(low), number(high))


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
