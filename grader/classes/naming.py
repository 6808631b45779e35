"""The name of a file or folder in a platform's bulk download in; whose it is, which attempt and when out.

Sources: Canvas, "Download Submissions" and lib/content_zipper.rb (lastfirst_LATE_12345_67890_file.zip, `-1` before
the ending of what was handed in again, anon_Ab12C_67890_file.zip, lastfirst_12345_text.html for typed text); Moodle,
mod/assign (First Last_12345_assignsubmission_file_); Blackboard, "Assignment File Download"
(Assignment_login_attempt_2026-11-20-23-59-00_file.zip); Brightspace (12345-67890 - First Last - Nov 20, 2026 1159
PM).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from grader.people import Student, Submitted

__all__ = ["Named", "attempt_of", "person_file", "platform_name"]

_CANVAS_FILE = r"_(?:(?P<order>\d+)_(?P<file>.+)|(?P<typed>text|link)\.html)"
# Canvas leaves no number between two underscores of a name, so that the first one is the student's.
_CANVAS = re.compile(r"(?P<who>[^_]+(?:_[^_\d][^_]*)*?)(?P<late>_LATE)?_(?P<id>\d+)" + _CANVAS_FILE, re.DOTALL)
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<who>anon_[A-Za-z0-9]+)" + _CANVAS_FILE, re.DOTALL)
_MOODLE = re.compile(r"(?P<who>[^_]+)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL)
_BLACKBOARD = re.compile(
    r".+_(?P<who>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))?", re.DOTALL
)
_BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<who>.+?) - (?P<time>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{3,4} [AP]M)(?: - (?P<file>.+))?",
    re.DOTALL,
)
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<n>\d{1,2})(?P<ending>(?:\.tar)?\.[A-Za-z0-9]+)")
_ATTEMPT = re.compile(
    r"(?P<who>.*?)[ _.-]*(?:(?:\b|_)(?:attempt|resubmission|version|v)[ _.-]?(?P<n>\d{1,9})|\((?P<copy>\d{1,3})\))",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says."""

    #: name of the submission: the same for all files and attempts of one student
    key: str
    student: Student
    #: as the student called the file; empty for a folder
    file: str = ""
    #: grows from attempt to attempt, of files of the same name
    order: tuple[int, ...] = ()
    submitted: Submitted = field(default_factory=Submitted)
    #: whether all files of one attempt share its order, so that the files of earlier ones do not count
    whole_attempts: bool = False
    #: whether it is no file: text typed into the browser, a link, a receipt
    aside: bool = False


def platform_name(name: str) -> Named | None:
    """Returns what a name of Canvas, Moodle, Blackboard or Brightspace says; None for any other name."""
    for pattern, read in _READERS:
        if found := pattern.fullmatch(name):
            try:
                return read(found)
            except ValueError:  # a month of 31 days that has 30
                continue
    return None


def attempt_of(stem: str) -> tuple[str, int] | None:
    """Returns whose attempt it is and its number: "ada_attempt2" and "ada (2)"; None when the name says none."""
    found = _ATTEMPT.fullmatch(stem)
    if found is None:
        return None
    return found["who"].rstrip(" _.-"), int(found["n"] or found["copy"])


def person_file(name: str, answers: Iterable[str]) -> tuple[str, str] | None:
    """Returns whose answer file it is and what it is called: "ada_layers.py", where layers.py is one; else None."""
    for answer in answers:
        who = name.removesuffix(answer)
        if who != name and who[-1:] in ("_", "-", " ", ".") and who.strip(" _.-"):
            return who.rstrip(" _.-"), answer
    return None


def _canvas(found: re.Match[str]) -> Named:
    student = Student(lms_id=found["id"], platform="canvas", squashed=found["who"])
    return _of_canvas(found, f"{found['who']}_{found['id']}", student)


def _canvas_anonymous(found: re.Match[str]) -> Named:
    return _of_canvas(found, found["who"], Student(platform="canvas"))


def _of_canvas(found: re.Match[str], key: str, student: Student) -> Named:
    file, again = found["file"] or "", 0
    if repeated := _AGAIN.fullmatch(file):
        file, again = repeated["stem"] + repeated["ending"], int(repeated["n"])
    return Named(
        key,
        student,
        file,
        (again, int(found["order"] or 0)),
        Submitted(source="Canvas", marked_late=bool(found["late"])),
        aside=bool(found["typed"]),
    )


def _moodle(found: re.Match[str]) -> Named:
    student = Student(name=found["who"], lms_id=found["id"], platform="moodle")
    # What was typed into the browser stands beside the files and holds no code.
    return Named(f"{found['who']}_{found['id']}", student, found["file"] or "", aside=found["plugin"] != "file")


def _blackboard(found: re.Match[str]) -> Named:
    time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S")
    return Named(
        found["who"],
        Student(login=found["who"], platform="blackboard"),
        found["file"] or "",
        (int(time.strftime("%Y%m%d%H%M%S")),),
        Submitted(time.isoformat(), "Blackboard's file name"),
        whole_attempts=True,
        aside=bool(found["receipt"]),
    )


def _brightspace(found: re.Match[str]) -> Named:
    day, clock, half = found["time"].rsplit(" ", 2)
    time = datetime.strptime(f"{day} {clock:0>4} {half}", f"%{'b' if len(day.split()[0]) == 3 else 'B'} %d, %Y %I%M %p")
    return Named(
        f"{found['who']}_{found['id']}",
        Student(name=found["who"], lms_id=found["id"], platform="brightspace"),
        found["file"] or "",
        (int(time.strftime("%Y%m%d%H%M")),),
        Submitted(time.isoformat(), "Brightspace's folder name"),
        whole_attempts=True,
    )


_READERS = (
    (_MOODLE, _moodle),
    (_BLACKBOARD, _blackboard),
    (_BRIGHTSPACE, _brightspace),
    (_CANVAS_ANONYMOUS, _canvas_anonymous),
    (_CANVAS, _canvas),
)
