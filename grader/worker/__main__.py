"""A control socket in, imported student modules and one forked child per check out: the worker process.

The grader starts it inside the sandbox and speaks to it over the control socket:

    {"op": "hello"}                                     is answered once the worker stands
    {"op": "import", "name": ..., "module": ...}        imports one answer module; with a descriptor for its prints
    {"op": "fork", "seed": ..., "cpu_seconds": ...}     with two descriptors: the child's channel and its output
    {"op": "reap", "pid": ...}                          waits for a child, tells how it ended
"""

import gc
import importlib
import os
import resource
import socket
from types import ModuleType
from typing import Any

import numpy as np

from grader.worker.channel import Channel
from grader.worker.serve import describe_error, flush_prints, serve

__all__ = ["main"]


def main(control_fd: int, workspace: str) -> None:
    """Serves the control socket until it closes.

    Args:
        control_fd: a connected stream socket, inherited.
        workspace: folder with the student's tree; the only place that answer modules come from.
    """
    os.set_inheritable(control_fd, False)
    # NumPy loads these parts when first touched; once here instead of once in every child.
    np.random.seed(0)
    np.linalg.norm(np.zeros(1))
    _Zygote(Channel(socket.socket(fileno=control_fd)), workspace).run()


class _Zygote:
    """Holds the imported modules and forks a child for each check."""

    def __init__(self, channel: Channel, workspace: str) -> None:
        self.channel = channel
        self.workspace = workspace
        self.modules: dict[str, ModuleType] = {}

    def run(self) -> None:
        """Answers control messages until the grader closes the socket."""
        while True:
            descriptors, prefix = self._receive_descriptors()
            if not prefix:
                os._exit(0)
            request = self.channel.receive()
            if request is None:
                os._exit(0)
            message, _ = request
            self.channel.send(getattr(self, f"on_{message['op']}")(message, descriptors))

    def on_hello(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Shows that the interpreter and NumPy are there."""
        return {}

    def on_import(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Imports one answer module; what it raises is reported, not fatal."""
        _print_to(descriptors[0])
        error = None
        try:
            self.modules[message["name"]] = importlib.import_module(message["module"])
        # A module that calls exit() must not end the worker.
        except BaseException as exc:
            error = describe_error(exc, self.workspace)
        flush_prints()
        _print_to(os.open(os.devnull, os.O_WRONLY))
        gc.freeze()
        return {"error": error}

    def on_fork(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Starts the child of one check on its own channel and output."""
        pid = os.fork()
        if pid == 0:
            self._be_child(message, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return {"pid": pid}

    def on_reap(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Waits for a child whose channel is closed; tells how it ended and what it took."""
        try:
            _, status, usage = os.wait4(message["pid"], 0)
        except ChildProcessError:
            # The student's code has waited for it already.
            return {"status": 0, "seconds": 0.0, "memory_mb": 0}
        return {"status": status, "seconds": usage.ru_utime + usage.ru_stime, "memory_mb": usage.ru_maxrss >> 10}

    def _be_child(self, message: dict[str, Any], descriptors: list[int]) -> None:
        try:
            os.setsid()
            self.channel.sock.close()
            channel_fd, output_fd = descriptors
            _print_to(output_fd)
            seconds = int(message["cpu_seconds"])
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            serve(Channel(socket.socket(fileno=channel_fd)), self.modules, self.workspace, message["seed"])
        finally:
            # Not exit(): the student's atexit functions have no part in this.
            os._exit(0)

    def _receive_descriptors(self) -> tuple[list[int], bytes]:
        """Waits for the mark byte that precedes each control message and carries its descriptors."""
        data, descriptors, _, _ = socket.recv_fds(self.channel.sock, 1, 2)
        return descriptors, data


def _print_to(descriptor: int) -> None:
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
