"""The exceptions that cross module borders, by who has to act on them.

The tree of them, with the status that a check ends with and why::

    GraderError
    ├── UnusableInput            the instructor's or caller's turn: exit code 2
    │   ├── UnusableSubmission   nothing in it can be graded
    │   ├── UnusableAssignment   assignment.toml, rubric.toml or a golden archive is wrong
    │   └── SandboxUnavailable   this host lacks the sandbox level that was asked for
    ├── GraderFault              our turn: the check is broken, exit code 3
    └── StudentError             the student's turn: one check ends with `status`
        ├── WrongAnswer          failed    a value came back and it is wrong
        ├── Missing              missing   absent, or still returns None
        ├── Raised               raised    their code raised an exception
        │   └── NotImported      raised    it did so while their file was imported
        ├── TimedOut             timeout   past the seconds of a call or a check
        │   └── OverBudget       timeout   past the seconds of the whole submission
        ├── Crashed              crashed   the worker process died
        ├── OverMemory           memory    past the memory limit
        └── Blocked              blocked   another check's failure comes first
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = [
    "Blocked",
    "Crashed",
    "GraderError",
    "GraderFault",
    "Missing",
    "NotImported",
    "OverBudget",
    "OverMemory",
    "Raised",
    "SandboxUnavailable",
    "StudentError",
    "TimedOut",
    "UnusableAssignment",
    "UnusableInput",
    "UnusableSubmission",
    "WrongAnswer",
]


class GraderError(Exception):
    """Base of all; the text is one sentence for a person."""


class UnusableInput(GraderError):
    """What was given cannot be worked with; the text names the thing and the way out."""


class UnusableSubmission(UnusableInput):
    """Nothing in the submission can be graded."""


class UnusableAssignment(UnusableInput):
    """The assignment's own files do not fit together."""


class SandboxUnavailable(UnusableInput):
    """This host does not have the sandbox level that was asked for."""


class GraderFault(GraderError):
    """Something of ours went wrong; no student loses points."""


class StudentError(GraderError):
    """A student's call did not give a right answer; `status` is the check's status, `hint` what to look at."""

    status = "failed"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WrongAnswer(StudentError, AssertionError):
    """A value came back and it is not right.

    Args:
        evidence: what is kept of each wrong value, by its name.
        places: which entries of the value are wrong that the message is about; None where that tells nothing.
        follows_from: the student's own function that is wrong and from which this follows correctly; "" where there
            is none.
        over_cache: the student's own wrong function over whose cache these values came, and what is kept of each of
            them; it says nothing of mistakes in the function that is judged.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        evidence: Mapping[str, Any] = MappingProxyType({}),
        places: Any = None,
        *,
        follows_from: str = "",
        over_cache: tuple[str, Mapping[str, Any]] = ("", MappingProxyType({})),
    ) -> None:
        super().__init__(message, hint)
        self.evidence = evidence
        self.places = places
        self.follows_from = follows_from
        self.over_cache = over_cache


class Missing(StudentError):
    """The function, class or value is not there yet."""

    status = "missing"


class Raised(StudentError):
    """The student's code raised an exception."""

    status = "raised"


class NotImported(Raised):
    """The answer file raised an exception while it was imported, so none of its functions can be called."""


class TimedOut(StudentError):
    """The student's code ran past a time limit."""

    status = "timeout"


class OverBudget(TimedOut):
    """The submission has used up the seconds that all its checks have together."""


class Crashed(StudentError):
    """The worker process died under the student's code."""

    status = "crashed"


class OverMemory(StudentError):
    """The student's code asked for more memory than it may have."""

    status = "memory"


class Blocked(StudentError):
    """The check cannot be judged before another check passes."""

    status = "blocked"
