"""Watches and ends the processes of a worker from outside, through /proc."""

import contextlib
import ctypes
import importlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from grader.sandbox.namespace import Namespace
from grader.sandbox.sandbox_limits import KILL_SECONDS

__all__ = [
    "BRAND",
    "Clocks",
    "Tally",
    "Usage",
    "clocks",
    "descendants",
    "end",
    "end_below",
    "end_tree",
    "has_ended",
    "own_waited",
    "start",
    "tally",
    "tasks_of_user",
    "unlinked_bytes",
    "usage",
]

#: a hard limit that only our workers have; student code cannot raise it, so a process never sheds it
BRAND = "RLIMIT_MSGQUEUE"
SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

_lock = threading.Lock()
_workers: set[int] = set()


@dataclass(frozen=True, slots=True)
class Usage:
    """What some processes use together."""

    n_processes: int = 0
    #: processor time of them and of the children they have waited for
    cpu_seconds: float = 0.0
    #: memory that is theirs: not the files they map
    memory_bytes: int = 0
    #: how long they stood ready while others had the processor
    waiting_seconds: float = 0.0


class Clocks(NamedTuple):
    """Seconds of some threads, to the nanosecond: what they ran, and what they stood ready while others ran."""

    ran: float
    waited: float


class Tally(NamedTuple):
    """What a process and all below it have used so far."""

    #: of all their threads, and of the children that they have waited for
    cpu_seconds: float
    #: process -> seconds for which it stood ready while others had the processor
    waited: dict[int, float]


def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Starts a worker; from then on orphans below it become our children, where `end_tree` finds them."""
    _adopt_orphans()
    with _lock:
        process = subprocess.Popen(command, **options)
        _workers.add(process.pid)
    return process


def descendants(pid: int, *, thorough: bool = False) -> frozenset[int]:
    """Returns the living processes below one; empty where there is no /proc.

    Args:
        pid: the process.
        thorough: look at every process of the host, which takes milliseconds. The kernel's own list of a process's
            children is quick, and may lack some while others of them are ending.
    """
    children = _families().__getitem__ if thorough else _children
    found: set[int] = set()
    todo = [pid]
    while todo:
        for child in children(todo.pop()):
            if child not in found:
                found.add(child)
                todo.append(child)
    return frozenset(child for child in found if _is_alive(child))


def usage(pids: Iterable[int]) -> Usage:
    """Returns what processes use together; those that are gone count nothing."""
    n_processes, ticks, memory, waiting = 0, 0, 0, 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            numbers = _stat(pid)[11:15]
            n_processes += 1
            ticks += sum(map(int, numbers))
            memory += _own_memory(pid)
            waiting += int(_read(f"/proc/{pid}/schedstat").split()[1])
    return Usage(n_processes, ticks / TICKS, memory, waiting / 1e9)


def clocks(pids: Iterable[int]) -> Clocks:
    """Returns the clocks of all threads of processes together, and what children that have ended ran."""
    ran, waited, ticks = 0, 0, 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            ticks += sum(map(int, _stat(pid)[13:15]))
            for thread in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    numbers = _read(f"/proc/{pid}/task/{thread}/schedstat").split()
                    ran, waited = ran + int(numbers[0]), waited + int(numbers[1])
    return Clocks(ran / 1e9 + ticks / TICKS, waited / 1e9)


def tally(pid: int) -> Tally:
    """Returns what a process and all below it have used; what is not there counts nothing."""
    ticks, waited, todo = 0, {}, [pid]
    while todo:
        pid = todo.pop()
        with contextlib.suppress(OSError, ValueError, IndexError):
            # A parent before its children: one that it collects meanwhile is missed, and never counted twice.
            ticks += sum(map(int, _stat(pid)[11:15]))
            todo += _children(pid)
            waited[pid] = int(_read(f"/proc/{pid}/schedstat").split()[1]) / 1e9
    return Tally(ticks / TICKS, waited)


def own_waited() -> float:
    """Returns how long this thread has stood ready while others ran; 0 where the kernel does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_read("/proc/thread-self/schedstat").split()[1]) / 1e9
    return 0.0


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process of ours has ended; it is not collected, so that what it used can still be read."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def unlinked_bytes(pids: Iterable[int]) -> int:
    """Returns the size of the files that processes hold open and that no folder holds any more."""
    sizes: dict[tuple[int, int], int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    file = os.stat(f"/proc/{pid}/fd/{name}")
                    if stat.S_ISREG(file.st_mode) and file.st_nlink == 0:
                        sizes[file.st_dev, file.st_ino] = file.st_blocks * 512
    return sum(sizes.values())


def end(find: Callable[[], Iterable[int]], seconds: float | None = None) -> bool:
    """Kills the processes that `find` names until it names none twice; returns whether they are all gone in time."""
    deadline, n_empty = time.monotonic() + (KILL_SECONDS if seconds is None else seconds), 0
    while n_empty < 2:
        pids = list(find())
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        n_empty = 0 if pids else n_empty + 1
        if pids and time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def end_below(spared: Collection[int] = (), seconds: float = 1.0) -> bool:
    """Kills every process below this one, also what has lost its parent; returns whether all are gone in time.

    Args:
        spared: stay.
        seconds: to wait for their end.
    """
    _adopt_orphans()
    own = os.getpid()
    return end(lambda: descendants(own, thorough=True).difference(spared), seconds)


def end_tree(process: subprocess.Popen[bytes], user: int | None, namespace: Namespace | None = None) -> None:
    """Kills a worker and all that it has started, also what left its session, its group or its parent.

    Args:
        process: from `start`.
        user: the user that only this worker has, if it has one of its own.
        namespace: that all below it are in, if there is one: nothing needs to be searched for then.
    """
    gone = namespace is not None and namespace.end()
    # Who is below must be asked while the worker is there.
    below = set() if gone else set(descendants(process.pid, thorough=True))
    _end_worker(process)
    if namespace is not None:
        namespace.close()
    if gone:
        return

    def left() -> Iterable[int]:
        strays = _strays() | _of_user(user)
        below.update(strays, *(descendants(pid, thorough=True) for pid in strays))
        return [pid for pid in below if _is_alive(pid)]

    if user is not None and left():
        # All at once: processes that fork faster than we list them are no way out.
        with contextlib.suppress(OSError):
            subprocess.run(["/bin/sh", "-c", "kill -9 -1"], user=user, group=user, extra_groups=[], check=False)
    end(left)


def tasks_of_user(user: int) -> int:
    """Returns how many threads a user has on this host, which is what the kernel counts against RLIMIT_NPROC."""
    count = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _end_worker(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    with _lock:
        _workers.discard(process.pid)


@cache
def _adopt_orphans() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, ctypes.c_ulong(1), *[ctypes.c_ulong(0)] * 3)


def _strays() -> set[int]:
    """Returns our children that are no workers but carry a worker's brand: what outlived its worker and came to us."""
    resource = importlib.import_module("resource")
    limit = getattr(resource, BRAND, None)
    if limit is None or resource.getrlimit(limit)[1] == 0:
        return set()
    with _lock:
        children = [pid for pid in _families()[os.getpid()] if pid not in _workers]
    return {pid for pid in children if _is_branded(pid)}


def _is_branded(pid: int) -> bool:
    # Not by prlimit(), which even root may lack the right to ask of another user's process.
    with contextlib.suppress(OSError):
        lines = _read(f"/proc/{pid}/limits").splitlines()
        return any(line.split()[:5] == ["Max", "msgqueue", "size", "0", "0"] for line in lines)
    return False


def _of_user(user: int | None) -> set[int]:
    """Returns the processes of a user that only one worker has."""
    found: set[int] = set()
    for name in filter(str.isdigit, os.listdir("/proc")) if user is not None else ():
        with contextlib.suppress(OSError, IndexError, ValueError):
            if int(_read(f"/proc/{name}/status").partition("\nUid:")[2].split()[0]) == user:
                found.add(int(name))
    return found


def _families() -> defaultdict[int, list[int]]:
    """Returns the children of every process of the host."""
    families: defaultdict[int, list[int]] = defaultdict(list)
    if os.path.isdir("/proc"):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError, IndexError):
                families[int(_stat(int(name))[1])].append(int(name))
    return families


def _children(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    children: list[int] = []
    for thread in threads:
        with contextlib.suppress(OSError):
            children += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return children


def _is_alive(pid: int) -> bool:
    """Whether a process still runs; one of ours that has ended is collected on the way."""
    try:
        ended = _stat(pid)[0] in "ZX"
    except (OSError, IndexError):
        return False
    if ended and pid not in _workers:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return not ended


def _stat(pid: int) -> list[str]:
    """Returns the fields of /proc/<pid>/stat from the state on; the name before them may hold anything."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _own_memory(pid: int) -> int:
    lines = (line.split() for line in _read(f"/proc/{pid}/status").splitlines())
    return sum(int(line[1]) << 10 for line in lines if line and line[0] in ("RssAnon:", "RssShmem:"))


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
