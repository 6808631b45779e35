"""Tells from the names in a platform's bulk download whose each file is, and of which attempt.

The platform writes the beginning of each name and the student the rest, which is never read as a platform's. One
platform is decided on for a whole download: the one whose form nearly all its names have.

Sources: Canvas, lib/content_zipper.rb (lastfirst_LATE_12345_67890_file.zip, `-1` before the ending of what was handed
in again, LATE_anon_Ab12C_67890_file.zip, lastfirst_12345_text.html for typed text); Moodle, mod/assign
(First Last_12345_assignsubmission_file_); Blackboard, "Assignment File Download"
(Assignment_login_attempt_2026-11-20-23-59-00_file.zip, and the same with .txt, a receipt); Brightspace
(12345-67890 - First Last - Nov 20, 2026 1159 PM); Autolab (ada@x.edu_2_file.zip).
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.model.people import Student, Submitted

__all__ = ["Named", "after_shared_beginning", "person_file", "platform_names"]

#: of the names in a download, how many must have a platform's form
_NEARLY_ALL = 0.75
_CANVAS_FILE = r"_(?:(?P<order>\d+)_(?P<file>.+)|(?P<typed>text|link)\.html)"
# Canvas takes a number between two underscores out of a name, but not one at its end.
_CANVAS = re.compile(r"(?P<who>[^_]+(?:_[^_\d][^_]*)*?)(?P<late>_LATE)?_(?P<id>\d+)" + _CANVAS_FILE, re.DOTALL)
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<who>anon_[A-Za-z0-9]+)" + _CANVAS_FILE, re.DOTALL)
_MOODLE = re.compile(r"(?P<who>[^_]+)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL)
# The first time is Blackboard's; what the student called the file may have another one.
_BLACKBOARD = re.compile(
    r"(?P<title_login>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))?", re.DOTALL
)
_BLACKBOARD_RECEIPT = re.compile(r"Name: .*\((?P<login>[^()]+)\)\s*", re.DOTALL)
_BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<who>.+?) - (?P<time>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{3,4} [AP]M)(?: - (?P<file>.+))?",
    re.DOTALL,
)
_AUTOLAB = re.compile(r"(?P<who>[^@/\s]+@[A-Za-z0-9.-]+)_(?P<n>\d{1,6})_(?P<file>.+)", re.DOTALL)
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<n>\d{1,2})(?P<ending>(?:\.tar)?\.[A-Za-z0-9]+)")

_Matches = Mapping[str, re.Match[str]]


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
    #: key of whoever else the name may mean; empty where it can be read in one way only
    or_of: str = ""


def platform_names(
    names: Iterable[str], gradable: Collection[str], first_line: Callable[[str], str] = lambda name: ""
) -> dict[str, Named]:
    """Returns what the names say that the download's platform has given; nothing where no platform has.

    Args:
        names: of all files and folders in the download.
        gradable: those that look like submissions whoever has named them.
        first_line: returns the first line of the file of a name, for platforms that write receipts.
    """
    names = list(names)
    best: dict[str, Named] = {}
    for pattern, read in _READERS:
        named = read({name: match for name in names if (match := pattern.fullmatch(name))}, first_line)
        n_strangers = len(set(gradable) - named.keys())
        # Of two forms that all names have, the one that leaves most students is right: the other reads the title.
        if len(named) >= _NEARLY_ALL * (len(named) + n_strangers) and _explained(named) > _explained(best):
            best = named
    return best


def after_shared_beginning(names: Iterable[str], separator: str) -> dict[str, str]:
    """Returns name -> what follows the beginning that all names share, or all but a few, which are left out.

    The beginning ends with the separator: of "a2-ada" and "a2-bo-k" it is "a2-". What only most names share belongs to
    it where all share nothing, or where it has numbers: of "hw-2-ada", "hw-2-bo", "hw-2-cy" and "hw-1-dee" it is
    "hw-2-", and of "hw-al-a", "hw-al-b", "hw-al-c" and "hw-dee" it is "hw-".
    """
    names = list(dict.fromkeys(names))
    counts: Counter[str] = Counter()
    for name in names:
        counts.update(name[: i + 1] for i, char in enumerate(name[:-1]) if char == separator)
    enough = max(2, len(names) - max(1, len(names) // 10)) if len(names) > 2 else 2
    of_all = max((each for each, count in counts.items() if count == len(names) > 1), key=len, default="")
    of_most = max((each for each, count in counts.items() if count >= enough), key=len, default="")
    parts = of_most.removeprefix(of_all).split(separator)[:-1]
    has_numbers = all(any(char.isdigit() for char in part) for part in parts)
    beginning = of_most if not of_all or has_numbers else of_all
    return {name: name.removeprefix(beginning) for name in names if beginning and name.startswith(beginning)}


def person_file(name: str, answers: Iterable[str]) -> tuple[str, str] | None:
    """Returns whose answer file it is and what it is called: "ada_layers.py", where layers.py is one; else None."""
    for answer in answers:
        who = name.removesuffix(answer)
        if who != name and who[-1:] in ("_", "-", " ", ".") and who.strip(" _.-"):
            return who.rstrip(" _.-"), answer
    return None


def _explained(named: Mapping[str, Named]) -> tuple[int, int]:
    return len(named), len({each.key for each in named.values()})


def _canvas(matches: _Matches, first_line: object) -> dict[str, Named]:
    named = {name: _of_canvas(found, found["who"], found["id"]) for name, found in matches.items()}
    others = {name: other for name, found in matches.items() if (other := _other_reading(found))}
    certain = [name for name in matches if name not in others]
    keys = {named[name].key for name in certain}
    numbers = Counter(found["order"] for found in matches.values() if found["order"])
    of_users = {len(matches[name]["id"]) for name in certain}
    of_files = {len(matches[name]["order"] or "") for name in certain} - {0}
    for name, other in others.items():
        number, first = matches[name]["order"], named[name]
        if certain and (len(number) not in of_users or len(str(other.order[1])) not in of_files):
            continue  # the student has begun the file's name with a number that is none of Canvas's
        if numbers[number] > 1 or (of_files and len(number) not in of_files):
            named[name] = other  # no two files have one number, so it is a user's
        elif first.key in keys:
            named[name] = replace(other, or_of=first.key)
        else:
            named[name] = replace(first, or_of=other.key)
    return named


def _other_reading(found: re.Match[str]) -> Named | None:
    """Returns what a name says whose student is called "ada_12": a number then stands before the two of Canvas."""
    rest = re.fullmatch(r"(?P<order>\d+)_(?P<file>.+)", found["file"] or "", re.DOTALL)
    if rest is None or found["late"]:
        return None
    other = _of_canvas(found, f"{found['who']}_{found['id']}", found["order"])
    return replace(other, file=rest["file"], order=(0, int(rest["order"])))


def _canvas_anonymous(matches: _Matches, first_line: object) -> dict[str, Named]:
    return {name: _of_canvas(found, found["who"]) for name, found in matches.items()}


def _of_canvas(found: re.Match[str], who: str, number: str = "") -> Named:
    file, again = found["file"] or "", 0
    if repeated := _AGAIN.fullmatch(file):
        file, again = repeated["stem"] + repeated["ending"], int(repeated["n"])
    student = Student(lms_id=number, platform="canvas", squashed=who if number else "")
    return Named(
        f"{who}_{number}" if number else who,
        student,
        file,
        (again, int(found["order"] or 0)),
        Submitted(source="Canvas", marked_late=bool(found["late"])),
        aside=bool(found["typed"]),
    )


def _moodle(matches: _Matches, first_line: object) -> dict[str, Named]:
    return {
        name: Named(
            f"{found['who']}_{found['id']}",
            Student(name=found["who"], lms_id=found["id"], platform="moodle"),
            found["file"] or "",
            # What was typed into the browser stands beside the files and holds no code.
            aside=found["plugin"] != "file",
        )
        for name, found in matches.items()
    }


def _blackboard(matches: _Matches, first_line: Callable[[str], str]) -> dict[str, Named]:
    logins = _blackboard_logins(matches, first_line)
    named: dict[str, Named] = {}
    for name, found in matches.items():
        whole = found["title_login"]
        login = logins.get(whole, "")
        with suppress(ValueError):
            time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S")
            named[name] = Named(
                login or whole,
                Student(login=login, platform="blackboard"),
                found["file"] or "",
                (int(time.strftime("%Y%m%d%H%M%S")),),
                Submitted(time.isoformat(), "Blackboard's file name"),
                whole_attempts=True,
                aside=bool(found["receipt"]),
            )
    return named


def _blackboard_logins(matches: _Matches, first_line: Callable[[str], str]) -> dict[str, str]:
    """Returns title_login -> login, as receipts say it or else what follows the title that all names share.

    Two students never get one login: where that would be so, none is taken from a name.
    """
    wholes = list(dict.fromkeys(found["title_login"] for found in matches.values()))
    logins = after_shared_beginning(wholes, "_")
    if len(wholes) == 1:
        logins = {wholes[0]: wholes[0].rpartition("_")[2]}
    for name, found in matches.items():
        receipt = _BLACKBOARD_RECEIPT.fullmatch(first_line(name)) if found["receipt"] else None
        if receipt and found["title_login"].endswith(f"_{receipt['login']}"):
            logins[found["title_login"]] = receipt["login"]
    shared = Counter(logins.values())
    return {whole: login for whole, login in logins.items() if shared[login] == 1}


def _brightspace(matches: _Matches, first_line: object) -> dict[str, Named]:
    named: dict[str, Named] = {}
    for name, found in matches.items():
        day, clock, half = found["time"].rsplit(" ", 2)
        form = f"%{'b' if len(day.split()[0]) == 3 else 'B'} %d, %Y %I%M %p"
        with suppress(ValueError):
            time = datetime.strptime(f"{day} {clock:0>4} {half}", form)
            named[name] = Named(
                f"{found['who']}_{found['id']}",
                Student(name=found["who"], lms_id=found["id"], platform="brightspace"),
                found["file"] or "",
                (int(time.strftime("%Y%m%d%H%M")),),
                Submitted(time.isoformat(), "Brightspace's folder name"),
                whole_attempts=True,
            )
    return named


def _autolab(matches: _Matches, first_line: object) -> dict[str, Named]:
    return {
        name: Named(
            found["who"],
            Student(email=found["who"], platform="autolab"),
            found["file"],
            (int(found["n"]),),
            whole_attempts=True,
        )
        for name, found in matches.items()
    }


_READERS: tuple[tuple[re.Pattern[str], Callable[[_Matches, Callable[[str], str]], dict[str, Named]]], ...] = (
    (_MOODLE, _moodle),
    (_BLACKBOARD, _blackboard),
    (_BRIGHTSPACE, _brightspace),
    (_CANVAS_ANONYMOUS, _canvas_anonymous),
    (_CANVAS, _canvas),
    (_AUTOLAB, _autolab),
)
