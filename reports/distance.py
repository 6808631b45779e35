"""Says in plain words how large a number is and how far from its limit."""

import math

from grader.model.results import Measure

__all__ = ["distance_words", "number", "told_apart"]


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
        return "exactly at the limit" + ("" if measure.passed else ", which is not enough")
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


def told_apart(value: float, limit: float) -> tuple[str, str]:
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
