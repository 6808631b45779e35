"""`doctor`: this host in, what it offers for grading out, and what to do about what is missing."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.assignment import Assignment
from grader.batch import default_jobs
from grader.sandbox.level import CLOSES, Level, why_unavailable

__all__ = ["Finding", "findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table."""

    what: str
    #: whether grading is the better for it
    good: bool
    state: str


def findings(assignment: Assignment) -> tuple[Finding, ...]:
    """Returns what this host has, in the order in which it matters."""
    levels = [_level(level) for level in Level]
    solution = "installed: hidden checks can run" if assignment.has_solution else "not installed: visible checks only"
    return (
        Finding("Python", True, platform.python_version()),
        Finding("NumPy", True, f"{np.__version__}, {_blas()}, one thread in workers"),
        *levels,
        Finding("Cores", True, f"{default_jobs()}: as many runners side by side"),
        Finding("Solution", assignment.has_solution, solution),
        _data(),
    )


def _level(level: Level) -> Finding:
    reason = why_unavailable(level)
    return Finding(
        f"Sandbox {level}", not reason, f"not here: {reason}" if reason else f"works. Closes: {CLOSES[level]}."
    )


def _blas() -> str:
    # show_config's dictionary has no stubs in NumPy 1.26.
    config = np.show_config(mode="dicts") or {}
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return f"BLAS {blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def _data() -> Finding:
    folder = os.environ.get("CIFAR10_DIR", "")
    if folder and Path(folder).is_dir():
        return Finding("Data", True, f"CIFAR10_DIR names {folder}")
    return Finding(
        "Data", False, "CIFAR10_DIR names no folder: generated stand-in data is used where images are needed"
    )
