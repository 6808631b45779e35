"""Reads submissions in a process of their own: what cannot be read costs that submission, and a sentence stands there.

What comes back are plain values and the few records of `RECORDS`: nothing that a submission could make of the process
that reads it makes this one run anything.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from grader.classes.class_grading import RunnerSpec, Task
from grader.grading.check_limits import EXAMINE_SECONDS
from grader.grading.text_findings import Findings, unexamined
from grader.model.errors import GraderFault, UnusableInput, UnusableSubmission
from grader.model.packing import pack, unpack
from grader.model.results import FunctionSource
from grader.reading.archives import Tree, shown
from grader.reading.deadline import READ_SECONDS, unreadable
from grader.reading.extracting import CellLines
from grader.reading.older_cells import OldCells
from grader.reading.providing import Provided, ProvidedFile
from grader.reading.submission import Submission
from grader.sandbox.helper import Helper, Overrun

__all__ = ["ERRORS", "FOUND", "RECORDS", "SubmissionReader", "task_of"]

T = TypeVar("T")

#: an answer that is none
MALFORMED = (ValueError, TypeError, LookupError)
#: how a question ends: with what was asked for, or with an error of a kind
FOUND = "found"
ERRORS = {"unusable": UnusableSubmission, "input": UnusableInput, "fault": GraderFault}

#: what questions and answers may hold, beside plain values
RECORDS = (CellLines, Findings, FunctionSource, OldCells, Provided, ProvidedFile, Submission, Tree)


class SubmissionReader:
    """A process that reads one submission after another; `close`, or leaving a `with` block, ends it."""

    def __init__(self, spec: RunnerSpec) -> None:
        self._how = {"assignment": str(spec.assignment), "compat": spec.compat}
        self._helper = Helper("grader.classes.reading_worker")
        self._helper.start()

    def __enter__(self) -> "SubmissionReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; it is started again when it is needed."""
        self._helper.close()

    def tree(self, task: Task) -> Tree:
        """Returns what was handed in, for a runner that cannot reach it; raises what `submission` does."""
        return self._read("tree", task, Tree)

    def submission(self, task: Task) -> Submission:
        """Returns the submission of a task.

        Raises:
            UnusableSubmission: there is nothing to grade, or more than can be read.
            UnusableInput: something is missing here.
            GraderFault: the reader itself has failed.
        """
        return self._read("submission", task, Submission)

    def findings(self, submission: Submission) -> Findings:
        """Returns what the text of a submission shows, or a sentence that says why nothing is known."""
        try:
            answer = self._helper.ask({"op": "findings", **self._how}, pack(submission), EXAMINE_SECONDS)
            _, found = unpack(answer, RECORDS)
        except (Overrun, *MALFORMED) as exc:
            return unexamined(str(exc) if isinstance(exc, Overrun) else "is too much")
        return found if isinstance(found, Findings) else unexamined(f"could not be examined: {shown(str(found), 200)}")

    def _read(self, op: str, task: Task, kind: type[T]) -> T:
        try:
            answer = self._helper.ask({"op": op, **self._how}, pack(_question(task)), READ_SECONDS)
            ended, found = unpack(answer, RECORDS)
        except (Overrun, *MALFORMED) as exc:
            words = str(exc) if isinstance(exc, Overrun) else "is too much"
            raise unreadable(shown(task.path.name), words) from None
        if ended != FOUND:
            raise ERRORS[ended](str(found))
        if not isinstance(found, kind):
            raise GraderFault(f"The reader of submissions gave a {type(found).__name__}.")
        return found


def _question(task: Task) -> tuple[object, ...]:
    """Returns what reading a task needs of it, as plain values; see `task_of`."""
    parts = tuple((name, str(path)) for name, path in task.parts)
    return str(task.path), parts, str(task.within) if task.within else None, task.answers, task.is_plain, task.tree


def task_of(question: tuple[Any, ...]) -> Task:
    """Returns the task that was asked for."""
    path, parts, within, answers, is_plain, tree = question
    return Task(
        name=Path(path).name,
        path=Path(path),
        parts=tuple((name, Path(part)) for name, part in parts),
        within=Path(within) if within else None,
        answers=answers,
        is_plain=is_plain,
        tree=tree,
    )
