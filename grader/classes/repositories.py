"""Clones of GitHub Classroom in, logins and times out; git is not called, for a clone can tell it what to run."""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["last_commit", "login_of"]

_LINE = re.compile(rb"[0-9a-f]{40,64} [0-9a-f]{40,64} .*> (\d{9,11}) [+-]\d{4}\t(\w+)")


def login_of(clones: Sequence[Path]) -> dict[str, str]:
    """Returns folder's name -> login: what follows the assignment's name, with which all clones of a class begin."""
    names = [path.name for path in clones]
    prefix = os.path.commonprefix(names)  # noqa: RUF071 - names are compared, not paths
    prefix = prefix[: prefix.rfind("-") + 1]
    if len(names) < 2 or not prefix:
        return {}
    return {name: name.removeprefix(prefix) for name in names}


def last_commit(folder: Path) -> str:
    """Returns the time of the newest commit that was made in a clone, ISO 8601 in UTC; empty when it is not there.

    The log of a fresh clone has the time of the cloning only, which says nothing.
    """
    try:
        lines = (folder / ".git" / "logs" / "HEAD").read_bytes()[-65536:].splitlines()
    except OSError:
        return ""
    found = _LINE.match(lines[-1]) if lines else None
    if found is None or not found[2].startswith(b"commit"):
        return ""
    return datetime.fromtimestamp(int(found[1]), UTC).isoformat(timespec="seconds")
