"""Goes over the members of a folder, zip or tar and stops each at a size limit.

Sizes and positions in headers are the student's words: no single read goes past a limit, and no tar leads backwards.
"""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from grader.reading.beneath import LINK, Beneath
from grader.reading.reading_limits import MAX_TAR_READ, MAX_ZIP_READ

__all__ = ["DAMAGE", "Member", "Unreadable", "folder_members", "sniff", "tar_members", "zip_members"]

#: what zipfile, tarfile and the decompressors raise on damaged input
DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, struct.error,
    OSError, EOFError, ValueError, OverflowError, IndexError, RuntimeError,
)  # fmt: skip
_DECOMPRESSORS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_OTHER_FORMATS = {b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7z archive", b"%PDF": "a PDF", b"": "an empty file"}
_CHUNK = 1 << 14


class Unreadable(Exception):
    """One member cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a folder or archive, except the folders in it."""

    name: str
    #: returns at most so many bytes of its content; raises Unreadable, or one of DAMAGE
    read: Callable[[int], bytes]
    #: why it must not be read, e.g. "it is a link"; empty when it can be
    problem: str = ""
    #: whether `read` still works once later members have been listed
    lasting: bool = True


def sniff(file: IO[bytes]) -> tuple[str, str]:
    """Returns what a file is by its first bytes, and leaves it at its start.

    Returns:
        "zip", "tar" (compressed or not) or ""; and for "" words such as "a RAR archive", when the format is known.
    """
    head = file.read(512)
    file.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip", ""
    if head.startswith(tuple(_DECOMPRESSORS)) or head[257:262] == b"ustar":
        return "tar", ""
    return "", next((words for mark, words in _OTHER_FORMATS.items() if head[: len(mark) or 512] == mark), "")


def folder_members(
    root: Beneath, skip: Callable[[str], bool], unreadable: Callable[[str, OSError], None]
) -> Iterator[Member]:  # fmt: skip
    """Yields the files below a folder in order, without following links or entering virtual environments.

    Args:
        root: the folder, to be held open as long as its members are read.
        skip: says of a path below it whether a folder is passed over.
        unreadable: is told of folders that cannot be listed.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            entries = root.listed(folder)
        except OSError as exc:
            if not folder:
                raise
            unreadable(folder, exc)
            continue
        if folder and {"pyvenv.cfg", "conda-meta"} & {entry.name for entry in entries}:
            continue
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if _is_link(entry) or not entry.is_dir(follow_symlinks=False):
                yield Member(name, _file_reader(root, name), LINK if _is_link(entry) else "")
            elif not skip(name) and name.count("/") < 40:
                pending.append(name)


def zip_members(file: IO[bytes]) -> Iterator[Member]:
    """Yields the files of a zip; raises one of DAMAGE when it is damaged."""
    # Not closed, so that members can be read after all are listed; the file is the caller's.
    archive = zipfile.ZipFile(cast(IO[bytes], _Guarded(file, MAX_ZIP_READ)))
    for info in archive.infolist():
        if not info.is_dir():
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            yield Member(info.filename, _zip_reader(archive, info), LINK if is_link else "")


def tar_members(file: IO[bytes], count: Callable[[int], None]) -> Iterator[Member]:
    """Yields the files of a tar, plain or compressed; each is to be read before the next.

    Args:
        file: at its start.
        count: is told the number of bytes of each read, and may raise.

    Raises:
        one of DAMAGE when it is damaged.
    """
    head = file.read(6)
    file.seek(0)
    stream = next((opened(file) for mark, opened in _DECOMPRESSORS.items() if head.startswith(mark)), file)
    guarded = cast(IO[bytes], _Guarded(stream, MAX_TAR_READ, count))
    with tarfile.open(fileobj=guarded, mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # or it remembers every member
            if not info.isdir():
                problem = "" if info.isreg() else LINK if info.issym() or info.islnk() else "it is a device"
                yield Member(info.name, _tar_reader(archive, info), problem, lasting=False)


def _is_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or bool(getattr(entry, "is_junction", lambda: False)())


def _file_reader(root: Beneath, name: str) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            # Not through a link and not into a pipe that never answers, whatever was put there since the listing.
            with root.at(name) as handle, os.fdopen(handle, "rb", closefd=False) as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Unreadable("it is not a regular file")
                return file.read(limit)
        except OSError as exc:
            raise Unreadable((exc.strerror or str(exc)).lower()) from exc

    return read


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            with archive.open(info) as member:
                return _read_up_to(member, limit)
        except NotImplementedError as exc:
            raise Unreadable("its compression method is unknown here") from exc
        except RuntimeError as exc:
            raise Unreadable("it is locked with a password") from exc

    return read


def _tar_reader(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        member = archive.extractfile(info)
        if member is None or info.size < 0:
            raise ValueError("a member without content")
        with member:
            return _read_up_to(member, limit)

    return read


class _Guarded:
    """A file that refuses single reads past a limit and, where its bytes are counted, to go back."""

    def __init__(self, file: IO[bytes], most: int, count: Callable[[int], None] | None = None) -> None:
        self._file, self._most, self._count = file, most, count

    def read(self, size: int = -1) -> bytes:
        if size > self._most:
            raise ValueError("a header or list of files is too long")
        data = self._file.read(size if size >= 0 else self._most)
        if self._count is not None:
            self._count(len(data))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if self._count is None:
            return self._file.seek(offset, whence)
        ahead = offset - self._file.tell()
        if whence != os.SEEK_SET or ahead < 0:
            raise ValueError("a header points back")
        while ahead > 0 and (data := self.read(min(ahead, self._most))):
            ahead -= len(data)
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _read_up_to(file: IO[bytes], limit: int) -> bytes:
    # It gives its content away without a copy of it.
    content = io.BytesIO()
    while limit > 0 and (piece := file.read(min(limit, _CHUNK))):
        limit -= content.write(piece)
    return content.getvalue()
