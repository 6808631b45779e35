"""Says between which points a submission lies of which only the visible checks have run."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from grader.assignment.definition import Assignment
from grader.assignment.suite import CheckInfo
from grader.grading.second_judgement import may_be_judged_again
from grader.model.results import Grade, Status

__all__ = ["PointsRange", "points_range"]


@dataclass(frozen=True, slots=True)
class PointsRange:
    """What visible results say of all points."""

    #: those of the visible checks
    at_least: float
    #: those that no visible result rules out
    at_most: float
    max_score: float


def points_range(grade: Grade, infos: Iterable[CheckInfo], assignment: Assignment) -> PointsRange:
    """Returns between which points a submission lies.

    A hidden check is lost for certain only where nothing of its function is there: of a function that is wrong for some
    inputs, others may be right.

    Args:
        grade: of the visible checks.
        infos: all checks, hidden ones too.
        assignment: whose they are.
    """
    ended: dict[str, set[Status]] = {}
    for check in grade.checks:
        ended.setdefault(check.function, set()).add(check.status)
    absent = {function for function, statuses in ended.items() if statuses == {Status.MISSING}}
    open_points = [info.max_points for info in infos if not info.visible and info.function not in absent]
    open_points += [
        check.max_points - check.points
        for check in grade.checks
        if check.status is Status.BROKEN or may_be_judged_again(check, assignment)
    ]
    hidden = math.fsum(info.max_points for info in infos if not info.visible)
    return PointsRange(grade.score, grade.score + math.fsum(open_points), grade.max_score + hidden)
