"""Decides which grader.toml counts: one that the caller names, a class's, a student's own; never the graded person's.

`--config FILE` and GRADER_CONFIG name one for any command. Without them `batch` reads the one in the folder of a class,
or else beside that folder, and `check` reads that of a student's kit, but not in CI. Each command says which file it
has read, and which one it has found and ignored.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grader.assignment.definition import BUILT_IN, Assignment
from grader.commands.flags import say
from grader.commands.reach import Reach, in_ci
from grader.commands.settings import FILE_NAME, Settings
from grader.store.cache import cache_folder

__all__ = ["class_settings", "named_settings", "own_settings", "submission_settings"]


def named_settings(flags: dict[str, Any], *places: Path, profile: str = "course") -> Settings:
    """Returns the settings of a command that takes none from a folder; a file in one of the places is named."""
    named = _named(flags)
    if named is None:
        _say_unread(places, "nobody has named it")
    return Settings.read(named, profile, **flags)


def class_settings(submissions: Path, flags: dict[str, Any]) -> Settings:
    """Returns the settings of a class: of the file that is named, or else that lies in its folder or beside it.

    A platform gives everything in its download a name of its own, so that no student's file there can be called
    grader.toml. Where the names are the students' own that file may be one of theirs, and is not read.
    """
    file = _named(flags)
    if file is None:
        file = _of_class(submissions, flags.get("assignment"))
    return Settings.read(file, **flags)


def _of_class(submissions: Path, assignment: Path | None) -> Path | None:
    """Returns the grader.toml in a class's folder, or else beside it; says which one counts, or that none does."""
    places = (submissions, submissions.parent) if submissions.is_dir() else (submissions.parent,)
    # A folder of this name is somebody's submission.
    present = [path for place in places if os.path.lexists(path := place / FILE_NAME) and not _is_folder(path)]
    for found in present:
        if why := _why_theirs(found.parent, found, assignment):
            _say_unread((found.parent,), why)
        else:
            for other in present[present.index(found) + 1 :]:
                say(f"{other} is not read: the one in {found.parent} counts.")
            return _read(found)
    if not present:
        say(f"Settings: defaults; {' and '.join(str(place) for place in places)} hold no {FILE_NAME}.")
    return None


def own_settings(path: Path, flags: dict[str, Any]) -> Settings:
    """Returns the settings of a student's check of their own work: the kit's file says what is checked.

    In CI that repository is graded, and nothing of it is taken.
    """
    file = _named(flags)
    found = (path if path.is_dir() else path.parent) / FILE_NAME
    if file is not None:
        _refuse_theirs(Reach.of(path, ci=True), file) if in_ci() else None
    elif in_ci():
        _say_unread((found.parent,), "in CI nothing is taken from the repository that is graded")
    elif found.is_file():
        file = _read(found)
    return Settings.read(file, "own", **flags)


def submission_settings(submission: Path, reach: Reach, flags: dict[str, Any]) -> Settings:
    """Returns the settings for one submission: of the file that is named, which no other can be.

    Raises:
        UnusableInput: what was named lies where whoever is graded may write.
    """
    file = _named(flags)
    if file is None:
        inside, around = submission.absolute(), submission.absolute().parent
        _say_unread((inside, around, Path()), "the student who is graded may have written it")
    else:
        _refuse_theirs(reach, file)
    if named := flags.get("assignment"):
        _refuse_assignment(reach, named)
    chosen = Settings.read(file, **flags)
    _refuse_taken(reach, chosen)
    return chosen


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _named(flags: dict[str, Any]) -> Path | None:
    """Takes from the flags the file that the caller has named, and says that it is read."""
    file: Path | None = flags.pop("config", None)
    return None if file is None else _read(file)


def _read(file: Path) -> Path:
    say(f"Settings: {file}")
    return file


def _say_unread(places: Iterable[Path], why: str) -> None:
    for path in (place / FILE_NAME for place in places):
        if os.path.lexists(path):
            say(f"{path} is not read: {why}. If it is yours, name it with --config {path}.")
            return


def _refuse_theirs(reach: Reach, file: Path) -> None:
    reach.refuse(file, "The file of settings")


def _refuse_taken(reach: Reach, chosen: Settings) -> None:
    """Raises UnusableInput when checks, images, a class list or what is kept would come from whoever is graded."""
    _refuse_assignment(reach, chosen.assignment)
    assignment = chosen.load_assignment()
    places = [chosen.options[name] for name, choice in assignment.choices.items() if choice.is_folder]
    if assignment.data is not None and assignment.data.variable:
        places.append(os.environ.get(assignment.data.variable, ""))
    for place in filter(None, places):
        reach.refuse(Path(place), "The folder of data")
    if chosen.roster:
        reach.refuse(chosen.roster, "The class list")
    reach.refuse(cache_folder(), "The cache of the reference's run (GRADER_CACHE names another)")


def _refuse_assignment(reach: Reach, folder: Path) -> None:
    if folder != BUILT_IN:
        reach.refuse(folder, "The assignment")


def _why_theirs(submissions: Path, file: Path, assignment: Path | None) -> str:
    """Returns why a grader.toml in a folder may be a student's; "" where it is the instructor's."""
    if file.is_symlink():
        return "it is a link"
    if os.path.lexists(submissions / ".git"):
        return "this folder is a repository, as one submission is"
    answers = [] if assignment else [Path(place) for place in Assignment.load().modules.values()]
    own = {answer.name for answer in answers} | {answer.parts[0] for answer in answers}
    names = [path.name for path in submissions.iterdir()]
    if found := [name for name in names if name.lower() in own]:
        return f"{sorted(found)[0]} beside it has the name that a student gave it, so it may be a student's, too"
    return ""
