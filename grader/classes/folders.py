"""Finds the folder, or the folders, in which the submissions of a class lie side by side."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classes.class_entries import entries_of, is_gradable, is_real_folder, listed
from grader.classes.gradescope_download import METADATA, SUBMISSION
from grader.classes.naming import platform_names
from grader.classes.sections import find_sections, names_in_zip, people_in_zip, zips_are_sections
from grader.classes.unpacking import unpacked
from grader.model.errors import UnusableInput
from grader.model.file_names import ARCHIVES, SOURCES, is_notebook
from grader.reading.archives import shown
from grader.reading.attempt_names import without_ending

__all__ = ["ClassFolder", "find_class_folders"]

#: Google Drive's zips of one download: Class-20261120T100000Z-001.zip, Class-20261120T100000Z-3-002.zip
_DRIVE = re.compile(r"(?P<download>.+-\d{8}T\d{6}Z)(?:-\d+)?-\d{3}\.zip", re.IGNORECASE)
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """A folder of submissions."""

    path: Path
    #: name of the section, tutor or group that it is for; empty where the class has one folder
    section: str = ""
    #: names of what lies in it and is a folder of submissions itself
    entered: frozenset[str] = frozenset()


def find_class_folders(
    place: Path, answers: Collection[str], output: Path, said: list[str], zip_names: str = ""
) -> list[ClassFolder]:  # fmt: skip
    """Returns the folders that submissions lie in: downloads are unpacked, folders around a class entered.

    Args:
        place: what the instructor has named.
        answers: places of the answer files in a submission.
        output: folder in which zips are unpacked, and the one folder that is no submission where it lies among them.
        said: gets a sentence on what was unpacked or entered, and on what looks odd.
        zip_names: encoding of the names in zips that do not say theirs; empty guesses.

    Raises:
        UnusableInput: it is nothing to look into, or a single submission.
    """
    opened = _Opened(output, said, zip_names)
    if place.is_file():
        folder = opened.zips(_parts_of(place))
    elif place.is_dir():
        folder = place
    else:
        raise UnusableInput(f"{place} is not a folder; `grader batch` takes a folder with one submission each inside.")
    if any("/" in answer and (folder / answer).is_file() for answer in answers) or _is_one(folder, answers):
        raise UnusableInput(f"{place} is one submission, not a class; `grader grade {place}` grades it.")
    class_folders = _class_folders(folder, "", answers, opened, _DEPTH)
    if sections := list(dict.fromkeys(each.section for each in class_folders if each.section)):
        some = ", ".join(shown(name, 60) for name in sections[:5])
        more = f" and {len(sections) - 5} more" if len(sections) > 5 else ""
        said.append(f"The class is in several folders: {some}{more}.")
    return class_folders


@dataclass(frozen=True, slots=True)
class _Opened:
    """Where zips of a class are unpacked, and who is told."""

    output: Path
    said: list[str]
    zip_names: str

    def zips(self, paths: Sequence[Path]) -> Path:
        """Returns the folder with what one or several zips of one download hold."""
        others = f" and {len(paths) - 1} more zips of the same download" if len(paths) > 1 else ""
        is_one = "" if others else " is a download of a whole class and"
        self.said.append(f"{shown(paths[0].name, 100)}{others}{is_one} {'were' if others else 'was'} unpacked.")
        folder, guessed = unpacked(paths, self.output, self.zip_names)
        self.said.extend(guessed)
        return folder


def _class_folders(
    folder: Path, section: str, answers: Collection[str], opened: _Opened, depth: int
) -> list[ClassFolder]:
    entries = [path for path in entries_of(folder, opened.output) if is_gradable(path)]
    if depth == 0 or _is_platform_s(folder, entries):
        return [ClassFolder(folder, section)]

    def inside(paths: Sequence[Path], folders: Iterable[tuple[Path, str]]) -> list[ClassFolder]:
        """Returns the folders of the class in some entries, and one of what lies beside them, somebody's too."""
        below = [each for path, name in folders for each in _class_folders(path, name, answers, opened, depth - 1)]
        entered = frozenset(path.name for path in paths)
        beside = [path for path in listed(folder, opened.output) if path.name not in entered]
        return [*below, *([ClassFolder(folder, section, entered)] if beside else [])]

    if parts := _drive_parts(entries):
        return inside(parts, [(opened.zips(parts), section)])
    if len(entries) == 1:
        (only,) = entries
        if only.is_file() and (_is_download(only) or len(people_in_zip(only, answers)) > 1):
            return inside(entries, [(opened.zips([only]), section)])
        if is_real_folder(only) and _is_class(only, answers):
            return inside(entries, [(only, section)])
        return [ClassFolder(folder, section)]
    if entries and all(_is_download(path) for path in entries):
        return inside(entries, ((opened.zips([path]) if path.is_file() else path, section) for path in entries))
    if zips_are_sections(entries, answers):
        return inside(
            entries, ((opened.zips([path]), f"{section}/{without_ending(path.name)}".lstrip("/")) for path in entries)
        )
    sections, doubtful = find_sections(entries, answers, in_section=bool(section))
    for path in doubtful:
        opened.said.append(
            f"{shown(path.name, 60)} holds several folders or archives that could each be a submission. It is taken "
            "for one, and not graded where their answer files differ. If it is a section of the class, grade it on its "
            f"own: grader batch {shown(str(path), 200)}"
        )
    if sections:
        return inside(sections, ((path, f"{section}/{path.name}".lstrip("/")) for path in sections))
    return [ClassFolder(folder, section)]


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


def _is_platform_s(folder: Path, entries: Sequence[Path]) -> bool:
    """Whether a platform has named what lies in a folder."""
    names = [path.name for path in entries]
    return (folder / METADATA).is_file() or bool(platform_names([path.name for path in listed(folder)], names))


def _is_download(path: Path) -> bool:
    """Whether a zip or folder holds what a platform names, rather than one student's files."""
    if is_real_folder(path):
        return _is_platform_s(path, [each for each in entries_of(path) if is_gradable(each)])
    if path.is_symlink() or path.suffix.lower() != ".zip":
        return False
    names = [name.split("/") for name in names_in_zip(path)]
    if not names:
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
    names = {path.name for path in entries_of(folder) if is_gradable(path)}
    return bool(names & bare) and len(names - bare) <= 1 and all(is_notebook(name) for name in names - bare)


def _is_class(folder: Path, answers: Collection[str]) -> bool:
    """Whether a folder holds submissions side by side, rather than being one."""
    names = {answer.rpartition("/")[2] for answer in answers}
    entries = [path for path in entries_of(folder) if is_gradable(path)]
    if _is_platform_s(folder, entries) or _drive_parts(entries):
        return True
    if (folder / ".git").exists() or any(
        path.name in names or (folder / answer).exists() for path in entries for answer in answers
    ):
        return False
    tops = {answer.partition("/")[0] for answer in answers if "/" in answer}
    return len(entries) > 1 and not any(path.suffix.lower() in SOURCES or path.name in tops for path in entries)
