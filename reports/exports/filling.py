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


@dataclass(frozen=True, slots=True)
class Filled:
    """The instructor's file with points in it, and what the instructor should know about it."""

    content: bytes
    n_filled: int
    #: one sentence for each submission that is not in the file, and why
    problems: tuple[str, ...]
    #: what else is worth knowing: points that were scaled, students without a submission
    remarks: tuple[str, ...]


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


def fill(sheet: Sheet, places: Places, matches: Matches, as_feedback: Callable[[str], str]) -> Filled:
    """Returns the sheet with the points of each match; whoever has none keeps the cell as it was.

    Args:
        sheet: as it was downloaded.
        places: where points and feedback go.
        matches: row -> submission.
        as_feedback: plain text -> what the platform takes for a comment.
    """
    changes: dict[tuple[int, int], str] = {}
    problems = list(matches.problems)
    scaled: dict[tuple[float, float], None] = {}
    n_filled = 0
    for row, submission in sorted(matches.found.items()):
        if reason := places.kept(row):
            problems.append(f"{one_line(submission.submission, 80)}: {reason}")
            continue
        text, scale = _points(submission, places.most(row))
        if scale:
            scaled[scale] = None
        changes[row, places.points] = text
        n_filled += 1
        if places.feedback is not None and submission.feedback:
            changes[row, places.feedback] = as_feedback(submission.feedback)
    remarks = [f"Points of {ours:g} were scaled to the {theirs:g} that the file gives." for ours, theirs in scaled]
    if n_without := len(places.students) - len(matches.found):
        remarks.append(
            f"{plural(n_without, 'student')} of the file without a graded submission: nothing was filled in."
        )
    return Filled(sheet.to_bytes(changes), n_filled, tuple(problems), tuple(remarks))


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


def _points(row: GradebookRow, most: float | None) -> tuple[str, tuple[float, float] | None]:
    """Returns the text of the points, and from what to what they were scaled."""
    assert row.points is not None, "only submissions with a final grade are matched"
    if not most or most < 0 or not row.max_points or most == row.max_points:
        return display_points(row.points, row.max_points, _DIGITS), None
    return display_points(row.points * most / row.max_points, most, _DIGITS), (row.max_points, most)


def cells(sheet: Sheet, row: int, columns: Mapping[str, int]) -> dict[str, str]:
    """Returns kind -> text of those columns of a row that hold something."""
    return {kind: text for kind, column in columns.items() if (text := sheet.cell(row, column).strip())}
