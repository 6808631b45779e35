"""Reads the known mistakes of an assignment's solution.

The contract: the solution may have a module `mistakes` with `MISTAKES`, a sequence of objects as `SolutionMistake`
describes. An assignment without it has no known mistakes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.assignment.definition import Assignment
from grader.assignment.solution import has_module, solution_module
from grader.judging.recognising import Suspect
from grader.model.errors import UnusableAssignment

__all__ = ["KnownMistake", "SolutionMistake", "known_mistakes"]

MODULE = "mistakes"


class SolutionMistake(Protocol):
    """One form of a mistake, as a solution describes it."""

    @property
    def name(self) -> str:
        """Shared by all forms of the mistake; "one+other" of two that are made at once."""

    @property
    def says(self) -> str:
        """A sentence for the student, which teaches and does not give the answer away."""

    @property
    def functions(self) -> Sequence[str]:
        """The functions whose results it makes wrong, that in which it is made first."""

    def texts(self) -> dict[str, str]:
        """Returns the answer files that it changes, as they are with it: workspace path -> text."""


@dataclass(frozen=True, slots=True)
class KnownMistake:
    """One form of a mistake, with a key of its own."""

    suspect: Suspect
    functions: tuple[str, ...]
    made: SolutionMistake


def known_mistakes(assignment: Assignment) -> tuple[KnownMistake, ...]:
    """Returns the known mistakes of the solution; none where it is not here or has none.

    Raises:
        UnusableAssignment: the solution does not keep to the contract.
    """
    if not has_module(assignment, MODULE):
        return ()
    rows = getattr(solution_module(assignment, MODULE), "MISTAKES", None)
    if not isinstance(rows, Sequence):
        raise UnusableAssignment(f"{assignment.solution}, module {MODULE}: MISTAKES should be a sequence of mistakes.")
    forms: Counter[str] = Counter()
    found = []
    for row in rows:
        if unknown := sorted(set(row.functions) - set(assignment.functions)):
            which = f"{unknown[0]}, which assignment.toml does not list"
            raise UnusableAssignment(f"{assignment.solution}, module {MODULE}: {row.name} is about {which}.")
        forms[row.name] += 1
        suspect = Suspect(f"{row.name}/{forms[row.name]}", row.name, row.says)
        found.append(KnownMistake(suspect, tuple(row.functions), row))
    return tuple(found)
