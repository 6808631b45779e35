"""Writes one JSON file with the points of a whole class."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from grader.model.people import Student
from grader.model.results import Ungraded
from reports.entries import IndexEntry
from reports.status_words import not_final

__all__ = ["class_json", "class_row"]


def class_json(rows: Iterable[dict[str, Any]], without_submission: Iterable[Student] = ()) -> Iterator[str]:
    """Yields the text of grades.json piece by piece; one row at a time is in memory.

    Args:
        rows: of the submissions, made by `class_row`.
        without_submission: students of the roster who have handed in nothing.
    """
    yield '{"schema": 1, "submissions": ['
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + json.dumps(row, allow_nan=False)
    missing = [asdict(student) for student in without_submission]
    yield f'\n], "without_submission": {json.dumps(missing)}}}\n'


def class_row(entry: IndexEntry) -> dict[str, Any]:
    """Returns what grades.json says of one submission.

    `score` is what the checks gave, `final` that after adjustments and lateness; both are null without a final grade.
    """
    outcome, about = entry.grade, entry.about
    known: dict[str, Any] = {
        "students": [asdict(student) for student in about.students],
        "submitted": about.submitted.time,
        "lateness": None if about.lateness is None else asdict(about.lateness),
        "adjustments": [asdict(adjustment) for adjustment in about.adjustments],
    }
    if isinstance(outcome, Ungraded):
        missing = {"score": None, "final": None, "complete": False, "note": outcome.reason}
        return {"name": outcome.name, **missing, **known}
    note = not_final(outcome)
    return {
        "name": outcome.submission.name,
        "digest": outcome.submission.digest,
        "score": None if note else outcome.score,
        "final": entry.final,
        "max_score": outcome.max_score,
        "complete": not note,
        "note": note,
        **known,
        "started": outcome.started,
        "sections": {
            section.name: None if note else {"score": section.score, "max_score": section.max_score}
            for section in outcome.sections
        },
        "checks": {check.id: {"status": str(check.status), "points": check.points} for check in outcome.checks},
    }
