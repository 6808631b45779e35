"""Carries short progress messages from the runners to the coordinator and never blocks.

A sentence that finds the pipe full is dropped, and one is never written in part: a pipe takes so few bytes at once or
not at all, so that a runner that is killed cannot leave half of one.
"""

import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from grader.classes.class_limits import MAX_MESSAGE_BYTES, PAUSE_SECONDS

__all__ = ["Pace", "ProgressPipe", "ProgressWriter"]


class ProgressPipe:
    """The coordinator's end; use it in a `with` block, and give `sender` to each runner."""

    def __init__(self) -> None:
        self._receiver, self.sender = multiprocessing.Pipe(duplex=False)

    def __enter__(self) -> "ProgressPipe":
        return self

    def __exit__(self, *_: object) -> None:
        self._receiver.close()
        self.sender.close()

    def heard(self) -> Iterator[tuple[str, str]]:
        """Yields what has come in: the name of a task, and what its runner is at; "" and what concerns them all."""
        while self._receiver.poll():
            name, text = json.loads(self._receiver.recv_bytes())
            yield name, text


class Pace:
    """Says when a runner may speak again."""

    def __init__(self) -> None:
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether something was not said a moment ago; then it is taken for said now."""
        now = time.monotonic()
        due = now >= self._next
        if due:
            self._next = now + PAUSE_SECONDS
        return due


class ProgressWriter:
    """A runner's end.

    Args:
        sender: of the progress pipe.
    """

    def __init__(self, sender: Connection) -> None:
        self._sender = sender
        self._pace = Pace()
        os.set_blocking(sender.fileno(), False)

    def tell(self, name: str, text: str) -> None:
        """Says what is being done for a task, or says nothing when something was said a moment ago."""
        if self._pace.is_due():
            self._send(name, text)

    def announce(self, text: str) -> None:
        """Says a sentence that concerns all tasks, whatever was said before."""
        self._send("", text)

    def _send(self, name: str, text: str) -> None:
        message = json.dumps([name, text[:300]]).encode("ascii")
        if len(message) <= MAX_MESSAGE_BYTES:
            with contextlib.suppress(OSError):
                self._sender.send_bytes(message)
