"""Forks a worker's process once for each check: orders the child, collects it, and leaves nothing of it behind."""

import math
import os
import signal
import socket
import time
from dataclasses import dataclass, replace
from typing import Any

from grader.assignment.points_and_limits import Limits
from grader.sandbox.connection import Capture, LinkClosed, Patience
from grader.sandbox.sandbox_limits import FORK_PAUSE, FORK_TRIES, REAP_SECONDS, SECOND_REAP_SECONDS
from grader.sandbox.session import Ending
from grader.sandbox.worker_process import FAILURES, WorkerProcess

__all__ = ["Child", "Children"]


@dataclass(frozen=True, slots=True)
class Child:
    """A child that was ordered of the worker, and our ends of its channel and of its output."""

    seed: int
    limits: Limits
    sock: socket.socket
    capture: Capture

    def fits(self, seed: int, limits: Limits) -> bool:
        """Whether it is the child that would be ordered now."""
        own = (self.seed, math.ceil(self.limits.cpu_seconds), self.limits.output_kb)
        return own == (seed, math.ceil(limits.cpu_seconds), limits.output_kb)

    def drop(self) -> None:
        """Closes our ends."""
        self.sock.close()
        self.capture.close()


class Children:
    """The children of one worker's process, one at a time.

    Where a child or the process does not do what it is told, the process is ended with all that it has started.
    """

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._reap_seconds = REAP_SECONDS
        #: ordered before anybody needs it, behind the end of the child before
        self._ordered: Child | None = None

    def end(self) -> None:
        """Ends them, with the process that they are of."""
        if self._ordered is not None:
            self._ordered.drop()
            self._ordered = None
        self._process.end()

    def require_silence(self) -> None:
        """Makes sure that the next reply belongs to the next order: a child that was ordered for nothing is ended."""
        if self._ordered is not None:
            ordered, self._ordered = self._ordered, None
            pid = self._collect()
            ordered.drop()
            if pid is not None:
                self.reap(pid, 0.0)
        self._process.require_silence()

    def order(
        self, message: dict[str, Any], descriptors: tuple[int, ...], capture: Capture | None, patience: Patience
    ) -> dict[str, Any]:
        """Gives the process itself an order and returns its reply, when none of a child's is awaited any more."""
        self.require_silence()
        return self._process.order(message, descriptors, capture, patience)

    def fork(self, seed: int, limits: Limits) -> tuple[int, Child]:
        """Returns a new child and its number; raises one of FAILURES."""
        if self._ordered is not None and self._ordered.fits(seed, limits):
            ordered, self._ordered = self._ordered, None
            if (pid := self._collect()) is not None:
                return pid, replace(ordered, limits=limits)
            ordered.drop()
            raise LinkClosed
        for _ in range(FORK_TRIES):
            self.require_silence()
            ordered = self._order(seed, limits)
            said = None
            try:
                said = self._process.receive(None, self._process.patience()).get("pid")
            finally:
                if not isinstance(said, int):
                    ordered.drop()
            if isinstance(said, int):
                return said, ordered
            time.sleep(FORK_PAUSE)
        raise LinkClosed

    def release(self, pid: int, seed: int, limits: Limits) -> None:
        """Orders the end of a check's child and the next one; the next session, most likely the same, awaits both."""
        try:
            self.require_silence()
            self._process.send({"op": "reap", "pid": pid, "grace": 0.0}, (), self._process.patience())
            self._ordered = self._order(seed, limits)
        except (*FAILURES, OSError):
            self.end()

    def reap(self, pid: int, grace: float) -> Ending:
        """Returns how the child of a check ended, once it has; leaves nothing of it behind."""
        try:
            message = {"op": "reap", "pid": pid, "grace": grace}
            with self._process.meter.waiting():
                reply = self.order(message, (), None, Patience(grace + self._reap_seconds))
        except FAILURES:
            self._reap_seconds = SECOND_REAP_SECONDS
            self.end()
            return Ending()
        if not self._process.end_others() or reply.get("left_files") is True:
            self.end()
        status, seconds, memory = (_number(reply.get(key)) for key in ("status", "seconds", "memory_mb"))
        return Ending(_end_of(int(status)), seconds, memory, reply.get("lingered") is True)

    def _order(self, seed: int, limits: Limits) -> Child:
        """Orders a child; its number comes in a reply."""
        ours, theirs = socket.socketpair()
        capture = Capture(limits.output_kb << 10)
        try:
            with theirs:
                for sock in (ours, theirs):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                message: dict[str, Any] = {"op": "fork", "seed": seed, "cpu_seconds": math.ceil(limits.cpu_seconds)}
                self._process.send(message, (theirs.fileno(), capture.child_fd), self._process.patience())
        except BaseException:
            ours.close()
            capture.close()
            raise
        capture.close_child_end()
        return Child(seed, limits, ours, capture)

    def _collect(self) -> int | None:
        """Awaits what `release` ordered; returns the new child, or None where there is none."""
        try:
            reaped = self._process.receive(None, Patience(self._reap_seconds))
            forked = self._process.receive(None, self._process.patience())
        except FAILURES:
            self._reap_seconds = SECOND_REAP_SECONDS
            self.end()
            return None
        # The new child is there already, under a number that only the worker knows: one more process is it, others
        # are too many.
        n_others = len(self._process.others())
        if n_others > 1 or reaped.get("left_files") is True or not isinstance(forked.get("pid"), int):
            self.end()
            return None
        return int(forked["pid"])


def _number(value: object) -> float:
    """Returns what should be a number from a worker that student code may have changed."""
    return float(value) if isinstance(value, (int, float)) and 0 <= value < 1e9 else 0.0


def _end_of(status: int) -> int:
    """Returns how a process has ended, as subprocess says it; one that says stopped is taken for killed."""
    status &= 0xFFFF
    ended = os.WIFEXITED(status) or os.WIFSIGNALED(status)
    return os.waitstatus_to_exitcode(status) if ended else -signal.SIGKILL
