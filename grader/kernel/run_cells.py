"""Runs the cells of one notebook, one after the other, in the child of a fork.

    {"op": "begin", "division": ..., "fallible": ..., "cells": ...}
                                                         takes the kernel to the scratch folder, beside copies of files
    {"op": "cell", "seconds": ..., "value": source}      runs one cell; the reply's value is its outputs, JSON as bytes

The kernel is ipykernel's own, without its sockets: what it would publish goes to nbclient, which makes outputs of it.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from time import process_time
from typing import Any

import numpy as np

from grader.kernel.missing_imports import AbsentImports
from grader.kernel.output_limits import MAX_COPY_BYTES
from grader.kernel.outputs import Collector, limit_outputs
from grader.worker import compat
from grader.worker.channel import Channel
from grader.worker.loading import install_loader

__all__ = ["CellTimeout", "prepare", "serve_cells"]

#: what students' notebooks import besides NumPy; absent ones stay absent
OFTEN_USED = ("matplotlib.pyplot", "matplotlib_inline.backend_inline", "PIL.Image", "imageio")

#: of processor time between two looks; a cell that has had less is waiting for something
IDLE_SECONDS = 0.005


class CellTimeout(BaseException):
    """A cell has run for longer than it may; no Exception, so that `except Exception` does not swallow it."""


def prepare() -> None:
    """Loads what every notebook needs, once for all children."""
    import importlib

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # NumPy loads these parts when first touched.
    np.random.seed(0)
    np.linalg.norm(np.zeros(1))
    for name in ("grader.kernel.shell", *OFTEN_USED):
        try:
            importlib.import_module(name)
        except ImportError:
            if name.startswith("grader"):
                raise
    from grader.kernel.shell import warm_up

    warm_up()


def serve_cells(channel: Channel, workspace: str, scratch: str, seed: int, prepared: dict[str, bytes]) -> None:
    """Answers requests until the other end closes.

    Args:
        channel: to the grader.
        workspace: folder with given and answer files, first on the import path.
        scratch: the only folder that can be written; the notebook's current folder is made in it.
        seed: for the global generators; a notebook that sets none of its own gives the same numbers again.
        prepared: files of packages, such as a list of fonts, that go into the scratch folder: path in it -> content.
    """
    np.random.seed(seed)
    random.seed(seed)
    owner, runner = os.getpid(), None
    while (request := channel.receive()) is not None:
        message, value = request
        if runner is None:
            _lay(prepared, scratch)
            runner = _Runner(workspace, scratch)
            _grant(workspace, message)
            runner.divide(message.get("cells", ""))
        reply, result = ({}, None) if message["op"] == "begin" else runner.run(value, message["seconds"])
        if os.getpid() != owner:
            # A cell has forked and returns twice.
            os._exit(0)
        channel.send(reply, result)


class _Runner:
    """One kernel in a folder of its own."""

    def __init__(self, workspace: str, scratch: str) -> None:
        folder = os.path.join(scratch, "notebook")
        _copy_tree(workspace, folder)
        os.chdir(folder)
        # Imports come from the workspace, which nobody can write to, whatever the copies beside the notebook become.
        sys.path[:] = [workspace, *(entry for entry in sys.path if entry not in ("", workspace))]
        from grader.kernel.shell import make_shell, use_streams

        self.collector = Collector()
        self._use_streams = use_streams
        self.shell = make_shell(self.collector)
        self.imports = AbsentImports(workspace)
        self.shell.ast_transformers.append(self.imports)

    def divide(self, kind: str) -> None:
        """Gives the cells older years' way of division, see grader.worker.compat; "" is Python's own."""
        if kind:
            self.shell.ast_transformers.append(compat.Python2Division(kind))

    def run(self, source: str, seconds: float) -> tuple[dict[str, Any], Any]:
        """Returns how a cell went, and its outputs."""
        self.collector.begin()
        self.imports.found = False
        self._use_streams(self.collector)
        started = time.monotonic()
        count = self.shell.execution_count
        try:
            _start_clock(seconds)
            self.shell.run_cell(source, store_history=True)
        except CellTimeout as exc:
            self.collector.error("CellTimeout", str(exc))
        except SystemExit:
            self.collector.error("SystemExit", "The cell asks the kernel to exit; it was kept running.")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        outputs = limit_outputs(self.collector.end())
        body = json.dumps(outputs, ensure_ascii=True, allow_nan=False).encode()
        reply = {"count": count, "seconds": time.monotonic() - started, "absent": self.imports.found}
        return reply, np.frombuffer(body, np.uint8)


def _lay(files: dict[str, bytes], folder: str) -> None:
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)


def _grant(workspace: str, message: dict[str, Any]) -> None:
    """Grants to the files what the checks grant to them: habits of older years, imports that may fail."""
    division, fallible = message.get("division", {}), message.get("fallible", {})
    if division:
        compat.install()
    if division or fallible:
        install_loader(workspace, division, fallible)


def _start_clock(seconds: float) -> None:
    """Stops the cell after so many seconds, but gives one that others keep from the processor time to use as many."""
    started = seen = process_time()
    is_over = False

    def ring(number: int, frame: object) -> None:
        nonlocal seen, is_over
        before, seen = seen, process_time()
        is_over = is_over or seen - started >= seconds or seen - before < IDLE_SECONDS
        if is_over:
            raise CellTimeout(f"The cell was stopped after {seconds:g} s, the limit of one cell.")

    signal.signal(signal.SIGALRM, ring)
    # Again each second: code that catches everything gets it again.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)


def _copy_tree(source: str, target: str) -> None:
    """Copies plain files of a tree; their modes are not kept, which the sandbox forbids to set."""
    for folder, _, names in os.walk(source):
        place = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(place, exist_ok=True)
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.getsize(path) <= MAX_COPY_BYTES:
                shutil.copyfile(path, os.path.join(place, name))
