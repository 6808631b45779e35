"""Keeps arrays that are expensive to compute on this machine, so that they are computed once."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from filelock import FileLock, Timeout

__all__ = ["Arrays", "cache_folder", "kept_arrays", "key_of"]

#: arrays by name
Arrays = dict[str, Any]

FORMAT = 1
MANIFEST = "manifest.json"
#: entries of one name that stay; the least recently used ones go
MAX_ENTRIES = 4


def cache_folder() -> Path:
    """Returns the folder of everything that is kept: GRADER_CACHE, else the user's own place for caches."""
    named = os.environ.get("GRADER_CACHE")
    return Path(named).absolute() if named else Path(platformdirs.user_cache_path("convnet-grader"))


def key_of(*parts: object) -> str:
    """Returns a key of what an entry depends on: arrays by type, shape and bytes, anything else by its text."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(_digest(part).encode() if isinstance(part, np.ndarray) else repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def kept_arrays(
    name: str, key: str, build: Callable[[], Mapping[str, Any]], on_wait: Callable[[], None] = lambda: None
) -> Arrays:
    """Returns the arrays of an entry, read-only and mapped from disk; builds and stores them where there are none.

    Of several processes that ask at once one builds and the others wait for it. An entry appears whole or not at all;
    one that is damaged is built anew. Where nothing can be stored the arrays are returned as built.

    Args:
        name: what the arrays are, part of a folder's name.
        key: of all that they depend on, from `key_of`.
        build: returns the arrays by name.
        on_wait: called when another process is building them, before the wait for it begins.
    """
    place = cache_folder() / f"{name}-{key[:32]}"
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _held(FileLock(place.with_suffix(".lock"), mode=0o600), on_wait):
            arrays = _open(place)
            if arrays is None:
                built = dict(build())
                arrays = _store(place, built) or built
                _prune(place)
            return arrays
    except OSError:
        return dict(build())


@contextmanager
def _held(lock: FileLock, on_wait: Callable[[], None]) -> Iterator[None]:
    """Holds a lock; says so before it waits for one that is taken."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _open(place: Path) -> Arrays | None:
    """Returns an entry's arrays, or None when it is absent or not what its manifest says."""
    try:
        rows = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        if rows["format"] != FORMAT:
            return None
        files = {name: place / f"{name}.npy" for name in rows["arrays"]}
        # As plain arrays: the kind that NumPy maps a file with does not cross the wall.
        arrays = {name: np.asarray(np.load(file, mmap_mode="r", allow_pickle=False)) for name, file in files.items()}
        if any(_digest(arrays[name]) != digest for name, digest in rows["arrays"].items()):
            return None
        os.utime(place)
        return arrays
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _store(place: Path, arrays: Arrays) -> Arrays | None:
    """Writes the arrays beside their place, moves them there and returns them mapped; None where there is no room.

    The caller holds the entry's lock: whatever else lies there under this entry's name is of a process that was killed.
    """
    for left in place.parent.glob(f".new-{place.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        scratch = Path(tempfile.mkdtemp(prefix=f".new-{place.name}-", dir=place.parent))
    except OSError:
        return None
    try:
        for name, array in arrays.items():
            np.save(scratch / f"{name}.npy", np.asarray(array), allow_pickle=False)
        rows = {"format": FORMAT, "arrays": {name: _digest(np.asarray(array)) for name, array in arrays.items()}}
        (scratch / MANIFEST).write_text(json.dumps(rows, indent=1), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        scratch.rename(place)
        return _open(place)
    except OSError:
        return None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _prune(place: Path) -> None:
    """Removes the least recently used entries of the same name."""
    stem = place.name.rpartition("-")[0]
    entries = sorted(place.parent.glob(f"{stem}-*/{MANIFEST}"), key=lambda path: path.parent.stat().st_mtime)
    for path in entries[:-MAX_ENTRIES]:
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.with_suffix(".lock").unlink(missing_ok=True)


def _digest(array: Any) -> str:
    content = np.ascontiguousarray(array)
    digest = hashlib.sha256(f"{content.dtype.str}{content.shape}\0".encode())
    digest.update(content.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
