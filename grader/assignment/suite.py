"""Collects an assignment's checks with pytest once, and chooses those that a submission gets."""

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression  # private: see pytest's upper bound in pyproject.toml

from grader.assignment.definition import Assignment
from grader.assignment.marks import MARKS, refuse_uncollected, refuse_unknown_marks, refuse_unknown_names
from grader.assignment.scoring import scale_points, share_points
from grader.model.errors import GraderFault, UnusableAssignment, UnusableInput

__all__ = ["CheckInfo", "Chosen", "Suite", "check_id", "claim", "mark"]

#: what a session must not take from the host, its plugins, its ini files, its cache, its terminal; and what checks
#: have no use for but would pay for in each of their phases
PYTEST_OPTIONS = (
    "--collect-only",
    "--assert=plain",  # a check words its own message; pytest's would show addresses
    "--disable-plugin-autoload",
    "--import-mode=importlib",
    "--strict-markers",
    *(
        f"-pno:{name}"
        for name in (
            "cacheprovider",
            "capture",
            "debugging",
            "doctest",
            "faulthandler",
            "junitxml",
            "logging",
            "setuponly",
            "setupplan",
            "skipping",
            "stepwise",
            "terminal",
            "threadexception",
            "unittest",
            "unraisableexception",
            "warnings",
        )
    ),
)


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What is known of a check before it runs."""

    id: str
    title: str
    section: str
    function: str
    max_points: float
    visible: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """The checks of one submission, in the order in which they run."""

    items: tuple[pytest.Item, ...]
    infos: dict[str, CheckInfo]


class Suite:
    """The checks of an assignment, collected when first asked for; pytest runs each as often as there are submissions.

    Args:
        assignment: whose folder holds the checks.
        plugins: of pytest, with the fixtures that checks use.
        keyword: pytest's -k expression; "" for all.
    """

    def __init__(self, assignment: Assignment, plugins: Sequence[object], keyword: str) -> None:
        self._assignment = assignment
        self._plugins = tuple(plugins)
        self._keyword = keyword
        self._collected: _Collected | None = None
        self._chosen: dict[tuple[frozenset[str], frozenset[str], bool], Chosen] = {}

    def choose(self, off: Collection[str], provided: Collection[str], *, hidden: bool) -> Chosen:
        """Returns the checks of a submission.

        Args:
            off: sections that are not judged; they leave the total.
            provided: functions that are not the student's: checks on them are left out.
            hidden: whether checks on drawn cases run.

        Raises:
            UnusableAssignment: points and checks do not fit together, or a provided function earns points.
            UnusableInput: no check matches the keyword.
            GraderFault: the checks could not be collected.
        """
        if self._collected is None:
            self._collected = _collect(self._assignment, self._plugins, self._keyword)
        key = frozenset(off), frozenset(provided), hidden
        if key not in self._chosen:
            self._chosen[key] = self._choose(self._collected, *key)
        return self._chosen[key]

    def forget(self) -> None:
        """Has the checks collected anew, after an interruption that left one half done."""
        self._collected = None
        self._chosen.clear()

    def _choose(self, collected: "_Collected", off: frozenset[str], provided: frozenset[str], hidden: bool) -> Chosen:
        judged = [check_id(item) for item in collected.everything if mark(item, "section") not in off]
        shares = scale_points(collected.shares, judged, self._assignment.rubric.total)
        for item in collected.everything:
            if mark(item, "function") in provided and shares.get(check_id(item)):
                raise UnusableAssignment(f"{mark(item, 'function')} earns points, so it may not be provided.")
        items = [
            item
            for item in collected.kept
            if check_id(item) in shares
            and mark(item, "function") not in provided
            and (hidden or item.get_closest_marker("hidden") is None)
        ]
        if not items and self._keyword:
            raise UnusableInput(f"No check matches {self._keyword!r}{_hint(self._keyword, collected.everything)}")
        order = {name: place for place, name in enumerate(self._assignment.sections)}
        items.sort(key=lambda item: order.get(mark(item, "section"), len(order)))
        return Chosen(tuple(items), {check_id(item): _info(item, shares) for item in items})


@dataclass(frozen=True, slots=True)
class _Collected:
    """What pytest found: everything, which shares the points, and what -k keeps of it."""

    everything: tuple[pytest.Item, ...]
    kept: tuple[pytest.Item, ...]
    shares: dict[str, float]


class _Collector:
    """The pytest plugin that takes what is collected."""

    def __init__(self, modules: Collection[str]) -> None:
        self.everything: tuple[pytest.Item, ...] = ()
        self.kept: tuple[pytest.Item, ...] = ()
        #: what is wrong with the assignment's own files, in pytest's words
        self.problems: list[tuple[str, str]] = []
        self._modules = modules

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # Before -k takes some away: these share the points, too.
        items[:] = [item for item in items if not self._is_unasked(item)]
        self.everything = tuple(items)
        for item in items:
            # In reports a check stands under its function and section, so -k finds these as well.
            item.extra_keyword_matches.update((mark(item, "function"), mark(item, "section")))

    def pytest_configure(self, config: pytest.Config) -> None:
        for words in MARKS:
            config.addinivalue_line("markers", words)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.kept = tuple(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append((report.nodeid, str(report.longrepr)[-2000:]))

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.problems.append(("", str(excrepr)[-2000:]))
        return True

    def _is_unasked(self, item: pytest.Item) -> bool:
        asked = item.get_closest_marker("asks")
        return asked is not None and asked.args[0] not in self._modules


def _collect(assignment: Assignment, plugins: Iterable[object], keyword: str) -> _Collected:
    folder = assignment.folder
    places = (f"--rootdir={folder}", f"--confcutdir={folder}", f"-c{os.devnull}", str(folder))
    chosen = (f"-k{keyword}",) if keyword else ()
    _refuse_unreadable(keyword)
    collector = _Collector(assignment.modules)
    _forget_namesakes(folder)
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        # What the caller's shell sets for tests of its own must not change a grade.
        os.environ.pop(name, None)
    code = pytest.main([*PYTEST_OPTIONS, *places, *chosen], plugins=[*plugins, collector])
    if collector.problems:
        where, problem = collector.problems[0]
        refuse_uncollected(where or str(folder), problem, folder)
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise GraderFault(f"The checks in {folder} could not be run: pytest ended with {pytest.ExitCode(code).name}.")
    known = _known_names(assignment, collector.everything)
    for item in collector.everything:
        refuse_unknown_marks(check_id(item), (found.name for found in item.iter_markers()))
        refuse_unknown_names(check_id(item), ((found.name, found.args) for found in item.iter_markers()), known)
    marked = {
        check_id(item): float(points.args[0])
        for item in collector.everything
        if (points := item.get_closest_marker("points"))
    }
    shares = share_points([check_id(item) for item in collector.everything], assignment.rubric.points, marked)
    return _Collected(collector.everything, collector.kept, shares)


def _known_names(assignment: Assignment, items: Sequence[pytest.Item]) -> dict[str, Collection[str]]:
    """Returns what marks may name: sections and functions of the assignment, and for `needs` checks as well."""
    judged = {*assignment.functions, *(mark(item, "function") for item in items)}
    checks = {name for item in items for name in (claim(item).partition("::")[2], item.name)}
    return {"section": assignment.sections, "function": assignment.functions, "needs": (judged | checks) - {""}}


def _refuse_unreadable(keyword: str) -> None:
    """Raises UnusableInput for a -k expression that pytest would refuse in words of its own."""
    try:
        Expression.compile(keyword)
    except SyntaxError as exc:
        example = "-k 'forward and not backward'"
        raise UnusableInput(f"-k {keyword!r} is not a valid expression ({exc.msg}); an example: {example}") from exc


def _forget_namesakes(folder: Path) -> None:
    """Forgets other folders' modules of the same names as checks: pytest would take them for the checks."""
    for path in folder.glob("*.py"):
        module = sys.modules.get(path.stem)
        if module is not None and getattr(module, "__file__", None) != str(path):
            del sys.modules[path.stem]


def _hint(keyword: str, everything: Iterable[pytest.Item]) -> str:
    """Returns which functions somebody may have meant who has found no check."""
    names = {mark(item, "function") for item in everything}
    near = get_close_matches(keyword, names, 3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else "; `grader rubric` lists all checks."


def check_id(item: pytest.Item) -> str:
    """Returns the name of a check in rubric.toml and grade.json, with its case."""
    return f"{item.path.name}::{item.name}"


def claim(item: pytest.Item) -> str:
    """Returns the name of a check without its case."""
    return check_id(item).partition("[")[0]


def mark(item: pytest.Item, name: str) -> str:
    """Returns the argument of a mark, "" without one."""
    found = item.get_closest_marker(name)
    return str(found.args[0]) if found else ""


def _info(item: pytest.Item, shares: dict[str, float]) -> CheckInfo:
    check = check_id(item)
    return CheckInfo(
        id=check,
        title=_title(item),
        section=mark(item, "section"),
        function=mark(item, "function"),
        max_points=shares[check],
        visible=item.get_closest_marker("hidden") is None,
    )


def _title(item: pytest.Item) -> str:
    document: str = getattr(getattr(item, "obj", None), "__doc__", None) or item.name
    first = document.strip().splitlines()[0].rstrip(".")
    case = item.name.partition("[")[2].rstrip("]")
    return f"{first} ({case})" if case else first
