"""Holds everything about the submission being graded in one object, where fixtures find it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.assignment.images import Notify
from grader.grading.check_run import CheckRun
from grader.notebook.judged_notebook import NotebookGrading

__all__ = ["CurrentRun", "SubmissionRun"]


@dataclass(frozen=True, slots=True)
class SubmissionRun:
    """One submission while it is graded."""

    #: its checks: the one that runs, and the results so far
    checks: CheckRun
    #: its notebook; None where no check asks for one
    notebook: NotebookGrading | None = None
    #: called with a sentence on how far a long check is
    on_progress: Notify | None = None


class CurrentRun:
    """Says which submission is graded now: pytest collects checks once, and they serve one submission after another."""

    def __init__(self) -> None:
        self._run: SubmissionRun | None = None

    def __call__(self) -> SubmissionRun:
        """Returns the run whose check asks."""
        assert self._run is not None, "checks run while a submission is graded only"
        return self._run

    @contextmanager
    def of(self, run: SubmissionRun) -> Iterator[None]:
        """Has checks serve a submission within the `with` block, and afterwards that which they served before."""
        self._run, before = run, self._run
        try:
            yield
        finally:
            self._run = before
