"""Adds to the first failed check of each function a small call that shows the failure."""

import importlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import read_small_cases
from grader.assignment.own_modules import package_at
from grader.grading.check_run import CheckRun
from grader.judging.case import Case
from grader.judging.reproductions import SmallCall, first_failure
from grader.model.results import CheckResult, Reproduction, Status

__all__ = ["SmallCalls"]

#: how a check ends for which a small call is made: one that is not there, or takes too long, would do the same again
_WRONG = (Status.FAILED, Status.RAISED)


class SmallCalls:
    """The small calls of an assignment; nothing is read before a function fails, so a right submission pays nothing.

    Args:
        assignment: names the file that lists them.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment

    @cached_property
    def _calls(self) -> Mapping[str, SmallCall]:
        if not self._assignment.small_calls:
            return {}
        name = self._assignment.small_calls.removesuffix(".py")
        calls: Mapping[str, SmallCall] = importlib.import_module(f"{package_at(self._assignment.folder)}.{name}").CALLS
        return calls

    @cached_property
    def _cases(self) -> dict[str, list[Case]]:
        return read_small_cases(self._assignment)

    def add_to(self, run: CheckRun, results: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
        """Returns the results of a run that is over, with a small call for each function that is wrong."""
        first: dict[str, str] = {}
        for result in results:
            # What keeps points follows correctly from a mistake in another function, which has a call of its own.
            is_new = result.id not in run.kept
            if is_new and result.function and result.status in _WRONG and not result.points:
                first.setdefault(result.function, result.id)
        found = {check: self._of(function, check, run) for function, check in first.items()}
        return tuple(
            result if result.id in run.kept else replace(result, reproduction=found.get(result.id))
            for result in results
        )

    def _of(self, function: str, check: str, run: CheckRun) -> Reproduction | None:
        call = self._calls.get(function)
        if call is None:
            return None
        try:
            with ExitStack() as sessions:
                student = run.student_again(check, sessions)
                opened = run.record.sessions
                return first_failure(
                    call,
                    self._cases.get(call.cases, ()),
                    student,
                    lambda: "".join(session.output() for session in opened),
                )
        except Exception as exc:
            # A report without the call is worth more than none; the next check tries again.
            run.undecided.add(function)
            run.notes.append(f"For the instructor: {function} is not called with small inputs ({type(exc).__name__}).")
            return None
