"""Plain data about who handed in what and when, and what staff changed about the points."""

import re
from dataclasses import dataclass
from typing import Any

from grader.model.results import Grade, Ungraded, display_points

__all__ = [
    "NOTHING_FOUND",
    "NOTHING_KNOWN",
    "About",
    "Adjustment",
    "FolderFindings",
    "Lateness",
    "Student",
    "Submitted",
    "change_words",
    "comments",
    "final_points",
    "plain_name",
]


@dataclass(frozen=True, slots=True)
class Student:
    """What is known of one student; empty where nothing is."""

    name: str = ""
    #: the university's own number, which Canvas calls SIS User ID and Gradescope SID
    sis_id: str = ""
    login: str = ""
    email: str = ""
    section: str = ""
    #: number in the platform's own downloads: Canvas's ID, Moodle's participant number
    lms_id: str = ""
    #: "canvas", "moodle", "gradescope", …; empty when nobody said
    platform: str = ""
    #: "lovelaceada", as Canvas begins a file name
    squashed: str = ""


#: a name that Canvas writes so that no spreadsheet computes it
_EQUALS_NAME = re.compile(r'="(\s*=.*)"', re.DOTALL)


def plain_name(cell: str) -> str:
    """Returns the name in a cell of a gradebook: Canvas writes ="=name" for one that a spreadsheet would compute."""
    found = _EQUALS_NAME.fullmatch(cell)
    return found[1] if found else cell


@dataclass(frozen=True, slots=True)
class Submitted:
    """When something was handed in, as far as that is known."""

    #: ISO 8601 with its offset; empty when unknown
    time: str = ""
    #: who says so, in words: "Gradescope's metadata"
    source: str = ""
    #: whether the time may be another one, as a file's own time may; such a time costs no points
    weak: bool = False
    #: whether the platform says that it is late
    marked_late: bool = False


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a submission is and what that costs."""

    submitted: str
    #: ISO 8601 with its offset
    due: str
    #: begun days after the due date, grace taken off; 0 when in time
    late_days: int = 0
    #: of these, the days that cost nothing
    free_days: int = 0
    #: points, at least 0
    penalty: float = 0.0
    #: what is worth a look; empty when nothing is
    remark: str = ""
    #: whether the due time is the student's own, not that of the class
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a member of the staff changed about one submission's points."""

    submission: str
    #: id of the check; empty for the whole submission
    check: str
    #: added, or taken away where negative
    points: float
    #: for the student; may be empty
    comment: str
    #: for the staff, and where there is no comment for the student, too
    reason: str
    author: str
    #: ISO 8601, UTC
    when: str
    #: counts up in a store
    number: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What surrounds one submission's grade; empty where nothing is known."""

    #: several for a group
    students: tuple[Student, ...] = ()
    submitted: Submitted = Submitted()
    lateness: Lateness | None = None
    adjustments: tuple[Adjustment, ...] = ()
    #: what was found in the download, where that needs a word: which of several attempts counts
    notes: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "About":
        """Returns what dataclasses.asdict has made of one."""
        return cls(
            students=tuple(Student(**row) for row in data["students"]),
            submitted=Submitted(**data["submitted"]),
            lateness=None if data["lateness"] is None else Lateness(**data["lateness"]),
            adjustments=tuple(Adjustment(**row) for row in data["adjustments"]),
            notes=tuple(data["notes"]),
        )

    @property
    def name(self) -> str:
        """The students' names; empty when unknown."""
        return ", ".join(student.name for student in self.students if student.name)


@dataclass(frozen=True, slots=True)
class FolderFindings:
    """What was found in the folder of a class."""

    #: one each on what was found and what was skipped
    sentences: tuple[str, ...] = ()
    #: files and folders in it; 0 when that is not known
    n_entries: int = 0
    #: of these, those that are nobody's submission
    n_skipped: int = 0
    #: students of the roster who have handed in nothing
    without_submission: tuple[Student, ...] = ()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "FolderFindings":
        """Returns what dataclasses.asdict has made of one."""
        students = tuple(Student(**row) for row in data["without_submission"])
        return cls(tuple(map(str, data["sentences"])), data["n_entries"], data["n_skipped"], students)


#: about a folder of which nothing is known
NOTHING_FOUND = FolderFindings()
#: about a submission of which nothing is known
NOTHING_KNOWN = About()


def final_points(outcome: Grade | Ungraded, about: About) -> float | None:
    """Returns the points after adjustments and lateness, at least 0; None for a grade that is not final.

    A check's points stay between 0 and its maximum whatever is added to them, so that an adjustment that a later
    grading makes needless adds nothing twice. Adjustments of the whole submission may lead past the maximum.
    """
    if not isinstance(outcome, Grade) or not outcome.complete:
        return None
    added, penalty = _added(outcome, about), about.lateness.penalty if about.lateness else 0.0
    return max(0.0, round(outcome.score + added - penalty, 6)) if added or penalty else outcome.score


def change_words(outcome: Grade | Ungraded, about: About) -> tuple[str, ...]:
    """Returns what was changed about the points, in short: ("late by 2 days", "adjusted by +3")."""
    words = []
    if late := about.lateness:
        days = f"{late.late_days} day{'s' if late.late_days != 1 else ''}"
        words += [f"late by {days}"] if late.late_days else ["marked late"] if late.remark else []
        words += ["extension"] if late.extended else []
    if isinstance(outcome, Grade) and outcome.complete and (added := _added(outcome, about)):
        words.append(f"adjusted by {added:+g}")
    return tuple(words)


def comments(outcome: Grade | Ungraded, about: About) -> tuple[str, ...]:
    """Returns the sentences for the student: each adjustment with its comment, and what lateness costs."""
    known = {check.id: check for check in outcome.checks} if isinstance(outcome, Grade) else {}
    lines = []
    for each in about.adjustments:
        where = f" for “{known[each.check].title}”" if each.check in known else ""
        gone = " The check that it was for is no longer there." if each.check and not where else ""
        change = f"{each.points:+g} points{where} by the course staff" if each.points else f"Course staff{where}"
        lines.append(f"{change}: {each.comment or each.reason}{gone}")
    if (late := about.lateness) and late.late_days:
        free = f", {late.free_days} of them free" if late.free_days else ""
        days = f"{late.late_days} day{'s' if late.late_days != 1 else ''}"
        lines.append(f"Late by {days}{free}: {display_points(late.penalty, max(late.penalty, 1.0))} points off.")
    elif late and late.remark:
        lines.append(late.remark)
    if late and late.extended:
        lines.append(f"The due time was extended to {late.due[:16].replace('T', ' ')}.")
    return tuple(lines)


def _added(grade: Grade, about: About) -> float:
    """Returns the points that all adjustments together add to a grade."""
    added = sum(adjustment.points for adjustment in about.adjustments if not adjustment.check)
    by_check: dict[str, float] = {}
    for adjustment in about.adjustments:
        if adjustment.check:
            by_check[adjustment.check] = by_check.get(adjustment.check, 0.0) + adjustment.points
    for check in grade.checks:
        if check.id in by_check:
            added += min(max(check.points + by_check[check.id], 0.0), check.max_points) - check.points
    return round(added, 6)
