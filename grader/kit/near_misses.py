"""Reads an assignment's wrong solutions, each one edit of a solved file, and makes a sample class of them.

The solution's `near_misses.toml` has a table for each:

    [bias-forgotten]
    file = "fc/layers.py"
    old = "out = rows @ w + b"
    new = "out = rows @ w"
    rejected_by = ["test_layer_forward"]
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path

from grader.assignment.definition import Assignment
from grader.assignment.markers import solved_version, student_version
from grader.model.errors import UnusableAssignment

__all__ = ["FILE_NAME", "NearMiss", "near_misses", "sample_class", "solved_files", "template_files", "write_samples"]

FILE_NAME = "near_misses.toml"
_TEXTS = ("file", "old", "new")

#: of a submission: place -> text
Files = dict[str, str]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A solution with one mistake."""

    name: str
    files: Files
    #: names of the check functions that reject it; every other check passes or waits for one of these
    rejected_by: frozenset[str]


def near_misses(assignment: Assignment) -> tuple[NearMiss, ...]:
    """Returns the wrong solutions that the solution lists; none where it has no such file.

    Raises:
        UnusableAssignment: the solution is not here, or an entry does not fit it; says which.
    """
    path = assignment.solution_folder() / FILE_NAME
    if not path.is_file():
        return ()
    solved = solved_files(assignment)
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise UnusableAssignment(f"{path} cannot be read: {exc}.") from exc
    return tuple(_near_miss(f"{path}, [{name}]", name, row, solved) for name, row in rows.items())


def solved_files(assignment: Assignment) -> Files:
    """Returns the solved answer files."""
    return {place: solved_version(text, place) for place, text in _answers(assignment)}


def template_files(assignment: Assignment) -> Files:
    """Returns the answer files as students get them."""
    return {place: student_version(text, place) for place, text in _answers(assignment)}


def sample_class(assignment: Assignment, students: int | None = None) -> Iterator[tuple[str, Files]]:
    """Yields names and files of a class: solved, not begun, and one for each near miss.

    Args:
        students: how many, the same ones again as often as it takes; None for each one once.
    """
    wrong = {miss.name: miss.files for miss in near_misses(assignment)}
    samples = {"solved": solved_files(assignment), "not-begun": template_files(assignment), **wrong}
    if students is None:
        yield from samples.items()
        return
    for number, (name, files) in islice(zip(count(1), cycle(samples.items())), students):
        yield f"{number:04d}-{name}", files


def write_samples(assignment: Assignment, folder: Path, students: int | None = None) -> None:
    """Writes the sample class, one folder for each student."""
    for name, files in sample_class(assignment, students):
        for place, text in files.items():
            target = folder / name / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def _answers(assignment: Assignment) -> Iterator[tuple[str, str]]:
    for place in assignment.modules.values():
        text = assignment.solved_text(place)
        if text is None:
            raise UnusableAssignment(f"{assignment.solution_folder() / place} is missing: a solved answer file.")
        yield place, text


def _near_miss(where: str, name: str, row: object, solved: Files) -> NearMiss:
    if not isinstance(row, dict) or set(row) != {*_TEXTS, "rejected_by"}:
        raise UnusableAssignment(f"{where} should be a table with file, old, new and rejected_by.")
    rejected_by = row["rejected_by"]
    if not all(isinstance(row[key], str) for key in _TEXTS) or not _is_names(rejected_by):
        raise UnusableAssignment(f"{where}: file, old and new should be texts, rejected_by a list of check functions.")
    file, old, new = (row[key] for key in _TEXTS)
    if file not in solved:
        raise UnusableAssignment(f"{where}: {file} is not an answer file; the answer files are {', '.join(solved)}.")
    if (found := solved[file].count(old)) != 1 or not old:
        raise UnusableAssignment(f"{where}: `old` should stand in {file} once, and stands there {found} times.")
    return NearMiss(name, {**solved, file: solved[file].replace(old, new)}, frozenset(rejected_by))


def _is_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
