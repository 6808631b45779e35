"""Says what one mistake cost: in its own function, and in those that follow from it."""

import math
from collections import defaultdict
from collections.abc import Iterable

from grader.model.phrases import join_words
from grader.model.results import CheckResult, Grade, Status, display_points
from reports.order import FunctionGroup
from reports.text import one_line

__all__ = ["cost_words"]


def cost_words(grade: Grade, group: FunctionGroup) -> str:
    """Returns a sentence with the points lost to what is wrong in a group's functions; "" where these are none.

    Every lost point is counted in one group: in that of the first function which it follows from.
    """
    functions = {group.function, *group.others}
    roots = _roots(grade.checks)
    lost: dict[str, list[float]] = defaultdict(list)
    for check in grade.checks:
        points = check.max_points - check.points
        if points > 0 and check.status is not Status.BROKEN and _root_of(check, roots) in functions:
            lost["" if check.function in functions else check.function].append(points)
    here = math.fsum(lost.pop("", ()))
    total = here + math.fsum(points for each in lost.values() for points in each)
    if not total:
        elsewhere = dict.fromkeys(_root_of(check, roots) for check in group.checks if check.follows_from)
        return f"All that was lost here follows from {_names(elsewhere)}." if elsewhere and group.points_lost else ""
    words = f"What is wrong here costs {_points(total)} {'point' if _points(total) == '1' else 'points'}"
    if not lost:
        return f"{words}; nothing else was lost to it."
    parts = [f"{_points(here)} here"] if here else []
    parts += [f"{_points(math.fsum(points))} in {one_line(name, 80)}" for name, points in lost.items()]
    return f"{words}: {join_words(parts)}, which {'follows' if len(lost) == 1 else 'follow'} from it."


def _roots(checks: Iterable[CheckResult]) -> dict[str, str]:
    """Returns for each function that is wrong only because of another one the first which it follows from."""
    first: dict[str, str] = {}
    own = set[str]()
    for check in checks:
        if check.follows_from:
            first.setdefault(check.function, check.follows_from[0])
        elif not check.passed:
            own.add(check.function)
    return {function: root for function, root in first.items() if function not in own}


def _root_of(check: CheckResult, roots: dict[str, str]) -> str:
    """Returns the function in which the mistake is that cost a check its points."""
    function, seen = check.follows_from[0] if check.follows_from else check.function, set[str]()
    while function in roots and function not in seen:
        seen.add(function)
        function = roots[function]
    return function


def _points(points: float) -> str:
    return display_points(points, float("inf"))


def _names(functions: Iterable[str]) -> str:
    return join_words([one_line(name, 80) for name in functions])
