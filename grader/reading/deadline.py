"""Bounds the processor time that work on one submission may take in this process, wherever it is spent.

Only the main thread of a system with such a clock can be interrupted, and no C code; a class is read in a process of
its own for that, see grader/classes/submission_reader.py.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from grader.model.errors import UnusableSubmission
from grader.reading.reading_limits import AGAIN_SECONDS, READ_SECONDS

__all__ = ["READ_SECONDS", "interrupted_after", "reading_within", "unreadable"]


@contextmanager
def reading_within(name: str, seconds: float = READ_SECONDS) -> Iterator[None]:
    """Ends what takes longer, or more memory or depth than there is, in a sentence on the submission.

    Raises:
        UnusableSubmission: it is so.
    """
    try:
        with interrupted_after(seconds, unreadable(name, f"takes more than {seconds:g} s")):
            yield
    except (MemoryError, RecursionError) as exc:
        what = "is nested too deeply" if isinstance(exc, RecursionError) else "takes too much memory"
        raise unreadable(name, what) from exc


def unreadable(name: str, what: str) -> UnusableSubmission:
    """Returns the sentence on a submission that nobody can read: "it takes …"."""
    return UnusableSubmission(f"{name} {what} to be read; hand in the assignment's code alone.")


@contextmanager
def interrupted_after(seconds: float, error: Exception) -> Iterator[None]:
    """Raises an error in the middle of what takes more processor time, where that is possible."""

    def ring(number: int, frame: object) -> None:
        raise error

    bounded = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGPROF, ring) if bounded else None
    try:
        if bounded:
            signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN_SECONDS)
        yield
    finally:
        if bounded:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
