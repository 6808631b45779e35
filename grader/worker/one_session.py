"""The worker process where a system has no fork: imports the student's modules and answers the requests of one check.

It speaks over its standard streams: the orders of grader/worker/__main__.py without descriptors, then, after

    {"op": "serve", "seed": ..., "cpu_seconds": ..., "over_cpu": ..., "output": ...}     without a reply

the requests of grader/worker/serve.py until the stream ends. Each order names the file that prints go to.
"""

import gc
import importlib
import os
import sys
from os import O_APPEND, O_CREAT, O_WRONLY, _exit, dup
from os import open as open_fd
from threading import Thread
from time import process_time, sleep
from typing import Any

import numpy as np

from grader.worker.answer_modules import ModuleServer, open_streams, print_nowhere, print_to, try_to
from grader.worker.channel import Channel
from grader.worker.original_builtins import BUILTINS
from grader.worker.serve import serve

__all__ = ["main"]

globals()["__builtins__"] = BUILTINS

LOOK_SECONDS = 0.1


def main(control_fd: int, workspace: str, import_path: list[str]) -> None:
    """Serves one session; see grader.worker.__main__.main for the arguments."""
    # Windows keeps carriage returns out of what is no text only when it is told to.
    reading, writing = dup(control_fd), dup(1)
    if sys.platform == "win32":
        for descriptor in (reading, writing):
            importlib.import_module("msvcrt").setmode(descriptor, os.O_BINARY)
    _take_from_nowhere()
    open_streams()
    np.random.seed(0)
    np.linalg.norm(np.zeros(1))
    _OneSession(Channel(reading, writing), workspace, import_path).run()


class _OneSession(ModuleServer):
    """Holds the imported modules for one check."""

    def __init__(self, channel: Channel, workspace: str, import_path: list[str]) -> None:
        super().__init__(workspace, import_path)
        self._channel = channel

    def run(self) -> None:
        """Carries out the orders, then answers the requests of a check."""
        gc.enable()
        try:
            while (request := self._channel.receive()) is not None:
                message, _ = request
                if message["op"] == "serve":
                    self._serve(message)
                    break
                outputs = [_open_output(message["output"])] if "output" in message else []
                self._channel.send(getattr(self, f"on_{message['op']}")(message, outputs))
        finally:
            # Not exit(): the student's atexit functions have no part in this.
            _exit(0)

    def _serve(self, message: dict[str, Any]) -> None:
        print_to(_open_output(message["output"]))
        # Of our own: an import may have closed the streams.
        try_to(open_streams)
        limit = process_time() + message["cpu_seconds"], message["over_cpu"]
        Thread(target=_end_after, args=limit, daemon=True).start()
        serve(self._channel, self.modules, self.workspace, message["seed"])


def _open_output(path: str) -> int:
    return open_fd(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)


def _take_from_nowhere() -> None:
    """Leaves nothing of the channel in the standard streams, which student code may close."""
    print_nowhere()
    nowhere = open_fd(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)


def _end_after(seconds: float, code: int) -> None:
    """Ends this process with a code when it has computed for so long."""
    while process_time() < seconds:
        sleep(LOOK_SECONDS)
    _exit(code)
