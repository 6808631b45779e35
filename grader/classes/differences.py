"""Finds who gained or lost points between two runs of a class, and by which checks."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.model.results import CheckResult, Grade, Status
from grader.store.database import Outcome, Run

__all__ = ["CheckChange", "Difference", "causes", "differences"]


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
class Difference:
    """What became of one submission; None where a run does not have it."""

    name: str
    before: Outcome | None
    after: Outcome | None
    #: checks that end otherwise or have other points
    checks: tuple[CheckChange, ...]
    #: whether the student handed in something else
    resubmitted: bool

    @property
    def points(self) -> float | None:
        """Returns the points gained; None unless both are final grades."""
        if isinstance(self.before, Grade) and isinstance(self.after, Grade):
            both = self.before.complete and self.after.complete
            return round(self.after.score - self.before.score, 6) if both else None
        return None


def differences(before: Iterable[Outcome], after: Iterable[Outcome]) -> Iterator[Difference]:
    """Yields what differs, by name; whoever stands as before is left out.

    Args:
        before: in the order of names, as `Store.at` gives them; so that two outcomes at a time are in memory.
        after: the same.
    """
    left, right = iter(before), iter(after)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        first, second = old, new
        if old is not None and new is not None and old.name != new.name:
            first, second = (old, None) if old.name < new.name else (None, new)
        if found := _difference(first, second):
            yield found
        old = next(left, None) if first is not None else old
        new = next(right, None) if second is not None else new


def causes(before: Run, after: Run) -> list[str]:
    """Returns what else was decided of the second run, as sentences: other checks, another seed."""
    old, new = json.loads(before.how), json.loads(after.how)
    words = {"checks": "The checks were changed.", "reference": "The reference was changed."}
    # Which submissions were graded again explains no other points.
    which = ("fresh", "only")
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name) and name not in which]
    return [words.get(name, f"{name}: {old.get(name, '')} became {new.get(name, '')}.") for name in changed]


def _difference(before: Outcome | None, after: Outcome | None) -> Difference | None:
    outcome = after if after is not None else before
    assert outcome is not None
    if not isinstance(before, Grade) or not isinstance(after, Grade):
        return None if before == after else Difference(outcome.name, before, after, (), False)
    olds, news = ({check.id: check for check in grade.checks} for grade in (before, after))
    changes = (CheckChange(each, olds.get(each), news.get(each)) for each in {**olds, **news})
    checks = tuple(change for change in changes if _differs(change))
    moved = before.submission.digest != after.submission.digest
    # Points are scaled to the total, so that a check of one section moves those of others by a hair.
    if not checks and abs(before.score - after.score) < 1e-6 and before.complete == after.complete:
        return None
    return Difference(outcome.name, before, after, checks, moved)


def _differs(change: CheckChange) -> bool:
    statuses = [check.status if check else Status.PASSED for check in (change.before, change.after)]
    return statuses[0] != statuses[1] or abs(change.points) > 1e-6
