"""Finds which attempt a name stands for, and which of the attempts in a student's folder is the last."""

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.reading.archives import shown

__all__ = [
    "ARCHIVES",
    "SOURCES",
    "Counting",
    "attempt_of",
    "is_own_name",
    "last_attempt_in",
    "note_on",
    "without_ending",
]

#: single files that are somebody's submission; what cannot be read is told to its student, not passed over
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".rar", ".7z")
SOURCES = (".py", ".ipynb")
_ENDING = re.compile(r"(?:\.tar)?(?:\.(?:zip|tar|gz|tgz|bz2|tbz2|xz|txz|rar|7z|py|ipynb))$", re.IGNORECASE)
_ATTEMPT = re.compile(
    r"(?P<who>.*?)[ _.-]*(?:(?:\b|_)(?:attempt|resubmission|version|v)[ _.-]?(?P<n>\d{1,9})|\((?P<copy>\d{1,3})\))",
    re.IGNORECASE | re.DOTALL,
)
#: what students call folders and archives of their own
_OWN = re.compile(
    r"(?:(?:starter|template|skeleton|original|handout|release|base|solutions?|solved|assignment|homework|hw|submissions?|"
    r"backup|old|new|copy|draft|final|latest|first|second|last|code|src|a(?=\d)|cs\d++n?|handin|part|task|exercise|"
    r"notebooks?|inline|report|data|docs?|lib|utils?|conv(?:olution(?:al)?)?|cnn|nets?|networks?|layers?|py|python|pytorch|torch|tensorflow|"
    r"colab|local|drive|work|project|my|the|test|version|spring|fall|winter|summer|week|v(?=\d))[\W\d_]*+)+",
    re.IGNORECASE,
)
#: folders around attempts: a student's, an assignment's
_DEPTH = 3
#: how many files of an attempt are looked at
_LOOK = 2_000


@dataclass(frozen=True, slots=True)
class Counting:
    """The attempt in a student's folder that counts."""

    path: Path
    #: its name, with the folders between it and the student's
    called: str
    #: the other attempts
    earlier: tuple[str, ...]


def without_ending(name: str) -> str:
    """Returns "first.last" of "first.last.zip"; only endings of archives and source files are cut."""
    return _ENDING.sub("", name) or name


def attempt_of(stem: str) -> tuple[str, int] | None:
    """Returns whose attempt it is and its number: "ada_attempt2" and "ada (2)"; None when the name says none."""
    found = _ATTEMPT.fullmatch(stem)
    if found is None:
        return None
    return found["who"].rstrip(" _.-"), int(found["n"] or found["copy"])


def is_own_name(stem: str, owner: str = "") -> bool:
    """Whether a student may call something in the own folder so: "old", "2", "attempt_1", "ada_code" in that of ada."""
    attempt = attempt_of(stem)
    is_attempt = attempt is not None and not attempt[0]
    is_named_after = bool(owner) and owner.casefold() in stem.casefold()
    return stem.isdecimal() or is_attempt or is_named_after or _OWN.fullmatch(stem) is not None


def last_attempt_in(folder: Path, answers: Collection[str] = ()) -> Counting | None:
    """Returns the last of the attempts that a student's folder holds and nothing else; None for any other folder.

    Attempts are called "attempt_2", "Version 2" or just "2", and may lie a folder deeper, as Teams puts them.

    Args:
        folder: the student's.
        answers: places of the answer files, such as "cs231n/layers.py".
    """
    around: list[str] = []
    for _ in range(_DEPTH):
        entries = _gradable(folder)
        numbered = [(number, path) for path in entries if (number := _number(path)) is not None]
        if numbered and len(numbered) == len(entries):
            return _last(numbered, around, answers)
        if len(entries) != 1 or not _is_folder(entries[0]):
            return None
        (folder,) = entries
        around.append(folder.name)
    return None


def _last(numbered: Sequence[tuple[int, Path]], around: Sequence[str], answers: Collection[str]) -> Counting | None:
    _, last = max(numbered, key=lambda each: (each[0], each[1].name))
    others = [path for _, path in numbered if path != last]
    # Folders "1" and "2" with another answer file in each are parts of the work.
    if last.name.isdecimal() and _is_folder(last) and others:
        own, elsewhere = _answers_in([last], answers), _answers_in(others, answers)
        if elsewhere and not own & elsewhere:
            return None
    return Counting(last, "/".join([*around, last.name]), tuple(path.name for path in others))


def _number(path: Path) -> int | None:
    stem = path.name if _is_folder(path) else without_ending(path.name)
    if stem.isdecimal() and len(stem) < 10:
        return int(stem)
    found = attempt_of(stem)
    return found[1] if found and not found[0] else None


def _gradable(folder: Path) -> list[Path]:
    """Returns the folders, archives and source files in a folder; links are nobody's attempt."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        path
        for path in entries
        if not path.name.startswith(".") and path.name != "__MACOSX" and not path.is_symlink()
        and (path.is_dir() or path.suffix.lower() in (*ARCHIVES, *SOURCES))
    ]  # fmt: skip


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _answers_in(folders: Sequence[Path], answers: Collection[str]) -> set[str]:
    """Returns the names of the answer files below some folders, as far as a quick look goes."""
    bare = {answer.rpartition("/")[2] for answer in answers}
    found: set[str] = set()
    n_seen = 0
    for folder in folders:
        for _, _, names in os.walk(folder):
            found |= bare & set(names)
            n_seen += len(names) + 1
            if n_seen > _LOOK:
                break
    return found


def note_on(counting: Counting) -> str:
    """Returns the sentence for the report on which attempt counts."""
    earlier = f"; earlier: {', '.join(shown(name, 60) for name in counting.earlier[:5])}" if counting.earlier else ""
    return f"Of the attempts in its folder {shown(counting.called, 100)} counts{earlier}."
