"""Groups the lost checks of a grade by function, in the order in which to mend them."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from grader.model.results import CheckResult, FunctionSource, Grade, Status

__all__ = [
    "FunctionGroup",
    "alike",
    "broken_checks",
    "line_of",
    "lost_groups",
    "passed_checks",
    "place_of",
    "sources_of",
]


#: how a message names the line that raised: "layers.py line 336"
_LINE = re.compile(r"\b([\w.-]{1,100}\.(?:py|ipynb cell \d{1,5})),? line (\d{1,7})\b")
#: a function that stands in a notebook
_CELL = re.compile(r"(.*\.ipynb) cell \d+", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FunctionGroup:
    """The checks of one function that the student can still win."""

    function: str
    #: those that are judged first, then those that wait for another check
    checks: tuple[CheckResult, ...]
    sources: tuple[FunctionSource, ...]
    #: how many checks of this function ran in all
    n_checks: int

    @property
    def points_lost(self) -> float:
        return math.fsum(check.max_points - check.points for check in self.checks)

    @property
    def is_prerequisite(self) -> bool:
        """True when its checks carry no points and are judged only because other checks rest on them."""
        return all(check.max_points == 0 for check in self.checks)

    @property
    def only_waits(self) -> bool:
        """True when none of its checks could be judged because another check comes first."""
        return all(check.status is Status.BLOCKED for check in self.checks)


def lost_groups(grade: Grade) -> tuple[FunctionGroup, ...]:
    """Returns a group for each function that lost a check: prerequisites, then the rest, then those that only wait.

    Within a rank the order is that of the grade, which is the order of the assignment.
    """
    by_function: dict[str, list[CheckResult]] = {}
    for check in grade.checks:
        if _is_lost(check):
            by_function.setdefault(check.function, []).append(check)
    groups = [_group(grade, function, checks) for function, checks in by_function.items()]
    return tuple(sorted(groups, key=lambda group: (group.only_waits, not group.is_prerequisite)))


def passed_checks(grade: Grade) -> tuple[CheckResult, ...]:
    """Returns the checks that passed and kept all their points."""
    return tuple(check for check in grade.checks if check.passed and not _is_lost(check))


def broken_checks(grade: Grade) -> tuple[CheckResult, ...]:
    """Returns the checks that a fault of ours kept from being judged."""
    return tuple(check for check in grade.checks if check.status is Status.BROKEN)


def sources_of(grade: Grade, function: str) -> tuple[FunctionSource, ...]:
    """Returns the student's own text of a function; for a class also that of its methods."""
    return tuple(source for source in grade.sources if _belongs(source.function, function))


def alike(checks: Iterable[CheckResult]) -> tuple[tuple[CheckResult, ...], ...]:
    """Returns the checks in order, neighbours that would say the same words together."""
    return tuple(tuple(same) for _, same in groupby(checks, key=_words))


def _words(check: CheckResult) -> object:
    if check.measures or check.output or check.remarks or not check.message:
        return check.id
    return check.function, check.status, check.message, check.hint


def line_of(check: CheckResult, source: FunctionSource) -> int:
    """Returns the line of the source's file that the check's message names, else the first of the function."""
    named = _LINE.search(check.message[:1000])
    name = source.file.replace("\\", "/").rpartition("/")[2]
    if named and (name == named[1] or name.endswith(f" {named[1]}")):
        return int(named[2])
    return source.line


def place_of(check: CheckResult, source: FunctionSource) -> tuple[str, int]:
    """Returns file and line for a platform, which knows files: of a cell that is the notebook."""
    in_cell = _CELL.fullmatch(source.file)
    return (in_cell[1], 1) if in_cell else (source.file, line_of(check, source))


def _group(grade: Grade, function: str, checks: list[CheckResult]) -> FunctionGroup:
    ordered = sorted(checks, key=lambda check: check.status is Status.BLOCKED)
    n_checks = sum(check.function == function for check in grade.checks)
    return FunctionGroup(function, tuple(ordered), sources_of(grade, function), n_checks)


def _is_lost(check: CheckResult) -> bool:
    if check.status is Status.BROKEN:
        return False
    return not check.passed or check.points < check.max_points


def _belongs(source: str, function: str) -> bool:
    return source == function or source.startswith(f"{function}.") or function.startswith(f"{source}.")
