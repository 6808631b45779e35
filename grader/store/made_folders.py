"""Remembers on this machine which output folders are our own, where a student could hand in one that looks so."""

import hashlib
import os
from pathlib import Path

from grader.model.errors import UnusableInput
from grader.store.cache import cache_folder
from grader.store.database import FILE_NAME
from grader.store.files import write_whole

__all__ = ["made_here", "remember_made"]


def remember_made(folder: Path) -> None:
    """Notes that the store in a folder is ours; where nothing can be noted it is taken for somebody else's later."""
    try:
        write_whole(_note(folder), _mark(folder), mode=0o600)
    except (OSError, UnusableInput):
        return


def made_here(folder: Path) -> bool:
    """Whether the store in a folder is the very file that was noted: a copy of it, or another in its place, is not."""
    try:
        return _note(folder).read_text(encoding="utf-8") == _mark(folder)
    except OSError:
        return False


def _note(folder: Path) -> Path:
    name = hashlib.sha256(os.path.realpath(folder).encode("utf-8", "surrogateescape")).hexdigest()
    return cache_folder() / "outputs" / name


def _mark(folder: Path) -> str:
    file = os.lstat(folder / FILE_NAME)
    return f"{file.st_dev}:{file.st_ino}:{file.st_mode}"
