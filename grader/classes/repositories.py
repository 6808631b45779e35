"""Reads when a clone of a repository was last changed; git is not called, for a clone can tell it what to run."""

import re
from datetime import UTC, datetime
from pathlib import Path

from grader.reading.beneath import read_tail

__all__ = ["last_commit"]

_LINE = re.compile(rb"[0-9a-f]{40,64} [0-9a-f]{40,64} .*> (\d{9,11}) [+-]\d{4}\t(\w+)")


def last_commit(folder: Path, within: Path) -> str:
    """Returns the time of the newest commit that was made in a clone, ISO 8601 in UTC; empty when it is not there.

    The log of a fresh clone has the time of the cloning only, which says nothing.

    Args:
        folder: the clone.
        within: the class's folder; no link below it is followed.
    """
    log = (folder / ".git" / "logs" / "HEAD").relative_to(within)
    lines = read_tail(within, str(log), 65536).splitlines()
    found = _LINE.match(lines[-1]) if lines else None
    if found is None or not found[2].startswith(b"commit"):
        return ""
    try:
        return datetime.fromtimestamp(int(found[1]), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""
