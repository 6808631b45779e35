"""Says in words and as a small picture where an array is wrong: in which images, rows and columns, at the border.

The picture holds how large the error of each entry is beside the largest, in three steps, and no value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.judging.causes import Array
from grader.model.check_results import ErrorMap, ErrorPanel
from grader.model.phrases import join_words

__all__ = ["WrongEntries", "error_map", "place_words"]

#: a panel's rows and columns, and entries of all panels together
MOST_ROWS, MOST_COLUMNS, MOST_ENTRIES = 16, 24, 400
#: share of the largest error up to which an entry has the first and the second step
STEPS = (0.05, 0.5)
#: more positions than this are counted, not listed
MOST_LISTED = 4


@dataclass(frozen=True, slots=True)
class WrongEntries:
    """Which entries of an array are wrong, and how far off each is."""

    #: of the value: "dx"
    name: str
    errors: Array
    wrong: Array
    #: whether nothing may be told of how far off they are
    hidden: bool


def error_map(entries: WrongEntries, axes: Sequence[str] = ()) -> ErrorMap | None:
    """Returns where an array is wrong; None where that is everywhere.

    Args:
        axes: what the axes are called, "image" or "row"; others than there are axes count as none.
    """
    wrong = entries.wrong
    if wrong.all():
        return None
    names = tuple(axes) if len(axes) == wrong.ndim else _axes(wrong.ndim)
    return ErrorMap(entries.name, place_words(wrong, names), _panels(_steps(entries), names))


def place_words(wrong: Array, axes: Sequence[str]) -> str:
    """Returns in a sentence where entries are wrong: "Wrong in column 3, in every image, channel and row."

    Args:
        wrong: bool, some of it true and some not.
        axes: what each axis is called.
    """
    used = [np.flatnonzero(_over_others(wrong, axis)) for axis in range(wrong.ndim)]
    if wrong[np.ix_(*used)].all():
        return _block_words(wrong.shape, used, axes)
    if wrong.ndim > 1:
        plane = wrong.reshape(-1, *wrong.shape[-2:])
        shared = np.asarray(plane.any(axis=0))
        same = all(np.array_equal(each, shared) for each in plane if each.any())
        if same and (words := _edge_words(shared, axes)):
            return f"Wrong {words}{_every(wrong.shape[:-2], used[:-2], axes[:-2])}."
    counts = [
        f"{len(positions)} of {_plural(axis, size)}"
        for axis, size, positions in zip(axes, wrong.shape, used, strict=True)
        if size > 1
    ]
    return f"Wrong entries lie in {join_words(counts)}."


def _block_words(shape: tuple[int, ...], used: Sequence[Array], axes: Sequence[str]) -> str:
    """Returns the words for entries of which each is wrong that has its position on each axis among the used ones."""
    rows = [row for row in zip(axes, shape, used, strict=True) if len(row[2]) < row[1]]
    but_one = _all_but_one(*rows[0]) if len(rows) == 1 else ""
    where = but_one or join_words([_positions(*row) for row in rows])
    return f"Wrong in {where}{_every(shape, used, axes)}."


def _every(shape: tuple[int, ...], used: Sequence[Array], axes: Sequence[str]) -> str:
    whole = [axis for axis, size, found in zip(axes, shape, used, strict=True) if 1 < size == len(found)]
    return f", in every {join_words(whole)}" if whole else ""


def _all_but_one(axis: str, size: int, used: Array) -> str:
    if size < 3 or len(used) < size - 1:
        return ""
    (right,) = set(range(size)) - set(used.tolist())
    return f"every {axis} but {_at(axis, str(right))}"


def _positions(axis: str, size: int, used: Array) -> str:
    if len(used) > 2 and len(used) == used[-1] - used[0] + 1:
        return _at(_plural(axis), f"{used[0]} to {used[-1]}")
    if len(used) > MOST_LISTED:
        return f"{len(used)} of {_plural(axis, size)}"
    return _at(axis if len(used) == 1 else _plural(axis), join_words([str(position) for position in used]))


def _at(axis: str, positions: str) -> str:
    """Returns "row 3", or "index 3 of axis 0"."""
    name, of, rest = axis.partition(" of ")
    return f"{name} {positions}{of}{rest}"


def _edge_words(wrong: Array, axes: Sequence[str]) -> str:
    """Returns the words for a plane that is wrong along its edges, or inside of them; "" for another one."""
    if min(wrong.shape) < 3:
        return ""
    row, column = axes[-2:]
    edges = {
        f"at the border, the first and the last {row} and {column}": (0, -1),
        f"in the first {row} and {column}": (0,),
        f"in the last {row} and {column}": (-1,),
    }
    for words, positions in edges.items():
        edge = np.zeros(wrong.shape, bool)
        edge[positions, :] = True
        edge[:, positions] = True
        if np.array_equal(wrong, edge):
            return words
        if np.array_equal(wrong, ~edge) and len(positions) == 2:
            return "inside, and right at the border"
    return ""


def _steps(entries: WrongEntries) -> Array:
    """Returns 0 for each right entry, and 1 to 3 for the others; 3 for all where nothing may be told of them."""
    if entries.hidden:
        return np.where(entries.wrong, 3, 0)
    errors = np.where(np.isfinite(entries.errors), entries.errors, np.inf)
    finite = errors[np.isfinite(errors) & entries.wrong]
    largest = finite.max(initial=0.0)
    steps = 1 + sum((errors > share * largest).astype(int) for share in STEPS)
    return np.where(entries.wrong, steps, 0)


def _panels(steps: Array, axes: Sequence[str]) -> tuple[ErrorPanel, ...]:
    """Returns planes of the last two axes, those with wrong entries first, as many as there is room for."""
    steps = steps if steps.ndim > 1 else steps[None]
    planes = steps.reshape(-1, *steps.shape[-2:])
    top, left = (_start(_over_others(steps, axis), most) for axis, most in ((-2, MOST_ROWS), (-1, MOST_COLUMNS)))
    planes = planes[:, top : top + MOST_ROWS, left : left + MOST_COLUMNS]
    n_panels = max(MOST_ENTRIES // planes[0].size, 1)
    telling = sorted(range(len(planes)), key=lambda n: not planes[n].any())[:n_panels]
    return tuple(
        ErrorPanel(_title(n, steps.shape[:-2], axes), tuple("".join(map(str, row)) for row in planes[n].tolist()))
        for n in sorted(telling)
    )


def _start(wrong: Array, most: int) -> int:
    """Returns the position from which on an axis is shown: the first, unless nothing is wrong that is shown then."""
    first = int(np.argmax(wrong))
    return 0 if first < most else first - 1


def _title(number: int, shape: tuple[int, ...], axes: Sequence[str]) -> str:
    places = zip(axes, shape, np.unravel_index(number, shape), strict=False) if shape else ()
    return ", ".join(_at(axis, str(place)) for axis, size, place in places if size > 1)


def _over_others(values: Array, axis: int) -> Array:
    """Returns for each position on an axis whether anything there is true."""
    return np.asarray(np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1).any(axis=1))


def _axes(ndim: int) -> tuple[str, ...]:
    """Returns what axes are called of which nothing is known."""
    if ndim == 1:
        return ("entry",)
    return (*(f"index of axis {axis}" for axis in range(ndim - 2)), "row", "column")


def _plural(axis: str, n: int | None = None) -> str:
    if n == 1:
        return f"1 {axis}"
    first, space, rest = axis.partition(" ")
    plural = f"{first[:-1]}ies" if first.endswith("y") else f"{first}es" if first.endswith(("s", "x")) else f"{first}s"
    return f"{'' if n is None else f'{n} '}{plural}{space}{rest}"
