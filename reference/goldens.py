"""Builds golden cases by name, and writes and verifies the archive of the public ones.

The archive is a folder with two files. `cases.npz` holds the arrays, without pickle. `manifest.json` holds the seed,
the versions and the source that made it, and for each case its structure, in which {"array": key} stands for an array.
"""

import hashlib
import importlib.metadata
import json
import platform
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from grader.judging import Values, describe
from grader.judging.case_kinds import is_drawn
from reference.cases import KINDS, NOTEBOOK_SEED, case_inputs, kind_of

__all__ = ["build_archive", "build_case", "case_names", "source_digest", "verify_archive"]

FORMAT = 1
#: another BLAS sums in another order; double precision leaves this much in common
SAME = 1e-12
#: a mistake that changes an answer by less cannot be told from rounding
TELLING = 1e-8

Encoded = tuple[dict[str, Any], dict[str, Any]]


def build_case(name: str, seed: int) -> tuple[Values, Values, str]:
    """Returns inputs, expected values and words of one case, "function/id".

    Raises:
        KeyError: no case has this name.
    """
    inputs = case_inputs(name, seed)
    kind = kind_of(name)
    expected = kind.answer(inputs)
    expected["mistakes"] = _telling(expected)
    return inputs, expected, describe(inputs, kind.told)


def case_names(hidden: bool) -> list[str]:
    """Returns the names of all cases that are in no student kit, or of all that are."""
    names = (f"{function}/{case_id}" for function, kind in KINDS.items() for case_id in kind.draws)
    return [name for name in names if is_drawn(name) == hidden]


def source_digest() -> str:
    """Returns "sha256:..." over the Python files of the reference."""
    root, digest = Path(__file__).parent, hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def build_archive(folder: Path) -> None:
    """Writes `cases.npz` and `manifest.json` of all public cases; the same reference gives the same bytes."""
    rows, arrays = _encode_cases()
    digests = "".join(row["sha256"] for row in rows)
    versions = {"python": platform.python_version(), "numpy": np.__version__, "grader": _grader_version()}
    manifest = {
        "format": FORMAT,
        "seed": NOTEBOOK_SEED,
        "digest": f"sha256:{hashlib.sha256(digests.encode()).hexdigest()}",
        "source": source_digest(),
        "made_with": versions,
        "cases": rows,
    }
    folder.mkdir(parents=True, exist_ok=True)
    _write_npz(folder / "cases.npz", arrays)
    (folder / "manifest.json").write_text(_one_line_per_case(manifest), encoding="utf-8")


def verify_archive(folder: Path) -> list[str]:
    """Returns one sentence for each thing in which an archive differs from what the reference gives now.

    Values are compared to 12 digits, shapes and types exactly. Versions and source may differ where the values agree.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        with np.load(folder / "cases.npz", allow_pickle=False) as stored:
            old_arrays = dict(stored)
        old_rows = {row["name"]: row for row in manifest["cases"]}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
        return [f"The archive in {folder} cannot be read: {exc}."]
    if (manifest.get("format"), manifest.get("seed")) != (FORMAT, NOTEBOOK_SEED):
        return [f"The archive in {folder} is of another format or seed."]
    rows, arrays = _encode_cases()
    new_rows = {row["name"]: row for row in rows}
    sentences = [f"{name} is missing from the archive." for name in new_rows.keys() - old_rows.keys()]
    sentences += [f"{name} of the archive is no case any more." for name in old_rows.keys() - new_rows.keys()]
    for name in new_rows.keys() & old_rows.keys():
        sentences += _differences(name, (old_rows[name], old_arrays), (new_rows[name], arrays))
    return sorted(sentences)


def _one_line_per_case(manifest: dict[str, Any]) -> str:
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in manifest["cases"])
    head = json.dumps({**manifest, "cases": []}, indent=1)
    return head.replace('"cases": []', f'"cases": [\n{rows}\n]') + "\n"


def _telling(expected: Values) -> Values:
    """Returns the mistakes that change the answer; in some cases a mistake makes no difference."""
    names = {**expected, **expected.get("grads", {})}
    kept: Values = {}
    for name, slips in expected.get("mistakes", {}).items():
        right = np.asarray(names[name])
        scale = np.abs(right).max()
        telling = {hint: wrong for hint, wrong in slips.items() if np.abs(wrong - right).max() > TELLING * scale}
        if telling:
            kept[name] = telling
    return kept


def _encode_cases() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows, arrays = [], {}
    for name in case_names(hidden=False):
        inputs, expected, call = build_case(name, NOTEBOOK_SEED)
        own: dict[str, Any] = {}
        row = {"name": name, "call": call}
        row["inputs"] = _encode(inputs, f"{name}/inputs", own)
        row["expected"] = _encode(expected, f"{name}/expected", own)
        rows.append({**row, "sha256": _digest_of(own)})
        arrays.update(own)
    return rows, arrays


def _encode(value: Any, key: str, arrays: dict[str, Any]) -> Any:
    """Returns the JSON form of a value and stores its arrays under names that begin with `key`."""
    if isinstance(value, np.ndarray):
        arrays[key] = np.ascontiguousarray(value)
        return {"array": key}
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_encode(item, f"{key}.{n}", arrays) for n, item in enumerate(value)]}
    if isinstance(value, dict):
        # A hint is too long for a name in a zip file: its place stands for it.
        parts = {k: k if k.isidentifier() else str(n) for n, k in enumerate(value)}
        return {"dict": {k: _encode(item, f"{key}.{parts[k]}", arrays) for k, item in value.items()}}
    return value.item() if isinstance(value, np.generic) else value


def _digest_of(arrays: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    for key, array in sorted(arrays.items()):
        digest.update(f"{key}\0{array.dtype.str}\0{array.shape}\0".encode() + array.tobytes())
    return digest.hexdigest()


def _write_npz(path: Path, arrays: dict[str, Any]) -> None:
    """Writes what np.savez_compressed would, but for the clock: equal arrays give equal bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            buffer = BytesIO()
            np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def _differences(name: str, old: Encoded, new: Encoded) -> list[str]:
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


def _grader_version() -> str:
    try:
        return importlib.metadata.version("convnet-grader")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
