"""Reads the settings that an instructor or a kit decides once, from flags and grader.toml."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.assignment.choices import Choice
from grader.assignment.definition import BUILT_IN, Assignment
from grader.classes.lateness import Deadline
from grader.commands.elsewhere import make_absolute
from grader.model.errors import UnusableInput
from grader.model.options import FUNCTIONS_ONLY, Options
from grader.sandbox.level import Level

__all__ = ["FILE_NAME", "SEED_BITS", "Settings"]

FILE_NAME = "grader.toml"

#: a seed of so many bits cannot be found by trying all of them against what a report tells of hidden checks
SEED_BITS = 128

_A_TIME = "a time such as 2026-11-20T23:59:00-08:00"

#: entry of grader.toml outside of tables -> its kind, what it should be, its smallest and largest value or all words
_ENTRIES: dict[str, tuple[Any, str, Any]] = {
    "assignment": (str, "the path of a folder with assignment.toml", None),
    "seed": (int, "a whole number from 0 to 2**128 - 1", (0, 2**SEED_BITS - 1)),
    "sandbox": (str, f"one of {', '.join(Level)}", tuple(Level)),
    "jobs": (int, "a whole number from 1 to 256", (1, 256)),
    "minimum": ((int, float), "a number of points", (0, 1e9)),
    "compat": (bool, "true or false", None),
}

#: table of grader.toml -> entry, its kind and what it should be; the first entry of each is needed
_TABLES: dict[str, dict[str, tuple[Any, str]]] = {
    "roster": {"file": (str, "the path of a class list")},
    "deadline": {
        "due": (datetime, _A_TIME),
        "grace": ((int, float), "a number of minutes"),
        "penalty_per_day": ((int, float), "a number of points"),
        "late_days": (int, "a number of days"),
        "max": ((int, float), "a number of points"),
        "weak_times": (bool, "true or false"),
        "zone": (str, "a time zone such as America/Los_Angeles"),
    },
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to grade; None means that nobody has decided, so that the default of the command holds."""

    #: folder with assignment.toml
    assignment: Path = BUILT_IN
    #: secret seed of the hidden cases
    seed: int | None = None
    #: sandbox level by name
    sandbox: str | None = None
    #: runners side by side
    jobs: int | None = None
    #: points that count as success for the exit code; None is all of them
    minimum: float | None = None
    #: whether harmless old-year things are granted
    compat: bool = False
    #: which optional sections are judged, and how
    options: Options = FUNCTIONS_ONLY
    #: class list as a platform exports it
    roster: Path | None = None
    #: when submissions are due, and what a later one costs
    deadline: Deadline | None = None
    #: name of a submission or student -> when theirs is due
    extensions: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path | None, profile: str = "course", **flags: Any) -> "Settings":
        """Returns the settings: flags that are not None, then those of the file, then defaults.

        Args:
            file: the grader.toml that counts; `grader.commands.configuration` says which. None: there is none.
            profile: whose defaults of the assignment's options hold, one of `grader.assignment.choices.PROFILES`.
            flags: by name of a setting or of an option of the assignment.

        Raises:
            UnusableInput: the file is not there, is broken or has an unknown or ill-typed entry; the sentence names it.
            UnusableAssignment: the assignment is.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        data = {} if file is None else _read_toml(file)
        assignment = Assignment.load(_assignment_of(file, data, given))
        if assignment.data is not None and assignment.data.variable:
            make_absolute(assignment.data.variable)
        data = {} if file is None else _from_file(file, data, assignment.choices)
        given = {**data, **given}
        chosen = {name: _value(choice, given.pop(name)) for name, choice in assignment.choices.items() if name in given}
        if unknown := sorted(set(given) - {each.name for each in fields(cls)}):
            flag, known = f"--{unknown[0].replace('_', '-')}", [choice.flag for choice in assignment.choices.values()]
            there = f"; available: {', '.join(known)}" if known else ""
            raise UnusableInput(f"{flag} is not an option of the assignment in {assignment.folder}{there}.")
        return cls(**given, options=assignment.chosen(Options.of(chosen), profile))

    def load_assignment(self) -> Assignment:
        """Returns the assignment that is graded."""
        return Assignment.load(self.assignment)


def _assignment_of(file: Path | None, data: Mapping[str, Any], flags: Mapping[str, Any]) -> Path:
    """Returns the folder of the assignment, which is needed before anything else can be read."""
    if "assignment" in flags:
        return Path(flags["assignment"])
    named = data.get("assignment")
    return file.parent / named if file is not None and isinstance(named, str) else BUILT_IN


def _value(choice: Choice, value: Any) -> str:
    """Returns the value of an option."""
    if choice.is_folder:
        return os.path.abspath(value) if str(value) else ""
    return str(value)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UnusableInput(f"{path} cannot be read: {exc.strerror}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UnusableInput(f"{path} is not valid TOML: {exc}.") from exc


def _from_file(path: Path, data: dict[str, Any], choices: Mapping[str, Choice]) -> dict[str, Any]:
    """Returns the settings that a file's content gives."""
    extensions = data.pop("extensions", {})
    tables = {name: data.pop(name) for name in _TABLES if name in data}
    for name, value in data.items():
        _check_entry(path, name, value, choices)
    for name in ("assignment", *(name for name, choice in choices.items() if choice.is_folder)):
        if name in data:
            data[name] = path.parent / data[name]
    for name, table in tables.items():
        _check_table(path, name, table)
    if "roster" in tables:
        data["roster"] = path.parent / tables["roster"]["file"]
    if "deadline" in tables:
        data["deadline"] = _deadline(path, **tables["deadline"])
    if extensions:
        data["extensions"] = _extensions(path, extensions, data.get("deadline"))
    return data


def _deadline(path: Path, due: datetime, zone: str = "", **rules: Any) -> Deadline:
    """Returns the deadline, in the course's zone where it is named: there hours are those of clocks on the wall."""
    place = None
    if zone:
        try:
            place = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise UnusableInput(f"{path}: zone in [deadline] is not a time zone known here: {zone!r}.") from exc
    return Deadline(_due(path, "due in [deadline]", due, place), **rules)


def _due(path: Path, what: str, due: datetime, zone: tzinfo | None) -> datetime:
    """Returns a time with its offset or zone; raises UnusableInput where it has neither or no calendar has it."""
    if not 1970 <= due.year <= 9000:
        raise UnusableInput(f"{path}: {what} should be {_A_TIME}, not {due}.")
    if zone:
        return due.astimezone(zone) if due.tzinfo else due.replace(tzinfo=zone)
    if due.tzinfo is None:
        raise UnusableInput(
            f"{path}: {what} needs an offset, as in 2026-11-20T23:59:00-08:00, or the entry zone in [deadline]."
        )
    return due


def _extensions(path: Path, table: Any, deadline: Deadline | None) -> dict[str, datetime]:
    """Returns the due times of single students; one without an offset is in the zone of the deadline."""
    if not isinstance(table, dict):
        raise UnusableInput(f"{path}: [extensions] should be a table of students and times.")
    if deadline is None:
        raise UnusableInput(f"{path}: [extensions] needs a [deadline], whose rules hold for a later due time too.")
    found = {}
    for name, due in table.items():
        what = f"the time of {name!r} in [extensions]"
        if not isinstance(due, datetime):
            raise UnusableInput(f"{path}: {what} should be {_A_TIME}, not {_written(due)}.")
        zone = deadline.due.tzinfo
        found[name] = _due(path, what, due, zone if isinstance(zone, ZoneInfo) else None)
    return found


def _check_entry(path: Path, name: str, value: Any, choices: Mapping[str, Choice]) -> None:
    """Raises UnusableInput when an entry outside of tables is unknown or has a wrong value."""
    declared = {each.name: (str, each.words, each.values or None) for each in choices.values()}
    entries: dict[str, tuple[Any, str, Any]] = {**_ENTRIES, **declared}
    if name not in entries:
        near = get_close_matches(name, known := [*entries, *_TABLES, "extensions"], 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
        raise UnusableInput(f"{path} has the unknown entry {name!r}; {hint}")
    kind, words, values = entries[name]
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if right and values is not None:
        right = value in values if isinstance(value, str) else values[0] <= value <= values[1]
    if not right:
        raise UnusableInput(f"{path}: {name} should be {words}, not {_written(value)}.")


def _written(value: Any) -> str:
    """Returns a value as it stands in the file, not as Python shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    return f"the date {value} without a time" if isinstance(value, date) else repr(value)


def _check_table(path: Path, name: str, table: Any) -> None:
    """Raises UnusableInput when a table of grader.toml lacks its first entry, or has an unknown or ill-typed one."""
    known = _TABLES[name]
    if not isinstance(table, dict) or next(iter(known)) not in table:
        raise UnusableInput(f"{path}: [{name}] needs the entry {next(iter(known))}.")
    for entry, value in table.items():
        if entry not in known:
            raise UnusableInput(f"{path}: [{name}] has the unknown entry {entry!r}; known are {', '.join(known)}.")
        kind, words = known[entry]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise UnusableInput(f"{path}: {entry} in [{name}] should be {words}, not {_written(value)}.")
        if isinstance(value, (int, float)) and not 0 <= value < 1e9:
            raise UnusableInput(f"{path}: {entry} in [{name}] should be {words}, not {value!r}.")
