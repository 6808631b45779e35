"""What the text of a submission shows, each part within a time of its own: what takes longer is said and left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from grader.assignment.definition import Assignment
from grader.grading.check_limits import PART_SECONDS
from grader.grading.submission_notes import code_notes
from grader.model.results import FunctionSource
from grader.reading.deadline import interrupted_after
from grader.reading.submission import Submission
from grader.syntax.source import function_sources
from grader.syntax.stateless import harmless_beside, why_stateful

__all__ = ["Findings", "examine", "unexamined"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the text of one submission shows."""

    #: whether reading proves that no call leaves anything behind that a later one could find
    stateless: bool = False
    #: module -> others whose import changes nothing for its functions; a module that is not named is used alone
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: what an instructor should look at in the code
    notes: tuple[str, ...] = ()
    sources: tuple[FunctionSource, ...] = ()


class _TooLong(Exception):
    pass


def examine(submission: Submission, assignment: Assignment, seconds: float = PART_SECONDS) -> Findings:
    """Returns what the text of a submission shows; whatever goes wrong with a part costs that part alone."""
    missed: list[str] = []

    def part(what: str, find: Callable[[Submission, Assignment], T], without: T) -> T:
        try:
            with interrupted_after(seconds, _TooLong(f"more than {seconds:g} s are needed for it")):
                return find(submission, assignment)
        except Exception as exc:
            reason = str(exc) if isinstance(exc, _TooLong) else type(exc).__name__
            missed.append(f"For the instructor: {what} ({reason}).")
            return without

    nothing, no_sources = tuple[str, ...](), tuple[FunctionSource, ...]()
    stateless = part("whether the code keeps values between calls was not found out", _is_stateless, without=False)
    beside = {name: tuple(assignment.modules) for name in assignment.modules}
    if not stateless:
        beside = part("which imports change what others do was not found out", _harmless_beside, {})
    notes = part("the code was not searched for what an answer does not need", code_notes, nothing)
    sources = part("the code is not shown", function_sources, no_sources)
    return Findings(stateless, beside, (*notes, *missed), sources)


def unexamined(reason: str) -> Findings:
    """Returns what stands in the place of findings that there are none of: "it takes …"."""
    return Findings(notes=(f"For the instructor: the code was not examined and is not shown, since it {reason}.",))


def _is_stateless(submission: Submission, assignment: Assignment) -> bool:
    if submission.division:
        return False
    modules = [file for file in assignment.modules.values() if file in submission.laid]
    return not why_stateful(modules, submission.laid, assignment.given_bytes())


def _harmless_beside(submission: Submission, assignment: Assignment) -> dict[str, tuple[str, ...]]:
    found = harmless_beside(assignment.modules, submission.laid, assignment.given_bytes())
    return {name: tuple(sorted(others)) for name, others in found.items()}
