"""Waits for what a test needs, however busy the machine is; the bound only ends a test that hangs."""

import select
import time
from collections.abc import Callable
from typing import IO

__all__ = ["HANGS", "end_of", "wait_until"]

#: seconds after which nothing more is expected
HANGS = 600.0


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Returns once something holds; fails with what was waited for."""
    end = time.monotonic() + HANGS
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def end_of(pipe: IO[bytes]) -> bytes:
    """Returns the rest of a pipe, once every process that could write into it is gone."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    assert poll.poll(1000 * HANGS), "a process that holds the pipe lives on"
    return pipe.read()
