"""Writes a grade as PrairieLearn's results.json, within its limit of 1 MB.

Source: PrairieLearn, "External grading", results.
"""

import json
from collections.abc import Sequence
from typing import Any

from grader.model.results import CheckResult, Grade, Ungraded
from reports.exports.judged import check_name, check_text, exported_checks, points_of, why_no_score
from reports.report_limits import MAX_PRAIRIELEARN_BYTES
from reports.status_words import headline
from reports.text import one_line

__all__ = ["prairielearn_json"]


def prairielearn_json(outcome: Grade | Ungraded, *, final: float | None = None, comments: Sequence[str] = ()) -> str:
    """Returns results.json: a score from 0 to 1 and one test a claim; what has no final grade is not gradable.

    "gradable": false costs the student no attempt, and its sentences are shown.

    Args:
        outcome: of one submission.
        final: points after adjustments and lateness; None takes the grade's own.
        comments: the instructor's words for the student.
    """
    reason = outcome.reason if isinstance(outcome, Ungraded) else why_no_score(outcome)
    if isinstance(outcome, Ungraded) or reason:
        return json.dumps({"gradable": False, "format_errors": [one_line(reason, 1000)]}, indent=1) + "\n"
    for n_characters in (4000, 1000, 200, 0):
        text = json.dumps(_results(outcome, final, comments, n_characters), indent=1) + "\n"
        if len(text) <= MAX_PRAIRIELEARN_BYTES:
            break
    return text


def _results(grade: Grade, final: float | None, comments: Sequence[str], n_characters: int) -> dict[str, Any]:
    points = grade.score if final is None else final
    share = points_of(points / grade.max_score, 1.0) if grade.max_score else 0.0
    return {
        "gradable": True,
        # The platform takes no more than 1; bonus points stay in the plain table.
        "score": min(max(share, 0.0), 1.0),
        "message": one_line(headline(grade), 500),
        "output": "\n".join(one_line(line, 1000) for line in [*comments, *grade.notes][:30]),
        "tests": [_test(check, n_characters) for check in exported_checks(grade)],
    }


def _test(check: CheckResult, n_characters: int) -> dict[str, Any]:
    return {
        "name": check_name(check),
        "description": one_line(check.function),
        "points": points_of(check.points, check.max_points),
        "max_points": round(check.max_points, 6),
        "output": check_text(check, n_characters) if n_characters and not check.passed else "",
    }
