"""Says how an archive of golden cases differs from what the solution gives now."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.golden_archive import ARRAYS, FORMAT, MANIFEST, encode_cases
from grader.assignment.golden_cases import SMALL, Built, public_cases, small_cases

__all__ = ["archive_differences"]

#: a row of a manifest, and the arrays of its archive
Row = tuple[dict[str, Any], dict[str, Any]]
#: another BLAS sums in another order; double precision leaves this much in common
SAME = 1e-12


def archive_differences(assignment: Assignment, folder: Path) -> list[str]:
    """Returns one sentence for each thing in which an archive differs from what the solution gives now.

    Values are compared to 12 digits, shapes and types exactly. Versions and source may differ where the values agree.

    Raises:
        UnusableAssignment: the solution is not here, or makes no cases.
    """
    differences = _archive_differences(assignment, folder, public_cases(assignment))
    if (folder / MANIFEST).exists() and (small := list(small_cases(assignment))):
        differences += _archive_differences(assignment, folder / SMALL, small)
    return differences


def _archive_differences(assignment: Assignment, folder: Path, cases: Iterable[Built]) -> list[str]:
    rows, arrays = encode_cases(cases)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            old_arrays = dict(stored)
        old_rows = {row["name"]: row for row in manifest["cases"]}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
        return [f"The archive in {folder} cannot be read: {exc}."]
    if manifest.get("format") != FORMAT:
        return [f"The archive in {folder} is of another format."]
    if (seed := manifest.get("seed")) != assignment.public_seed:
        own = f"public_seed in assignment.toml is {assignment.public_seed}"
        return [f"The archive in {folder} is of seed {seed}; {own}."]
    new_rows = {row["name"]: row for row in rows}
    sentences = [f"{name} is missing from the archive." for name in new_rows.keys() - old_rows.keys()]
    sentences += [f"{name} of the archive is no longer a case." for name in old_rows.keys() - new_rows.keys()]
    for name in new_rows.keys() & old_rows.keys():
        sentences += _differences(name, (old_rows[name], old_arrays), (new_rows[name], arrays))
    return sorted(sentences)


def _differences(name: str, old: Row, new: Row) -> list[str]:
    (old_row, old_arrays), (new_row, new_arrays) = old, new
    sentences = []
    for part in ("call", "inputs", "expected"):
        if not _same_tree(old_row.get(part), new_row[part]):
            sentences.append(f"{name} has other {part} now.")
    keys = [key for key in new_arrays if key.startswith(f"{name}/")]
    for key in keys:
        if (sentence := _difference(key, old_arrays.get(key), new_arrays[key])) is not None:
            sentences.append(sentence)
    return sentences


def _same_tree(old: Any, new: Any) -> bool:
    if isinstance(new, dict) and isinstance(old, dict):
        return old.keys() == new.keys() and all(_same_tree(old[key], new[key]) for key in new)
    if isinstance(new, list) and isinstance(old, list):
        return len(old) == len(new) and all(map(_same_tree, old, new))
    if isinstance(new, float) and isinstance(old, float):
        return abs(new - old) <= SAME * abs(new)
    return type(new) is type(old) and bool(new == old)


def _difference(key: str, old: Any, new: Any) -> str | None:
    if old is None:
        return f"{key} is missing from the archive."
    if (old.shape, old.dtype) != (new.shape, new.dtype):
        return f"{key} is {old.dtype} {old.shape} in the archive, {new.dtype} {new.shape} now."
    if old.size == 0 or new.dtype.kind != "f":
        return None if np.array_equal(old, new) else f"{key} has other values now."
    error = np.abs(old - new).max() / max(np.abs(new).max(), 1e-300)
    # Written so that NaN is a difference.
    return None if error < SAME else f"{key} differs by {error:.1e} of its largest value."
