"""Removes folders that student code has written to, whatever is in them."""

import contextlib
import os
import secrets
import stat
import tempfile
import time
from functools import cache
from typing import IO

from grader.sandbox.host_system import CAN_LOCK, lock_file, own_user_id
from grader.sandbox.sandbox_limits import UNLOCKED_SECONDS

__all__ = ["own_folder", "remove_folder", "remove_orphans", "remove_own"]

PREFIX = "grader-"
#: held by the process that a folder belongs to; the kernel lets go of it when the process ends, however it ends
LOCK = "owner"


#: temporary folders of this process that may still be there
_own: set[str] = set()


def own_folder() -> tuple[str, IO[bytes]]:
    """Returns a new folder for temporary files, and a file in it: while that is open, the folder is in use.

    The first one of a process also removes the folders of processes that are gone.
    """
    _tidy_once()
    folder = tempfile.mkdtemp(prefix=PREFIX)
    _own.add(folder)
    # Under its name only when it is held: until then nobody takes the folder for an orphan.
    path = os.path.join(folder, f".{LOCK}")
    held = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+b")
    with contextlib.suppress(OSError):  # a file system without locks: folders of killed processes stay
        if CAN_LOCK:
            lock_file(held.fileno())
            os.rename(path, os.path.join(folder, LOCK))
    return folder, held


def remove_own() -> None:
    """Removes the temporary folders of this process, which is about to end."""
    for folder in list(_own):
        remove_folder(folder)


def remove_orphans(place: str) -> int:
    """Removes what processes of ours that were killed have left in a folder; returns how many folders those were.

    Other users' folders, links, and folders whose owner lives are left alone.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and _is_orphan(entry.path):
                remove_folder(entry.path)
                removed += 1
    return removed


@cache
def _tidy_once() -> None:
    remove_orphans(tempfile.gettempdir())


def _is_orphan(folder: str) -> bool:
    try:
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != own_user_id():
            return False
        try:
            descriptor = os.open(os.path.join(folder, LOCK), os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            return time.time() - found.st_mtime > UNLOCKED_SECONDS
        try:
            lock_file(descriptor)
        finally:
            os.close(descriptor)
    except OSError:  # held, or gone in the meantime
        return False
    return True


def remove_folder(folder: str) -> None:
    """Removes a folder with all below it; what cannot be removed stays, silently. Links are never followed.

    shutil.rmtree gives up where a mode forbids it and ends in a RecursionError a thousand folders down. Here the
    content of each folder is first moved to the top, so that no path is ever long and nothing recurses.
    """
    _own.discard(folder)
    mark, number = secrets.token_hex(4), 0
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    while True:
        before = number
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
                continue
            number = _lift_content(entry.path, os.path.join(folder, mark), number)
            with contextlib.suppress(OSError):
                os.rmdir(entry.path)
        if number == before:
            break
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _lift_content(folder: str, prefix: str, number: int) -> int:
    """Moves what a folder holds beside it, numbered; returns the next free number."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    try:
        names = os.listdir(folder)
    except OSError:
        return number
    for name in names:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            if os.path.isdir(path) and not os.path.islink(path):
                # A folder moves only if it may be written itself.
                os.chmod(path, 0o700)
        with contextlib.suppress(OSError):
            os.rename(path, f"{prefix}{number}")
            number += 1
    return number
