"""Finds the folders of a class that are for a section, a tutor or a group each."""

import os
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from grader.classes.attempts import is_own_name
from grader.classes.class_entries import entries_of, is_gradable, is_real_folder
from grader.classes.class_limits import MAX_LOOKED_AT_IN_SECTION, MAX_ZIP_NAMES
from grader.classes.naming import person_file
from grader.model.file_names import ARCHIVES, NOTEBOOK, is_source
from grader.reading.attempt_names import order_of_attempts, without_ending

__all__ = ["find_sections", "names_in_zip", "people_in_zip", "zips_are_sections"]

#: of the entries of a class, how many must hold several submissions, whatever they are called
_NEARLY_ALL = 0.75
#: how much of what lies in different folders may be called the same; more is what every student hands in
_MOST_SHARED, _MOST_SHARED_IN_SECTIONS = 0.25, 0.6
_FIRST_WORD = re.compile(r"[^\W\d_]+")


def find_sections(
    entries: Sequence[Path], answers: Collection[str], *, in_section: bool = False
) -> tuple[list[Path], list[Path]]:  # fmt: skip
    """Returns the entries that are sections of a class, and those that may be one and are taken for a submission.

    Nearly all entries hold several submissions; or some do, the others one or none, and all are called alike: "Section
    01", "Tutor B".

    Args:
        entries: what lies in the folder of the class.
        answers: places of the answer files in a submission.
        in_section: whether the folder is a section itself, as a tutor's with one for each day.
    """
    folders = [path for path in entries if is_real_folder(path)]
    alike = len(folders) > 1 and len({_first_word(path.name) for path in folders}) == 1 and folders == list(entries)
    inside = {path: _people_in(path, answers, notebooks=alike) for path in folders}
    many = [path for path in folders if len(inside[path] or ()) > 1]
    alike = alike or (in_section and 2 * len(many) >= len(entries) and folders == list(entries))
    if alike and many and None not in inside.values() and not _share_names(inside, _MOST_SHARED_IN_SECTIONS):
        return folders, []
    few = [path for path in many if all((path / name).is_file() for name in inside[path] or ())]
    sure = [path for path in many if path not in few or len(inside[path] or ()) > 2]
    are_nearly_all = len(sure) > 1 and len(sure) >= _NEARLY_ALL * len(entries)
    if are_nearly_all and not _share_names({path: inside[path] for path in sure}, _MOST_SHARED):
        return sure, [path for path in many if path not in sure]
    return [], many


def zips_are_sections(entries: Sequence[Path], answers: Collection[str]) -> bool:
    """Whether each of several zips holds several students' work."""
    inside: dict[Path, tuple[str, ...] | None] = {}
    for path in entries:
        # The first student's zip tells, so that of a large class no second one is opened here.
        if len(found := people_in_zip(path, answers)) < 2:
            return False
        inside[path] = found
    return len(inside) > 1 and not _share_names(inside, _MOST_SHARED)


def names_in_zip(path: Path) -> list[str]:
    """Returns the names of what a zip holds, as far as that is looked at; nothing for what is none or is damaged."""
    if path.is_symlink() or path.suffix.lower() != ".zip" or not path.is_file():
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()[:MAX_ZIP_NAMES]
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return []


def people_in_zip(path: Path, answers: Collection[str]) -> tuple[str, ...]:
    """Returns what in a zip may be a submission each: archives, and folders with an answer file or a notebook in them.

    Nothing where it holds answer files itself, or what a student may call so: "package", "old", "starter".
    """
    bare = {answer.rpartition("/")[2] for answer in answers}
    own = {answer.partition("/")[0] for answer in answers if "/" in answer}
    parts = [name.split("/") for name in names_in_zip(path) if not name.startswith("__MACOSX/") and name.strip("/")]
    while len({each[0] for each in parts}) == 1 and all(len(each) > 1 for each in parts) and parts[0][0] not in own:
        parts = [each[1:] for each in parts if each[1]]
    people: dict[str, None] = {}
    for each in parts:
        is_file, last = len(each) == 1, each[-1].lower()
        if is_file and (each[0] in bare or is_source(last)):
            return ()
        if last.endswith(ARCHIVES) if is_file else last in bare or last.endswith((NOTEBOOK, *ARCHIVES)):
            people[each[0]] = None
    owner = without_ending(path.name)
    names = [without_ending(name) for name in people]
    if any(name in own or is_own_name(name, owner) for name in names) or order_of_attempts(names, owner) is not None:
        return ()
    return tuple(people)


def _first_word(name: str) -> str:
    """Returns "section" of "Section 01"; the whole name where it begins with no letter."""
    found = _FIRST_WORD.match(name)
    return (found[0] if found else name).casefold()


def _people_in(folder: Path, answers: Collection[str], *, notebooks: bool) -> tuple[str, ...] | None:
    """Returns what in a folder may be a submission each; None where something says that it is one student's."""
    entries = [path for path in entries_of(folder) if is_gradable(path)]
    bare = {answer.rpartition("/")[2] for answer in answers}
    tops = {answer.partition("/")[0] for answer in answers if "/" in answer}
    names = {path.name for path in entries}
    if names & (bare | tops) or (folder / ".git").exists():
        return None
    files = [path for path in entries if is_source(path.name) and not is_real_folder(path)]
    persons = {person[0]: path.name for path in files if (person := person_file(path.name, bare))}
    if any(path.suffix.lower() == ".py" and not person_file(path.name, bare) for path in files):
        return None
    loose = [path for path in files if not person_file(path.name, bare)]
    if loose and (not notebooks or persons):
        return None
    found = [path for path in entries if not path.is_symlink() and path not in files and _may_be_one(path, bare)]
    people = (*persons.values(), *(path.name for path in (*loose, *found)))
    stems = [*persons, *(without_ending(path.name) for path in (*loose, *found))]
    # "2", "old", "ada_code.zip" in the folder of ada; "1_handin.zip" and "2_handin.zip".
    is_one_s = (
        any(is_own_name(stem, folder.name) for stem in stems) or order_of_attempts(stems, folder.name) is not None
    )
    if is_one_s or 2 * len(found) < len(entries) - len(files):
        return None
    return people


def _may_be_one(path: Path, names: Collection[str]) -> bool:
    return path.suffix.lower() in ARCHIVES if path.is_file() else _holds(path, names)


def _holds(folder: Path, names: Collection[str]) -> bool:
    """Whether an answer file, a notebook or an archive lies in a folder, as far as a quick look goes."""
    pending = [folder]
    for _ in range(MAX_LOOKED_AT_IN_SECTION):
        if not pending:
            return False
        try:
            with os.scandir(pending.pop(0)) as entries:
                inside = [entry for entry, _ in zip(entries, range(MAX_LOOKED_AT_IN_SECTION), strict=False)]
        except OSError:
            continue
        if any(entry.name in names or entry.name.lower().endswith((NOTEBOOK, *ARCHIVES)) for entry in inside):
            return True
        pending += [
            Path(entry.path)
            for entry in inside
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        ]
    return False


def _share_names(inside: dict[Path, tuple[str, ...] | None], most: float) -> bool:
    """Whether what lies in several folders is called the same, as what several students hand in is."""
    names = Counter(without_ending(name).casefold() for found in inside.values() for name in found or ())
    return sum(count for count in names.values() if count > 1) > most * names.total()
