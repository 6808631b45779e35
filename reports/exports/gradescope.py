"""Writes a grade as Gradescope's results.json.

Source: Gradescope, autograder specifications, "Output format".
"""

import json
from collections.abc import Sequence
from typing import Any

from grader.model.results import CheckResult, Grade
from reports.exports.judged import check_name, check_text, exported_checks, points_of, why_no_score
from reports.status_words import headline
from reports.text import one_line

__all__ = ["gradescope_json"]


def gradescope_json(grade: Grade, *, final: float | None = None, comments: Sequence[str] = ()) -> str:
    """Returns results.json: the score, and one test a claim with its words as plain text.

    Checks that the student kit lacks are shown once grades are published.

    Args:
        grade: of one submission.
        final: points after adjustments and lateness; None takes the grade's own.
        comments: the instructor's words for the student.

    Raises:
        ValueError: the grade is not final. The file cannot say so: it always has a score.
    """
    if reason := why_no_score(grade):
        raise ValueError(reason)
    results = {
        "score": points_of(grade.score if final is None else final, grade.max_score),
        "execution_time": round(grade.seconds, 3),
        "output": "\n\n".join(one_line(line, 1000) for line in [headline(grade), *comments, *grade.notes[:30]]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"digest": grade.submission.digest, "grader": grade.environment.grader},
        "tests": [_test(check, number) for number, check in _numbered(grade)],
    }
    return json.dumps(results, indent=1) + "\n"


def _numbered(grade: Grade) -> list[tuple[str, CheckResult]]:
    """Returns the checks with "1.1", "1.2", "2.1", …: the section's number, then the check's in it."""
    sections: dict[str, int] = {}
    numbered = []
    for check in exported_checks(grade):
        sections[check.section] = sections.get(check.section, 0) + 1
        numbered.append((f"{len(sections)}.{sections[check.section]}", check))
    return numbered


def _test(check: CheckResult, number: str) -> dict[str, Any]:
    # "hidden" would take the total from the student's sight, too.
    test: dict[str, Any] = {
        "name": check_name(check),
        "number": number,
        "status": "passed" if check.passed else "failed",
        "output": "" if check.passed and not check.output else check_text(check),
        "visibility": "visible" if check.visible else "after_published",
        "extra_data": {"id": check.id, "status": str(check.status)},
    }
    if check.max_points:
        test |= {"score": points_of(check.points, check.max_points), "max_score": round(check.max_points, 6)}
    return test
