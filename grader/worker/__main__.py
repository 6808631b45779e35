"""The worker process: imports the student's modules and forks a child for each check.

The grader starts it inside the sandbox and speaks to it over the control socket:

    {"op": "hello", "lock": ...}                        shut yourself in; with a Landlock ruleset as descriptor or none
    {"op": "grant", "division": ..., "fallible": ...}   habits of older years; imports that may fail
    {"op": "import", "name": ..., "module": ...}        imports one answer module; with a descriptor for its prints
    {"op": "fork", "seed": ..., "cpu_seconds": ...}     with two descriptors: the child's channel and its output
    {"op": "reap", "pid": ..., "grace": ...}            waits for a child, then kills it; tells how it ended

Functions of other modules are bound here by name, before a student's module can put others in their place: what an
import does to them then costs no function a point, and at no level more than at another.
"""

import gc
import os
import socket
import sys
from collections.abc import Callable
from gc import freeze
from importlib import import_module
from os import O_RDWR, WNOHANG, _exit, close, devnull, dup2, fork, kill, listdir, setsid, unlink, wait4, waitpid
from os import open as open_fd
from resource import RLIMIT_CPU, setrlimit
from signal import SIGKILL
from sys import byteorder, setprofile, settrace
from time import monotonic, sleep
from types import ModuleType
from typing import Any

import numpy as np

from grader.worker.channel import Channel
from grader.worker.flat_imports import allow_flat_imports
from grader.worker.granted import take_granted
from grader.worker.lockdown import die_with_parent, lock, scope_signals
from grader.worker.original_builtins import BUILTINS
from grader.worker.serve import describe_error, explain_errors, flush_prints, serve

__all__ = ["ForkServer", "main", "open_streams"]

globals()["__builtins__"] = BUILTINS

#: files that a check may leave in the scratch folder; with more, or with folders, the worker starts anew
MAX_LEFT_FILES = 20
#: bytes of one, as the kernel hands it over
DESCRIPTOR = 4


def main(control_fd: int, workspace: str, import_path: list[str]) -> None:
    """Serves the control socket until it closes.

    Args:
        control_fd: a connected stream socket, inherited.
        workspace: folder with the student's tree; the only place that answer modules come from.
        import_path: it, which goes onto sys.path once the process is locked, and folders in it whose modules may be
            imported by their bare names.
    """
    os.set_inheritable(control_fd, False)
    open_streams()
    # NumPy loads these parts when first touched; once here instead of once in every child.
    np.random.seed(0)
    np.linalg.norm(np.zeros(1))
    ForkServer(control_fd, workspace, import_path).run()


class ForkServer:
    """Holds the imported modules and forks a child for each check."""

    def __init__(self, control_fd: int, workspace: str, import_path: list[str]) -> None:
        self.channel = Channel(control_fd)
        control = socket.socket(fileno=control_fd)
        self._recvmsg, self._ancillary_bytes = control.recvmsg, socket.CMSG_SPACE(2 * DESCRIPTOR)
        self.workspace = workspace
        self.import_path = import_path
        self.modules: dict[str, ModuleType] = {}
        #: tells which imports have failed and were let pass
        self.found_absent: Callable[[], str] = str
        self.scoped = False
        self.scratch = os.environ.get("TMPDIR", "")
        #: what imports have put into the scratch folder; the rest is removed after each check
        self.lasting: frozenset[str] = frozenset()

    def run(self) -> None:
        """Answers control messages until the grader closes the socket."""
        gc.enable()
        while True:
            descriptors, prefix = self._receive_descriptors()
            if not prefix:
                _exit(0)
            request = self.channel.receive()
            if request is None:
                _exit(0)
            message, _ = request
            self.channel.send(getattr(self, f"on_{message['op']}")(message, descriptors))

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
        _print_to(descriptors[0])
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
        _print_nowhere()
        self.lasting = frozenset(self.scratch_names())
        return {"error": error, "absent": self.found_absent(), "granted": take_granted()}

    def on_fork(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Starts the child of one check on its own channel and output."""
        _collect_orphans()
        # What is there is no garbage, and searching it would copy all of its memory into the child.
        freeze()
        try:
            pid = fork()
        except OSError:
            pid = -1
        if pid == 0:
            self._be_child(message, descriptors)
        for descriptor in descriptors:
            close(descriptor)
        return {"pid": pid} if pid > 0 else {}

    def on_reap(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Waits for a child whose channel is closed; tells how it ended and what it took."""
        pid, deadline, pause = message["pid"], monotonic() + message["grace"], 0.0002
        lingered = False
        try:
            while (ended := wait4(pid, WNOHANG))[0] == 0:
                if monotonic() >= deadline:
                    lingered = message["grace"] > 0
                    kill(pid, SIGKILL)
                    ended = wait4(pid, 0)
                    break
                sleep(pause)
                pause = min(2 * pause, 0.02)
        except ChildProcessError:
            # The student's code has waited for it already.
            return {}
        _, status, usage = ended
        _collect_orphans()
        return {
            "status": status,
            "seconds": usage.ru_utime + usage.ru_stime,
            "memory_mb": usage.ru_maxrss >> 10,
            "lingered": lingered,
            "left_files": not self.tidy(),
        }

    def serve(self, channel: Channel, seed: int) -> None:
        """Answers the requests of one check, in its child."""
        serve(channel, self.modules, self.workspace, seed)

    def tidy(self) -> bool:
        """Removes the few files that a check has left in the scratch folder; returns False when they are not few."""
        names = [name for name in self.scratch_names() if name not in self.lasting]
        try:
            for name in names[:MAX_LEFT_FILES]:
                unlink(f"{self.scratch}/{name}")
        except OSError:
            return False
        return len(names) <= MAX_LEFT_FILES

    def scratch_names(self) -> list[str]:
        """Returns what lies in the scratch folder."""
        try:
            return listdir(self.scratch)
        except OSError:
            return []

    def _be_child(self, message: dict[str, Any], descriptors: list[int]) -> None:
        try:
            die_with_parent()
            setsid()
            close(self.channel.fd)
            channel_fd, output_fd = descriptors
            _print_to(output_fd)
            # Of our own: an import may have closed the streams, or have a thread that held their locks when we forked.
            _try(open_streams)
            seconds = int(message["cpu_seconds"])
            setrlimit(RLIMIT_CPU, (seconds, seconds + 1))
            if self.scoped:
                # Keeps the child from its worker; where an import has used up such locks, it has itself to blame.
                _try(scope_signals)
            self.serve(Channel(channel_fd), message["seed"])
        finally:
            # Not exit(): the student's atexit functions have no part in this.
            _exit(0)

    def _receive_descriptors(self) -> tuple[list[int], bytes]:
        """Waits for the mark byte that precedes each control message and carries its descriptors."""
        data, extra, _, _ = self._recvmsg(1, self._ancillary_bytes)
        numbers = b"".join(numbers for _, _, numbers in extra)
        places = range(0, len(numbers) - DESCRIPTOR + 1, DESCRIPTOR)
        return [int.from_bytes(numbers[place : place + DESCRIPTOR], byteorder) for place in places], data


def _collect_orphans() -> None:
    """Collects ended processes that the student's code has left to us."""
    try:
        while waitpid(-1, WNOHANG)[0] > 0:
            continue
    except ChildProcessError:
        return


def _try(action: Callable[[], None]) -> None:
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


def _print_to(descriptor: int) -> None:
    dup2(descriptor, 1)
    dup2(descriptor, 2)
    if descriptor > 2:
        close(descriptor)


def _print_nowhere() -> None:
    """Sends prints nowhere, and takes the numbers of standard streams that an import has closed."""
    while (nowhere := open_fd(devnull, O_RDWR)) <= 2:
        continue
    _print_to(nowhere)
