"""Tells a student whether the course's server, whose versions the kit names, will say the same as this machine."""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from grader import __version__
from grader.model.phrases import join_words
from grader.reading.version_changes import NUMPY, PYTHON, Change, Kind
from grader.reading.version_uses import version_uses

__all__ = ["FILE_NAME", "Versions", "blas", "differences", "read_versions"]

#: file of a kit
FILE_NAME = "server.json"
#: between the oldest and the newest version of a span
SPAN = " to "


@dataclass(frozen=True, slots=True)
class Versions:
    """What decides a verdict beside the code that is judged."""

    grader: str
    python: str
    numpy: str
    #: of the golden outputs
    goldens: str = ""
    #: oldest and newest on which the test submissions were graded, as "1.26 to 2.5"; "" where a kit does not say
    python_tried: str = ""
    numpy_tried: str = ""
    blas: str = ""

    @classmethod
    def here(cls, goldens: str = "") -> "Versions":
        """Returns those of this machine."""
        return cls(__version__, platform.python_version(), np.__version__, goldens, *_tried(), blas())

    def to_json(self) -> bytes:
        """Returns the file for a kit."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()


def blas() -> str:
    """Returns the name and version of the library that multiplies matrices here."""
    # show_config's dictionary has no stubs in NumPy 1.26.
    config = np.show_config(mode="dicts") or {}
    found = config.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


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
    theirs, own = _library(server.blas), _library(here.blas)
    if theirs != own and theirs and own:
        other.append(f"BLAS {theirs} (here {own})")
    if server.goldens and here.goldens and server.goldens != here.goldens:
        other.append("other inputs of the checks: get the newest kit")
    if not other:
        return ()
    said = [sentence for place, content in files.items() for sentence in _of_file(server, here, place, content)]
    said += _untried("Python", here.python, server.python_tried) + _untried("NumPy", here.numpy, server.numpy_tried)
    end = "" if said else " Nothing in your code is known to depend on it."
    return (f"The course's server has {join_words(other)}.{end}", *said)


def _tried() -> tuple[str, str]:
    """Returns the spans of Python and NumPy of docs/versions.md, which the same command writes."""
    pairs = json.loads((Path(__file__).parent / "tried_versions.json").read_text(encoding="utf-8"))
    spans = [sorted({_short(version) for version in versions}, key=_numbers) for versions in zip(*pairs, strict=True)]
    python, numpy = (f"{versions[0]}{SPAN}{versions[-1]}" for versions in spans)
    return python, numpy


def _untried(package: str, here: str, span: str) -> list[str]:
    oldest, between, newest = span.partition(SPAN)
    if not between or _numbers(oldest) <= _numbers(_short(here)) <= _numbers(newest):
        return []
    return [f"The checks were tried with {package} {span}: with {_short(here)} the server may say something else."]


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


def _library(blas: str) -> str:
    """Returns whose BLAS it is, which may tell why last digits differ; OpenBLAS has several names."""
    name = blas.partition(" ")[0]
    return "openblas" if "openblas" in name else name.removeprefix("unknown")


def _short(version: str) -> str:
    """Returns the part of a version that may change what code does."""
    return ".".join(version.split(".")[:2])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
