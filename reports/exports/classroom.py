"""Writes a grade as GitHub Classroom's autograding reporter reads it.

Source: classroom-resources/autograding-grading-reporter; the points are the sum of the tests' scores.
"""

import base64
import json
from typing import Any

from grader.model.results import CheckResult, Grade, Status
from reports.exports.judged import check_name, check_text, exported_checks, points_of, why_no_score
from reports.report_limits import MAX_CLASSROOM_BYTES
from reports.text import one_line

__all__ = ["classroom_json", "classroom_result"]


def classroom_json(grade: Grade, *, final: float | None = None) -> str:
    """Returns a runner's result: one test a claim with points; "pass" stands only beside full points.

    A grade that is not final has the status "error" and max_score 0, which the reporter leaves out of the points.

    Args:
        grade: of one submission.
        final: points after adjustments and lateness; None takes the grade's own.
    """
    for n_characters in (2000, 300, 0):
        text = json.dumps(_result(grade, final, n_characters), indent=1) + "\n"
        if len(text) <= MAX_CLASSROOM_BYTES:
            break
    return text


def classroom_result(grade: Grade) -> str:
    """Returns the value of the step's output `result`: the JSON in base64."""
    return base64.b64encode(classroom_json(grade).encode()).decode()


def _result(grade: Grade, final: float | None, n_characters: int) -> dict[str, Any]:
    reason = why_no_score(grade)
    checks = [check for check in exported_checks(grade) if check.max_points or not check.passed]
    tests = [_test(check, n_characters) for check in checks]
    if final is not None and final != grade.score:
        change = round(final - grade.score, 6)
        words = "Adjusted by the course staff or for lateness"
        tests.append({"name": words, "status": "pass" if change > 0 else "fail", "score": change, "message": words})
    full = grade.full_marks if final in (None, grade.score) else final >= grade.max_score
    if reason:
        tests = [{**test, "score": 0} for test in tests]
    return {
        "version": 1,
        "status": "error" if reason else "pass" if full else "fail",
        "max_score": 0 if reason else round(grade.max_score, 6),
        **({"message": one_line(reason, 500)} if reason else {}),
        "tests": tests,
    }


def _test(check: CheckResult, n_characters: int) -> dict[str, Any]:
    kept_all = check.passed and check.points >= check.max_points
    status = "error" if check.status is Status.BROKEN else "pass" if kept_all else "fail"
    return {
        "name": check_name(check),
        "status": status,
        "score": points_of(check.points, check.max_points),
        "message": _no_command(check_text(check, n_characters)) if n_characters and not kept_all else "",
        "test_code": check.id,
        "filename": "",
        "line_no": 0,
        "duration": round(check.seconds, 3),
    }


def _no_command(text: str) -> str:
    """Returns text that the reporter can print without the runner taking a line for a workflow command."""
    lines = text.replace("##[", "# #[").split("\n")
    return "\n".join(f"> {line}" if line.lstrip().startswith("::") else line for line in lines)
