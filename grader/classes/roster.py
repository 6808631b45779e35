"""A class list as a platform exports it in, students out; submissions in, the same with what the list says of each.

Known headers: Canvas's gradebook, Moodle's grading worksheet, Gradescope's and GitHub Classroom's roster, and plain
ones with any of the columns name (or first name and last name), id, login, email, section, submitted.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.errors import UnusableInput
from grader.people import About, Student, plain_name
from grader.reading.archives import shown

__all__ = ["Listed", "read_roster", "with_roster"]

_MAX_BYTES = 50_000_000
#: column title in lower case -> what it says
_COLUMNS = {
    "student": "name", "name": "name", "full name": "name", "student name": "name", "display name": "name",
    "first name": "first", "firstname": "first", "last name": "last", "lastname": "last", "surname": "last",
    "sis user id": "sis_id", "sid": "sis_id", "student id": "sis_id", "id number": "sis_id",
    "id": "id", "identifier": "identifier",
    "sis login id": "login", "login": "login", "username": "login", "user name": "login", "github": "login",
    "github_username": "login", "email": "email", "e-mail": "email", "email address": "email",
    "section": "section", "sections": "section", "group": "section",
    "submitted": "submitted", "last modified (submission)": "submitted",
}  # fmt: skip
#: as Moodle writes times in English
_MOODLE_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %I:%M %p")
#: what follows a comma in "Ada King, Jr." and is no first name
_SUFFIXES = {"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One student of the list, and when the platform says that they handed in; empty where it does not."""

    student: Student
    submitted: str = ""
    #: what stands where a time should, and is none that can be read
    unread: str = ""


def read_roster(path: Path) -> tuple[Listed, ...]:
    """Returns the students of a class list.

    Raises:
        UnusableInput: it cannot be read, or is no table with a column by which students can be told apart.
    """
    try:
        content = path.read_bytes()[: _MAX_BYTES + 1]
        text = content.decode("utf-8-sig")
        rows = _rows(text)
    except OSError as exc:
        raise UnusableInput(f"The roster {path} cannot be read: {exc.strerror}.") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise UnusableInput(f"The roster {path} is no table in UTF-8: {exc}; save it as CSV (UTF-8).") from exc
    header = [_COLUMNS.get(" ".join(title.casefold().split()), "") for title in rows[0]] if rows else []
    if not {"name", "last", "sis_id", "id", "identifier", "login", "email"} & set(header):
        raise UnusableInput(f"The roster {path} has no column name, id, login or email in its first row.")
    platform = _platform([" ".join(title.casefold().split()) for title in rows[0]])
    listed = (_listed(_cells(header, row), platform) for row in rows[1:])
    return tuple(each for each in listed if each is not None)


def with_roster(
    abouts: Mapping[str, About], roster: Iterable[Listed]
) -> tuple[dict[str, About], tuple[str, ...]]:  # fmt: skip
    """Returns what is known of each submission, with what the list says; and sentences on who is missing.

    A student is known by id, login, email or name, the surest first; of several who fit none is taken.
    """
    roster = tuple(roster)
    index = _index(roster)
    seen: dict[Listed, list[str]] = {}
    strangers: list[str] = []
    unsure: list[str] = []
    known: dict[str, About] = {}
    for name, about in abouts.items():
        fitting = [_find(student, index) for student in about.students or (_guess(name),)]
        found = [each[0] if len(each) == 1 else None for each in fitting]
        for each in filter(None, found):
            seen.setdefault(each, []).append(name)
        if not any(found):
            (unsure if any(fitting) else strangers).append(name)
            known[name] = about
            continue
        students = about.students or (Student(),)
        joined = tuple(_joined(student, each) for student, each in zip(students, found, strict=True))
        times = [each.submitted for each in found if each and each.submitted]
        submitted = about.submitted
        if times and (submitted.weak or not submitted.time):
            submitted = replace(submitted, time=max(times), source="the roster", weak=False)
        known[name] = replace(about, students=joined, submitted=submitted)
    return known, (
        *_named("On the roster without a submission", [_called(each) for each in roster if each not in seen]),
        *_named("Not on the roster", strangers),
        *_named("Several on the roster fit, so none was taken", unsure),
        *_named(
            "Several submissions of one student, each with a grade of its own",
            [f"{_called(each)} ({', '.join(names)})" for each, names in seen.items() if len(names) > 1],
        ),
        *_named(
            "Times on the roster that cannot be read, so that they cost nothing",
            [f"{_called(each)} ({each.unread})" for each in roster if each.unread],
        ),
    )


def _rows(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    # Strictly, for a quote that is left open swallows everybody after it.
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if any(row)]


def _cells(header: list[str], row: list[str]) -> dict[str, str]:
    """Returns what a row says; of two columns that say the same, the first that says anything."""
    cells: dict[str, str] = {}
    for kind, text in zip(header, row, strict=False):
        cells[kind] = cells.get(kind) or text
    return cells


def _platform(titles: list[str]) -> str:
    if titles[0] == "student" or titles[:3] == ["lastname", "firstname", "id"]:
        return "canvas"
    return "moodle" if "identifier" in titles and "github_username" not in titles else ""


def _called(listed: Listed) -> str:
    student = listed.student
    return student.name or student.email or student.login or student.sis_id or student.lms_id


def _listed(cells: dict[str, str], platform: str) -> Listed | None:
    """Returns the student of a row; None for a row that is no student's, as Canvas's row of points."""
    row = {kind: " ".join(text.split()) for kind, text in cells.items()}
    name = row.get("name") or " ".join(filter(None, (row.get("first", ""), row.get("last", ""))))
    if "Points Possible" in name or name == "Student, Test" or (platform == "canvas" and name == "Test Student"):
        return None
    # GitHub Classroom's identifier is what the teacher has typed there.
    handle = "" if platform == "moodle" else row.get("identifier", "")
    if "@" not in handle:
        name = name or handle
    if platform != "moodle":  # which writes names as they are spoken
        name = _spoken(name)
    number = row.get("identifier", "").rpartition(" ")[2] if platform == "moodle" else row.get("id", "")
    has_sis = "sis_id" in row
    student = Student(
        name,
        row.get("sis_id", "") if has_sis or platform else row.get("id", "") or ("" if "@" in handle else handle),
        row.get("login", ""),
        row.get("email", "") or next((text for text in (row.get("login", ""), handle) if "@" in text), ""),
        row.get("section", ""),
        number if platform else "",
        platform,
    )
    if not any((student.name, student.sis_id, student.login, student.email, student.lms_id)):
        return None
    written = row.get("submitted", "")
    time = _time(written)
    return Listed(student, time, "" if time or written == "-" else written)


def _spoken(name: str) -> str:
    """Returns "Ada King, Jr." of "King, Ada, Jr."; a name without a comma stays."""
    name = plain_name(name)
    last, *others = name.split(", ")
    if not others or (len(others) == 1 and others[0].casefold() in _SUFFIXES):
        return name
    return ", ".join((f"{others[0]} {last}", *others[1:]))


def _time(text: str) -> str:
    """Returns a time as ISO 8601, without an offset where none is said; empty when it cannot be read."""
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        pass
    for form in _MOODLE_TIMES:
        try:
            return datetime.strptime(text, form).isoformat()
        except ValueError:
            continue
    return ""


def _index(roster: Iterable[Listed]) -> dict[tuple[str, str], list[Listed]]:
    index: dict[tuple[str, str], list[Listed]] = {}
    for listed in roster:
        for key in dict.fromkeys(_keys(listed.student)):
            index.setdefault(key, []).append(listed)
    return index


def _keys(student: Student) -> list[tuple[str, str]]:
    """Returns by what a student is known, the surest first."""
    parts = student.name.split()
    # Canvas: last name, then first name, letters only.
    squashed = student.squashed or (parts[-1] + "".join(parts[:-1]) if parts else "")
    # Double last names and middle names go either way.
    whole = {"".join(parts[i:] + parts[:i]) for i in range(len(parts))} if not student.squashed else {squashed}
    keys = [
        (f"lms_id/{student.platform}", student.lms_id),
        ("sis_id", student.sis_id),
        ("login", student.login),
        ("email", student.email),
        ("name", " ".join(parts)),
        *(("squashed", each) for each in sorted(whole)),
    ]
    return [(kind, _plain(text, kind)) for kind, text in keys if text]


def _plain(text: str, kind: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return "".join(char for char in plain if char.isalnum()) if kind == "squashed" else plain


def _find(student: Student, index: Mapping[tuple[str, str], list[Listed]]) -> list[Listed]:
    """Returns the one whom a student is, all who fit when that is not sure, or nobody."""
    fitting: list[Listed] = []
    for key in _keys(student):
        if len(found := index.get(key, [])) == 1:
            return found
        fitting += found
    return fitting


def _guess(name: str) -> Student:
    """Returns a student who may be called what the submission is: by any of the names."""
    return Student(name=name.replace("_", " ").replace("-", " "), sis_id=name, login=name, email=name, squashed=name)


def _joined(known: Student, listed: Listed | None) -> Student:
    """Returns the student with what the list adds; the download's own number stays."""
    if listed is None:
        return known
    fields = ("name", "sis_id", "login", "email", "section", "lms_id", "platform", "squashed")
    other = listed.student
    merged = {name: getattr(other, name) or getattr(known, name) for name in fields}
    if known.lms_id:
        merged |= {"lms_id": known.lms_id, "platform": known.platform}
    return Student(**merged)


def _named(what: str, names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    some = ", ".join(shown(name, 60) for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return (f"{what} ({len(names)}): {some}{more}".rstrip(".") + ".",)
