"""Training runs of the solution that are kept with it, so that no machine has to train it before it can grade.

A run is kept for the images that it was trained on: one archive for each kind of them in the folder `runs`. Of a run
it has the parameters at the end, the large ones in 255 steps, the losses, and the accuracies along the way. The start
follows from the plan. `grader golden train` writes an archive, `grader golden verify` runs the beginning again.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FOLDER", "KeptRun", "kept_mean", "kept_runs", "packed", "unpacked", "write_runs"]

Array = NDArray[Any]

FOLDER = Path(__file__).parent / "runs"
#: entries from which on an array is kept in steps of a 127th of its largest value
LARGE = 100_000
STEP = "-step"
#: ends the name of the array that says which plan a run is of
PLAN = "/plan"


@dataclass(frozen=True, slots=True, eq=False)
class KeptRun:
    """One training run."""

    #: of the images that it was trained on
    mean: Array
    #: parameters at the end, as `packed` returns them
    end: dict[str, Array]
    #: iterations after which accuracies were counted
    kept_at: tuple[int, ...]
    losses: Array
    #: on training images and on held-out ones, (kept_at, 2)
    accuracies: Array


def packed(params: Mapping[str, Array]) -> dict[str, Array]:
    """Returns parameters as they are kept: large arrays as small integers, each with its step beside it."""
    rows: dict[str, Array] = {}
    for name, value in params.items():
        if value.size < LARGE:
            rows[name] = value
            continue
        step = np.float32(np.abs(value).max() / 127)
        rows[name], rows[f"{name}{STEP}"] = np.rint(value / step).astype(np.int8), np.array(step)
    return rows


def unpacked(rows: Mapping[str, Array]) -> dict[str, Array]:
    """Returns the parameters that `packed` was given, but for half a step."""
    names = [name for name in rows if not name.endswith(STEP)]
    return {name: np.multiply(rows[name], rows.get(f"{name}{STEP}", 1), dtype=np.float32) for name in names}


def kept_runs(plan: str) -> Iterator[KeptRun]:
    """Yields the runs of a plan, of whatever images; a plan is known by a digest."""
    for path in sorted(FOLDER.glob("*.npz")):
        # Arrays of other plans are large, and stay packed.
        with _opened(path) as stored:
            for name in [key.removesuffix(PLAN) for key in stored.files if key.endswith(PLAN)]:
                if str(stored[name + PLAN]) != plan:
                    continue
                own = f"{name}/"
                rows = {key.removeprefix(own): stored[key] for key in stored.files if key.startswith(own)}
                del rows[PLAN.removeprefix("/")]
                kept_at = tuple(int(number) for number in rows.pop("kept_at"))
                losses, accuracies = rows.pop("losses"), rows.pop("accuracies")
                yield KeptRun(stored["mean"], rows, kept_at, losses, accuracies)


def kept_mean(kind: str, first: Array) -> Array | None:
    """Returns the mean of images of a kind, None unless their first ones are those that it was taken of."""
    path = _place(kind)
    if not path.is_file():
        return None
    with _opened(path) as stored:
        return stored["mean"] if str(stored["first"]) == _digest(first) else None


def write_runs(kind: str, mean: Array, first: Array, runs: Mapping[str, Mapping[str, Any]]) -> Path:
    """Writes the archive of a kind of images; returns where it lies.

    Args:
        kind: of images, in words.
        mean: of the training images.
        first: some of the training images, from the first on.
        runs: by name: `plan`, `end` as `packed` returns it, `kept_at`, `losses`, `accuracies`.
    """
    rows: dict[str, Any] = {"mean": mean, "first": np.array(_digest(first))}
    for name, run in runs.items():
        parts = {key: np.asarray(value) for key, value in run.items() if key != "end"}
        rows |= {f"{name}/{key}": value for key, value in (parts | dict(run["end"])).items()}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(_place(kind), **rows)
    return _place(kind)


def _place(kind: str) -> Path:
    return FOLDER / f"{'-'.join(kind.partition(',')[0].lower().split())}.npz"


def _opened(path: Path) -> Any:
    return np.load(BytesIO(path.read_bytes()), allow_pickle=False)


def _digest(first: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(first).tobytes()).hexdigest()
