"""Serves the questions of grader/sandbox/helper.py: a line of JSON with so many bytes after it, as is the answer."""

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable
from typing import Any

from grader.sandbox.sandbox_limits import GRACE_SECONDS, MAX_RESIDENT_BYTES

__all__ = ["Answer", "serve"]

#: message, what came with it -> what goes back
Answer = Callable[[dict[str, Any], bytes], bytes]


def serve(answer: Answer, memory_bytes: int) -> None:
    """Answers until the other end closes.

    Args:
        answer: what it raises for want of memory or depth becomes the reason why there is no answer.
        memory_bytes: that the process may ask for.
    """
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not print into the replies.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _limit("RLIMIT_DATA", memory_bytes)
    _limit("RLIMIT_CORE", 0)
    while line := requests.readline():
        message = json.loads(line)
        content = requests.read(message["size"])
        _limit_time(message["seconds"] + GRACE_SECONDS)
        found, why = _answered(answer, message, content)
        # Whoever reads this starts another process, before a request goes to one that is about to end.
        last = bool(why) or _resident_bytes() > MAX_RESIDENT_BYTES
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


def _limit_time(seconds: float) -> None:
    """Has the kernel end this process when it has run for so long from now on."""
    used = os.times()
    _limit("RLIMIT_CPU", math.ceil(used.user + used.system + seconds))


def _limit(name: str, value: int) -> None:
    """Sets a soft limit, where the system has such a thing."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        resource.setrlimit(number, (value if hard < 0 else min(value, hard), hard))


def _resident_bytes() -> int:
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
