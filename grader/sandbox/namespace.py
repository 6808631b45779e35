"""Holds the first process of a worker's PID namespace, so that all in it can be ended at once."""

import contextlib
import os
import select
import signal
from collections.abc import Iterable

from grader.sandbox.sandbox_limits import NAMESPACE_SECONDS

__all__ = ["Namespace"]


class Namespace:
    """A PID namespace, held by its first process; the kernel ends that one last, after every other process in it.

    Source: pid_namespaces(7), pidfd_open(2).
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def of(cls, pids: Iterable[int]) -> "Namespace | None":
        """Returns the namespace that one of some processes is the first of; None where there is none, or no handle."""
        for pid in pids:
            with contextlib.suppress(OSError, AttributeError):
                if not _is_first(pid):
                    continue
                fd = os.pidfd_open(pid)
                # Once more: only now the number cannot have passed to another process.
                if _is_first(pid):
                    return cls(fd)
                os.close(fd)
        return None

    def end(self) -> bool:
        """Kills all processes in it and waits; returns whether they are gone. To be called once."""
        try:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fd, signal.SIGKILL)
            poll = select.poll()
            poll.register(self._fd, select.POLLIN)
            return bool(poll.poll(1000 * NAMESPACE_SECONDS))
        except OSError:
            return False

    def close(self) -> None:
        """Lets go of it; its first process is collected if it has become our child."""
        with contextlib.suppress(OSError):
            os.waitid(os.P_PIDFD, self._fd, os.WEXITED | os.WNOHANG)
        os.close(self._fd)


def _is_first(pid: int) -> bool:
    """Whether a process is the first of a namespace below ours."""
    numbers, ours = _numbers(str(pid)), _numbers("self")
    return len(numbers) > len(ours) and numbers[-1] == "1"


def _numbers(name: str) -> list[str]:
    """Returns a process's number in each namespace that it is in, outermost first."""
    with open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as file:
        return next((line.split()[1:] for line in file if line.startswith("NSpid:")), [])
