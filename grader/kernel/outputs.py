"""Collects what a cell puts out in the notebook format, up to a size limit."""

import time
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete

from grader.kernel.output_limits import HEAD_CHARACTERS, MAX_CELL_BYTES, MAX_OUTPUT_BYTES, MAX_OUTPUTS, TAIL_CHARACTERS

__all__ = ["Collector", "limit_outputs"]

#: kinds of messages that say nothing about outputs; widgets would need their browser side
SILENT = ("status", "execute_input", "comm_open", "comm_msg", "comm_close", "input_request")


class Collector:
    """Gathers the outputs of the running cell; nbclient says what each message does to them."""

    def __init__(self) -> None:
        self._name = ""
        self.begin()

    def begin(self) -> None:
        """Starts a cell."""
        cell: dict[str, Any] = {
            "cell_type": "code",
            "source": "",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
        }
        content = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
        notebook: Any = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
        self._cell = notebook.cells[0]
        self._client = NotebookClient(notebook)
        # Its own loop over cells, which is not used here, sets this before each.
        self._client.clear_before_next_output = False
        self._forget()

    def end(self) -> list[dict[str, Any]]:
        """Returns the outputs of the cell."""
        self._flush()
        return [dict(output) for output in self._cell.outputs]

    def write(self, name: str, text: str) -> None:
        """Adds what the cell prints to a stream."""
        if self._name not in ("", name):
            self._flush()
        self._name = name
        self._n_characters += len(text)
        self._parts.append(text)
        self._held += len(text)
        if self._held > 2 * TAIL_CHARACTERS:
            self._shorten()

    def publish(self, kind: str, content: dict[str, Any]) -> None:
        """Adds a message of the kernel's."""
        if kind in SILENT or (len(self._cell.outputs) >= MAX_OUTPUTS and kind != "error"):
            return
        self._flush()
        message = {
            "msg_type": kind,
            "header": {"msg_type": kind, "date": time.time()},
            "parent_header": {"msg_id": ""},
            "content": content,
        }
        try:
            self._client.process_message(message, self._cell, 0)
        except CellExecutionComplete:
            return

    def error(self, name: str, text: str) -> None:
        """Adds an error that the kernel does not publish itself."""
        self.publish("error", {"ename": name, "evalue": text, "traceback": [f"{name}: {text}"]})

    def _forget(self) -> None:
        """Forgets the prints so far."""
        #: stream of the prints so far, and their first characters once they are too many
        self._name = ""
        self._head: str = ""
        self._parts: list[str] = []
        #: of the parts, and of all
        self._held: int = 0
        self._n_characters: int = 0
        self._full: bool = False

    def _shorten(self) -> None:
        text = "".join(self._parts)
        if not self._full:
            self._head, text, self._full = text[:HEAD_CHARACTERS], text[HEAD_CHARACTERS:], True
        self._parts = [text[-TAIL_CHARACTERS:]]
        self._held = len(self._parts[0])

    def _flush(self) -> None:
        """Turns the prints so far into an output."""
        if not self._name:
            return
        name, self._name = self._name, ""
        if self._held > HEAD_CHARACTERS + TAIL_CHARACTERS:
            self._shorten()
        tail = "".join(self._parts)
        lost = self._n_characters - len(self._head) - len(tail)
        text = f"{self._head}\n[{lost:,} characters are left out here]\n{tail}" if lost else self._head + tail
        self._forget()
        if text:
            self.publish("stream", {"name": name, "text": text})


def limit_outputs(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the outputs with a sentence in the place of those that are too large."""
    kept, n_bytes = [], 0
    for output in outputs:
        size = _size(output)
        if size > MAX_OUTPUT_BYTES or n_bytes + size > MAX_CELL_BYTES:
            text = f"[an output of {size / (1 << 20):.0f} MB is left out here]\n"
            output, size = {"output_type": "stream", "name": "stderr", "text": text}, len(text)
        n_bytes += size
        kept.append(_texts_only(output))
    return kept


def _size(value: Any) -> int:
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(key) + _size(item) for key, item in value.items())
    return sum(map(_size, value)) if isinstance(value, (list, tuple)) else 8


def _texts_only(output: dict[str, Any]) -> dict[str, Any]:
    """Returns an output without metadata, its data as far as they are text."""
    if "data" in output:
        data = {str(kind): value for kind, value in output["data"].items() if isinstance(value, str)}
        output = {**output, "data": data, "metadata": {}}
    return {key: value for key, value in output.items() if key != "transient"}
