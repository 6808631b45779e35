"""Defines the exit codes of all commands, and which one a set of grades gives."""

from collections.abc import Iterable

from grader.model.results import Ungraded
from grader.store.database import Outcome

__all__ = ["ALL_POINTS", "OUR_FAULT", "POINTS_LOST", "UNUSABLE", "exit_code"]

ALL_POINTS, POINTS_LOST, UNUSABLE, OUR_FAULT = 0, 1, 2, 3


def exit_code(outcomes: Iterable[Outcome], minimum: float | None) -> int:
    """Returns the worst exit code among outcomes.

    Args:
        outcomes: of one submission or of a class.
        minimum: points that count as success; None is all of them.
    """
    code = ALL_POINTS
    for outcome in outcomes:
        if isinstance(outcome, Ungraded):
            code = max(code, OUR_FAULT if outcome.ours else UNUSABLE)
        elif not outcome.complete:
            code = OUR_FAULT
        elif not (outcome.full_marks if minimum is None else outcome.score >= minimum):
            code = max(code, POINTS_LOST)
    return code
