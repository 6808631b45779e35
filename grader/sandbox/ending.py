"""Ends this process and everything that it has started, at once, and leaves no process and no temporary folder."""

import contextlib
import os
import signal
import sys
import tempfile
from multiprocessing import resource_tracker
from types import FrameType

from grader.sandbox.processes import end_below
from grader.sandbox.removal import remove_orphans, remove_own

__all__ = ["STOPPED", "end_children", "end_now", "interrupt"]

#: exit code of what was stopped
STOPPED = 130

_interrupted = False


def interrupt(number: int, frame: FrameType | None) -> None:
    """Hears a signal that asks to stop: raises KeyboardInterrupt, and at the second one ends at once."""
    global _interrupted
    if _interrupted:
        end_now()
    _interrupted = True
    raise KeyboardInterrupt


def end_children() -> None:
    """Kills all processes below this one and removes the temporary folders that they had."""
    # Python's own, which ends with this process, and is started anew with a warning when it is missed.
    tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
    end_below({tracker} if tracker else ())
    remove_orphans(tempfile.gettempdir())


def end_now() -> None:
    """Ends without a word, and without waiting for anything."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(number, signal.SIG_IGN)
    end_children()
    remove_own()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(STOPPED)
