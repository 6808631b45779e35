"""Reads rubric.toml: the points of each check, and the limits and budgets that a course sets."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.model.errors import UnusableAssignment

__all__ = ["RUBRIC", "Budget", "Limits", "Rubric", "load_rubric", "read_toml", "refuse_unknown"]

RUBRIC = "rubric.toml"
FOLLOWS_THROUGH, FOLLOWS_SHARE = "follows_through", 0.8
#: tables of it
_TABLES = ("points", "limits", "thresholds", "budget")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one check, and the import before it, may use; past one the process tree is killed."""

    #: processor seconds of one check; the limit that an endless loop meets, on a busy machine too
    cpu_seconds: float = 6.0
    #: seconds on the grader's clock for one check; the limit that a sleeping one meets
    wall_seconds: float = 30.0
    #: seconds on the grader's clock until the submission is imported
    import_seconds: float = 20.0
    #: address space of one process
    memory_mb: int = 2048
    #: what is kept of the prints of one check
    output_kb: int = 16
    #: bytes of all that one reply brings across the wall
    value_mb: int = 32
    #: size of any file that it writes
    file_mb: int = 16
    open_files: int = 64
    processes: int = 32


@dataclass(frozen=True, slots=True)
class Budget:
    """What all checks that draw on it may use together; when it is used up, the remaining ones are not run."""

    #: processor seconds of all processes and threads, from the import on
    cpu_seconds: float = 20.0
    #: seconds on the grader's clock for which it waits, without those in which others had the processor
    wall_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Rubric:
    """Points per check function ("file.py::test_name") and the limits."""

    total: float = 100.0
    #: share of its points that a backward function keeps which is right for the student's own wrong forward function
    follows_through: float = FOLLOWS_SHARE
    points: MappingProxyType[str, float] = field(default_factory=lambda: MappingProxyType({}))
    limits: Limits = Limits()
    #: what a course asks instead of what a check would: name -> number
    thresholds: MappingProxyType[str, float] = field(default_factory=lambda: MappingProxyType({}))
    #: of a submission
    budget: Budget = Budget()
    #: section -> a budget that its checks have for themselves
    section_budgets: MappingProxyType[str, Budget] = field(default_factory=lambda: MappingProxyType({}))


def load_rubric(path: Path) -> Rubric:
    """Returns what a rubric.toml says; raises UnusableAssignment naming the entry at fault."""
    data = read_toml(path)
    refuse_unknown(f"{path} has the unknown entry", data, ("total", FOLLOWS_THROUGH, *_TABLES))
    for name in _TABLES:
        if not isinstance(data.get(name, {}), dict):
            raise UnusableAssignment(f"{path}: {name} should be a table, [{name}].")
    limits = data.get("limits", {})
    refuse_unknown(f"{path} names an unknown limit", limits, [limit.name for limit in fields(Limits)])
    for name in limits:
        _number(path, f"{name} in [limits]", limits[name])
    total = _number(path, "total", data.get("total", 100))
    if not total:
        raise UnusableAssignment(f"{path}: total should be more than 0 points.")
    points = {name: _number(path, f"the points of {name}", value) for name, value in data.get("points", {}).items()}
    thresholds = {
        name: _number(path, f"{name} in [thresholds]", value) for name, value in data.get("thresholds", {}).items()
    }
    share = _number(path, FOLLOWS_THROUGH, data.get(FOLLOWS_THROUGH, FOLLOWS_SHARE))
    if share > 1:
        raise UnusableAssignment(f"{path}: {FOLLOWS_THROUGH} should be a share, from 0 to 1.")
    budget, section_budgets = _budgets(path, data.get("budget", {}))
    return Rubric(
        total=total,
        follows_through=share,
        points=MappingProxyType(points),
        limits=Limits(**limits),
        thresholds=MappingProxyType(thresholds),
        budget=budget,
        section_budgets=section_budgets,
    )


def refuse_unknown(what: str, entries: Iterable[str], known: Sequence[str]) -> None:
    """Raises UnusableAssignment for an entry that nobody reads, which may be a slip of one that somebody does."""
    for name in entries:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            raise UnusableAssignment(f"{what} {name!r}; {hint}")


def _number(path: Path, what: str, value: Any) -> float:
    """Returns a number that is not negative; raises UnusableAssignment for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise UnusableAssignment(f"{path}: {what} should be a number of at least 0, not {value!r}.")
    return float(value)


def _budgets(path: Path, rows: dict[str, Any]) -> tuple[Budget, MappingProxyType[str, Budget]]:
    """Returns the budget of a submission, and those of sections by their names."""
    sections = {name: row for name, row in rows.items() if isinstance(row, dict)}
    tables = {"": {name: value for name, value in rows.items() if name not in sections}, **sections}
    try:
        read = {name: Budget(**{key: float(value) for key, value in row.items()}) for name, row in tables.items()}
    except (TypeError, ValueError) as exc:
        raise UnusableAssignment(f"{path} has an entry of [budget] that is unknown or no number: {exc}.") from exc
    return read.pop(""), MappingProxyType(read)


def read_toml(path: Path) -> dict[str, Any]:
    """Returns what a file of an assignment says; raises UnusableAssignment where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UnusableAssignment(f"{path} cannot be read: {exc.strerror}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UnusableAssignment(f"{path} is not valid TOML: {exc}.") from exc
