"""Checks as pytest runs them in, CheckResults out: fixtures and marks that checks use, and what an outcome means."""

import base64
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from grader.assignment import Assignment, Limits
from grader.errors import GraderError, NotImported, StudentError, UnusableAssignment
from grader.explaining.words import join_words
from grader.golden import Case, GoldenSource
from grader.options import Options
from grader.results import CheckResult, Measure, Picture, Series, Status
from grader.sandbox import Session, Worker
from grader.scoring import scale_points, share_points
from grader.sharing import SessionShare
from grader.student import Student, Where, as_it_is

__all__ = ["CheckInfo", "GraderPlugin"]

#: a function that has run into a limit this often gets less time for its other checks: an honest one takes well under
#: a second, and a class of endless loops must not take the night
LOOPS_BEFORE_HURRY = 2
HURRY_CPU_SECONDS = 1.0
HURRY_WALL_SECONDS = 6.0

MARKS = (
    "section(name): the group of the report that the check belongs to",
    "function(name): the student's function that is judged",
    "needs(*names): blocked when it does not pass and one of these checks, or a check of these functions, did not",
    "hidden: needs the secret seed; the student kit does not run it",
    "limit(**limits): other limits than the rubric's, e.g. cpu_seconds=12",
    "asks(module): left out unless the assignment has this module",
    "points(n): points of a check that rubric.toml does not name",
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


@dataclass(slots=True)
class _Record:
    """What one running check has produced so far."""

    measures: list[Measure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)


_RECORD = pytest.StashKey[_Record]()


class GraderPlugin:
    """One pytest session's plugin: judges one submission through a worker; `results` fills as checks end.

    Args:
        assignment: what is graded.
        worker: with the submission in it.
        files: workspace paths that the submission has.
        goldens: where cases come from.
        hidden: whether checks on drawn cases run.
        options: the course's choices, for checks that ask for them.
        off: sections that are not judged; they leave the total.
        lent: functions that are not the student's: checks on them are left out, and may have no points.
        on_result: called with each result as it comes, and the number of checks.
    """

    def __init__(
        self,
        assignment: Assignment,
        worker: Worker,
        files: Collection[str],
        goldens: GoldenSource,
        *,
        hidden: bool,
        options: Options | None = None,
        off: Collection[str] = (),
        lent: Collection[str] = (),
        where: Where = as_it_is,
        on_result: Callable[[CheckResult, int], None] | None = None,
    ) -> None:
        self.assignment = assignment
        self.results: list[CheckResult] = []
        #: of every check that is collected, in the order in which they run
        self.checks: dict[str, CheckInfo] = {}
        #: what is wrong with the assignment's own files
        self.failure: GraderError | None = None
        #: what kept pytest from running the checks, in its own words
        self.problems: list[str] = []
        self._worker = worker
        self._share = SessionShare(worker, assignment.public_seed)
        self._files = files
        self._goldens = goldens
        self._hidden = hidden
        self._options = options or Options()
        self._off = frozenset(off)
        self._lent = frozenset(lent)
        self._where = where
        self._on_result = on_result
        self._loops: Counter[str] = Counter()

    # Fixtures

    @pytest.fixture
    def student_within(self, request: pytest.FixtureRequest) -> Iterator[Callable[..., Student]]:
        """Gives the student's code in a fork of its own and within other limits than the check's, by their names."""
        limits = self._limits(request.node)
        with ExitStack() as sessions:

            def within(**others: Any) -> Student:
                own = limits if self._hurries(request.node) else replace(limits, **others)
                return self._student(
                    request, lambda: sessions.enter_context(self._worker.session(self.assignment.public_seed, own))
                )

            yield within

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The student's code, in a fork of the worker that the cases of this check have for themselves."""
        check, limits = _claim(request.node), self._limits(request.node)
        return self._student(request, lambda: self._share.session(check, limits))

    @pytest.fixture
    def golden(self) -> Callable[[str], Case]:
        """Gives the case of a name: inputs, expected values and words for messages."""
        return self._goldens

    @pytest.fixture
    def record_measure(self, request: pytest.FixtureRequest) -> Callable[..., float]:
        """Stores a number that decides, or that is only shown when it has no limit; returns it."""
        record = request.node.stash[_RECORD]

        def store(name: str, value: float, limit: float | None = None, relation: str = "<") -> float:
            record.measures.append(Measure(name, float(value), limit, relation))
            return value

        return store

    @pytest.fixture
    def remark(self, request: pytest.FixtureRequest) -> Callable[[str], None]:
        """Notes something legal but unusual."""
        remarks: list[str] = request.node.stash[_RECORD].remarks

        def note(text: str) -> None:
            if text not in remarks:
                remarks.append(text)

        return note

    @pytest.fixture
    def record_series(self, request: pytest.FixtureRequest) -> Callable[[str, Iterable[float], Iterable[float]], None]:
        """Stores a curve for the report: a name, its x and its y."""
        series: list[Series] = request.node.stash[_RECORD].series

        def store(name: str, x: Iterable[float], y: Iterable[float]) -> None:
            series.append(Series(name, tuple(map(float, x)), tuple(map(float, y))))

        return store

    @pytest.fixture
    def record_picture(self, request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
        """Stores a picture for the report: a title and the bytes of a PNG."""
        pictures: list[Picture] = request.node.stash[_RECORD].pictures

        def store(title: str, png: bytes) -> None:
            pictures.append(Picture(title, base64.b64encode(png).decode("ascii")))

        return store

    @pytest.fixture
    def options(self) -> Options:
        """The course's choices of what is judged, and how."""
        return self._options

    @pytest.fixture
    def threshold(self) -> Callable[[str, float], float]:
        """Gives the rubric's threshold of a name, or else the check's own."""
        return self.assignment.rubric.thresholds.get

    # Hooks

    def pytest_configure(self, config: pytest.Config) -> None:
        for mark in MARKS:
            config.addinivalue_line("markers", mark)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if unasked := [item for item in items if self._is_unasked(item)]:
            config.hook.pytest_deselected(items=unasked)
            items[:] = [item for item in items if item not in unasked]
        marked = {_check_id(item): float(mark.args[0]) for item in items if (mark := item.get_closest_marker("points"))}
        try:
            shares = share_points([_check_id(item) for item in items], self.assignment.rubric.points, marked)
        except GraderError as exc:
            # pytest would wrap what a hook raises; the runner raises it as it is.
            self.failure, items[:] = exc, []
            return
        judged = [_check_id(item) for item in items if _mark(item, "section") not in self._off]
        shares = scale_points(shares, judged, self.assignment.rubric.total)
        lent = [item for item in items if _mark(item, "function") in self._lent]
        if earning := [item for item in lent if shares.get(_check_id(item))]:
            name = _mark(earning[0], "function")
            self.failure, items[:] = UnusableAssignment(f"{name} earns points, so it may not be lent."), []
            return
        dropped = [
            item
            for item in items
            if item in lent or _check_id(item) not in shares or (not self._hidden and item.get_closest_marker("hidden"))
        ]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = [item for item in items if item not in dropped]
        order = {name: place for place, name in enumerate(self.assignment.sections)}
        items.sort(key=lambda item: order.get(_mark(item, "section"), len(order)))
        self.checks = {info.id: info for info in (_info(item, shares) for item in items)}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Those that -k leaves.
        self.checks = {check: self.checks[check] for check in map(_check_id, session.items)}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr)[-2000:])

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.problems.append(str(excrepr)[-2000:])
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Runs one check; once more, in a fork of its own, when it did not pass in one that another case had used."""
        self._run(item, nextitem)
        if self._share.may_be_repeated and not self.results[-1].passed:
            self._share.end()
            self.results.pop()
            self._run(item, nextitem)
        result = self.results[-1]
        if not result.passed or nextitem is None or _claim(item) != _claim(nextitem):
            self._share.end()
        self._loops[result.function] += result.status is Status.TIMEOUT
        if self._on_result:
            self._on_result(result, len(self.checks))
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        item.stash[_RECORD] = _Record()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Concludes the check; pytest's own report would format a traceback that nobody reads."""
        if call.when == "call" or call.excinfo is not None:
            self._conclude(item, call.excinfo.value if call.excinfo else None)
        assert call.when != "collect", "only phases of a running check are reported here"
        return pytest.TestReport(
            item.nodeid, item.location, {}, "failed" if call.excinfo else "passed", None, call.when, start=call.start
        )

    def _conclude(self, item: pytest.Item, error: BaseException | None) -> None:
        """Turns what happened into a CheckResult; a failing teardown replaces the result it belongs to."""
        record = item.stash[_RECORD]
        info = self.checks[_check_id(item)]
        status, message, hint = _outcome(error)
        blockable = status in (Status.FAILED, Status.RAISED) and not isinstance(error, NotImported)
        blockers = self._blockers(item) if blockable else ()
        if blockers:
            status = Status.BLOCKED
            verb, them = ("is", "it") if len(blockers) == 1 else ("are", "them")
            message = f"{join_words(blockers)} {verb} not right yet, and this needs {them}. {message}"
            # A cause that was recognised is worth more than the place where to begin, so it comes first.
            hint = f"{hint} Look at {join_words(blockers)} first.".lstrip()
        result = CheckResult(
            **asdict(info),
            status=status,
            points=info.max_points if status is Status.PASSED else 0.0,
            measures=tuple(record.measures),
            message=message,
            hint=hint,
            remarks=tuple(record.remarks),
            series=tuple(record.series),
            pictures=tuple(record.pictures),
            output="".join(session.output() for session in record.sessions),
            seconds=round(time.monotonic() - record.started, 4),
        )
        if self.results and self.results[-1].id == info.id:
            result = replace(result, output=self.results.pop().output)
        self.results.append(result)

    def _run(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        self._share.begin()
        runtestprotocol(item, nextitem=nextitem, log=False)

    def _student(self, request: pytest.FixtureRequest, open_session: Callable[[], Session]) -> Student:
        """Returns the student's code; what it prints becomes part of the check's output."""
        record = request.node.stash[_RECORD]

        def opened() -> Session:
            session = open_session()
            record.sessions.append(session)
            return session

        return Student(opened, self.assignment, self._files, self._where)

    def _limits(self, item: pytest.Item) -> Limits:
        """Returns the limits of a check: shorter ones once its function has run into them often enough."""
        mark = item.get_closest_marker("limit")
        limits = replace(self.assignment.rubric.limits, **(mark.kwargs if mark else {}))
        if not self._hurries(item):
            return limits
        return replace(limits, cpu_seconds=HURRY_CPU_SECONDS, wall_seconds=HURRY_WALL_SECONDS)

    def _hurries(self, item: pytest.Item) -> bool:
        return self._loops[_mark(item, "function")] >= LOOPS_BEFORE_HURRY

    def _is_unasked(self, item: pytest.Item) -> bool:
        mark = item.get_closest_marker("asks")
        return mark is not None and mark.args[0] not in self.assignment.modules

    def _blockers(self, item: pytest.Item) -> tuple[str, ...]:
        """Returns the functions that this check needs and that are not right, in the order in which it names them."""
        mark = item.get_closest_marker("needs")
        wrong = {name: result.function for result in self.results if not result.passed for name in _names(result)}
        return tuple(dict.fromkeys(wrong[name] for name in (mark.args if mark else ()) if name in wrong))


def _names(result: CheckResult) -> tuple[str, str]:
    """Returns what a check is needed by: the function that it judges, and the name of its own."""
    return result.function, result.id.partition("::")[2].partition("[")[0]


def _outcome(error: BaseException | None) -> tuple[Status, str, str]:
    """Returns status, message and hint for what a check raised."""
    if error is None:
        return Status.PASSED, "", ""
    if isinstance(error, StudentError):
        return Status(error.status), error.message, error.hint
    if isinstance(error, AssertionError):
        return Status.FAILED, str(error).partition("\nassert ")[0].strip() or "The claim does not hold.", ""
    what = str(error) if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"
    return Status.BROKEN, f"This check is broken, and that is our fault: {what[:500]}", "It will be graded again."


def _info(item: pytest.Item, shares: dict[str, float]) -> CheckInfo:
    check = _check_id(item)
    return CheckInfo(
        id=check,
        title=_title(item),
        section=_mark(item, "section"),
        function=_mark(item, "function"),
        max_points=shares[check],
        visible=item.get_closest_marker("hidden") is None,
    )


def _check_id(item: pytest.Item) -> str:
    return f"{item.path.name}::{item.name}"


def _claim(item: pytest.Item) -> str:
    """Returns the name of a check without its case."""
    return _check_id(item).partition("[")[0]


def _mark(item: pytest.Item, name: str) -> str:
    mark = item.get_closest_marker(name)
    return str(mark.args[0]) if mark else ""


def _title(item: pytest.Item) -> str:
    document: str = getattr(getattr(item, "obj", None), "__doc__", None) or item.name
    first = document.strip().splitlines()[0].rstrip(".")
    case = item.name.partition("[")[2].rstrip("]")
    return f"{first} ({case})" if case else first
