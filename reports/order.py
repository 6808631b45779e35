"""Groups the lost checks of a grade by function, in the order in which to fix them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.model.file_names import NOTEBOOK
from grader.model.results import CheckResult, ErrorMap, FunctionSource, Grade, Reproduction, Status
from reports.text import plural

__all__ = [
    "FunctionGroup",
    "alike",
    "broken_checks",
    "call_of",
    "line_of",
    "lost_groups",
    "passed_checks",
    "place_of",
    "places_of",
    "said_of_call",
    "sources_of",
    "value_of",
]


#: how a message names the line that raised: "layers.py line 336"
_LINE = re.compile(r"\b([\w.-]{1,100}\.(?:py|ipynb cell \d{1,5})),? line (\d{1,7})\b")
#: the part of a message that the same exception on the same line shares with others, whatever it says of the values
_RAISES = re.compile(r".* raises \w+")
#: the same of a message of a blocked check
_WAITS = re.compile(r".*? not right yet, and this (?:needs|uses) (?:it|them)\.")
#: how a message names the value that is wrong
_VALUE = re.compile(r"([A-Za-z_]\w{0,30}(?:\['\w{1,30}'\])?)(?:\.shape|\.dtype)? (?:is|are) ")
#: a function that stands in a notebook
_CELL = re.compile(rf"(.*{re.escape(NOTEBOOK)}) cell \d+", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FunctionGroup:
    """The lost checks of one function, or of several that fail for one and the same reason."""

    function: str
    #: those that are judged first, then those that wait for another check
    checks: tuple[CheckResult, ...]
    sources: tuple[FunctionSource, ...]
    #: how many checks of these functions ran in all
    n_checks: int
    #: further functions all of whose checks end with the very same words, as those of a file that cannot be imported
    others: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Returns "layer_forward", or "layer_forward and 16 more functions"."""
        return f"{self.function} and {plural(len(self.others), 'more function')}" if self.others else self.function

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

    Within a rank the order is that of the grade, which is the order of the assignment. Functions that fail altogether
    for one reason, in the very same words, are one group.
    """
    by_function: dict[str, list[CheckResult]] = {}
    for check in grade.checks:
        if _is_lost(check):
            by_function.setdefault(check.function, []).append(check)
    by_cause: dict[object, list[str]] = {}
    for function, checks in by_function.items():
        by_cause.setdefault(_only_cause(grade, function, checks) or function, []).append(function)
    groups = [_group(grade, functions, by_function) for functions in by_cause.values()]
    return tuple(sorted(groups, key=lambda group: (group.only_waits, not group.is_prerequisite)))


def passed_checks(grade: Grade) -> tuple[CheckResult, ...]:
    """Returns the checks that passed and kept all their points."""
    return tuple(check for check in grade.checks if check.passed and not _is_lost(check))


def broken_checks(grade: Grade) -> tuple[CheckResult, ...]:
    """Returns the checks that an internal error kept from being judged."""
    return tuple(check for check in grade.checks if check.status is Status.BROKEN)


def sources_of(grade: Grade, function: str) -> tuple[FunctionSource, ...]:
    """Returns the student's own text of a function; for a class also that of its methods."""
    return tuple(source for source in grade.sources if _belongs(source.function, function))


def alike(checks: Iterable[CheckResult]) -> tuple[tuple[CheckResult, ...], ...]:
    """Returns the checks of one function in order, those with one cause together, visible ones first among them."""
    causes: dict[object, list[CheckResult]] = {}
    for check in checks:
        causes.setdefault(_cause(check), []).append(check)
    return tuple(tuple(sorted(same, key=lambda check: not check.visible)) for same in causes.values())


def value_of(check: CheckResult) -> str:
    """Returns the value that a check found wrong, "dx" or "grads['W1']", which its message begins with; else ""."""
    named = _VALUE.match(check.message) if check.status is Status.FAILED else None
    return named[1] if named else ""


def call_of(checks: Iterable[CheckResult]) -> Reproduction | None:
    """Returns the call that shows the failure of checks with one cause; None where none of them has one."""
    return next((check.reproduction for check in checks if check.reproduction), None)


def said_of_call(found: Reproduction) -> tuple[tuple[str, str], ...]:
    """Returns what else is known of a call, each with its label: what it should give, and what was printed."""
    known = ("It should be", found.expected), ("Your code printed during it", found.printed.strip("\n"))
    return tuple((what, text) for what, text in known if text)


def places_of(checks: Iterable[CheckResult]) -> ErrorMap | None:
    """Returns where the value is wrong that checks with one cause judge; None where that is not known."""
    return next((check.error_map for check in checks if check.error_map), None)


def _cause(check: CheckResult) -> object:
    """Returns what checks of one cause share: a known mistake, a hint on one value, an exception of one line.

    Where nothing is known of the cause they share all their words.
    """
    if check.status is Status.FAILED and check.mistakes:
        return check.status, check.mistakes
    if check.status is Status.FAILED and check.hint:
        return check.function, value_of(check) or check.message.partition(" ")[0], check.hint
    if found := (_RAISES if check.status is Status.RAISED else _WAITS).match(check.message[:2000]):
        return check.function, check.status, found[0]
    return _words(check)


def _words(check: CheckResult) -> object:
    if check.measures or check.output or check.remarks or not check.message:
        return check.id
    return check.status, check.message, check.hint


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


def _only_cause(grade: Grade, function: str, lost: list[CheckResult]) -> object:
    """Returns the words with which all checks of a function end; None where they differ or one of them passes."""
    words = {_words(check) for check in lost}
    n_checks = sum(check.function == function for check in grade.checks)
    (only,) = words if len(words) == 1 else (None,)
    return only if n_checks == len(lost) and isinstance(only, tuple) else None


def _group(grade: Grade, functions: Sequence[str], lost: Mapping[str, Sequence[CheckResult]]) -> FunctionGroup:
    checks = [check for function in functions for check in lost[function]]
    ordered = sorted(checks, key=lambda check: check.status is Status.BLOCKED)
    n_checks = sum(check.function in functions for check in grade.checks)
    sources = tuple(source for function in functions for source in sources_of(grade, function))
    if len(functions) > 1:
        # Of many, the one that the message is about.
        sources = tuple(source for source in sources if _holds_line(source, checks[0])) or sources[:1]
    return FunctionGroup(functions[0], tuple(ordered), sources, n_checks, tuple(functions[1:]))


def _holds_line(source: FunctionSource, check: CheckResult) -> bool:
    line = line_of(check, source)
    return source.line < line < source.line + len(source.code.splitlines())


def _is_lost(check: CheckResult) -> bool:
    if check.status is Status.BROKEN:
        return False
    return not check.passed or check.points < check.max_points


def _belongs(source: str, function: str) -> bool:
    return source == function or source.startswith(f"{function}.") or function.startswith(f"{source}.")
