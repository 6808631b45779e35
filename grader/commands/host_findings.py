"""Finds out what this machine offers for grading, and how to get what is missing."""

import platform
from dataclasses import dataclass

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.images import ImageSource
from grader.assignment.reference_run import KEPT_AS
from grader.classes.class_grading import default_jobs
from grader.kit.server_versions import blas
from grader.model.errors import GraderError
from grader.model.options import FUNCTIONS_ONLY, Options
from grader.model.sandbox_levels import LEVELS, Level
from grader.sandbox.host_system import MISSING_LIMITS
from grader.sandbox.level import why_unavailable
from grader.store.cache import cache_folder

__all__ = ["Finding", "findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table."""

    what: str
    #: whether grading is the better for it
    good: bool
    state: str


def findings(assignment: Assignment, options: Options = FUNCTIONS_ONLY) -> tuple[Finding, ...]:
    """Returns what this host has, in the order in which it matters.

    Args:
        assignment: what is graded.
        options: one of them may name the folder of the assignment's data.
    """
    levels = [_level(level) for level in Level]
    solution = "installed: hidden checks can run" if assignment.has_solution else "not installed: visible checks only"
    return (
        Finding("Python", True, platform.python_version()),
        Finding("NumPy", True, f"{np.__version__}, BLAS {blas()}, one thread in workers"),
        *levels,
        Finding("Cores", True, f"{default_jobs()}, the default number of runners"),
        Finding("Solution", assignment.has_solution, solution),
        _data(assignment, options),
        *([_kept()] if assignment.data is not None else []),
    )


def _level(level: Level) -> Finding:
    reason = why_unavailable(level)
    if reason:
        return Finding(f"Sandbox {level}", False, f"not available: {reason}")
    gaps = "" if LEVELS[level].is_closed else MISSING_LIMITS
    return Finding(f"Sandbox {level}", True, f"Works. {LEVELS[level].closes}. {gaps}".strip())


def _data(assignment: Assignment, options: Options) -> Finding:
    """Returns which data the checks would use."""
    if assignment.data is None:
        return Finding("Data", True, "no check asks for any")
    source = ImageSource(assignment, options, lambda text: None)
    try:
        real, described = source.is_real, source.described
    except GraderError as exc:
        return Finding("Data", False, str(exc))
    way_out = "" if real or not assignment.data.way_out else f"; {assignment.data.way_out}"
    return Finding("Data", real, f"{described}{way_out}")


def _kept() -> Finding:
    folder = cache_folder()
    runs = len(list(folder.glob(f"{KEPT_AS}-*/manifest.json")))
    many = f"{runs} {'run' if runs == 1 else 'runs'} of the reference; other images or checks need a new one"
    return Finding(
        "Cache", runs > 0, f"{folder}: {many if runs else 'nothing yet; the first grading runs the reference'}"
    )
