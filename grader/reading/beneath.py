"""Opens what lies below a folder without following a link anywhere on the way."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LINK", "Beneath", "opened", "read_head", "read_tail"]

#: what is wrong with a link
LINK = "it is a link"
# Windows has neither of these; there every part of a path is looked at before it is opened.
_BY_HANDLE = os.open in os.supports_dir_fd and os.scandir in os.supports_fd and hasattr(os, "O_NOFOLLOW")
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# A pipe that nobody writes to never answers.
_FILE = _FLAGS | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Beneath:
    """A folder that is held open, so that nothing put in its place later is read instead."""

    path: Path
    #: handle of the folder; -1 where the system has none
    handle: int = -1

    @contextmanager
    def at(self, name: str) -> Iterator[int]:
        """Yields a handle of the file or folder at a relative path, closed at the end.

        Raises:
            OSError: it cannot be opened; with ELOOP where it or a folder on the way to it is a link.
        """
        handle = self._by_handle(name) if self.handle >= 0 else self._by_path(name)
        try:
            yield handle
        finally:
            os.close(handle)

    def listed(self, name: str = "") -> list[os.DirEntry[str]]:
        """Returns the entries of a folder by name; raises OSError as `at` does."""
        if self.handle < 0:
            self._refuse_links(name)
            with os.scandir(self.path / name) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        if not name:
            return _entries(self.handle)
        with self.at(name) as handle:
            return _entries(handle)

    def _by_handle(self, name: str) -> int:
        *folders, last = name.split("/")
        at = self.handle
        try:
            for part in folders:
                deeper = _open_here(part, _FLAGS | os.O_DIRECTORY, at)
                if at != self.handle:
                    os.close(at)
                at = deeper
            return _open_here(last, _FILE, at)
        finally:
            if at != self.handle:
                os.close(at)

    def _by_path(self, name: str) -> int:
        self._refuse_links(name)
        return os.open(self.path / name, _FILE)

    def _refuse_links(self, name: str) -> None:
        place = self.path
        for part in filter(None, name.split("/")):
            place /= part
            if place.is_symlink() or getattr(place, "is_junction", lambda: False)():
                raise _is_link(part)


@contextmanager
def opened(path: Path, within: Path | None = None) -> Iterator[int | Beneath]:
    """Yields a folder as Beneath, or anything else as the handle of an open file.

    Args:
        path: may itself be a link, unless it is said what it is within.
        within: folder that the path is below; no link below it is followed.

    Raises:
        OSError: it cannot be opened; with ELOOP where a link was not followed.
    """
    if within is not None and path != within:
        with opened(within) as folder:
            if not isinstance(folder, Beneath):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(within))
            name = path.relative_to(within).as_posix()
            if not _BY_HANDLE:
                folder._refuse_links(name)
            elif folder.handle >= 0:
                with folder.at(name) as handle:
                    yield Beneath(path, handle) if stat.S_ISDIR(os.fstat(handle).st_mode) else handle
                    return
    if not _BY_HANDLE and path.is_dir():
        yield Beneath(path)
        return
    handle = os.open(path, _FILE)
    try:
        yield Beneath(path, handle) if stat.S_ISDIR(os.fstat(handle).st_mode) else handle
    finally:
        os.close(handle)


def read_head(folder: Path, name: str, n_bytes: int) -> str:
    """Returns the first line of a file below a folder; empty where there is none that can be read."""
    return read_tail(folder, name, n_bytes, from_start=True).decode("utf-8-sig", "replace").partition("\n")[0].strip()


def read_tail(folder: Path, name: str, n_bytes: int, *, from_start: bool = False) -> bytes:
    """Returns the last bytes of a file below a folder, or its first ones; none where it cannot be read."""
    try:
        with opened(folder / name, within=folder) as place:
            if isinstance(place, Beneath) or not stat.S_ISREG(os.fstat(place).st_mode):
                return b""
            if not from_start:
                os.lseek(place, max(0, os.fstat(place).st_size - n_bytes), os.SEEK_SET)
            return os.read(place, n_bytes)
    except (OSError, ValueError):
        return b""


def _entries(handle: int) -> list[os.DirEntry[str]]:
    with os.scandir(handle) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _open_here(part: str, flags: int, folder: int) -> int:
    try:
        return os.open(part, flags | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as exc:
        # With O_DIRECTORY, a link is said to be no directory.
        if exc.errno == errno.ELOOP or _is_link_here(part, folder):
            raise _is_link(part) from exc
        raise


def _is_link_here(part: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _is_link(part: str) -> OSError:
    return OSError(errno.ELOOP, LINK, part)
