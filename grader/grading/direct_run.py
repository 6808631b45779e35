"""Runs checks that ask for nothing but parameters and what is the same for every check, without setting up fixtures."""

import inspect
from collections.abc import Mapping
from typing import Any

import pytest

from grader.assignment.definition import Assignment
from grader.grading.submission_run import CurrentRun

__all__ = ["DirectRunPlugin"]

#: the fixture that every check has anew
STUDENT = "student"


class DirectRunPlugin:
    """A pytest plugin that calls a check itself where pytest would do no more than that.

    Pytest makes a request and a finalizer for every argument of every check, and a report for each of three phases:
    10 % of the processor time of a submission whose functions are graded (0.04 of 0.44 s). Collecting, parameters and
    marks stay pytest's. A check that asks for anything else (a fixture of its own, or one that is used automatically; a
    method of a class; whatever a conftest.py may have changed) is run by pytest in full.

    Args:
        current: says whose checks run.
        assignment: whose folder holds the checks.
        constants: fixture -> what it gives to every check.
    """

    def __init__(self, current: CurrentRun, assignment: Assignment, constants: Mapping[str, Any]) -> None:
        self._current = current
        self._folder = assignment.folder
        self._constants = constants
        #: check -> its arguments but for the student's code, None where pytest runs it
        self._arguments: dict[pytest.Item, dict[str, Any] | None] = {}
        #: whether a check may have left something set up that pytest is to take down
        self._is_set_up = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Runs a check and says so, or leaves it to pytest."""
        if item not in self._arguments:
            self._arguments[item] = self._arguments_of(item)
        arguments = self._arguments[item]
        if arguments is None or not isinstance(item, pytest.Function):
            self._is_set_up = True
            return None
        self._current().checks.conclude(item, self._outcome(item, arguments))
        if self._is_set_up:
            item.config.hook.pytest_runtest_teardown(item=item, nextitem=nextitem)
            self._is_set_up = nextitem is not None
        return True

    def _outcome(self, item: pytest.Function, arguments: Mapping[str, Any]) -> BaseException | None:
        """Returns what a check raises, whatever it is; None where it passes."""
        try:
            student = {STUDENT: self._current().checks.student()} if STUDENT in item.fixturenames else {}
            item.obj(**arguments, **student)
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as exc:
            return exc
        return None

    def _arguments_of(self, item: pytest.Item) -> dict[str, Any] | None:
        """Returns the arguments of a check but for the student's code; None where pytest has to run it."""
        if type(item) is not pytest.Function or item.cls is not None or (self._folder / "conftest.py").exists():
            return None
        if inspect.iscoroutinefunction(item.obj) or inspect.isasyncgenfunction(item.obj):
            return None
        params = item.callspec.params if hasattr(item, "callspec") else {}
        ours = {STUDENT: None, **self._constants}
        # A file of checks may have a fixture of any name, for which parameters may be meant.
        if any(hasattr(item.module, name) or (name in ours) is (name in params) for name in item.fixturenames):
            return None
        return {name: {**ours, **params}[name] for name in item.fixturenames if name != STUDENT}
