"""Finds the golden cases of an assignment: in its archive, or computed by its solution."""

import hashlib
import importlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from grader.assignment.definition import Assignment
from grader.judging.case import Case
from grader.model.errors import GraderFault, UnusableAssignment

__all__ = ["ArchiveGoldens", "GoldenSource", "LiveGoldens"]

FORMAT = 1


class GoldenSource(Protocol):
    """Anything that answers with golden cases."""

    @property
    def digest(self) -> str:
        """Names the archive, or the source of the reference, that the cases come from."""

    def __call__(self, name: str) -> Case:
        """Returns a case by name; raises GraderFault when there is none."""


class ArchiveGoldens:
    """The public cases of an archive folder (`manifest.json`, `cases.npz`); nothing in it is unpickled.

    Raises:
        UnusableAssignment: the archive is missing, damaged, or of another format.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        manifest = _read_manifest(folder / "manifest.json")
        arrays = _read_arrays(folder / "cases.npz")
        self.digest: str = manifest["digest"]
        self._cases = _decode_cases(manifest["cases"], arrays, folder)

    def __call__(self, name: str) -> Case:
        if name in self._cases:
            return self._cases[name]
        raise GraderFault(f"The golden archive in {self.folder} has no case {name!r}.")


class LiveGoldens:
    """Cases computed by the solution package, each only once.

    Their numbers come from `seed`, so that nobody knows them before they are asked: those of the cases that a student
    kit shows too. Only what the course's notebook itself asks stays as it is there.

    Raises:
        UnusableAssignment: the solution package is not installed.
    """

    def __init__(self, assignment: Assignment, seed: int) -> None:
        try:
            self._solution = importlib.import_module(f"{assignment.solution}.goldens")
        except ModuleNotFoundError as exc:
            raise UnusableAssignment(f"The solution package {assignment.solution!r} is not installed: {exc}.") from exc
        self.seed = seed
        self.public_seed = assignment.public_seed
        self.digest: str = self._solution.source_digest()
        self._cases: dict[str, Case] = {}

    def __call__(self, name: str) -> Case:
        if name not in self._cases:
            self._cases[name] = self._build(name)
        return self._cases[name]

    def _build(self, name: str) -> Case:
        try:
            inputs, expected, call = self._solution.build_case(name, self.seed)
        except KeyError as exc:
            raise GraderFault(f"The solution has no case {name!r}.") from exc
        return Case(name, _locked(inputs), _locked(expected), call, hidden=self._is_secret(name))

    def _is_secret(self, name: str) -> bool:
        case_id = name.partition("/")[2]
        fixed = case_id.startswith("notebook") or self.seed == self.public_seed
        return case_id.startswith("drawn") or not fixed


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
            return {key: _locked(stored[key]) for key in stored.files}
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
            if _digest_of(own[name]) != row["sha256"]:
                raise UnusableAssignment(f"The arrays of {name} in {folder} are not those that its manifest describes.")
            cases[name] = Case(name, _decode(row["inputs"], own[name]), _decode(row["expected"], own[name]), call)
    except (KeyError, TypeError, ValueError) as exc:
        raise UnusableAssignment(f"{folder / 'manifest.json'} has a damaged case: {exc!r}.") from exc
    return cases


def _digest_of(arrays: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for key, array in sorted(arrays.items()):
        digest.update(f"{key}\0{array.dtype.str}\0{array.shape}\0".encode() + array.tobytes())
    return digest.hexdigest()


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


def _locked(value: Any) -> Any:
    """Returns the value with its arrays read-only: a case is kept, and shared by all checks that ask for it."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    elif isinstance(value, dict):
        for item in value.values():
            _locked(item)
    return value
