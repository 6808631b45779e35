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
from gc import freeze
from os import WNOHANG, _exit, close, fork, kill, setsid, unlink, wait4, waitpid
from resource import RLIMIT_CPU, setrlimit
from signal import SIGKILL
from sys import byteorder
from time import monotonic, sleep
from typing import Any

import numpy as np

from grader.worker.answer_modules import ModuleServer, open_streams, print_to, try_to
from grader.worker.channel import Channel
from grader.worker.lockdown import die_with_parent, scope_signals
from grader.worker.original_builtins import BUILTINS
from grader.worker.serve import serve

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


class ForkServer(ModuleServer):
    """Holds the imported modules and forks a child for each check."""

    def __init__(self, control_fd: int, workspace: str, import_path: list[str]) -> None:
        self.channel = Channel(control_fd)
        control = socket.socket(fileno=control_fd)
        self._recvmsg, self._ancillary_bytes = control.recvmsg, socket.CMSG_SPACE(2 * DESCRIPTOR)
        super().__init__(workspace, import_path)

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

    def _be_child(self, message: dict[str, Any], descriptors: list[int]) -> None:
        try:
            die_with_parent()
            setsid()
            close(self.channel.fd)
            channel_fd, output_fd = descriptors
            print_to(output_fd)
            # Of our own: an import may have closed the streams, or have a thread that held their locks when we forked.
            try_to(open_streams)
            seconds = int(message["cpu_seconds"])
            setrlimit(RLIMIT_CPU, (seconds, seconds + 1))
            if self.scoped:
                # Keeps the child from its worker; where an import has used up such locks, it has itself to blame.
                try_to(scope_signals)
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
