"""Reads an assignment's images once, with the reader that it names, and keeps them."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.own_modules import load_module
from grader.model.errors import UnusableInput
from grader.store.cache import kept_arrays, key_of

__all__ = ["ImageSource", "Images", "Notify"]

#: called with a sentence about something that takes long
Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Training and held-out images, (n, C, H, W) in bytes, with a label each."""

    #: which images, in words: "CIFAR-10 (49,000 training images)"
    words: str
    train: Any
    train_labels: Any
    #: never trained on; their labels stay in the grader
    held_out: Any
    held_out_labels: Any
    #: of the training images, float64 (C, H, W)
    mean: Any

    def batch(self, indices: Any) -> tuple[Any, Any]:
        """Returns training images (n, C, H, W), float32, the mean subtracted, and their labels (n,)."""
        return self._centred(self.train[indices]), np.asarray(self.train_labels[indices])

    def held_out_batch(self, indices: Any) -> tuple[Any, Any]:
        """Returns held-out images and labels, as `batch` does."""
        return self._centred(self.held_out[indices]), np.asarray(self.held_out_labels[indices])

    def digest(self) -> str:
        """Returns a digest of all arrays."""
        return key_of(self.train, self.train_labels, self.held_out, self.held_out_labels, self.mean)

    def _centred(self, pixels: Any) -> Any:
        return np.subtract(pixels, self.mean, dtype=np.float32, casting="same_kind")


class ImageSource:
    """The images of an assignment, from a folder or from what the given reader makes up; read when first asked for.

    Args:
        assignment: names the reader.
        folder: where images lie; "" leaves it to the reader.
        notify: hears what takes long.

    Raises:
        UnusableInput: when they are read: the folder has no images, or broken ones.
    """

    def __init__(self, assignment: Assignment, folder: str, notify: Notify) -> None:
        self._assignment = assignment
        self._folder = folder or None
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
        arrays = kept_arrays("images", key_of(self._reader_source, self.described, self._fingerprint()), self._read)
        words = f"{self.kind} ({len(arrays['train']):,} training images)"
        return Images(words, **arrays)

    @cached_property
    def described(self) -> str:
        """Which images, and where they lie."""
        assert self._assignment.data is not None, "an assignment whose checks ask for images names their reader"
        return str(self._ask(self._assignment.data.describe, self._folder))

    def _read(self) -> dict[str, Any]:
        self._notify(f"Reading {self.described}; this is done once on this machine.")
        assert self._assignment.data is not None
        sets = self._ask(self._assignment.data.load, cifar10_dir=self._folder, subtract_mean=False, dtype=np.uint8)
        train = sets["X_train"]
        return {
            "train": train,
            "train_labels": sets["y_train"],
            "held_out": sets["X_val"],
            "held_out_labels": sets["y_val"],
            "mean": train.sum(axis=0, dtype=np.int64) / len(train),
        }

    def _ask(self, function: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(self._reader, function)(*args, **kwargs)
        except (OSError, ValueError) as exc:
            raise UnusableInput(f"The images cannot be read: {exc}.") from exc

    @cached_property
    def _reader(self) -> ModuleType:
        """The reader as a module of its own: the pristine file, wherever this assignment's given files lie."""
        return load_module(self._reader_path)

    @property
    def _reader_path(self) -> Path:
        assert self._assignment.data is not None
        return self._assignment.given_folder() / self._assignment.data.file

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
