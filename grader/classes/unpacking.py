"""Unpacks a platform's bulk download that is still a zip; nothing in it is opened or run."""

import codecs
import hashlib
import os
import re
import shutil
import time
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from filelock import FileLock

from grader.classes.class_limits import (
    MAX_FOLDERS,
    MAX_MEMBERS,
    MAX_NAME_BYTES,
    MAX_PATH_BYTES,
    MAX_UNPACKED_BYTES,
)
from grader.model.errors import UnusableInput
from grader.reading.archives import shown
from grader.reading.members import DAMAGE
from grader.reading.zipnames import decoded_names

__all__ = ["unpacked"]

_CHUNK = 1 << 20


def unpacked(downloads: Sequence[Path], folder: Path, zip_names: str = "") -> tuple[Path, tuple[str, ...]]:
    """Returns the folder with the files of a download; one that an earlier call has filled is used again.

    Args:
        downloads: a zip, or the several that one download came in.
        folder: where the folder is made.
        zip_names: encoding of names that do not say theirs; empty guesses.

    Returns:
        The folder, and a sentence where the names' encoding was guessed.

    Raises:
        UnusableInput: it is no zip, is damaged, larger than MAX_UNPACKED_BYTES, or there is no space for it.
    """
    target = folder / f"unpacked-{_key(downloads, zip_names)}"
    try:
        with ExitStack() as stack:
            archives = [stack.enter_context(zipfile.ZipFile(download)) for download in downloads]
            names, guessed = _names(archives, zip_names)
            if not target.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                with FileLock(folder / ".unpacking.lock"):
                    if not target.is_dir():
                        _unpack(archives, names, target)
    except UnusableInput:
        raise
    except UnicodeDecodeError as exc:
        raise UnusableInput(f"{downloads[0]} holds names that are not {zip_names}; name another encoding.") from exc
    except DAMAGE as exc:
        raise UnusableInput(
            f"{downloads[0]} cannot be unpacked: {exc}. Download it again, or unpack it yourself."
        ) from exc
    return target, guessed


def _key(downloads: Sequence[Path], zip_names: str) -> str:
    states = [f"{state.st_size:x}-{state.st_mtime_ns:x}" for state in (download.stat() for download in downloads)]
    whole = "-".join([*states, *([codecs.lookup(zip_names).name] if zip_names else [])])
    return whole if len(whole) < 60 else hashlib.sha256(whole.encode()).hexdigest()[:32]


def _names(archives: Sequence[zipfile.ZipFile], zip_names: str) -> tuple[list[str], tuple[str, ...]]:
    """Returns the names of all members in order, and a sentence on what was guessed about them."""
    infos = [info for archive in archives for info in archive.infolist()]
    decoded, encoding = decoded_names(infos, zip_names)
    names = [decoded.get(place, info.filename) for place, info in enumerate(infos)]
    said = []
    if left := [name for name, info in zip(names, infos, strict=True) if _is_left_out(name, info)]:
        some = ", ".join(shown(name, 60) for name in left[:5]) + (f" and {len(left) - 5} more" if left[5:] else "")
        said.append(f"Left out of the download, as links or with a path that is too long or leads out of it: {some}.")
    if not encoding or zip_names:
        return names, tuple(said)
    sample = next(name for place, name in decoded.items() if not name.isascii())
    said.append(
        f"Names in the download do not say their encoding; they were read as {encoding}, for example "
        f"“{shown(sample, 80)}”. If that is wrong, say which with --zip-names."
    )
    return names, tuple(said)


def _is_left_out(name: str, info: zipfile.ZipInfo) -> bool:
    is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
    parts = _parts(name)
    return is_link or _is_too_deep(parts) or not (info.is_dir() or parts or _is_mac_s(name))


def _is_mac_s(name: str) -> bool:
    return name.replace("\\", "/").startswith("__MACOSX/")


def _is_too_deep(parts: Sequence[str]) -> bool:
    return len(parts) > MAX_FOLDERS or len("/".join(parts).encode("utf-8", "surrogateescape")) > MAX_PATH_BYTES


def _unpack(archives: Sequence[zipfile.ZipFile], names: Sequence[str], target: Path) -> None:
    """Fills the target, whole or not at all; the caller holds the lock, so what else is half done has no owner."""
    for left in target.parent.glob(".unpacked-*"):
        shutil.rmtree(left, ignore_errors=True)
    growing = target.with_name(f".{target.name}")
    try:
        _extract(archives, names, growing)
        # Its files first: after a power cut the name must not stand for empty ones, which would be graded.
        os.sync()
        growing.rename(target)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def _extract(archives: Sequence[zipfile.ZipFile], names: Sequence[str], folder: Path) -> None:
    members = [(archive, info) for archive in archives for info in archive.infolist()]
    if len(members) > MAX_MEMBERS or sum(info.file_size for _, info in members) > MAX_UNPACKED_BYTES:
        raise UnusableInput(
            f"The download is too large to unpack here (over {MAX_UNPACKED_BYTES // 10**9} GB or "
            f"{MAX_MEMBERS:,} files); unpack it yourself and grade the folder."
        )
    folder.mkdir()
    taken: set[str] = set()
    for (archive, info), name in zip(members, names, strict=True):
        parts = _parts(name)
        if len(parts) > 1 and _is_too_deep(parts):
            # Whose it is stays to be seen.
            (folder / parts[0]).mkdir(exist_ok=True)
        if not parts or info.is_dir() or _is_left_out(name, info):
            continue
        target = _free(folder.joinpath(*parts), taken)
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


def _parts(name: str) -> list[str]:
    """Returns the folders and the name of a member, fit for a disk; nothing for one that leads out or is no file's."""
    name = name.replace("\\", "/")
    parts = name.split("/")
    if ".." in parts or name.startswith("/") or "\0" in name or parts[0] == "__MACOSX":
        return []
    return [_fitting(shown(part, 1000)) for part in parts if part not in ("", ".")]


def _fitting(part: str) -> str:
    """Returns a name that is not too long; its ending and, in a few signs, what was cut stay."""
    if len(part.encode("utf-8", "surrogateescape")) <= MAX_NAME_BYTES:
        return part
    ending = re.search(r"(?:\.tar)?\.[A-Za-z0-9]{1,8}$", part)
    tail = f"~{hashlib.sha256(part.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}{ending[0] if ending else ''}"
    head = part.encode("utf-8", "surrogateescape")[: MAX_NAME_BYTES - len(tail)]
    return head.decode("utf-8", "ignore") + tail


def _free(target: Path, taken: set[str]) -> Path:
    """Returns a place that no other file of the download has; of two with one name none is lost."""
    while str(target) in taken:
        target = target.with_name(f"+{target.name}")
    taken.add(str(target))
    return target
