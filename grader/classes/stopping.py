"""Stops the grading of a class when somebody asks: first in order, and at a second signal at once."""

import signal
import threading
from types import FrameType, TracebackType

from grader.sandbox.ending import end_now

__all__ = ["Stop", "Stopped"]


class Stopped(KeyboardInterrupt):
    """Somebody has stopped this; the text says how much is done."""


class Stop:
    """Whether somebody has asked to stop, by Ctrl-C or SIGTERM; use it in a `with` block of the main thread.

    Whoever grades looks at `asked` a few times a second. Outside of such a loop a KeyboardInterrupt serves better, and
    that is what signals raise again after the block.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "Stop":
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            end_now()
        self.asked = True
