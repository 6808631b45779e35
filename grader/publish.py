"""Outcomes in, files for people and platforms out: every file appears whole or not at all."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.errors import UnusableInput
from grader.results import Grade
from grader.store import Outcome, Store
from reports.entries import IndexEntry
from reports.github import annotations, step_summary
from reports.gitlab import code_quality
from reports.junit import junit_xml
from reports.page import index_html, report_html
from reports.table import grades_csv

__all__ = ["folder_name", "publish_ci", "publish_class", "publish_outcome", "whole_file", "write_whole"]


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file by way of a temporary one beside it; raises UnusableInput when the place cannot be written."""
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Yields a file that appears under its name when the block ends well; raises as `write_whole` does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as exc:
        raise UnusableInput(f"{path} cannot be written: {exc.strerror}. Choose another folder with -o.") from exc


def publish_outcome(folder: Path, outcome: Outcome) -> None:
    """Writes grade.json and report.html of one submission; an ungraded one gets a page that says why."""
    if isinstance(outcome, Grade):
        write_whole(folder / "grade.json", outcome.to_json())
        write_whole(folder / "report.html", report_html(outcome))
    else:
        write_whole(folder / "ungraded.txt", f"{outcome.reason}\n")


def publish_class(folder: Path, store: Store) -> None:
    """Writes index.html and grades.csv of a whole class from its store."""
    entries = list(_entries(store))
    write_whole(folder / "index.html", index_html(entries))
    write_whole(folder / "grades.csv", grades_csv(entries))


def publish_ci(folder: Path, grade: Grade, platform: str) -> str:
    """Writes the files that a CI platform reads; returns what is to be printed for it."""
    write_whole(folder / "junit.xml", junit_xml(grade))
    if platform == "gitlab":
        write_whole(folder / "gl-code-quality-report.json", code_quality(grade))
        return ""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8") as file:
            file.write(step_summary(grade))
    return annotations(grade)


def folder_name(name: str) -> str:
    """Returns a name that is safe as a folder on every system and unique for the submission's name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "submission"
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return plain if plain == name and len(plain) <= 80 else f"{plain[:80]}-{digest}"


def _entries(store: Store) -> Iterator[IndexEntry]:
    for outcome in store.outcomes():
        name = outcome.submission.name if isinstance(outcome, Grade) else outcome.name
        href = f"submissions/{folder_name(name)}/report.html" if isinstance(outcome, Grade) else None
        yield IndexEntry(outcome, href)
