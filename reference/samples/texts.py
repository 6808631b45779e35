"""Makes answer files of a student from the reference: solved, with stubs, or slightly edited."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["CNN", "LAYERS", "Edit", "apply_edits", "solved", "stubbed"]

LAYERS = "cs231n/layers.py"
CNN = "cs231n/classifiers/cnn.py"

_MARKED = re.compile(r"^( *)# >>> YOUR CODE: (.*)\n((?:.*\n)*?)\1# <<< YOUR CODE\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in one answer file."""

    place: str
    #: must occur exactly once
    old: str
    new: str


@cache
def solved(place: str) -> str:
    """Returns an answer file of the reference without its markers."""
    return _MARKED.sub(r"\3", _reference(place))


def stubbed(place: str, done: Collection[str] = ()) -> str:
    """Returns an answer file in which only the functions named `done` are solved; the others return None."""
    parts = re.split(r"^(?=def )", _reference(place), flags=re.MULTILINE)
    names = [part.removeprefix("def ").partition("(")[0] if part.startswith("def ") else "" for part in parts]
    kept = (_MARKED.sub(r"\3" if name in done else r"\1\2\n", part) for name, part in zip(names, parts, strict=True))
    return "".join(kept)


def apply_edits(files: dict[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    """Returns the files with all edits made, one after the other.

    Raises:
        ValueError: the old text of an edit is not there, or there more than once: the reference has changed under it.
    """
    files = dict(files)
    for edit in edits:
        count = files[edit.place].count(edit.old)
        if count != 1:
            raise ValueError(f"{edit.place} holds {count} times what an edit replaces once: {edit.old!r}")
        files[edit.place] = files[edit.place].replace(edit.old, edit.new)
    return files


@cache
def _reference(place: str) -> str:
    return (Path(__file__).parents[1] / place).read_text(encoding="utf-8")
