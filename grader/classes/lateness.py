"""Computes how late a submission is and what that costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from grader.classes.selecting import submission_called
from grader.model.errors import UnusableInput
from grader.model.people import About, Lateness, Submitted
from grader.reading.archives import shown

__all__ = ["Deadline", "due_times", "lateness"]

Sentences = tuple[str, ...]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When submissions are due, and what a later one costs."""

    #: with its offset or, where the course has one, its zone
    due: datetime
    #: minutes that still count as in time, and as the same late day
    grace: float = 0.0
    #: points for each begun day
    penalty_per_day: float = 0.0
    #: days that cost nothing
    late_days: int = 0
    #: the most points that lateness costs; None is no limit
    max: float | None = None
    #: whether the files' own times, which a download may have changed, cost points too
    weak_times: bool = False

    @property
    def words(self) -> str:
        """Returns the rules in short: "2026-11-20T23:59:00-08:00, 10 points a day"."""
        rules = [self.due.isoformat(), f"{self.penalty_per_day:g} points a day"]
        rules += [f"{self.grace:g} minutes of grace"] if self.grace else []
        rules += [f"{self.late_days} free days"] if self.late_days else []
        rules += [f"at most {self.max:g} points"] if self.max is not None else []
        return ", ".join([*rules, *(["file timestamps count"] if self.weak_times else [])])


def due_times(extensions: Mapping[str, datetime], abouts: Mapping[str, About]) -> tuple[dict[str, datetime], Sentences]:
    """Returns when the submissions of extended students are due, by name, and a sentence on who has which extension.

    Args:
        extensions: name of a submission, or what else is known of a student -> their due time.
        abouts: name of each submission -> what is known of it.
    """
    due, said = {}, []
    for student, time in extensions.items():
        try:
            name = submission_called(student, abouts)
        except UnusableInput as exc:
            said.append(f"An extension has no effect: {exc}")
            continue
        due[name] = time
    if due:
        each = ", ".join(f"{name} until {time:%d %B %H:%M}" for name, time in due.items())
        said.insert(0, f"Extended due times: {shown(each, 600)}.")
    return due, tuple(said)


def lateness(submitted: Submitted, deadline: Deadline, extended: datetime | None = None) -> Lateness | None:
    """Returns how late a submission is; None when no time is known and the platform says nothing.

    Args:
        submitted: when it was handed in.
        deadline: of the class.
        extended: a due time of the student's own.
    """
    if extended is not None:
        late = lateness(submitted, replace(deadline, due=extended))
        return late and replace(late, extended=True)
    due = deadline.due.isoformat()
    if not submitted.time:
        return Lateness("", due, remark=_marked(submitted)) if submitted.marked_late else None
    time = datetime.fromisoformat(submitted.time)
    if not 1970 <= time.year <= 9000:
        return None  # nobody handed in then, and calendars end there
    # A platform that says no offset shows the course's own time.
    zone = deadline.due.tzinfo
    time = time.astimezone(zone) if time.tzinfo else time.replace(tzinfo=zone)
    days = _begun_days(deadline.due, time, timedelta(minutes=deadline.grace))
    if submitted.weak and not deadline.weak_times:
        # Not even a note for the student when there is nothing to see: a copied file is as new as the copy.
        return Lateness(time.isoformat(), due, remark=_marked(submitted)) if submitted.marked_late else None
    free = min(days, deadline.late_days)
    penalty = (days - free) * deadline.penalty_per_day
    penalty = penalty if deadline.max is None else min(penalty, deadline.max)
    remark = _marked(submitted) if submitted.marked_late and not days else ""
    return Lateness(time.isoformat(), due, days, free, penalty, remark)


def _begun_days(due: datetime, time: datetime, grace: timedelta) -> int:
    """Returns the late days, each of which ends at the due time of day, also where clocks are changed in between."""
    if time.astimezone(UTC) - due.astimezone(UTC) <= grace:
        return 0
    # Of two times in one zone Python takes the difference that clocks on the wall show.
    return max(1, math.ceil((time - due - grace) / _DAY))


def _marked(submitted: Submitted) -> str:
    who = submitted.source.partition(";")[0]
    return f"{who} marks this submission as late; by how much is not known, so it costs nothing."
