"""A class in, one JSON file with every submission's points out: for programs, with the raw numbers."""

import json
from collections.abc import Iterable
from typing import Any

from grader.results import Grade, Ungraded
from reports.words import not_final

__all__ = ["class_json", "class_row"]


def class_json(rows: Iterable[dict[str, Any]]) -> str:
    """Returns grades.json of rows made by `class_row`."""
    return json.dumps({"schema": 1, "submissions": list(rows)}, indent=1, allow_nan=False) + "\n"


def class_row(outcome: Grade | Ungraded, *, final: float | None = None) -> dict[str, Any]:
    """Returns what grades.json says of one submission; `score` is null where there is no final grade.

    Args:
        outcome: a grade, or why there is none.
        final: points after adjustments and lateness; None takes the grade's own.
    """
    if isinstance(outcome, Ungraded):
        return {"name": outcome.name, "score": None, "final": None, "complete": False, "note": outcome.reason}
    note = not_final(outcome)
    return {
        "name": outcome.submission.name,
        "digest": outcome.submission.digest,
        "score": None if note else outcome.score,
        "final": None if note else outcome.score if final is None else final,
        "max_score": outcome.max_score,
        "complete": not note,
        "note": note,
        "started": outcome.started,
        "sections": {
            section.name: None if note else {"score": section.score, "max_score": section.max_score}
            for section in outcome.sections
        },
        "checks": {check.id: {"status": str(check.status), "points": check.points} for check in outcome.checks},
    }
