"""Runs commands in a folder of ours, because libraries read configuration files from the current folder.

Matplotlib reads ./matplotlibrc, nbconvert takes templates, which are programs, from ./lab; what else does so, now or in
a later version, finds nothing either. The current folder may be a student's repository. Paths that the caller gives are
made absolute before: those of the command line by the type `grader.commands.flags.folder`, the environment's here.
"""

import os
from collections.abc import Callable
from contextlib import chdir
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import grader

__all__ = ["called_from", "elsewhere", "make_absolute"]

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(grader.__file__).parent
#: variables that name places, each several with os.pathsep between
_PLACES = ("GRADER_CACHE", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "TMPDIR", "PYTHONPATH")
#: the folder that the caller is in
_CALLED_FROM: ContextVar[str] = ContextVar("called_from", default="")


def elsewhere(command: Callable[P, R]) -> Callable[P, R]:
    """Returns the command as it runs in our folder; its own Python processes do not import from there."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        before = _CALLED_FROM.set(os.getcwd())
        try:
            for name in _PLACES:
                make_absolute(name)
            with chdir(HERE):
                return command(*args, **kwargs)
        finally:
            _CALLED_FROM.reset(before)

    return run


def called_from() -> Path:
    """Returns the folder that the caller of a command is in."""
    return Path(_CALLED_FROM.get() or os.getcwd())


def make_absolute(variable: str) -> None:
    """Makes the places absolute that an environment variable names from the folder that the caller is in."""
    if places := os.environ.get(variable):
        whole = (os.path.abspath(os.path.join(_CALLED_FROM.get(), place)) for place in places.split(os.pathsep))
        os.environ[variable] = os.pathsep.join(whole)
