"""A platform's bulk download that is still a zip in, a folder of what is in it out; nothing in it is opened or run."""

import os
import shutil
import time
import zipfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from grader.errors import UnusableInput
from grader.reading.archives import shown
from grader.reading.members import DAMAGE

__all__ = ["unpacked"]

MAX_BYTES = 50_000_000_000
MAX_MEMBERS = 500_000
_CHUNK = 1 << 20


def unpacked(download: Path, folder: Path) -> Path:
    """Returns the folder with the download's files; one that an earlier call has filled is used again.

    Args:
        download: a zip.
        folder: where the folder is made.

    Raises:
        UnusableInput: it is no zip, is damaged, larger than MAX_BYTES, or there is no room for it.
    """
    state = download.stat()
    target = folder / f"unpacked-{state.st_size:x}-{state.st_mtime_ns:x}"
    if target.is_dir():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".unpacking.lock"):
            if not target.is_dir():
                _unpack(download, target)
    except UnusableInput:
        raise
    except DAMAGE as exc:
        raise UnusableInput(f"{download} cannot be unpacked: {exc}. Download it again, or unpack it yourself.") from exc
    return target


def _unpack(download: Path, target: Path) -> None:
    """Fills the target, whole or not at all; the caller holds the lock, so what else is half done has no owner."""
    for left in target.parent.glob(".unpacked-*"):
        shutil.rmtree(left, ignore_errors=True)
    growing = target.with_name(f".{target.name}")
    try:
        with zipfile.ZipFile(download) as archive:
            _extract(archive, growing)
        # Its files first: after a power cut the name must not stand for empty ones, which would be graded.
        os.sync()
        growing.rename(target)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_BYTES:
        raise UnusableInput("The download is larger than any class; unpack it yourself and grade the folder.")
    folder.mkdir()
    for info in infos:
        parts = info.filename.replace("\\", "/").split("/")
        if ".." in parts or info.filename.startswith("/") or any("\0" in part or len(part) > 250 for part in parts):
            continue
        if parts[0] == "__MACOSX" or (info.external_attr >> 16) & 0o170000 == 0o120000:
            continue
        target = folder.joinpath(*(shown(part, 250) for part in parts if part not in ("", ".")))
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, target.open("wb") as file:
            # A header may promise less than there is.
            left = info.file_size
            while left > 0 and (chunk := source.read(min(_CHUNK, left))):
                file.write(chunk)
                left -= len(chunk)
        with suppress(ValueError, OverflowError):
            when = time.mktime((*info.date_time, 0, 0, -1))
            os.utime(target, (when, when))
