"""Runs commands in a folder of ours, because libraries read configuration files from the current folder.

Matplotlib reads ./matplotlibrc, nbconvert takes templates, which are programs, from ./lab; what else does so, now or in
a later version, finds nothing either. The current folder may be a student's repository. Paths that the caller gives are
made absolute before: those of the command line by the type `grader.commands.flags.folder`, the environment's here.
"""

import os
from collections.abc import Callable
from contextlib import chdir
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import grader

__all__ = ["elsewhere"]

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(grader.__file__).parent
#: variables that name places, each several with os.pathsep between
_PLACES = ("GRADER_CACHE", "CIFAR10_DIR", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "TMPDIR", "PYTHONPATH")


def elsewhere(command: Callable[P, R]) -> Callable[P, R]:
    """Returns the command as it runs in our folder; its own Python processes do not import from there."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in _PLACES:
            if places := os.environ.get(name):
                os.environ[name] = os.pathsep.join(map(os.path.abspath, places.split(os.pathsep)))
        with chdir(HERE):
            return command(*args, **kwargs)

    return run
