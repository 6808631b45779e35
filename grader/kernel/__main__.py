"""Starts the worker process that has Jupyter loaded and forks a child for each notebook.

It speaks as grader/worker/__main__.py does; the child of a fork runs cells, see grader/kernel/run_cells.py.
"""

import contextlib
import os
import shutil
import sys
from typing import Any

from grader.kernel.run_cells import prepare, serve_cells
from grader.worker.__main__ import ForkServer, open_streams
from grader.worker.channel import Channel

__all__ = ["main"]


def main(control_fd: int, workspace: str, import_path: list[str]) -> None:
    """Serves the control socket until it closes; see grader.worker.__main__.main for the arguments."""
    os.set_inheritable(control_fd, False)
    open_streams()
    prepare()
    _Kernels(control_fd, workspace, import_path).run()


class _Kernels(ForkServer):
    """Holds the loaded packages and forks a child for each notebook."""

    def __init__(self, control_fd: int, workspace: str, import_path: list[str]) -> None:
        super().__init__(control_fd, workspace, import_path)
        #: what the packages have put into the scratch folder while they were loaded: path in it -> content
        self.prepared: dict[str, bytes] = {}

    def serve(self, channel: Channel, seed: int) -> None:
        """Runs the cells of one notebook."""
        # The folder held another submission before. Only its entries: the standard library cannot be listed any more.
        for path in [path for path in sys.path_importer_cache if path.startswith(self.workspace)]:
            del sys.path_importer_cache[path]
        serve_cells(channel, self.workspace, self.scratch, seed, self.prepared)

    def on_hello(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Takes what the packages have prepared into memory, and applies the lock.

        From then on whatever lies in the scratch folder is of the notebook that runs: each one gets its own copy.
        """
        self.prepared = _content(self.scratch)
        self.tidy()
        return super().on_hello(message, descriptors)

    def on_fork(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Starts the child of one notebook, in an empty scratch folder or not at all."""
        if self.tidy():
            return super().on_fork(message, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return {}

    def tidy(self) -> bool:
        """Empties the scratch folder; returns False when something stays, and the worker has to start anew."""
        for name in self.scratch_names():
            path = os.path.join(self.scratch, name)
            if os.path.isdir(path) and not os.path.islink(path):
                _remove_tree(path)
            else:
                _unlink(path)
        try:
            return not os.listdir(self.scratch)
        except OSError:
            return False

    def on_import(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Refuses: here nothing of a submission is loaded before the fork."""
        raise NotImplementedError


def _content(folder: str) -> dict[str, bytes]:
    """Returns the files below a folder, by their paths in it."""
    found: dict[str, bytes] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def _remove_tree(path: str) -> None:
    # A thousand folders inside each other end the recursion; what stays is seen by the caller.
    with contextlib.suppress(RecursionError):
        shutil.rmtree(path, ignore_errors=True)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
