"""What an instructor or a kit decides once instead of at every call: the settings, as flags and a grader.toml say."""

import os
import tomllib
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.assignment.definition import BUILT_IN, Assignment
from grader.classes.lateness import Deadline
from grader.model.errors import UnusableInput
from grader.model.options import NotebookChoice, NotebookData, Options, Switch, Training

__all__ = ["CLASS", "DEMO", "FILE_NAME", "SELF_CHECK", "Settings"]

FILE_NAME = "grader.toml"

#: what is judged of a class unless it says otherwise
CLASS = Options(Training.CERTIFIED, Switch.ON, NotebookChoice.AUTO)
#: a demo is over in a minute, and most of its samples are wrong, so that each would have to be trained
DEMO = replace(CLASS, training=Training.OFF)
#: a self-check takes seconds, and may itself be called from the notebook
SELF_CHECK = Options(Training.OFF, Switch.OFF, NotebookChoice.OFF)

OPTION_KINDS: dict[str, Any] = {
    "training": Training,
    "speed": Switch,
    "notebook": NotebookChoice,
    "notebook_data": NotebookData,
    "data": str,
}

#: table of grader.toml -> entry, its kind and what it should be; the first entry of each is needed
_TABLES: dict[str, dict[str, tuple[Any, str]]] = {
    "roster": {"file": (str, "the path of a class list")},
    "deadline": {
        "due": (datetime, "a time such as 2026-11-20T23:59:00-08:00"),
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
    options: Options = CLASS
    #: class list as a platform exports it
    roster: Path | None = None
    #: when submissions are due, and what a later one costs
    deadline: Deadline | None = None

    @classmethod
    def read(cls, file: Path | None, options: Options = CLASS, **flags: Any) -> "Settings":
        """Returns the settings: flags that are not None, then those of the file, then defaults.

        Args:
            file: the grader.toml that counts; `grader.commands.configuration` says which. None: there is none.
            options: the command's defaults of what is optional.
            flags: by name of a setting or of an option.

        Raises:
            UnusableInput: the file is not there, is broken or has an unknown or ill-typed entry; the sentence names it.
        """
        given = {} if file is None else _from_file(file)
        given |= {name: value for name, value in flags.items() if value is not None}
        chosen = {name: kind(given.pop(name)) for name, kind in OPTION_KINDS.items() if name in given}
        if chosen.get("data"):
            chosen["data"] = os.path.abspath(chosen["data"])
        return cls(**given, options=replace(options, **chosen))

    def load_assignment(self) -> Assignment:
        """Returns the assignment that is graded."""
        return Assignment.load(self.assignment)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UnusableInput(f"{path} cannot be read: {exc.strerror}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UnusableInput(f"{path} is not valid TOML: {exc}.") from exc
    kinds: dict[str, tuple[type, ...]] = {
        "assignment": (str,),
        "seed": (int,),
        "sandbox": (str,),
        "jobs": (int,),
        "minimum": (int, float),
        "compat": (bool,),
    }
    assert set(kinds) == {field.name for field in fields(Settings)} - {"options", "roster", "deadline"}
    tables = {name: data.pop(name) for name in ("roster", "deadline") if name in data}
    kinds |= dict.fromkeys(OPTION_KINDS, (str,))
    for name, value in data.items():
        if name not in kinds:
            raise UnusableInput(f"{path} has the unknown entry {name!r}; known are {', '.join([*kinds, *_TABLES])}.")
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and kinds[name] != (bool,)):
            raise UnusableInput(f"{path}: {name} should be {kinds[name][-1].__name__}, not {value!r}.")
        if (kind := OPTION_KINDS.get(name)) not in (None, str) and value not in list(kind):
            raise UnusableInput(f"{path}: {name} should be one of {', '.join(kind)}, not {value!r}.")
    for name in ("assignment", "data"):
        if name in data:
            data[name] = path.parent / data[name]
    for name, table in tables.items():
        _check_table(path, name, table)
    if "roster" in tables:
        data["roster"] = path.parent / tables["roster"]["file"]
    if "deadline" in tables:
        data["deadline"] = _deadline(path, **tables["deadline"])
    return data


def _deadline(path: Path, due: datetime, zone: str = "", **rules: Any) -> Deadline:
    """Returns the deadline, in the course's zone where it is named: there hours are those of clocks on the wall."""
    if not 1970 <= due.year <= 9000:
        raise UnusableInput(f"{path}: due in [deadline] should be a time such as 2026-11-20T23:59:00-08:00, not {due}.")
    if zone:
        try:
            place = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise UnusableInput(f"{path}: zone in [deadline] is no time zone that this host knows: {zone!r}.") from exc
        due = due.astimezone(place) if due.tzinfo else due.replace(tzinfo=place)
    if due.tzinfo is None:
        raise UnusableInput(
            f"{path}: due in [deadline] needs an offset, as in 2026-11-20T23:59:00-08:00, or an entry zone beside it."
        )
    return Deadline(due, **rules)


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
            raise UnusableInput(f"{path}: {entry} in [{name}] should be {words}, not {value!r}.")
        if isinstance(value, (int, float)) and not 0 <= value < 1e9:
            raise UnusableInput(f"{path}: {entry} in [{name}] should be {words}, not {value!r}.")
