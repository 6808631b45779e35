"""Tells a student whether the course's server, whose versions the kit names, will say the same as this machine."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from grader import __version__
from grader.model.phrases import join_words
from grader.reading.version_changes import NUMPY, PYTHON, Change, Kind
from grader.reading.version_uses import version_uses

__all__ = ["FILE_NAME", "Versions", "differences", "read_versions"]

#: file of a kit
FILE_NAME = "server.json"


@dataclass(frozen=True, slots=True)
class Versions:
    """What decides a verdict beside the code that is judged."""

    grader: str
    python: str
    numpy: str
    #: of the golden outputs
    goldens: str = ""

    @classmethod
    def here(cls, goldens: str = "") -> "Versions":
        """Returns those of this machine."""
        return cls(__version__, platform.python_version(), np.__version__, goldens)

    def to_json(self) -> bytes:
        """Returns the file for a kit."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()


def read_versions(kit: Path) -> Versions | None:
    """Returns the server's versions, as a kit names them; None where it names none."""
    try:
        data = json.loads((kit / FILE_NAME).read_text(encoding="utf-8"))
        return Versions(**{name: str(value) for name, value in data.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def differences(server: Versions, here: Versions, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Returns what a student has to know where the server has other versions; nothing where it has the same.

    Args:
        server: what the kit says.
        here: what runs here.
        files: the student's own code, by place.
    """
    pairs = (
        ("Python", _short(server.python), _short(here.python)),
        ("NumPy", _short(server.numpy), _short(here.numpy)),
        ("grader", server.grader, here.grader),
    )
    other = [f"{name} {theirs} (here {own})" for name, theirs, own in pairs if theirs != own]
    if server.goldens and here.goldens and server.goldens != here.goldens:
        other.append("other inputs of the checks: get the newest kit")
    if not other:
        return ()
    said = [sentence for place, content in files.items() for sentence in _of_file(server, here, place, content)]
    end = "" if said else " Nothing in your code is known to depend on it."
    return (f"The course's server has {join_words(other)}.{end}", *said)


def _of_file(server: Versions, here: Versions, place: str, content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace")
    sides = {NUMPY: (server.numpy, here.numpy), PYTHON: (server.python, here.python)}
    sentences = []
    for use in version_uses(text):
        if outcome := _outcome(use.change, *sides[use.change.package]):
            sentences.append(f"{place}:{use.line}: {use.change.sentence}; {outcome}. {use.change.way_out}")
    return sentences


def _outcome(change: Change, server: str, here: str) -> str:
    """Returns what differs between the sides; "" where nothing does."""
    there, works = change.works_in(server), change.works_in(here)
    if there != works:
        return f"it works {'here and not on the server' if works else 'on the server and not here'}"
    if change.kind not in (Kind.CHANGED, Kind.WARNS) or change.holds_in(server) == change.holds_in(here):
        return ""
    if change.kind is Kind.WARNS:
        return f"it works on both sides, and a later {change.package} may refuse it"
    return "so the server's result differs from yours"


def _short(version: str) -> str:
    """Returns the part of a version that may change what code does."""
    return ".".join(version.split(".")[:2])
