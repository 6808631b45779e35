"""Imports modules of an assignment's solution package, and is the only place that does."""

import importlib
from types import ModuleType

from grader.assignment.definition import Assignment
from grader.model.errors import UnusableAssignment

__all__ = ["solution_module"]


def solution_module(assignment: Assignment, name: str) -> ModuleType:
    """Returns a module of the solution package, e.g. `goldens` or `samples`.

    Raises:
        UnusableAssignment: the solution is not installed here, as in a student kit, or has no such module.
    """
    if not assignment.has_solution:
        raise UnusableAssignment(
            f"This needs the solution package {assignment.solution!r}, which is not installed here; "
            "it is on the instructor's machine only."
        )
    try:
        return importlib.import_module(f"{assignment.solution}.{name}")
    except ModuleNotFoundError as exc:
        raise UnusableAssignment(f"The solution package {assignment.solution!r} has no module {exc.name!r}.") from exc
