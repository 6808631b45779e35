"""Reads the Python files and notebooks of a folder, an archive or a single file."""

import errno
import io
import os
import re
import stat
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from grader.model.errors import UnusableSubmission
from grader.model.file_names import is_source
from grader.reading.beneath import LINK, Beneath, opened
from grader.reading.layouts import count_written, stands_for
from grader.reading.members import DAMAGE, Member, Unreadable, folder_members, sniff, tar_members, zip_members
from grader.reading.reading_limits import DEFAULT_LIMITS, ReadLimits

__all__ = ["ReadLimits", "Tree", "icloud_name", "read_tree", "shown"]

_ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
_SKIPPED = {"__MACOSX", "__pycache__", "site-packages", "dist-packages", "node_modules", "venv", "virtualenv"}
_IN_ICLOUD = "not on this disk: iCloud keeps it elsewhere; download it, then grade again"
_WAY_OUT = "hand in a folder, a zip, a tar.gz or the .py files"


@dataclass(frozen=True, slots=True)
class Tree:
    """The Python files and notebooks of a submission by their path in it."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    #: paths of .py and .ipynb files over the size limit, left out of `files`
    oversized: tuple[str, ...] = ()
    #: the first few of the other files, for messages
    others: tuple[str, ...] = ()
    n_others: int = 0


def read_tree(
    path: Path,
    limits: ReadLimits = DEFAULT_LIMITS,
    clock: Callable[[], float] = time.process_time,
    within: Path | None = None,
    answers: Collection[str] = (),
) -> Tree:
    """Returns what a path holds: a folder, a zip, a tar (plain, gz, bz2, xz) or a single .py or .ipynb file.

    An archive is known by its content, not by its name. Links, hidden files and folders, virtual environments and
    bytecode are left out. Of members with the same
    name the last wins; of names that differ in case only, the one in lower case. The path itself may be a link,
    unless it is said what it is within.

    Args:
        path: what was handed in.
        limits: how much of it is read.
        clock: seconds that only grow; of the processor, so that a busy machine reads the same.
        within: the class's folder, which the path is below; no link below it is followed.
        answers: places of the answer files. An archive inside is opened where none of them lies beside it in which
            anything is written; where nothing is said of them, where no .py file does.

    Raises:
        UnusableSubmission: it does not exist, is no such thing, is damaged, or is past a limit.
    """
    reading = _Reading(shown(path.name or str(path)), limits, clock, tuple(answers))
    name = reading.name
    if missing := icloud_name(path.name):
        raise UnusableSubmission(f"{shown(missing)} is {_IN_ICLOUD}.")
    try:
        with opened(path, within) as place:
            if isinstance(place, Beneath):
                _take(reading, folder_members(place, _is_skipped, reading.note_folder))
            elif stat.S_ISREG(os.fstat(place).st_mode):
                with os.fdopen(place, "rb", closefd=False) as file:
                    _take_file(reading, file, path.name, name)
            else:
                raise UnusableSubmission(f"{name} is neither a file nor a folder; {_WAY_OUT}.")
    except FileNotFoundError as exc:
        raise UnusableSubmission(f"{name} does not exist; check the path.") from exc
    except (OSError, ValueError) as exc:
        if within is not None and getattr(exc, "errno", None) == errno.ELOOP:
            raise UnusableSubmission(f"{name} is a link, and links are not followed; {_WAY_OUT}.") from exc
        raise UnusableSubmission(
            f"{name} cannot be read ({_reason(exc)}); check the path and its permissions."
        ) from exc
    return reading.tree()


def icloud_name(name: str) -> str:
    """Returns the name of the file for which an iCloud placeholder stands, ".ada.zip.icloud"; else empty."""
    return name[1:-7] if name.startswith(".") and name.endswith(".icloud") and len(name) > 8 else ""


def shown(text: str, length: int = 120) -> str:
    """Returns a hostile name fit for a one-line message: no control, direction or broken characters, not too long."""
    text = "".join(char if char.isprintable() else "?" for char in text[: length + 1])
    return text if len(text) <= length else f"{text[: length - 1]}…"


@dataclass(slots=True)
class _Reading:
    """What one `read_tree` has found and used up so far."""

    name: str
    limits: ReadLimits
    clock: Callable[[], float]
    answers: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    #: folders that hold a pyvenv.cfg
    virtual: set[str] = field(default_factory=set)
    #: paths of links to anything but a Python file or notebook
    links: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    oversized: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    n_others: int = 0
    n_members: int = 0
    kept_bytes: int = 0
    unpacked_bytes: int = 0
    end: float = 0.0

    def __post_init__(self) -> None:
        self.end = self.clock() + self.limits.seconds

    def has_answer(self, path: str) -> bool:
        """Whether a file is an answer file in which something is written, rather than what was handed out."""
        if not self.answers:
            return True
        content = {path: self.files.get(path, b"")}
        return any(stands_for(path, place) for place in self.answers) and count_written(content, content) > 0

    def count_member(self) -> None:
        self.n_members += 1
        if self.n_members > self.limits.members:
            self._refuse(f"holds more than {self.limits.members} files")
        self.count_bytes(0)

    def count_bytes(self, n_bytes: int) -> None:
        self.unpacked_bytes += n_bytes
        if self.unpacked_bytes > self.limits.unpacked_bytes:
            self._refuse(f"unpacks to more than {_megabytes(self.limits.unpacked_bytes)}")
        if self.clock() > self.end:
            self._refuse(f"takes more than {self.limits.seconds:g} s to read")

    def keep(self, path: str, content: bytes) -> None:
        if path in self.files:
            self.notes.append(f"{shown(path)} is there twice; the last one counts.")
        self.files[path] = content
        self.kept_bytes += len(content)
        if self.kept_bytes > self.limits.kept_bytes:
            self._refuse(f"holds more than {_megabytes(self.limits.kept_bytes)} of Python files and notebooks")

    def note_folder(self, folder: str, exc: OSError) -> None:
        self.notes.append(f"The folder {shown(folder)} cannot be read: {_reason(exc)}.")

    def tree(self) -> Tree:
        outside = {path: content for path, content in self.files.items() if not self._in_virtual(path)}
        if len(outside) > self.limits.files:
            self._refuse(f"holds more than {self.limits.files} Python files and notebooks")
        files = _without_case_clashes(outside, self.notes)
        links = [f"{shown(path)} was left out: {LINK}." for path in self.links if not self._in_virtual(path)]
        notes = list(dict.fromkeys([*self.notes, *links]))
        if len(notes) > 20:
            notes[20:] = [f"{len(notes) - 20} more remarks on the files of this submission are left out."]
        return Tree(files, tuple(notes), tuple(sorted(self.oversized)), tuple(self.others), self.n_others)

    def _in_virtual(self, path: str) -> bool:
        return bool(self.virtual) and bool({str(parent) for parent in PurePosixPath(path).parents} & self.virtual)

    def _refuse(self, what: str) -> None:
        raise UnusableSubmission(f"{self.name} {what}; hand in the assignment's code alone, without data.")


def _take(reading: _Reading, members: Iterable[Member], prefix: str = "", depth: int = 0) -> None:
    """Keeps the Python files and notebooks of a folder or archive; opens its archives if no written answer is there."""
    nested: list[tuple[str, Member]] = []
    n_answers = 0
    for member in members:
        reading.count_member()
        path, problem = _clean(member.name)
        kind = path.lower()
        folder, _, last = path.rpartition("/")
        if icloud_name(last) and not _is_skipped(folder):
            reading.notes.append(f"{shown(f'{prefix}{folder}/{icloud_name(last)}'.lstrip('/'))} is {_IN_ICLOUD}.")
        if _is_skipped(path):
            continue
        if is_source(path):
            _take_member(reading, member, prefix + path, problem or member.problem)
            n_answers += kind.endswith(".py") and reading.has_answer(prefix + path)
            continue
        if member.problem == LINK:
            reading.links += [prefix + path] if len(reading.links) < 100 else []
            continue
        if kind.endswith("/pyvenv.cfg"):
            reading.virtual.add((prefix + path).rpartition("/")[0])
        if kind.endswith(_ARCHIVES) and member.lasting and not problem:
            nested.append((prefix + path, member))
        reading.n_others += 1
        reading.others += [shown(prefix + path, 60)] if len(reading.others) < 3 else []
    if not n_answers:
        for path, member in nested[:5]:
            _take_nested(reading, member, path, depth + 1)


def _take_member(reading: _Reading, member: Member, path: str, problem: str) -> None:
    limit = reading.limits.source_bytes if path.lower().endswith(".py") else reading.limits.notebook_bytes
    try:
        if problem:
            raise Unreadable(problem)
        content = member.read(limit + 1)
    except Unreadable as exc:
        reading.notes.append(f"{shown(path)} was left out: {exc}.")
        return
    reading.count_bytes(len(content))
    if len(content) > limit:
        reading.oversized.append(path)
        reading.notes.append(f"{shown(path)} was left out: it is larger than {_megabytes(limit)}.")
    else:
        reading.keep(path, content)


def _take_nested(reading: _Reading, member: Member, path: str, depth: int) -> None:
    """Opens an archive inside; what is wrong with it is a note, since the rest may be fine."""
    limit = reading.limits.nested_bytes
    try:
        if depth > reading.limits.nesting:
            raise Unreadable("too many archives inside each other")
        content = member.read(limit + 1)
        reading.count_bytes(len(content))
        if len(content) > limit:
            raise Unreadable(f"it is larger than {_megabytes(limit)}")
        _take_file(reading, io.BytesIO(content), path, shown(path), f"{path}/", depth)
    except Unreadable as exc:
        reading.notes.append(f"{shown(path)} was not opened: {exc}.")
    except UnusableSubmission as exc:
        reading.notes.append(str(exc))


def _take_file(
    reading: _Reading, file: IO[bytes], name: str, shown_name: str, prefix: str = "", depth: int = 0
) -> None:  # fmt: skip
    """Takes an archive, or a single source file."""
    kind, words = sniff(file)
    if not kind and is_source(name):
        return _take(reading, [Member(name, file.read)])
    if not kind and not name.lower().endswith(".tar"):
        raise UnusableSubmission(f"{shown_name} is {words or 'not a zip or tar archive'}; {_WAY_OUT}.")
    try:
        _take(reading, zip_members(file) if kind == "zip" else tar_members(file, reading.count_bytes), prefix, depth)
    except DAMAGE as exc:
        raise UnusableSubmission(
            f"{shown_name} is damaged or not complete ({_reason(exc)}); make the archive again, of the code alone."
        ) from exc


def _clean(raw: str) -> tuple[str, str]:
    """Returns a member's name as a path with "/" and without ".", and what is wrong with it, if anything."""
    name = unicodedata.normalize("NFC", raw.replace("\\", "/"))
    parts = [part for part in name.split("/") if part not in ("", ".")]
    path = "/".join(parts)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        return path, "its path leads out of the submission"
    if not path.isprintable():
        return path, "its name has control characters"
    if len(path) > 1000 or len(parts) > 40 or any(len(part.encode()) > 255 for part in parts):
        return path, "its name is too long"
    return path, ""


def _is_skipped(path: str) -> bool:
    return any(part in _SKIPPED or (part.startswith(".") and part != "..") for part in path.split("/"))


def _without_case_clashes(files: Mapping[str, bytes], notes: list[str]) -> dict[str, bytes]:
    """Returns the files in order; of those that a case-blind disk would hold once, the one nearest lower case."""
    kept: dict[str, str] = {}
    for path in sorted(files, reverse=True):
        other = kept.setdefault(path.casefold(), path)
        if other != path:
            notes.append(f"{shown(path)} was left out: {shown(other)} differs from it in case only.")
    return {path: files[path] for path in sorted(kept.values())}


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1_000_000:g} MB"


def _reason(exc: BaseException) -> str:
    text = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
    return shown(text[:1].lower() + text[1:], 100).rstrip(".")
