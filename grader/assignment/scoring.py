"""Adds up check results into points and sections."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from grader.model.errors import UnusableAssignment
from grader.model.results import CheckResult, Grade, Section, Status

__all__ = ["complete", "rescored", "scale_points", "sections", "share_points", "total"]

DIGITS = 6


def share_points(ids: Sequence[str], points: Mapping[str, float], marked: Mapping[str, float]) -> dict[str, float]:
    """Returns the points of every check: those of its function in the rubric, split equally over its cases.

    A case that the rubric names, too, has the points of its own line; the other cases share what is left.

    Args:
        ids: of all checks, hidden ones too, "file.py::test_name[case]".
        points: the rubric, "file.py::test_name" -> points, "file.py::test_name[case]" -> points of these.
        marked: check id -> points, from `@pytest.mark.points`, for functions that the rubric does not name.

    Raises:
        UnusableAssignment: a check has no points anywhere, the rubric names one that does not exist, or the named
            cases of a function have more points than it has.
    """
    cases: dict[str, list[str]] = {}
    for check in ids:
        cases.setdefault(check.partition("[")[0], []).append(check)
    if unknown := sorted(set(points) - set(cases) - set(ids)):
        raise UnusableAssignment(f"rubric.toml gives points to {unknown[0]}, but there is no such check.")
    shares: dict[str, float] = {}
    for function, members in cases.items():
        own = {check: points[check] for check in members if check in points and check != function}
        for check in members:
            if check in own:
                shares[check] = own[check]
            elif function in points:
                shares[check] = _left(function, points[function], own) / (len(members) - len(own))
            elif check in marked:
                shares[check] = marked[check]
            else:
                raise UnusableAssignment(f"The check {function} has no points: give it a line in rubric.toml.")
    return shares


def _left(function: str, points: float, own: Mapping[str, float]) -> float:
    if (left := points - math.fsum(own.values())) < 0:
        raise UnusableAssignment(f"rubric.toml gives the cases of {function} more points than the check itself.")
    return left


def scale_points(shares: Mapping[str, float], kept: Iterable[str], full: float) -> dict[str, float]:
    """Returns the points of the checks that are kept, scaled so that they come to the full total.

    Args:
        shares: points of every check.
        kept: ids of those whose section is judged; the others leave the total.
        full: what the points of all checks come to.
    """
    rows = {check: shares[check] for check in kept}
    left = math.fsum(rows.values())
    factor = full / left if left and not math.isclose(left, full) else 1.0
    return {check: points * factor for check, points in rows.items()}


def sections(results: Iterable[CheckResult], order: Sequence[str]) -> tuple[Section, ...]:
    """Returns the points per section, in the given order, then any others by name."""
    grouped: dict[str, list[CheckResult]] = {}
    for result in results:
        grouped.setdefault(result.section, []).append(result)
    names = [name for name in order if name in grouped] + sorted(set(grouped) - set(order))
    return tuple(Section(name, *total(grouped[name])) for name in names)


def total(results: Iterable[CheckResult]) -> tuple[float, float]:
    """Returns (points, points possible), summed without drift."""
    rows = list(results)
    earned = math.fsum(row.points for row in rows)
    possible = math.fsum(row.max_points for row in rows)
    return round(earned, DIGITS), round(possible, DIGITS)


def rescored(grade: Grade, points: Mapping[str, float]) -> Grade:
    """Returns a grade with other points for the same results, as after a change of the rubric.

    Args:
        grade: whose checks ran.
        points: check id -> points that it is worth now, of every check of the grade.
    """
    checks = tuple(
        replace(check, points=_share_won(check) * points[check.id], max_points=points[check.id])
        for check in grade.checks
    )
    score, max_score = total(checks)
    order = [section.name for section in grade.sections]
    return replace(grade, checks=checks, score=score, max_score=max_score, sections=sections(checks, order))


def _share_won(check: CheckResult) -> float:
    return check.points / check.max_points if check.max_points else float(check.passed)


def complete(results: Iterable[CheckResult]) -> bool:
    """Whether every check could be judged: none is broken."""
    return all(result.status is not Status.BROKEN for result in results)
