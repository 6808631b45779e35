"""Finds the folder, or the folders, in which the submissions of a class lie side by side."""

import os
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classes.attempts import ARCHIVES, SOURCES, attempt_of, without_ending
from grader.classes.gradescope_download import METADATA, SUBMISSION
from grader.classes.naming import platform_names
from grader.classes.unpacking import unpacked
from grader.model.errors import UnusableInput
from grader.reading.archives import shown

__all__ = ["JUNK", "Shelf", "find_shelves", "is_aside", "is_gradable", "is_real_folder", "listed"]

#: what instructors and platforms put beside submissions
ASIDE = ("__MACOSX", METADATA, "grader.toml", "Thumbs.db", "desktop.ini", "index.html")
#: what systems and tools of ours put there, and nobody misses
JUNK = re.compile(
    r"\.DS_Store|\.git.*|\._.*|\.localized|\.directory|\.Trash.*|\.unpack.*|\.fseventsd|\.Spotlight.*|\.vscode|\.idea|"
    r"\.ipynb_checkpoints|\..*_cache|\.grad.*|\.venv"
)
#: Google Drive's zips of one download: Class-20261120T100000Z-001.zip, Class-20261120T100000Z-3-002.zip
_DRIVE = re.compile(r"(?P<download>.+-\d{8}T\d{6}Z)(?:-\d+)?-\d{3}\.zip", re.IGNORECASE)
#: links of such names are rather an instructor's
_PAPERS = (".txt", ".md", ".csv", ".tsv", ".toml", ".pdf", ".html", ".json", ".xlsx", ".sqlite")
_DEPTH = 3
_NEARLY_ALL = 0.75
#: how much of a folder is looked at
_LOOK = 100
#: what students call folders and archives of their own
_OWN = re.compile(
    r"(?:(?:starter|template|solutions?|assignment|homework|hw|submissions?|backup|old|new|copy|draft|final|code|src|"
    r"a(?=\d)|handin|part|task|exercise|notebooks?|inline|report|data|docs?|lib|utils?)[\W\d_]*)+",
    re.IGNORECASE,
)
#: names of a zip that are looked at
_MAX_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of submissions."""

    path: Path
    #: name of the section, tutor or group that it is for; empty where the class has one folder
    section: str = ""


def find_shelves(
    place: Path, answers: Collection[str], room: Path, said: list[str], zip_names: str = ""
) -> list[Shelf]:  # fmt: skip
    """Returns the folders that submissions lie in: downloads are unpacked, folders around a class entered.

    Args:
        place: what the instructor has named.
        answers: places of the answer files in a submission.
        room: folder in which zips are unpacked, and the one folder that is no submission where it lies among them.
        said: gets a sentence on what was unpacked or entered, and on what looks odd.
        zip_names: encoding of the names in zips that do not say theirs; empty guesses.

    Raises:
        UnusableInput: it is nothing to look into, or a single submission.
    """
    opened = _Opened(room, said, zip_names)
    if place.is_file():
        folder = opened.zips(_parts_of(place))
    elif place.is_dir():
        folder = place
    else:
        raise UnusableInput(f"{place} is no folder; `grader batch` takes a folder with one submission each inside.")
    if any("/" in answer and (folder / answer).is_file() for answer in answers) or _is_one(folder, answers):
        raise UnusableInput(f"{place} is one submission, not a class; `grader grade {place}` grades it.")
    shelves = _shelves(folder, "", answers, opened, _DEPTH)
    sections = [shelf.section for shelf in shelves if shelf.section]
    if sections:
        some = ", ".join(shown(name, 60) for name in sections[:5])
        more = f" and {len(sections) - 5} more" if len(sections) > 5 else ""
        said.append(f"The class is in several folders: {some}{more}.")
    return shelves


def _entries_of(folder: Path, room: Path | None = None) -> list[Path]:
    """Returns what lies in a folder, hidden files left out; raises UnusableInput."""
    return [path for path in listed(folder, room) if not path.name.startswith(".")]


def is_gradable(path: Path) -> bool:
    """Whether something looks like a submission, whatever it is called."""
    if is_aside(path):
        return False
    if path.is_symlink():
        return path.suffix.lower() not in _PAPERS
    return path.suffix.lower() in (*ARCHIVES, *SOURCES) or not path.is_file()


def is_aside(path: Path) -> bool:
    """Whether a file is one that instructors and platforms put there; a folder of such a name is a submission."""
    return path.name in ASIDE and (path.name == ASIDE[0] or not is_real_folder(path))


def is_real_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


@dataclass(frozen=True, slots=True)
class _Opened:
    """Where zips of a class are unpacked, and who is told."""

    room: Path
    said: list[str]
    zip_names: str

    def zips(self, paths: Sequence[Path]) -> Path:
        """Returns the folder with what one or several zips of one download hold."""
        others = f" and {len(paths) - 1} more zips of the same download" if len(paths) > 1 else ""
        is_one = "" if others else " is a download of a whole class and"
        self.said.append(f"{shown(paths[0].name, 100)}{others}{is_one} {'were' if others else 'was'} unpacked.")
        folder, guessed = unpacked(paths, self.room, self.zip_names)
        self.said.extend(guessed)
        return folder


def _shelves(folder: Path, section: str, answers: Collection[str], opened: _Opened, depth: int) -> list[Shelf]:
    entries = [path for path in _entries_of(folder, opened.room) if is_gradable(path)]
    if depth == 0 or _is_platform_s(folder, entries):
        return [Shelf(folder, section)]
    if parts := _drive_parts(entries):
        return _shelves(opened.zips(parts), section, answers, opened, depth - 1)
    if len(entries) == 1:
        (only,) = entries
        if only.is_file() and _is_download(only):
            return _shelves(opened.zips([only]), section, answers, opened, depth - 1)
        if is_real_folder(only) and _is_class(only, answers):
            return _shelves(only, section, answers, opened, depth - 1)
        return [Shelf(folder, section)]
    if entries and all(_is_download(path) for path in entries):
        folders = [opened.zips([path]) if path.is_file() else path for path in entries]
        return [each for part in folders for each in _shelves(part, section, answers, opened, depth - 1)]
    sections = [path for path in entries if _is_section(path, answers)]
    if len(sections) > 1 and len(sections) >= _NEARLY_ALL * len(entries) and not _share_names(sections):
        rest = [Shelf(folder, section)] if len(sections) < len(entries) else []
        inner = [
            each
            for path in sections
            for each in _shelves(path, f"{section}/{path.name}".lstrip("/"), answers, opened, depth - 1)
        ]
        return [*inner, *rest]
    for path in sections:
        if len(_submissions_in(path, answers)) > 2:
            opened.said.append(
                f"{shown(path.name, 60)} holds several folders or archives that could each be a submission; it counts "
                f"as one. If it is a section of the class, grade it on its own: grader batch {shown(str(path), 200)}"
            )
    return [Shelf(folder, section)]


def _parts_of(download: Path) -> list[Path]:
    """Returns the zips of Google Drive's that belong to one of them; any other file alone."""
    found = _DRIVE.fullmatch(download.name)
    if found is None:
        return [download]
    return _drive_parts([path for path in listed(download.parent) if _of_download(path) == found["download"]])


def _drive_parts(entries: Sequence[Path]) -> list[Path]:
    downloads = {_of_download(path) for path in entries}
    return list(entries) if len(downloads) == 1 and "" not in downloads else []


def _of_download(path: Path) -> str:
    found = _DRIVE.fullmatch(path.name)
    return found["download"] if found and path.is_file() and not path.is_symlink() else ""


def listed(folder: Path, room: Path | None = None) -> list[Path]:
    """Returns what lies in a folder by name; raises UnusableInput.

    Args:
        folder: to look into.
        room: that this run writes into, and that is left out; no other name or content makes a folder one of ours.
    """
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
        return [path for path in entries if room is None or not _is_same(path, room)]
    except OSError as exc:
        raise UnusableInput(f"{folder} cannot be read: {exc.strerror}.") from exc


def _is_same(path: Path, other: Path) -> bool:
    return os.path.lexists(other) and is_real_folder(path) and os.path.samefile(path, other)


def _is_platform_s(folder: Path, entries: Sequence[Path]) -> bool:
    """Whether a platform has named what lies in a folder."""
    names = [path.name for path in entries]
    return (folder / METADATA).is_file() or bool(platform_names([path.name for path in listed(folder)], names))


def _is_download(path: Path) -> bool:
    """Whether a zip or folder holds what a platform names, rather than one student's files."""
    if is_real_folder(path):
        return _is_platform_s(path, [each for each in _entries_of(path) if is_gradable(each)])
    if path.is_symlink() or path.suffix.lower() != ".zip":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.split("/") for name in archive.namelist()[:_MAX_NAMES]]
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False
    tops = {parts[0] for parts in names} - {"__MACOSX"}
    if len(tops) == 1 and any(len(parts) > 1 for parts in names):  # a folder around everything
        tops |= {parts[1] for parts in names if len(parts) > 1 and parts[1]}
        tops -= {names[0][0]} if not platform_names([names[0][0]], ()) else set()
    if METADATA in tops and any(SUBMISSION.fullmatch(top) for top in tops):
        return True
    return bool(platform_names(tops, [top for top in tops if Path(top).suffix.lower() in (*ARCHIVES, *SOURCES)]))


def _is_one(folder: Path, answers: Collection[str]) -> bool:
    """Whether a folder holds answer files side by side and besides these at most a notebook."""
    bare = {answer.rpartition("/")[2] for answer in answers}
    names = {path.name for path in _entries_of(folder) if is_gradable(path)}
    return bool(names & bare) and len(names - bare) <= 1 and all(name.endswith(".ipynb") for name in names - bare)


def _is_class(folder: Path, answers: Collection[str]) -> bool:
    """Whether a folder holds submissions side by side, rather than being one."""
    names = {answer.rpartition("/")[2] for answer in answers}
    entries = [path for path in _entries_of(folder) if is_gradable(path)]
    if _is_platform_s(folder, entries) or _drive_parts(entries):
        return True
    if (folder / ".git").exists() or any(
        path.name in names or (folder / answer).exists() for path in entries for answer in answers
    ):
        return False
    tops = {answer.partition("/")[0] for answer in answers if "/" in answer}
    return len(entries) > 1 and not any(path.suffix.lower() in SOURCES or path.name in tops for path in entries)


def _is_section(path: Path, answers: Collection[str]) -> bool:
    """Whether a folder holds several submissions side by side, and nothing that says it is one student's."""
    if not is_real_folder(path):
        return False
    entries = [each for each in _entries_of(path) if is_gradable(each)]
    inside = _submissions_in(path, answers)
    if len(inside) < 2 or len(inside) < len(entries) or not _is_class(path, answers):
        return False
    stems = [without_ending(each.name) for each in inside]
    if any(stem.isdecimal() or _OWN.fullmatch(stem) or ((it := attempt_of(stem)) and not it[0]) for stem in stems):
        return False
    # One student's archives are called after the student, or there are few.
    archives = [stem for stem, each in zip(stems, inside, strict=True) if each.is_file()]
    own = [stem for stem in archives if path.name.casefold() in stem.casefold()]
    return not own and (len(archives) < len(inside) or len(archives) > 2)


def _submissions_in(folder: Path, answers: Collection[str]) -> list[Path]:
    """Returns the archives in a folder, and the folders that hold an answer file."""
    bare = {answer.rpartition("/")[2] for answer in answers}
    return [
        path
        for path in _entries_of(folder)
        if not path.is_symlink() and (path.suffix.lower() in ARCHIVES if path.is_file() else _holds(path, bare))
    ]


def _holds(folder: Path, names: Collection[str]) -> bool:
    """Whether an answer file or a notebook lies in a folder, as far as a quick look goes."""
    pending = [folder]
    for _ in range(_LOOK):
        if not pending:
            return False
        try:
            with os.scandir(pending.pop(0)) as entries:
                inside = [entry for entry, _ in zip(entries, range(_LOOK), strict=False)]
        except OSError:
            continue
        if any(entry.name in names or entry.name.endswith(".ipynb") for entry in inside):
            return True
        pending += [
            Path(entry.path)
            for entry in inside
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        ]
    return False


def _share_names(folders: Sequence[Path]) -> bool:
    """Whether what lies in several folders is called the same, as what several students hand in is."""
    names = Counter(without_ending(path.name).casefold() for folder in folders for path in _entries_of(folder))
    return sum(count for count in names.values() if count > 1) > 0.25 * names.total()
