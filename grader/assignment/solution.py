"""Imports modules of an assignment's solution, and is the only place that does."""

import importlib
import importlib.util
from types import ModuleType

from grader.assignment.definition import Assignment
from grader.model.errors import UnusableAssignment

__all__ = ["has_module", "solution_module"]


def has_module(assignment: Assignment, name: str) -> bool:
    """Whether the solution is here and has a module, e.g. `cases` or `samples`."""
    return assignment.has_solution and importlib.util.find_spec(f"{assignment.solution_package}.{name}") is not None


def solution_module(assignment: Assignment, name: str) -> ModuleType:
    """Returns a module of the solution, e.g. `cases` or `samples`.

    Raises:
        UnusableAssignment: the solution is not installed here, as in a student kit, or has no such module.
    """
    if not assignment.has_solution:
        raise UnusableAssignment(
            f"This needs the solution {assignment.solution!r}, which is not installed here; "
            "it is on the instructor's machine only."
        )
    if not has_module(assignment, name):
        raise UnusableAssignment(f"The solution {assignment.solution!r} has no module {name!r}, which this needs.")
    try:
        return importlib.import_module(f"{assignment.solution_package}.{name}")
    except (ImportError, SyntaxError) as exc:
        raise UnusableAssignment(f"The solution's module {name!r} cannot be imported: {exc}.") from exc
