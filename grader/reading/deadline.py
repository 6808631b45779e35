"""Bounds the processor time that reading one submission may take, wherever it is spent."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from grader.model.errors import UnusableSubmission

__all__ = ["READ_SECONDS", "reading_within"]

#: an honest submission is read in a fraction of a second
READ_SECONDS = 60.0
#: until it rings again: code that catches everything gets it once more
AGAIN_SECONDS = 1.0


@contextmanager
def reading_within(name: str, seconds: float = READ_SECONDS) -> Iterator[None]:
    """Ends what takes longer, or more memory or depth than there is, in a sentence on the submission.

    Only the main thread of a system with such a clock can be interrupted; elsewhere the time is not bounded.

    Raises:
        UnusableSubmission: it is so.
    """

    def ring(number: int, frame: object) -> None:
        raise UnusableSubmission(f"{name} takes more than {seconds:g} s to read; hand in the assignment's code alone.")

    bounded = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGPROF, ring) if bounded else None
    try:
        if bounded:
            signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN_SECONDS)
        yield
    except (MemoryError, RecursionError) as exc:
        what = "is nested too deeply" if isinstance(exc, RecursionError) else "takes too much memory"
        raise UnusableSubmission(f"{name} {what} to be read; hand in the assignment's code alone.") from exc
    finally:
        if bounded:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
