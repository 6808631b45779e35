"""Compares what a student's function returned with the right answer and says what differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.judging.causes import Array, shape_cause, value_cause
from grader.judging.error_maps import WrongEntries
from grader.judging.fingerprints import Evidence, Fingerprint, fingerprint_of
from grader.judging.fixture_types import Record
from grader.model.errors import WrongAnswer

__all__ = [
    "Judgement",
    "accept_all",
    "assert_array",
    "assert_close",
    "compare",
    "directional_derivative",
    "evidence_of",
    "reject_wrong",
    "rel_error",
    "scaled_error",
]

#: rows of the table of wrong entries
TABLE_ROWS = 4


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of comparing one value with the right one."""

    #: what is wrong, in a sentence; empty when it is right
    message: str = ""
    #: the likely cause; empty when there is none
    hint: str = ""
    #: what is legal but unusual; empty when nothing is
    remark: str = ""
    #: name, value and limit of the figure that decided; None when it did not come to that
    figure: tuple[str, float, float] | None = None
    #: what is kept of a wrong value; None of a right one
    fingerprint: Fingerprint | None = None
    #: which entries are wrong; None where not single entries are judged
    places: WrongEntries | None = None

    @property
    def right(self) -> bool:
        return not self.message


def rel_error(x: Any, y: Any) -> float:
    """Returns ``max |x - y| / max(1e-8, |x| + |y|)``; infinity when the shapes differ, NaN when a value is NaN.

    Source: the notebook's `rel_error`, which would broadcast.
    """
    # Before values are converted: numbers of one byte become numbers of eight.
    if np.shape(x) != np.shape(y):
        return float("inf")
    return float(_relative(_doubles(x), _doubles(y)).max(initial=0.0))


def scaled_error(actual: Any, expected: Any) -> float:
    """Returns ``max |actual - expected| / max |expected|``; infinity when the shapes differ, NaN when a value is NaN.

    Rounding noise in an entry that happens to be near zero does not count, as it would in `rel_error`.
    """
    if np.shape(actual) != np.shape(expected):
        return float("inf")
    return float(_scaled(_doubles(actual), _doubles(expected)).max(initial=0.0))


def assert_close(
    actual: Any, expected: Any, *, name: str, call: str, limit: float, record: Record, **options: Any
) -> str:
    """Raises WrongAnswer unless `compare` finds the value right; records the figure; returns the remark, or "".

    Args:
        record: the fixture `record_measure`.
        options: those of `compare`.
    """
    return accept_all({name: compare(actual, expected, name=name, call=call, limit=limit, **options)}, record)[0]


def accept_all(judgements: Mapping[str, Judgement], record: Record) -> list[str]:
    """Raises WrongAnswer for the first wrong one of some judgements; records all figures; returns the remarks.

    Args:
        judgements: by the names of the values.
        record: the fixture `record_measure`.
    """
    for judgement in judgements.values():
        if judgement.figure is not None:
            record(*judgement.figure)
    reject_wrong(judgements)
    return [judgement.remark for judgement in judgements.values()]


def reject_wrong(judgements: Mapping[str, Judgement]) -> None:
    """Raises WrongAnswer for the first wrong one of some judgements, with what is kept of all wrong values."""
    for judgement in judgements.values():
        if not judgement.right:
            raise WrongAnswer(judgement.message, judgement.hint, evidence_of(judgements), judgement.places)


def evidence_of(judgements: Mapping[str, Judgement]) -> Evidence:
    """Returns what is kept of the wrong values of some judgements, by their names."""
    return {name: judged.fingerprint for name, judged in judgements.items() if judged.fingerprint is not None}


def assert_array(actual: Any, shape: tuple[int, ...], *, name: str, call: str) -> None:
    """Raises WrongAnswer unless a value is an array of this shape, of a floating-point type, and finite.

    Args:
        shape: () for a number, which a plain one is as well.
    """
    if wrong := _wrong_form(actual, right := np.zeros(shape), name, f"[{call}]", {}):
        raise WrongAnswer(wrong.message, wrong.hint, {name: fingerprint_of(actual, right)})


def compare(
    actual: Any,
    expected: Any,
    *,
    name: str,
    call: str,
    limit: float,
    figure: str = "",
    error: Callable[[Any, Any], float] = scaled_error,
    flexible: bool = False,
    in_front: bool = False,
    hidden: bool = False,
    shapes: Mapping[tuple[int, ...], str] | None = None,
    regions: Mapping[str, Array] | None = None,
    hint: str = "",
) -> Judgement:
    """Returns how a value compares with the right one: not None, then type, shape, dtype, finite, values.

    Args:
        actual: what came back from the student's code.
        expected: the right value, an array or a number.
        name: the documented name of the value: "dx".
        call: the call in words: "layer_forward, stride=2, pad=1".
        limit: the error must be below it.
        figure: what the error is called in the report; "<name> error" unless given.
        error: `scaled_error`, or `rel_error` where the assignment itself judges by that.
        flexible: whether axes of length one may be missing or too many, and a list of numbers may stand for a vector;
            that makes a remark.
        in_front: whether axes of length one may stand in front of the documented ones; that makes a remark.
        hidden: whether the message must show no values.
        shapes: shape that a usual slip gives -> hint.
        regions: hint -> entries (bool array), said when only entries of them are wrong.
        hint: what to say of wrong values when their cause is not recognised.
    """
    right, where = np.asarray(expected, dtype=np.float64), f"[{call}]"
    remark = ""
    actual = actual.item() if isinstance(actual, np.generic) else actual
    if flexible and right.ndim == 1 and _is_list_of_numbers(actual):
        remark = f"{name} is a {type(actual).__name__} of numbers; documented is an array."
        actual = np.array(actual, dtype=np.float64)
    if (flexible and _is_reshaped(actual, right)) or (in_front and _has_axes_in_front(actual, right)):
        remark = f"{name} has shape {actual.shape}; documented is {right.shape}."
        actual = actual.reshape(right.shape)
    if wrong := _wrong_form(actual, right, name, where, shapes or {}):
        return replace(wrong, fingerprint=fingerprint_of(actual, right))
    values = _doubles(actual)
    size = error(values, right)
    decided = (figure or f"{name} error", size, limit)
    # Written so that NaN fails.
    if size < limit:
        return Judgement(remark=remark, figure=decided)
    each = _relative(values, right) if error is rel_error else _scaled(values, right)
    bad = ~(each < limit)
    cause = value_cause(np.asarray(actual), right, bad, regions=regions or {})
    message = _wrong_values(values, right, bad, name, where, decided, hidden)
    places = WrongEntries(name, each, bad, hidden)
    return Judgement(message, cause or hint, remark, decided, fingerprint_of(actual, right), places)


def directional_derivative(
    f: Callable[..., Any], x: Sequence[Array], direction: Sequence[Array], h: float = 1e-5
) -> Array:
    """Returns the derivative of ``f(*x)`` along a direction, from two calls: ``(f(x + h*d) - f(x - h*d)) / (2*h)``.

    Args:
        f: takes one array for each in `x`, returns an array.
        x, direction: arrays of the same shapes, float64.
        h: step; the error is of order h**2 times the third derivative, plus rounding of order 1e-16 / h.
    """
    ahead = f(*(value + h * step for value, step in zip(x, direction, strict=True)))
    behind = f(*(value - h * step for value, step in zip(x, direction, strict=True)))
    # Wrong values may be huge.
    with np.errstate(all="ignore"):
        return np.asarray((_doubles(ahead) - _doubles(behind)) / (2 * h))


def _doubles(value: Any) -> Array:
    return np.asarray(value, dtype=np.float64)


def _relative(x: Array, y: Array) -> Array:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def _scaled(actual: Array, expected: Array) -> Array:
    largest = np.abs(expected).max(initial=0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(actual - expected) / (largest or 1.0))


def _is_reshaped(actual: Any, right: Array) -> bool:
    """Returns whether an array has another shape that differs by axes of length one only."""
    if not isinstance(actual, np.ndarray) or actual.shape == right.shape:
        return False
    return [size for size in actual.shape if size != 1] == [size for size in right.shape if size != 1]


def _has_axes_in_front(actual: Any, right: Array) -> bool:
    if not isinstance(actual, np.ndarray) or actual.ndim <= right.ndim:
        return False
    return bool(actual.shape == (*[1] * (actual.ndim - right.ndim), *right.shape))


def _is_list_of_numbers(actual: Any) -> bool:
    if not isinstance(actual, (list, tuple)):
        return False
    return all(isinstance(value, (int, float, np.number)) and not isinstance(value, bool) for value in actual)


def _wrong_form(
    actual: Any, right: Array, name: str, where: str, shapes: Mapping[tuple[int, ...], str]
) -> Judgement | None:
    """Returns the judgement on all that comes before values, or None when values are to be compared."""
    wanted = f"an array of shape {right.shape}" if right.ndim else "a number"
    if actual is None:
        return Judgement(f"{name} is None, should be {wanted} {where}.", "Is it computed and returned?")
    if not isinstance(actual, np.ndarray):
        number = isinstance(actual, (int, float)) and not isinstance(actual, bool)
        if not number or right.ndim:
            what = "a number" if number else f"a {type(actual).__name__}"
            return Judgement(f"{name} is {what}, should be {wanted} {where}.")
    elif actual.shape != right.shape:
        had = f"{name}.shape is {actual.shape}" if right.ndim else f"{name} is an array of shape {actual.shape}"
        message = f"{had}, should be {right.shape if right.ndim else wanted} {where}."
        return Judgement(message, shape_cause(actual.shape, right.shape, shapes))
    elif actual.dtype.kind != "f" and right.ndim:
        hint = "Whole numbers cannot hold it: is it stored in an array made from integers?"
        return Judgement(f"{name}.dtype is {actual.dtype}, should be a floating-point type {where}.", hint)
    return _not_finite(_doubles(actual), name, where)


def _not_finite(values: Array, name: str, where: str) -> Judgement | None:
    odd = ~np.isfinite(values)
    if not odd.any():
        return None
    word = "NaN" if np.isnan(values[odd]).all() else "infinite" if not np.isnan(values).any() else "NaN or infinite"
    hint = "It comes from a division by zero, an overflow, a root of a negative number, or memory that was never set."
    if not values.ndim:
        return Judgement(f"{name} is {word} {where}.", hint)
    message = f"{name} is {word} in {odd.sum()} of {odd.size} entries, first at {_first(odd)} {where}."
    return Judgement(message, hint)


def _wrong_values(
    values: Array, right: Array, bad: Array, name: str, where: str, decided: tuple[str, float, float], hidden: bool
) -> str:
    figure, size, limit = decided
    judged = f"{figure} {size:.1e}, should be below {limit:.0e}"
    if not right.ndim:
        shown = "" if hidden else f" {float(values):.8g}, should be {float(right):.8g}"
        return f"{name} is{shown or ' wrong'} ({judged}) {where}."
    verb = "are" if name.endswith("scores") else "is"
    entries = f"{bad.sum()} of {bad.size} entries"
    message = f"{name} {verb} wrong in {entries}, first at {_first(bad)} ({judged}) {where}."
    return message if hidden else f"{message}\n{_table(values, right, bad, digits=8 if size > 1e-6 else 16)}"


def _table(values: Array, right: Array, bad: Array, digits: int) -> str:
    """Returns the first wrong entries as lines: index | obtained | expected.

    Source: the layout is that of pytest's approx.
    """
    rows = [("index", "obtained", "expected")]
    for index in np.argwhere(bad)[:TABLE_ROWS]:
        place = tuple(index)
        rows.append((_index(index), f"{values[place]:.{digits}g}", f"{right[place]:.{digits}g}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _first(bad: Array) -> str:
    return _index(np.argwhere(bad)[0])


def _index(index: Array) -> str:
    return f"[{', '.join(str(int(place)) for place in index)}]"
