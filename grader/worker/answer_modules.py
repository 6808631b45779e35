"""Holds the answer modules in a worker: shuts it in, imports them, and says how that ended.

Functions of other modules are bound here by name, before a student's module can put others in their place.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from os import O_RDWR, close, devnull, dup2, listdir
from os import open as open_fd
from sys import setprofile, settrace
from types import ModuleType
from typing import Any

from grader.worker.flat_imports import allow_flat_imports
from grader.worker.granted import take_granted
from grader.worker.lockdown import lock
from grader.worker.original_builtins import BUILTINS
from grader.worker.serve import describe_error, explain_errors, flush_prints

__all__ = ["ModuleServer", "open_streams", "print_nowhere", "print_to", "try_to"]

globals()["__builtins__"] = BUILTINS


class ModuleServer:
    """Carries out the orders that come before any call."""

    def __init__(self, workspace: str, import_path: list[str]) -> None:
        self.workspace = workspace
        self.import_path = import_path
        self.modules: dict[str, ModuleType] = {}
        #: tells which imports have failed and were let pass
        self.found_absent: Callable[[], str] = str
        self.scoped = False
        self.scratch = os.environ.get("TMPDIR", "")
        #: what imports have put into the scratch folder; the rest is removed after each check
        self.lasting: frozenset[str] = frozenset()

    def on_hello(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Shows that the interpreter and NumPy are there, and applies the lock."""
        try:
            lock(message["lock"], descriptors[0] if descriptors else None)
        except OSError as exc:
            return {"locked": False, "reason": str(exc)}
        self.scoped = message["lock"]["scope"]
        explain_errors(dict(message["lock"]["words"]))
        sys.path += self.import_path[:1]
        allow_flat_imports(self.workspace, self.import_path[1:])
        return {"locked": True}

    def on_grant(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Grants, before anything is imported, habits of older years where there is a division, and absent imports."""
        # Loaded where it is asked for: it brings the syntax tree module along.
        if message["division"]:
            import_module("grader.worker.compat").install()
        import_module("grader.worker.loading").install_loader(self.workspace, message["division"], message["fallible"])
        self.found_absent = import_module("grader.worker.absent_imports").found_absent
        return {}

    def on_import(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Imports one answer module; what it raises is reported, not fatal."""
        print_to(descriptors[0])
        raised = None
        try:
            self.modules[message["name"]] = import_module(message["module"])
        # A module that calls exit() must not end the worker.
        except BaseException as exc:
            raised = exc
        # What it has put between the calls of Python may raise at each: here, where none of ours is made, it goes.
        for hook in (setprofile, settrace, setprofile, settrace):
            try:
                hook(None)
            except BaseException:
                continue
        error = describe_error(raised, self.workspace) if raised is not None else None
        flush_prints()
        print_nowhere()
        self.lasting = frozenset(self.scratch_names())
        return {"error": error, "absent": self.found_absent(), "granted": take_granted()}

    def scratch_names(self) -> list[str]:
        """Returns what lies in the scratch folder."""
        try:
            return listdir(self.scratch)
        except OSError:
            return []


def try_to(action: Callable[[], None]) -> None:
    """Does something that student code may have broken."""
    try:
        action()
    except BaseException:  # whatever a student's module has put there
        return


def open_streams() -> None:
    """Makes print write each line at once, whatever the characters: what was printed before a crash is there after."""
    sys.stdout, sys.stderr = (
        open(fd, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        for fd in (1, 2)
    )


def print_to(descriptor: int) -> None:
    """Sends prints to a descriptor, and closes it."""
    dup2(descriptor, 1)
    dup2(descriptor, 2)
    if descriptor > 2:
        close(descriptor)


def print_nowhere() -> None:
    """Sends prints nowhere, and takes the numbers of standard streams that an import has closed."""
    while (nowhere := open_fd(devnull, O_RDWR)) <= 2:
        continue
    print_to(nowhere)
