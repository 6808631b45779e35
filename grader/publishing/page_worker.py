"""Makes pages: what the process of grader/publishing/page_maker.py runs.

Before the first question comes it has given up what it does not need: it may read the interpreter and its packages,
and write nothing.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import grader
import reports
from grader.model.people import About
from grader.model.results import Attachment, Grade
from grader.publishing.page_limits import OPEN_FILES, PAGE_MEMORY_BYTES, PAGE_RESIDENT_BYTES
from grader.sandbox import landlock, seccomp
from grader.sandbox.helper import Overrun
from grader.sandbox.helping import HelperLimits, serve
from grader.worker.lockdown import lock
from reports.notebook_page import notebook_html, plain_notebook_html
from reports.page import report_html

__all__ = ["main"]

#: where packages find the libraries that they are linked with
LIBRARIES = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")


def main() -> None:
    """Answers until the other end closes."""
    serve(_made, HelperLimits(PAGE_MEMORY_BYTES, PAGE_RESIDENT_BYTES), _shut_in)


def _made(message: dict[str, Any], content: bytes) -> bytes:
    """Returns a page; raises Overrun where there is none."""
    try:
        return PAGES[message["op"]](message, content).encode("utf-8", "replace")
    except (MemoryError, RecursionError):
        raise
    except Exception as exc:
        raise Overrun(f"ends in {type(exc).__name__}") from exc


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


def _shut_in() -> None:
    """Gives up files, network and programs as far as this host can refuse them."""
    with contextlib.suppress(ImportError, OSError, RuntimeError):  # the last where nobody has a home
        _make_folders_of_matplotlib()
    limits = [["RLIMIT_FSIZE", 0], ["RLIMIT_NOFILE", OPEN_FILES]]
    with contextlib.suppress(OSError):
        lock({"limits": limits, "user": None, "read_all": False, "filter": _filter()}, _ruleset())


def _make_folders_of_matplotlib() -> None:
    """Makes the folders that Matplotlib insists on, which is possible now only; without them pages have no plots.

    Most pages have none, and importing Matplotlib to ask it costs as much as all else that a page needs.
    """
    home, named = Path.home(), os.environ.get("MPLCONFIGDIR")
    for variable, usual in (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache")):
        folder = Path(named) if named else Path(os.environ.get(variable) or home / usual, "matplotlib")
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        if not sys.platform.startswith("linux") or not os.access(folder, os.W_OK):
            import_module("matplotlib").get_cachedir()
            return


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
