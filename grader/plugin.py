"""What checks ask for, as pytest fixtures: the student's code, golden cases, and places for what is measured."""

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from grader.assignment import Assignment, Limits
from grader.golden import Case, GoldenSource
from grader.options import Options
from grader.results import Measure, Picture, Series
from grader.sandbox import Session, Worker
from grader.sitting import Sitting
from grader.student import Student

__all__ = ["GraderPlugin"]

MARKS = (
    "section(name): the group of the report that the check belongs to",
    "function(name): the student's function that is judged",
    "needs(*names): blocked when it does not pass and one of these checks, or a check of these functions, did not",
    "hidden: needs the secret seed; the student kit does not run it",
    "limit(**limits): other limits than the rubric's, e.g. cpu_seconds=12",
    "asks(module): left out unless the assignment has this module",
    "points(n): points of a check that rubric.toml does not name",
)


class GraderPlugin:
    """A pytest plugin for one submission after another: `sitting` says whose checks run.

    Args:
        assignment: what is graded.
        goldens: where cases come from.
        options: the course's choices, for checks that ask for them.
    """

    def __init__(self, assignment: Assignment, goldens: GoldenSource, options: Options) -> None:
        self.sitting: Sitting | None = None
        self._assignment = assignment
        self._goldens = goldens
        self._options = options

    # Fixtures

    @pytest.fixture
    def student_within(self, request: pytest.FixtureRequest) -> Iterator[Callable[..., Student]]:
        """Gives the student's code in a fork of its own and within other limits than the check's, by their names."""
        sitting, seed = self._sitting(), self._assignment.public_seed
        with ExitStack() as sessions:

            def within(**others: Any) -> Student:
                def open_session(worker: Worker, limits: Limits) -> Session:
                    own = limits if sitting.hurries(request.node) else replace(limits, **others)
                    return sessions.enter_context(worker.session(seed, own))

                return sitting.student_within(request.node, open_session)

            yield within

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The student's code, in a fork of the worker that the cases of this check have for themselves."""
        return self._sitting().student(request.node)

    @pytest.fixture
    def golden(self) -> Callable[[str], Case]:
        """Gives the case of a name: inputs, expected values and words for messages."""
        return self._goldens

    @pytest.fixture
    def record_measure(self) -> Callable[..., float]:
        """Stores a number that decides, or that is only shown when it has no limit; returns it."""
        measures = self._sitting().record.measures

        def store(name: str, value: float, limit: float | None = None, relation: str = "<") -> float:
            measures.append(Measure(name, float(value), limit, relation))
            return value

        return store

    @pytest.fixture
    def remark(self) -> Callable[[str], None]:
        """Notes something legal but unusual."""
        remarks = self._sitting().record.remarks

        def note(text: str) -> None:
            if text not in remarks:
                remarks.append(text)

        return note

    @pytest.fixture
    def record_series(self) -> Callable[[str, Iterable[float], Iterable[float]], None]:
        """Stores a curve for the report: a name, its x and its y."""
        series = self._sitting().record.series

        def store(name: str, x: Iterable[float], y: Iterable[float]) -> None:
            series.append(Series(name, tuple(map(float, x)), tuple(map(float, y))))

        return store

    @pytest.fixture
    def record_picture(self) -> Callable[[str, bytes], None]:
        """Stores a picture for the report: a title and the bytes of a PNG."""
        pictures = self._sitting().record.pictures

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
        return self._assignment.rubric.thresholds.get

    # Hooks

    def pytest_configure(self, config: pytest.Config) -> None:
        for words in MARKS:
            config.addinivalue_line("markers", words)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Concludes the check; pytest's own report would format a traceback that nobody reads."""
        if call.when == "call" or call.excinfo is not None:
            self._sitting().conclude(item, call.excinfo.value if call.excinfo else None)
        assert call.when != "collect", "only phases of a running check are reported here"
        return pytest.TestReport(
            item.nodeid, item.location, {}, "failed" if call.excinfo else "passed", None, call.when, start=call.start
        )

    def _sitting(self) -> Sitting:
        assert self.sitting is not None, "checks run in a sitting only"
        return self.sitting
