"""Fills the points of matched students into a downloaded sheet."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.model.results import display_points
from reports.exports.matching import GradebookRow, Matches
from reports.exports.sheet import Sheet
from reports.text import one_line, plural

__all__ = ["Filled", "Places", "cells", "fill", "number"]

#: every platform shows and compares two decimals
_DIGITS = 2
#: what stands for no points
_EMPTY = ("", "-", "–")


@dataclass(frozen=True, slots=True)
class Filled:
    """The instructor's file with points in it, and what the instructor should know about it."""

    content: bytes
    n_filled: int
    #: one sentence for each submission that is not in the file, and why
    problems: tuple[str, ...]
    #: what else is worth knowing: points that were scaled or capped, students without a submission
    remarks: tuple[str, ...]
    #: of the problems, how many are students who have other points in the file, which stay
    n_kept: int = 0


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a sheet things go."""

    #: rows that are students
    students: Sequence[int]
    points: int
    #: column of the feedback; None writes none
    feedback: int | None
    #: row -> the points that the platform gives for the assignment; None where it does not say
    most: Callable[[int], float | None]
    #: row -> why its cell must stay as it is; empty when it may be filled
    kept: Callable[[int], str]
    #: whether the platform takes points above the maximum
    may_exceed: bool = True
    #: the columns that are written; None writes all
    columns: Sequence[int] | None = None


def fill(
    sheet: Sheet, places: Places, matches: Matches, as_feedback: Callable[[str], str], *, overwrite: bool = False
) -> Filled:  # fmt: skip
    """Returns the sheet with the points of each match; whoever has none keeps the cell as it was.

    Points that are in the file already and differ stay, with their comment, unless it is said that they may go.

    Args:
        sheet: as it was downloaded.
        places: where points and feedback go.
        matches: row -> submission.
        as_feedback: plain text -> what the platform takes for a comment.
        overwrite: whether points that differ are replaced.
    """
    changes: dict[tuple[int, int], str] = {}
    problems = list(matches.problems)
    scaled: dict[tuple[float, float], None] = {}
    capped: list[str] = []
    held: list[str] = []
    n_filled = 0
    for row, submission in sorted(matches.found.items()):
        if reason := places.kept(row):
            problems.append(f"{one_line(submission.submission, 80)}: {reason}")
            continue
        text, scale = _points(submission, places.most(row))
        name = one_line(submission.submission, 80)
        if not places.may_exceed and (most := places.most(row)) and float(text) > most:
            capped.append(f"{name} ({text})")
            text = display_points(most, most, _DIGITS)
        if (there := sheet.cell(row, places.points).strip()) and _differs(there, text):
            held.append(f"{name} ({one_line(there, 20)})")
            if not overwrite:
                problems.append(f"{name}: has other points in the file already ({one_line(there, 20)}, here {text}).")
                continue
        if scale:
            scaled[scale] = None
        changes[row, places.points] = text
        n_filled += 1
        if places.feedback is not None and submission.feedback:
            changes[row, places.feedback] = as_feedback(submission.feedback)
    remarks = [f"Points of {ours:g} were scaled to the {theirs:g} that the file gives." for ours, theirs in scaled]
    if capped:
        remarks.append(
            f"{plural(len(capped), 'grade')} above the maximum, which the platform refuses, entered as the maximum: "
            f"{_some(capped)}."
        )
    if held:
        what = "were replaced" if overwrite else "stay as they are; --overwrite replaces them"
        remarks.append(f"{plural(len(held), 'student')} had other points in the file, which {what}: {_some(held)}.")
    if n_without := len(places.students) - len(matches.found):
        remarks.append(
            f"{plural(n_without, 'student')} of the file without a graded submission: nothing was filled in."
        )
    content = sheet.to_bytes(changes, places.columns)
    return Filled(content, n_filled, tuple(problems), tuple(remarks), 0 if overwrite else len(held))


def number(text: str) -> float | None:
    """Returns the number in a cell, with a decimal comma or point; None where there is none."""
    plain = "".join(text.split())
    if "," in plain and "." in plain:
        thousands = min(",.", key=plain.rfind)
        plain = plain.replace(thousands, "")
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _differs(there: str, here: str) -> bool:
    """Whether a cell holds other points than those that would be written."""
    if there in _EMPTY:
        return False
    value = number(there.removesuffix("%"))
    return value is None or round(value, _DIGITS) != round(float(here), _DIGITS)


def _some(names: Sequence[str], n: int = 10) -> str:
    return ", ".join(names[:n]) + (f" and {len(names) - n} more" if len(names) > n else "")


def _points(row: GradebookRow, most: float | None) -> tuple[str, tuple[float, float] | None]:
    """Returns the text of the points, and from what to what they were scaled."""
    assert row.points is not None, "only submissions with a final grade are matched"
    if not most or most < 0 or not row.max_points or most == row.max_points:
        return display_points(row.points, row.max_points, _DIGITS), None
    return display_points(row.points * most / row.max_points, most, _DIGITS), (row.max_points, most)


def cells(sheet: Sheet, row: int, columns: Mapping[str, int]) -> dict[str, str]:
    """Returns kind -> text of those columns of a row that hold something."""
    return {kind: text for kind, column in columns.items() if (text := sheet.cell(row, column).strip())}
