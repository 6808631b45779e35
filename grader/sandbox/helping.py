"""Serves the questions of grader/sandbox/helper.py: a line of JSON with so many bytes after it, as is the answer."""

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.sandbox.helper import Overrun

__all__ = ["Answer", "HelperLimits", "serve"]

#: message, what came with it -> what goes back
Answer = Callable[[dict[str, Any], bytes], bytes]


@dataclass(frozen=True, slots=True)
class HelperLimits:
    """What a helping process may use."""

    #: that it may ask for
    memory_bytes: int
    #: a process that has grown past this gives way to a new one
    resident_bytes: int
    #: processor seconds that it has after those of a question, to end the answer by itself
    grace_seconds: float = 0.0


def serve(answer: Answer, limits: HelperLimits, shut_in: Callable[[], None] = lambda: None) -> None:
    """Answers until the other end closes.

    Args:
        answer: what it raises for want of memory or depth, or as Overrun, becomes the reason why there is no answer.
        limits: of the process.
        shut_in: gives up what the process does not need, before the first question comes.
    """
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not print into the replies.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    statm = _open_statm()
    _limit("RLIMIT_DATA", limits.memory_bytes, for_good=True)
    _limit("RLIMIT_CORE", 0, for_good=True)
    shut_in()
    while line := requests.readline():
        message = json.loads(line)
        content = requests.read(message["size"])
        _limit_time(message["seconds"] + limits.grace_seconds)
        found, why = _answered(answer, message, content)
        # Whoever reads this starts another process, before a request goes to one that is about to end.
        last = bool(why) or _resident_bytes(statm) > limits.resident_bytes
        replies.write(json.dumps({"size": len(found), "why": why, "last": last}).encode() + b"\n" + found)
        replies.flush()
        if last:
            return


def _answered(answer: Answer, message: dict[str, Any], content: bytes) -> tuple[bytes, str]:
    """Returns an answer, and why there is none."""
    try:
        return answer(message, content), ""
    except MemoryError:
        return b"", "takes too much memory"
    except RecursionError:
        return b"", "is nested too deeply"
    except Overrun as exc:
        return b"", str(exc)


def _limit_time(seconds: float) -> None:
    """Has the kernel end this process when it has run for so long from now on."""
    used = os.times()
    _limit("RLIMIT_CPU", math.ceil(used.user + used.system + seconds))


def _limit(name: str, value: int, *, for_good: bool = False) -> None:
    """Sets a limit, where the system has such a thing; one for good cannot be raised again."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        soft = value if hard < 0 else min(value, hard)
        resource.setrlimit(number, (soft, soft if for_good else hard))


def _open_statm() -> int | None:
    """Opens the kernel's account of this process's memory, to which no path may lead later; None without one."""
    with contextlib.suppress(OSError):
        return os.open("/proc/self/statm", os.O_RDONLY)
    return None


def _resident_bytes(statm: int | None) -> int:
    """Returns the memory that this process holds now; its peak counts what its parent held when it was started."""
    return int(os.pread(statm, 200, 0).split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm is not None else 0
