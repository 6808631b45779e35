"""Reads a class list as a platform exports it.

Known headers: Canvas's gradebook, Moodle's grading worksheet, Gradescope's and GitHub Classroom's roster, and plain
ones with any of the columns name (or first name and last name), id, login, email, section, submitted.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.classes.class_limits import MAX_ROSTER_BYTES
from grader.model.errors import UnusableInput
from grader.model.people import Student, plain_name

__all__ = ["Listed", "keys_of", "read_roster"]

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
    "role": "role", "roles": "role", "course role": "role", "rolle": "role", "rolle im kurs": "role",
    # Moodle's worksheet and list of participants in other languages
    "vollständiger name": "name", "nom complet": "name", "nombre completo": "name", "nome completo": "name",
    "volledige naam": "name", "nom et prénom": "name", "vorname": "first", "nachname": "last",
    "e-mail-adresse": "email", "adresse de courriel": "email", "dirección de correo": "email",
    "correo electrónico": "email", "indirizzo email": "email", "e-mailadres": "email", "endereço de email": "email",
    "matrikelnummer": "sis_id", "anmeldename": "login", "gruppe": "section",
    "identifikator": "identifier", "identificateur": "identifier",
}  # fmt: skip
#: as Moodle writes times in English
_MOODLE_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %I:%M %p")
#: a participant's number as Moodle writes it, in whatever language: "Participant 11", "Teilnehmer/in 11"
_PARTICIPANT = re.compile(r"(?P<word>[^\d,;@]{5,40}?)(?P<space>\s?)(?P<number>\d{1,12})")
#: without a space before the number, in which "student12" would be one too
_PARTICIPANT_WORD = re.compile(
    r"participant\w*|teilnehmer\S*|deelnemer|partecipante|uczestnik|osallistuja|deltager|.*[^\x00-\x7f].*"
)
#: roles of those who hand in nothing
_STAFF = re.compile(
    r"\b(?:instructors?|\w*teachers?|u?tas?|ca|teaching|assistants?|tutor(?:en|in)?s?|graders?|observers?|designers?|"
    r"admin\w*|manager|owner|organi[sz]er|leader|staff|professors?|lecturers?|editing|non-editing|readers?|facilitators?|"
    r"guest|auditor|course creator|dozent\w*|lehr\w*|trainer\w*|kursleiter\w*|enseignant\w*|profesor\w*|docente?s?|"
    r"ta\s?enrollment|(?!student)\w+enrollment)\b",
    re.IGNORECASE,
)
#: roles of those who hand in
_STUDENT = re.compile(
    r"student|learner|pupil|studier|teilnehm|participant|[ée]tudiant|estudiante|alumn|aluno|studente|deelnemer|学生|студент",
    re.IGNORECASE,
)
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
        content = path.read_bytes()[: MAX_ROSTER_BYTES + 1]
        text = content.decode("utf-8-sig")
        rows = _rows(text)
    except OSError as exc:
        raise UnusableInput(f"The roster {path} cannot be read: {exc.strerror}.") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise UnusableInput(f"The roster {path} is not a table in UTF-8: {exc}; save it as CSV (UTF-8).") from exc
    header = [_COLUMNS.get(" ".join(title.casefold().split()), "") for title in rows[0]] if rows else []
    if not {"name", "last", "sis_id", "id", "identifier", "login", "email"} & set(header):
        raise UnusableInput(f"The roster {path} has no column name, id, login or email in its first row.")
    platform = _platform([" ".join(title.casefold().split()) for title in rows[0]])
    cells = [_cells(header, row) for row in rows[1:]]
    roles = [row.get("role", "") for row in cells]
    tells_students = any(map(_is_student, roles))
    students = [
        row for row, role in zip(cells, roles, strict=True) if not _is_staff(role, tells_students=tells_students)
    ]
    if not platform and (column := _participants_in(students)):
        platform = "moodle"
        students = [{**row, "id": "", "identifier": row.get(column, "")} for row in students]
    names_last_first = platform == "moodle" and sum(", " in row.get("name", "") for row in students) > len(students) / 2
    listed = (_listed(row, platform, spoken=platform == "moodle" and not names_last_first) for row in students)
    return _each_once(each for each in listed if each is not None)


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


def _is_student(role: str) -> bool:
    """Whether a role is a student's: "Student", "TA, Student", not "Student Assistant"."""
    return any(_STUDENT.search(part) and not _STAFF.search(part) for part in re.split("[,;|]", role))


def _is_staff(role: str, *, tells_students: bool) -> bool:
    """Whether a role is that of somebody who hands in nothing: "TA", "Instructor"; no role is not.

    Args:
        role: as the roster says it.
        tells_students: whether others of the roster have the role of a student; "Guest" is then none.
    """
    return bool(role.strip()) and not _is_student(role) and (tells_students or _STAFF.search(role) is not None)


def _participants_in(rows: Sequence[Mapping[str, str]]) -> str:
    """Returns the column in which every row has a participant's number of Moodle's; empty where there is none."""
    for column in ("identifier", "id"):
        found = [_PARTICIPANT.fullmatch(row.get(column, "").strip()) for row in rows]
        words = {(each["word"].strip(), each["space"]) for each in found if each}
        if found and all(found) and len(words) == 1 and _is_participant(*next(iter(words))):
            return column
    return ""


def _is_participant(word: str, space: str) -> bool:
    if re.fullmatch(r"[A-Za-z]{0,5}[-_.]?", word):
        return False
    return bool(space) or _PARTICIPANT_WORD.fullmatch(word.casefold()) is not None


def _each_once(listed: Iterable[Listed]) -> tuple[Listed, ...]:
    """Returns the students once each: one who stands there for two sections is one, with both of them."""
    once: list[Listed] = []
    by_id: dict[tuple[str, str], int] = {}
    for each in listed:
        ids = [(kind, text) for kind, text in keys_of(each.student) if kind not in ("name", "squashed")]
        place = next((by_id[key] for key in ids if key in by_id), None)
        if place is not None and (both := _same_student(once[place], each)):
            once[place] = both
        elif each not in once:
            place = len(once)
            once.append(each)
        if place is not None:
            by_id |= {key: by_id.get(key, place) for key in ids}
    return tuple(once)


def _same_student(one: Listed, other: Listed) -> Listed | None:
    """Returns two rows as one; None where they say different things about who it is."""
    first, second = one.student, other.student
    fields = ("name", "sis_id", "login", "email", "lms_id", "platform", "squashed")
    pairs = {field: (getattr(first, field), getattr(second, field)) for field in fields}
    if any(a and b and _plain(a, "") != _plain(b, "") for a, b in pairs.values()):
        return None
    sections = dict.fromkeys(filter(None, (first.section, second.section)))
    student = Student(**{field: a or b for field, (a, b) in pairs.items()}, section=", ".join(sections))
    return Listed(student, max(one.submitted, other.submitted), one.unread or other.unread)


def _listed(cells: dict[str, str], platform: str, *, spoken: bool) -> Listed | None:
    """Returns the student of a row; None for a row that is no student's, as Canvas's row of points."""
    row = {kind: " ".join(text.split()) for kind, text in cells.items()}
    name = row.get("name") or " ".join(filter(None, (row.get("first", ""), row.get("last", ""))))
    if "Points Possible" in name or name == "Student, Test" or (platform == "canvas" and name == "Test Student"):
        return None
    # GitHub Classroom's identifier is what the teacher has typed there.
    handle = "" if platform == "moodle" else row.get("identifier", "")
    if "@" not in handle:
        name = name or handle
    if not spoken:
        name = _spoken(name)
    number = row.get("id", "")
    if platform == "moodle":
        found = re.search(r"\d+$", row.get("identifier", ""))
        number = found[0] if found else ""
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
    last, *others = re.split(r"\s*,\s*", name)
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


def keys_of(student: Student) -> list[tuple[str, str]]:
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
