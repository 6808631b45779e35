"""Reads an assignment's images once, with the reader that it names, and keeps them."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grader.assignment.definition import Assignment, DataReader
from grader.assignment.own_modules import load_module
from grader.assignment.solution import has_module, solution_module
from grader.model.errors import UnusableAssignment, UnusableInput
from grader.model.options import Options
from grader.store.cache import kept_arrays, key_of

__all__ = ["ImageSource", "Images", "Notify"]

#: called with a sentence about something that takes long
Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Images to learn from and held-out ones, (n, C, H, W) in bytes, with a label each.

    Made-up ones may be made when they are asked for: what looks at all of them in no order asks for `whole` first.
    """

    #: which images, in words, and in fewer
    words: str
    kind: str
    train: Any
    train_labels: Any
    #: never learned from; their labels stay in the grader
    held_out: Any
    held_out_labels: Any
    #: of the images to learn from, float64 (C, H, W)
    mean: Any
    _read_whole: "Callable[[], Images] | None" = field(default=None, repr=False)

    def whole(self) -> "Images":
        """Returns the same images, all of them read or made."""
        return self._read_whole() if self._read_whole is not None else self

    def batch(self, indices: Any) -> tuple[Any, Any]:
        """Returns images to learn from (n, C, H, W), float32, the mean subtracted, and their labels (n,)."""
        return self._centred(self.train[indices]), np.asarray(self.train_labels[indices])

    def held_out_batch(self, indices: Any) -> tuple[Any, Any]:
        """Returns held-out images and labels, as `batch` does."""
        return self._centred(self.held_out[indices]), np.asarray(self.held_out_labels[indices])

    def digest(self) -> str:
        """Returns a digest of all arrays."""
        if self._read_whole is not None:
            return self.whole().digest()
        return key_of(self.train, self.train_labels, self.held_out, self.held_out_labels, self.mean)

    def _centred(self, pixels: Any) -> Any:
        return np.subtract(pixels, self.mean, dtype=np.float32, casting="same_kind")


class ImageSource:
    """The images of an assignment, from a folder or from what the given reader makes up; read when first asked for.

    Args:
        assignment: names the reader.
        options: one of them may name the folder where images lie; without it that is left to the reader.
        notify: called with a message before slow work.

    Raises:
        UnusableInput: when they are read: the folder has no images, or broken ones.
    """

    def __init__(self, assignment: Assignment, options: Options, notify: Notify) -> None:
        self._assignment = assignment
        self._folder = options[assignment.data.option] or None if assignment.data else None
        self._notify = notify

    @property
    def kind(self) -> str:
        """Which images, in a few words, without the place on this host."""
        return self.described.partition(" in ")[0]

    @property
    def is_real(self) -> bool:
        """Whether they come from files, and are not made up."""
        return " in " in self.described

    @cached_property
    def images(self) -> Images:
        """The images themselves."""
        sets = self._made_up_sets()
        if sets is None:
            return self.whole
        return Images(self._words(rows := _named(sets)), self.kind, **rows, _read_whole=lambda: self.whole)

    @cached_property
    def whole(self) -> Images:
        """The same, all of them read or made, and kept on this machine."""
        key = key_of(self._reader_source, self.described, self._fingerprint())
        arrays = kept_arrays("images", key, lambda: _named(self._read()))
        return Images(self._words(arrays), self.kind, **arrays)

    @cached_property
    def described(self) -> str:
        """Which images, and where they lie."""
        return str(self._ask(self._data.describe))

    def _made_up_sets(self) -> dict[str, Any] | None:
        """Returns sets whose images are made when they are asked for, where the solution knows how."""
        if not has_module(self._assignment, "made_up"):
            return None
        sets: dict[str, Any] | None = solution_module(self._assignment, "made_up").made_up_sets(self.described)
        return sets

    def _read(self) -> dict[str, Any]:
        self._notify(f"Reading {self.described}; this is done once on this machine.")
        sets: dict[str, Any] = self._ask(self._data.load, **self._data.arguments)
        train = sets["X_train"]
        return {**sets, "mean": train.sum(axis=0, dtype=np.int64) / len(train)}

    def _words(self, arrays: Mapping[str, Any]) -> str:
        return self._data.words.format(kind=self.kind, n=len(arrays["train"]))

    def _ask(self, function: str, **arguments: Any) -> Any:
        place = {self._data.folder_argument: self._folder}
        try:
            return getattr(self._reader, function)(**place, **arguments)
        except (OSError, ValueError) as exc:
            raise UnusableInput(f"The images cannot be read: {exc}.") from exc

    @cached_property
    def _reader(self) -> ModuleType:
        """The reader as a module of its own: the pristine file, wherever this assignment's given files lie."""
        return load_module(self._reader_path)

    @property
    def _reader_path(self) -> Path:
        return self._assignment.given_folder() / self._data.file

    @property
    def _data(self) -> DataReader:
        if self._assignment.data is None:
            raise UnusableAssignment("A check asks for images, and assignment.toml has no [data], which reads them.")
        return self._assignment.data

    @property
    def _reader_source(self) -> str:
        return hashlib.sha256(self._reader_path.read_bytes()).hexdigest()

    def _fingerprint(self) -> list[tuple[str, int, int]]:
        """Returns names, sizes and times of the files that images may be read from, so that a change is seen."""
        _, there, place = self.described.partition(" in ")
        if not there:
            return []
        rows = [(entry.name, entry.stat()) for entry in sorted(os.scandir(place), key=lambda entry: entry.name)]
        return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in rows]


def _named(sets: Mapping[str, Any]) -> dict[str, Any]:
    """Returns sets by the names of Images."""
    return {
        "train": sets["X_train"],
        "train_labels": sets["y_train"],
        "held_out": sets["X_val"],
        "held_out_labels": sets["y_val"],
        "mean": sets["mean"],
    }
