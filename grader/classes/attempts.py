"""Finds which attempt a name stands for, and which of the attempts in a student's folder is the last."""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.classes.class_limits import MAX_LOOKED_AT
from grader.model.file_names import ARCHIVES, NOTEBOOK, SOURCES
from grader.reading.archives import shown
from grader.reading.attempt_names import order_of_attempts, without_ending

__all__ = [
    "Counting",
    "attempt_of",
    "is_own_name",
    "last_attempt_in",
    "note_on",
]

_ATTEMPT = re.compile(
    r"(?P<who>.*?)[ _.-]*"
    r"(?:(?:\b|_)(?:attempt|resubmission|version|ver|v|try|revision|rev)[ _.-]?(?P<n>\d{1,9})|\((?P<copy>\d{1,3})\))",
    re.IGNORECASE | re.DOTALL,
)
#: what students call folders and archives of their own
_OWN = re.compile(
    r"(?:(?:starter|template|skeleton|original|handout|handed|out|given|blank|release|base|solutions?|solved|unsolved|todo|"
    r"assignments?|homeworks?|hw|psets?|labs?|submissions?|submitted|backup|bak|archive|old|new|copy|draft|final|latest|"
    r"first|second|last|complete|completed|finished|full|working|correct|fixed|temp|tmp|trash|download|extracted|"
    r"master|main|code|src|a(?=\d)|cs\d++n?|handin|part|task|exercise|course|"
    r"notebooks?|inline|report|data|docs?|lib|utils?|conv(?:olution(?:al)?)?|cnn|nets?|networks?|layers?|py|python|"
    r"pytorch|torch|tensorflow|colab|local|drive|work|project|my|the|of|and|for|test|version|spring|fall|winter|summer|week|"
    r"v(?=\d))[\W\d_]*+)+",
    re.IGNORECASE,
)
#: folders around attempts: a student's, an assignment's
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Counting:
    """The attempt in a student's folder that counts."""

    path: Path
    #: its name, with the folders between it and the student's
    called: str
    #: the other attempts
    earlier: tuple[str, ...]


def attempt_of(stem: str) -> tuple[str, int] | None:
    """Returns whose attempt it is and its number: "ada_attempt2" and "ada (2)"; None when the name says none."""
    found = _ATTEMPT.fullmatch(stem)
    if found is None:
        return None
    return found["who"].rstrip(" _.-"), int(found["n"] or found["copy"])


def is_own_name(stem: str, owner: str = "") -> bool:
    """Whether a student may call something in the own folder so: "old", "2", "attempt_1", "ada_code" in that of ada."""
    is_named_after = bool(owner) and owner.casefold() in stem.casefold()
    return is_named_after or order_of_attempts([stem]) is not None or _OWN.fullmatch(stem) is not None


def last_attempt_in(folder: Path, answers: Collection[str] = ()) -> Counting | None:
    """Returns the last of the attempts that a student's folder holds and nothing else; None for any other folder.

    They may lie a folder deeper, as Teams puts them. What holds nothing that could be graded is no attempt.

    Args:
        folder: the student's.
        answers: places of the answer files, such as "package/layers.py".
    """
    owner = folder.name
    around: list[str] = []
    for _ in range(_DEPTH):
        entries = _gradable(folder)
        stems = {path.name if _is_folder(path) else without_ending(path.name): path for path in entries}
        order = order_of_attempts(list(stems), owner) if len(stems) == len(entries) else None
        if entries and order:
            return _last([(order[stem], path) for stem, path in stems.items()], around, answers)
        if len(entries) != 1 or not _is_folder(entries[0]):
            return None
        (folder,) = entries
        around.append(folder.name)
    return None


def _last(
    numbered: Sequence[tuple[tuple[int, ...], Path]], around: Sequence[str], answers: Collection[str]
) -> Counting | None:  # fmt: skip
    _, last = max(numbered, key=lambda each: (each[0], each[1].name))
    others = [path for _, path in numbered if path != last]
    # Folders with another answer file in each are parts of the work.
    if _is_folder(last) and others:
        own, elsewhere = _answers_in([last], answers), _answers_in(others, answers)
        if elsewhere and not own & elsewhere:
            return None
    return Counting(last, "/".join([*around, last.name]), tuple(path.name for path in others))


def _gradable(folder: Path) -> list[Path]:
    """Returns the archives, source files and folders with such in a folder; links are nobody's attempt."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        path
        for path in entries
        if not path.name.startswith(".") and path.name != "__MACOSX" and not path.is_symlink()
        and (_holds_any(path) if path.is_dir() else path.suffix.lower() in (*ARCHIVES, *SOURCES))
    ]  # fmt: skip


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _names_in(folders: Sequence[Path]) -> Iterator[str]:
    """Yields the names of the files below some folders, as far as a quick look goes."""
    n_seen, pending = 0, [*folders]
    # Not os.walk, which ends in a RecursionError in a thousand folders inside each other.
    while pending and n_seen <= MAX_LOOKED_AT:
        try:
            with os.scandir(pending.pop()) as entries:
                found = [*islice(entries, MAX_LOOKED_AT)]
        except OSError:
            continue
        n_seen += len(found) + 1
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                pending.append(Path(entry.path))
            elif not entry.is_symlink():
                yield entry.name


def _holds_any(folder: Path) -> bool:
    return any(name.lower().endswith((*ARCHIVES, *SOURCES, ".icloud")) for name in _names_in([folder]))


def _answers_in(folders: Sequence[Path], answers: Collection[str]) -> set[str]:
    """Returns the names of the answer files below some folders; of notebooks and archives only that there are some."""
    bare = {answer.rpartition("/")[2] for answer in answers}
    found = set(_names_in(folders))
    rest = {ending for ending in (NOTEBOOK, *ARCHIVES) for name in found if name.lower().endswith(ending)}
    return (bare & found) | rest


def note_on(counting: Counting) -> str:
    """Returns the sentence for the report on which attempt counts; empty where there is only one."""
    if not counting.earlier:
        return ""
    earlier = ", ".join(shown(name, 60) for name in counting.earlier[:5])
    return f"Of the attempts in its folder {shown(counting.called, 100)} counts; earlier: {earlier}."
