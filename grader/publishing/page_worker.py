"""Makes pages: what the process of grader/publishing/page_maker.py runs.

It reads a line of JSON and so many bytes after it from its standard input, and answers in the same way. Before the
first one comes it has given up what it does not need: it may read the interpreter and its packages, and write nothing.
"""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import grader
import reports
from grader.model.people import About
from grader.model.results import Attachment, Grade
from grader.publishing.page_limits import MAX_RESIDENT_BYTES, MEMORY_BYTES, OPEN_FILES
from grader.sandbox import landlock, seccomp
from grader.worker.lockdown import lock
from reports.notebook_page import notebook_html, plain_notebook_html
from reports.page import report_html

__all__ = ["main"]

#: where packages find the libraries that they are linked with
LIBRARIES = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")


def main() -> None:
    """Answers until the other end closes."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not print into the replies.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    statm = _open_statm()
    _shut_in()
    while line := requests.readline():
        message = json.loads(line)
        content = requests.read(message["size"])
        _limit_time(message["seconds"])
        page, why = _made(message, content)
        # Whoever reads this starts another process, before a request goes to one that is about to end.
        last = bool(why) or _resident_bytes(statm) > MAX_RESIDENT_BYTES
        replies.write(json.dumps({"size": len(page), "why": why, "last": last}).encode() + b"\n" + page)
        replies.flush()
        if last:
            return


def _made(message: dict[str, Any], content: bytes) -> tuple[bytes, str]:
    """Returns a page, and why there is none."""
    try:
        return PAGES[message["op"]](message, content).encode("utf-8", "replace"), ""
    except MemoryError:
        return b"", "it takes too much memory"
    except RecursionError:
        return b"", "it is nested too deeply"
    except Exception as exc:
        return b"", f"{type(exc).__name__} in what it shows"


def _report(message: dict[str, Any], content: bytes) -> str:
    files = tuple(Attachment(name, b"") for name in message["files"])
    grade = replace(Grade.from_own_json(content.decode()), attachments=files)
    return report_html(grade, About.from_dict(message["about"]))


#: what is asked for -> makes it
PAGES: dict[str, Callable[[dict[str, Any], bytes], str]] = {
    "report": _report,
    "notebook": lambda message, content: notebook_html(content, message["title"]),
    "plain_notebook": lambda message, content: plain_notebook_html(content, message["title"]),
}


def _limit_time(seconds: int) -> None:
    """Has the kernel end this process when it has run for so long from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def _shut_in() -> None:
    """Gives up files, network, programs and memory as far as this host can refuse them."""
    limits = {"RLIMIT_DATA": MEMORY_BYTES, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": OPEN_FILES, "RLIMIT_CORE": 0}
    order = {"limits": [[name, value] for name, value in limits.items()], "user": None, "read_all": False, "filter": ""}
    with contextlib.suppress(OSError):
        lock({**order, "filter": _filter()}, _ruleset())


def _filter() -> str:
    usable = not seccomp.why_unavailable() and seccomp.supported()
    return seccomp.build_filter(signals=False).hex() if usable else ""


def _ruleset() -> int | None:
    if landlock.why_unavailable():
        return None
    devices = [Path(os.devnull), Path("/dev/urandom")]
    with contextlib.suppress(OSError):
        return landlock.build_ruleset(_places(), [], devices)
    return None


def _places() -> list[Path]:
    """Returns what may be read: Python, its packages, and ours, which an editable install finds without sys.path."""
    ours = [*grader.__path__, *reports.__path__]
    return [Path(place) for place in {sys.prefix, sys.base_prefix, *LIBRARIES, *filter(os.path.isdir, sys.path), *ours}]


def _open_statm() -> int | None:
    """Opens the kernel's account of this process's memory, to which no path leads later; None without one."""
    with contextlib.suppress(OSError):
        return os.open("/proc/self/statm", os.O_RDONLY)
    return None


def _resident_bytes(statm: int | None) -> int:
    """Returns the memory that this process holds now; its peak counts what its parent held when it was started."""
    return int(os.pread(statm, 200, 0).split()[1]) * resource.getpagesize() if statm is not None else 0
