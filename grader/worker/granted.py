"""Keeps what was granted to a submission while its code ran, with the line, for a note in the grade."""

import os
import sys

__all__ = ["DIVIDED_EXACTLY", "FLOORED", "ONE_ENTRY", "granted", "set_workspace", "take_granted"]

DIVIDED_EXACTLY = "`/` of two whole numbers that divide evenly gave a whole number"
FLOORED = "`/` of two whole numbers gave their whole part, as in Python 2"
ONE_ENTRY = "an array of one entry stood for a number, as before NumPy 2.4"

#: of one process; an honest submission has a handful
MAX_ENTRIES = 50
#: what one reply has room for
MAX_AT_ONCE = 10
_workspace = ""
_told: set[str] = set()
_new: list[str] = []


def set_workspace(folder: str) -> None:
    """Says whose lines are meant."""
    global _workspace
    _workspace = os.path.abspath(folder) + os.sep


def granted(what: str) -> None:
    """Notes a grant at the innermost line of the workspace that runs just now."""
    frame = sys._getframe(1)
    while frame is not None and not frame.f_code.co_filename.startswith(_workspace):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None or len(_told) >= MAX_ENTRIES:
        return
    entry = f"{frame.f_code.co_filename[len(_workspace) :].replace(os.sep, '/')}:{frame.f_lineno}:{what}"
    if entry not in _told:
        _told.add(entry)
        _new.append(entry)


def take_granted() -> str:
    """Returns what was granted since the last time, a line each."""
    text = "\n".join(_new[:MAX_AT_ONCE])
    del _new[:MAX_AT_ONCE]
    return text
