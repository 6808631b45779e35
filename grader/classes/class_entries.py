"""Sorts the entries of a class folder into possible submissions and everything else."""

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from grader.classes.gradescope_download import METADATA
from grader.model.errors import UnusableInput
from grader.model.file_names import ARCHIVES, SOURCES

__all__ = [
    "JUNK",
    "documents",
    "entries_of",
    "is_aside",
    "is_class_list",
    "is_gradable",
    "is_paper",
    "is_real_folder",
    "listed",
]

#: what instructors and platforms put beside submissions
ASIDE = ("__MACOSX", METADATA, "grader.toml", "Thumbs.db", "desktop.ini", "index.html")
#: what systems and tools of ours put there, and nobody misses
JUNK = re.compile(
    r"\.DS_Store|\.git.*|\._.*|\.localized|\.directory|\.Trash.*|\.unpack.*|\.fseventsd|\.Spotlight.*|\.vscode|\.idea|"
    r"\.ipynb_checkpoints|\..*_cache|\.grad.*|\.venv"
)
#: how an instructor calls a class list
_CLASS_LIST = re.compile(r"(?:class[ _-]?)?(?:roster|list)|gradebook|students", re.IGNORECASE)
#: links of such names are rather an instructor's
_PAPERS = (".txt", ".md", ".csv", ".tsv", ".toml", ".pdf", ".html", ".json", ".xlsx", ".sqlite")
#: what students hand in in place of code, and what of the kind an instructor has there
_DOCUMENTS = (".pdf", ".doc", ".docx", ".odt", ".pages", ".rtf")
_COURSE_S = re.compile(
    r"(?:(?:assignments?|homework|hw|instructions?|readme|syllabus|rubric|handouts?|slides?|lectures?|solutions?|grades?|"
    r"grading|notes?|class|course|cs[\W\d_]*+n?|roster|report|information|schedule|exam|sheet|specification|for|and|of|the|students?|"
    r"v|a(?=\d))[\W\d_]*+)+",
    re.IGNORECASE,
)


def listed(folder: Path, output: Path | None = None) -> list[Path]:
    """Returns what lies in a folder by name; raises UnusableInput.

    Args:
        folder: to look into.
        output: that this run writes into, and that is left out; no other name or content makes a folder one of ours.
    """
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
        return [path for path in entries if output is None or not _is_same(path, output)]
    except OSError as exc:
        raise UnusableInput(f"{folder} cannot be read: {exc.strerror}.") from exc


def _is_same(path: Path, other: Path) -> bool:
    return os.path.lexists(other) and is_real_folder(path) and os.path.samefile(path, other)


def entries_of(folder: Path, output: Path | None = None) -> list[Path]:
    """Returns what lies in a folder, hidden files left out; raises UnusableInput."""
    return [path for path in listed(folder, output) if not path.name.startswith(".")]


def is_gradable(path: Path) -> bool:
    """Whether something looks like a submission, whatever it is called."""
    if is_aside(path):
        return False
    if path.is_symlink():
        return path.suffix.lower() not in _PAPERS
    return path.suffix.lower() in (*ARCHIVES, *SOURCES) or not path.is_file()


def is_paper(name: str) -> bool:
    """Whether a file of this name is rather an instructor's, as a roster is; a PDF may be somebody's answers."""
    ending = Path(name).suffix.lower()
    return ending in _PAPERS and ending != ".pdf"


def is_aside(path: Path) -> bool:
    """Whether a file is one that instructors and platforms put there; a folder of such a name is a submission."""
    return path.name in ASIDE and (path.name == ASIDE[0] or not is_real_folder(path))


def is_class_list(path: Path, roster: Path | None) -> bool:
    """Whether a file is the class list that the instructor has named or, where none is named, is called like one."""
    if roster is not None:
        return os.path.realpath(path) == os.path.realpath(roster)
    return path.suffix.lower() in (".csv", ".tsv") and bool(_CLASS_LIST.fullmatch(path.stem)) and path.is_file()


def is_real_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def documents(entries: Iterable[Path], names: Collection[str]) -> list[Path]:
    """Returns what somebody has handed in in place of code: "cy.pdf", but not "ada_report.pdf" beside "ada.zip".

    Args:
        entries: what lies in a folder of a class that no platform has named.
        names: of those who have handed in something else.
    """
    known = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?![^\W_])", re.IGNORECASE)
    return [
        path
        for path in entries
        if path.suffix.lower() in _DOCUMENTS and path.is_file() and not path.name.startswith(".")
        and not _COURSE_S.fullmatch(path.stem) and not known.search(path.stem)
    ]  # fmt: skip
