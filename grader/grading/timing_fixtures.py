"""Provides pytest fixtures for checks that measure time on the grader's clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from grader.assignment.definition import Assignment
from grader.assignment.own_modules import load_module
from grader.grading.student import Student
from grader.sandbox.processes import own_waited

__all__ = ["SpeedPlugin", "Timing", "timed"]


@dataclass(frozen=True, slots=True)
class Timing:
    """One call: what it gave, and how long it took."""

    value: Any
    #: on the grader's clock, without the wait for a processor; at least what the processors worked for it
    seconds: float


def timed(call: Callable[[], Any], student: Student | None = None) -> Timing:
    """Returns what a call gave and its seconds.

    A busy machine lets a process stand in line, which the kernel counts and which is taken off. Nothing is taken off
    below the processor time of all threads and processes of the student's session, so no way of waiting, or of having
    the work done elsewhere, makes a call look shorter than its work.

    Args:
        call: without arguments.
        student: whose session it runs in; None for our own code, in this thread.
    """
    theirs = student.clocks() if student is not None else None
    # The clock encloses the looks at our own waiting: what is taken off has then been counted.
    started = time.perf_counter()
    waited, ran = -own_waited(), -time.thread_time()
    value = call()
    ran += time.thread_time()
    waited += own_waited()
    wall = time.perf_counter() - started
    if student is not None and theirs is not None:
        now = student.clocks()
        ran, waited = now.ran - theirs.ran, waited + now.waited - theirs.waited
    return Timing(value, max(wall - waited, ran, 1e-7))


class SpeedPlugin:
    """Fixtures for checks that time.

    Args:
        assignment: whose given files and solution are ours.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._load = cache(load_module)
        #: fixture -> what it gives: who times a call, and our own modules by their file
        self.constants = {"stopwatch": timed, "trusted": self._trusted}

    def _trusted(self, file: str) -> ModuleType | None:
        """Returns a given file, or a file of the solution where that is installed, as a module in this process."""
        if file in self._assignment.given_files:
            return self._load(self._assignment.given_folder() / file)
        return self._load(self._assignment.solution_folder() / file) if self._assignment.has_solution else None
