"""When something was due and when it came in; how late it is and what that costs out."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.people import Lateness, Submitted

__all__ = ["Deadline", "lateness"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When submissions are due, and what a later one costs."""

    #: with its offset
    due: datetime
    #: minutes after it that still count as in time
    grace: float = 0.0
    #: points for each begun day
    penalty_per_day: float = 0.0
    #: days that cost nothing
    late_days: int = 0
    #: the most points that lateness costs; None is no limit
    max: float | None = None
    #: whether the files' own times, which a download may have changed, cost points too
    weak_times: bool = False


def lateness(submitted: Submitted, deadline: Deadline) -> Lateness | None:
    """Returns how late a submission is; None when no time is known and the platform says nothing."""
    due = deadline.due.isoformat()
    if not submitted.time:
        return Lateness("", due, remark=_marked(submitted)) if submitted.marked_late else None
    time = datetime.fromisoformat(submitted.time)
    # A platform that says no offset shows the course's own time.
    time = time if time.tzinfo else time.replace(tzinfo=deadline.due.tzinfo)
    late = time - deadline.due
    days = 0 if late <= timedelta(minutes=deadline.grace) else math.ceil(late / _DAY)
    if submitted.weak and not deadline.weak_times:
        # Not even a note for the student when there is nothing to see: a copied file is as new as the copy.
        return Lateness(time.isoformat(), due, remark=_marked(submitted)) if submitted.marked_late else None
    free = min(days, deadline.late_days)
    penalty = (days - free) * deadline.penalty_per_day
    penalty = penalty if deadline.max is None else min(penalty, deadline.max)
    remark = _marked(submitted) if submitted.marked_late and not days else ""
    return Lateness(time.isoformat(), due, days, free, penalty, remark)


def _marked(submitted: Submitted) -> str:
    who = submitted.source.partition(";")[0]
    return f"{who} marks this submission as late; by how much is not known, so it costs nothing."
