"""A control socket in, one forked child per notebook out: the worker process with a Jupyter kernel loaded beforehand.

It speaks as grader/worker/__main__.py does; the child of a fork runs cells, see grader/kernel/cells.py.
"""

import os
import shutil
import sys
from typing import Any

from grader.kernel.cells import prepare, serve_cells
from grader.worker.__main__ import Zygote, open_streams
from grader.worker.channel import Channel

__all__ = ["main"]


def main(control_fd: int, workspace: str, import_path: list[str]) -> None:
    """Serves the control socket until it closes; see grader.worker.__main__.main for the arguments."""
    os.set_inheritable(control_fd, False)
    open_streams()
    prepare()
    _Kernels(control_fd, workspace, import_path).run()


class _Kernels(Zygote):
    """Holds the loaded packages and forks a child for each notebook."""

    def serve(self, channel: Channel, seed: int) -> None:
        """Runs the cells of one notebook."""
        # The folder held another submission before. Only its entries: the standard library cannot be listed any more.
        for path in [path for path in sys.path_importer_cache if path.startswith(self.workspace)]:
            del sys.path_importer_cache[path]
        serve_cells(channel, self.workspace, self.scratch, seed)

    def on_hello(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Applies the lock; what the packages have put into the scratch folder by then stays."""
        reply = super().on_hello(message, descriptors)
        self.lasting = frozenset(self.scratch_names())
        return reply

    def tidy(self) -> bool:
        """Empties the scratch folder; returns False when something stays."""
        for name in set(self.scratch_names()) - self.lasting:
            path = os.path.join(self.scratch, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                _unlink(path)
        return self.lasting.issuperset(self.scratch_names())

    def on_import(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Refuses: here nothing of a submission is loaded before the fork."""
        raise NotImplementedError


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
