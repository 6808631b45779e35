"""Provides pytest fixtures for checks: the student's code, golden cases, and recording of measures."""

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import GoldenSource
from grader.grading.submission_run import CurrentRun
from grader.judging import Student, StudentWithin
from grader.model.options import Options
from grader.model.results import Measure, Picture, Series

__all__ = ["GraderPlugin"]


class GraderPlugin:
    """A pytest plugin with the fixtures of all checks.

    Args:
        current: says whose checks run.
        assignment: what is graded.
        goldens: where cases come from.
        options: the course's choices, for checks that ask for them.
    """

    def __init__(self, current: CurrentRun, assignment: Assignment, goldens: GoldenSource, options: Options) -> None:
        self._current = current
        #: fixture -> what it gives: a case by its name; the course's choices; the rubric's threshold of a name, or else
        #: the check's own; what was made under a name before; and places for what a check measures and says
        self.constants = {
            "golden": goldens,
            "options": options,
            "threshold": assignment.rubric.thresholds.get,
            "once": self._once,
            "record_measure": self._record_measure,
            "remark": self._remark,
            "record_series": self._record_series,
            "record_picture": self._record_picture,
        }

    # Fixtures of one check

    @pytest.fixture
    def student_within(self) -> Iterator[StudentWithin]:
        """Gives the student's code in a fork of its own and within other limits than the check's, by their names."""
        with ExitStack() as sessions:
            yield partial(self._current().checks.student_within, sessions)

    @pytest.fixture
    def student(self) -> Student:
        """The student's code, in a fork of the worker that only what may see its traces shares."""
        return self._current().checks.student()

    # What constant fixtures give

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """Returns what an earlier check has made under a name, where the submission is proven to keep no state."""
        return self._current().checks.once(name, make)

    def _record_measure(self, name: str, value: float, limit: float | None = None, relation: str = "<") -> float:
        """Stores a number that decides, or that is only shown when it has no limit; returns it."""
        self._current().checks.record.measures.append(Measure(name, float(value), limit, relation))
        return value

    def _remark(self, text: str) -> None:
        """Notes something legal but unusual."""
        remarks = self._current().checks.record.remarks
        if text not in remarks:
            remarks.append(text)

    def _record_series(self, name: str, x: Iterable[float], y: Iterable[float]) -> None:
        """Stores a curve for the report."""
        self._current().checks.record.series.append(Series(name, tuple(map(float, x)), tuple(map(float, y))))

    def _record_picture(self, title: str, png: bytes) -> None:
        """Stores a picture for the report, the bytes of a PNG."""
        self._current().checks.record.pictures.append(Picture(title, base64.b64encode(png).decode("ascii")))

    # Hooks

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Concludes the check; pytest's own report would format a traceback that nobody reads."""
        if call.when == "call" or call.excinfo is not None:
            self._current().checks.conclude(item, call.excinfo.value if call.excinfo else None)
        assert call.when != "collect", "only phases of a running check are reported here"
        return pytest.TestReport(
            item.nodeid, item.location, {}, "failed" if call.excinfo else "passed", None, call.when, start=call.start
        )
