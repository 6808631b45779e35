"""Finds who gained or lost points between two runs of a class, and by which checks."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import mode

from grader.model.results import CheckResult, Grade
from grader.store.database import Outcome, Run

__all__ = ["CheckChange", "Difference", "PointsChange", "causes", "differences", "points_changes"]


@dataclass(frozen=True, slots=True)
class CheckChange:
    """What became of one check; None where a run does not have it."""

    id: str
    before: CheckResult | None
    after: CheckResult | None

    @property
    def points(self) -> float:
        """Returns the points gained; negative where they are lost."""
        return (self.after.points if self.after else 0.0) - (self.before.points if self.before else 0.0)


@dataclass(frozen=True, slots=True)
class PointsChange:
    """A check whose points the rubric has changed, all of its cases together."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one submission; None where a run does not have it."""

    name: str
    before: Outcome | None
    after: Outcome | None
    #: checks that end otherwise; what only has other points is the rubric's change, not the student's
    checks: tuple[CheckChange, ...]
    #: whether the student handed in something else
    resubmitted: bool
    #: points that counted, after lateness and adjustments; None where that was not kept or is not final
    counted_before: float | None = None
    counted_after: float | None = None

    @property
    def points(self) -> float | None:
        """Returns the points gained; None unless both are final grades."""
        if self.counted_before is not None and self.counted_after is not None:
            return round(self.counted_after - self.counted_before, 6)
        if isinstance(self.before, Grade) and isinstance(self.after, Grade):
            both = self.before.complete and self.after.complete
            return round(self.after.score - self.before.score, 6) if both else None
        return None


def differences(
    before: Iterable[Outcome],
    after: Iterable[Outcome],
    counted_before: Mapping[str, float | None],
    counted_after: Mapping[str, float | None],
) -> Iterator[Difference]:
    """Yields what differs, by name; whoever stands as before is left out.

    Args:
        before: in the order of names, as `Store.at` gives them; so that two outcomes at a time are in memory.
        after: the same.
        counted_before: points that counted, by name, as far as they were kept.
        counted_after: the same.
    """
    left, right = iter(before), iter(after)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        first, second = old, new
        if old is not None and new is not None and old.name != new.name:
            first, second = (old, None) if old.name < new.name else (None, new)
        name = (first or second).name  # type: ignore[union-attr]
        if found := _difference(first, second, counted_before.get(name), counted_after.get(name)):
            yield found
        old = next(left, None) if first is not None else old
        new = next(right, None) if second is not None else new


def causes(before: Run, after: Run) -> list[str]:
    """Returns what else was decided of the second run, as sentences: other checks, another seed."""
    old, new = json.loads(before.how), json.loads(after.how)
    words = {
        "checks": "The checks were changed.",
        "points": "The rubric's points were changed.",
        "reference": "The reference was changed.",
    }
    # Which submissions were graded again explains no other points; nor does what an earlier version did not keep.
    changed = [name for name in new if old.get(name, new[name]) != new[name] and name not in ("fresh", "only")]
    return [words.get(name, f"The {name} changed from {old[name]} to {new[name]}.") for name in changed]


def points_changes(before: Outcome | None, after: Outcome | None) -> tuple[PointsChange, ...]:
    """Returns the checks whose points the rubric has changed, as two grades of one submission show it.

    Points are scaled to the total, so that a change of one moves all others alike; these are not named.
    """
    if not isinstance(before, Grade) or not isinstance(after, Grade):
        return ()
    old, new = _worth(before), _worth(after)
    both = [name for name in new if old.get(name) and new[name]]
    scale = mode(round(new[name] / old[name], 9) for name in both) if both else 1.0
    return tuple(
        PointsChange(name, old[name], new[name])
        for name in new
        if name in old and not math.isclose(old[name] * scale, new[name], rel_tol=1e-6, abs_tol=1e-6)
    )


def _worth(grade: Grade) -> dict[str, float]:
    worth: dict[str, float] = {}
    for check in grade.checks:
        name = check.id.partition("[")[0]
        worth[name] = worth.get(name, 0.0) + check.max_points
    return worth


def _difference(
    before: Outcome | None, after: Outcome | None, counted_before: float | None, counted_after: float | None
) -> Difference | None:
    outcome = after if after is not None else before
    assert outcome is not None
    counted = counted_before, counted_after
    if not isinstance(before, Grade) or not isinstance(after, Grade):
        return None if before == after else Difference(outcome.name, before, after, (), False)
    olds, news = ({check.id: check for check in grade.checks} for grade in (before, after))
    changes = (CheckChange(each, olds.get(each), news.get(each)) for each in {**olds, **news})
    checks = tuple(change for change in changes if _differs(change))
    moved = before.submission.digest != after.submission.digest
    same_counted = None in counted or abs(counted[1] - counted[0]) < 1e-6  # type: ignore[operator]
    same_score = abs(before.score - after.score) < 1e-6 and before.complete == after.complete
    if not checks and same_score and same_counted:
        return None
    return Difference(outcome.name, before, after, checks, moved, *counted)


def _differs(change: CheckChange) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        # What carries no points and passes is not missed.
        only = before or after
        return only is not None and not (only.passed and not only.max_points)
    return before.status != after.status or abs(_share(before) - _share(after)) > 1e-6


def _share(check: CheckResult) -> float:
    return check.points / check.max_points if check.max_points else float(check.passed)
