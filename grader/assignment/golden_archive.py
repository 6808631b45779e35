"""Writes and reads the archive of golden cases that a student kit holds.

The archive is a folder with two files. `cases.npz` holds the arrays, without pickle. `manifest.json` holds the seed,
the versions and the source that made it, and for each case its structure, in which {"array": key} stands for an array.
"""

import hashlib
import json
import platform
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from grader import __version__
from grader.judging.case import Case
from grader.judging.case_kinds import Values
from grader.model.errors import UnusableAssignment

__all__ = [
    "FORMAT",
    "MANIFEST",
    "Built",
    "Encoded",
    "encode_cases",
    "locked",
    "read_cases",
    "write_archive",
    "write_npz",
]

FORMAT = 1
MANIFEST, ARRAYS = "manifest.json", "cases.npz"

#: name, inputs, expected values and words of a case
Built = tuple[str, Values, Values, str]
#: rows of a manifest, and the arrays that they mention
Encoded = tuple[list[dict[str, Any]], dict[str, Any]]


def write_archive(folder: Path, cases: Iterable[Built], seed: int, source: str) -> None:
    """Writes an archive; the same cases give the same bytes.

    Args:
        seed: with which the cases were made.
        source: digest of what made them.
    """
    rows, arrays = encode_cases(cases)
    digests = "".join(row["sha256"] for row in rows)
    manifest = {
        "format": FORMAT,
        "seed": seed,
        "digest": f"sha256:{hashlib.sha256(digests.encode()).hexdigest()}",
        "source": source,
        "made_with": {"python": platform.python_version(), "numpy": np.__version__, "grader": __version__},
        "cases": rows,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(write_npz(arrays))
    (folder / MANIFEST).write_text(_one_line_per_case(manifest), encoding="utf-8")


def encode_cases(cases: Iterable[Built]) -> Encoded:
    """Returns cases as they stand in an archive."""
    rows, arrays = [], {}
    for name, inputs, expected, call in cases:
        own: dict[str, Any] = {}
        row = {"name": name, "call": call}
        row["inputs"] = _encode(inputs, f"{name}/inputs", own)
        row["expected"] = _encode(expected, f"{name}/expected", own)
        rows.append({**row, "sha256": _digest_of(own)})
        arrays.update(own)
    return rows, arrays


def read_cases(folder: Path, seed: int) -> tuple[str, dict[str, Case]]:
    """Returns the digest and the cases of an archive by their names; nothing in it is unpickled.

    Raises:
        UnusableAssignment: the archive is missing, damaged, of another format, or of another seed than this.
    """
    manifest = _read_manifest(folder / MANIFEST)
    if manifest.get("seed") != seed:
        raise UnusableAssignment(
            f"{folder / MANIFEST} was made with the seed {manifest.get('seed')}, and public_seed in assignment.toml "
            f"is {seed}; `grader golden build` makes it anew."
        )
    digest: str = manifest["digest"]
    return digest, _decode_cases(manifest["cases"], _read_arrays(folder / ARRAYS), folder)


def locked(value: Any) -> Any:
    """Returns the value with its arrays read-only: a case is kept, and shared by all checks that ask for it."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    elif isinstance(value, dict):
        for item in value.values():
            locked(item)
    return value


# Writing


def _one_line_per_case(manifest: dict[str, Any]) -> str:
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in manifest["cases"])
    head = json.dumps({**manifest, "cases": []}, indent=1)
    return head.replace('"cases": []', f'"cases": [\n{rows}\n]') + "\n"


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


def write_npz(arrays: Mapping[str, Any]) -> bytes:
    """Returns what np.savez_compressed would write, but for the clock: equal arrays give equal bytes."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            buffer = BytesIO()
            np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _digest_of(arrays: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for key, array in sorted(arrays.items()):
        digest.update(f"{key}\0{array.dtype.str}\0{array.shape}\0".encode() + array.tobytes())
    return digest.hexdigest()


# Reading


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UnusableAssignment(f"{path} cannot be read: {exc.strerror}; `grader golden build` makes it.") from exc
    except ValueError as exc:
        raise UnusableAssignment(f"{path} is damaged: {exc}; `grader golden build` makes it anew.") from exc
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UnusableAssignment(f"{path} is not of format {FORMAT}; `grader golden build` makes it anew.")
    if not isinstance(manifest.get("digest"), str) or not isinstance(manifest.get("cases"), list):
        raise UnusableAssignment(f"{path} lacks its digest or its cases; `grader golden build` makes it anew.")
    return manifest


def _read_arrays(path: Path) -> dict[str, Any]:
    try:
        # From memory: NumPy leaves a damaged file open.
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            return {key: locked(stored[key]) for key in stored.files}
    except OSError as exc:
        raise UnusableAssignment(f"{path} cannot be read: {exc.strerror}; `grader golden build` makes it.") from exc
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
        raise UnusableAssignment(f"{path} is damaged: {exc}; `grader golden build` makes it anew.") from exc


def _decode_cases(rows: Any, arrays: Mapping[str, Any], folder: Path) -> dict[str, Case]:
    """Returns the cases of a manifest's rows; the arrays of each must be those that its sha256 was taken of."""
    own: dict[str, dict[str, Any]] = {}
    for key, array in arrays.items():
        own.setdefault("/".join(key.split("/")[:2]), {})[key] = array
    cases = {}
    try:
        for row in rows:
            name, call = str(row["name"]), str(row["call"])
            if _digest_of(own.get(name, {})) != row["sha256"]:
                raise UnusableAssignment(f"The arrays of {name} in {folder} are not those that its manifest describes.")
            arrays_of = own.get(name, {})
            cases[name] = Case(name, _decode(row["inputs"], arrays_of), _decode(row["expected"], arrays_of), call)
    except (KeyError, TypeError, ValueError) as exc:
        raise UnusableAssignment(f"{folder / MANIFEST} has a damaged case: {exc!r}.") from exc
    return cases


def _decode(tree: Any, arrays: Mapping[str, Any]) -> Any:
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "array":
        return arrays[content]
    if kind == "dict":
        return {key: _decode(item, arrays) for key, item in content.items()}
    items = [_decode(item, arrays) for item in content]
    return {"tuple": tuple(items), "list": items}[kind]
