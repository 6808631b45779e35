"""Makes the stand-in images one block at a time, so that only those are made that somebody asks for."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.cs231n import data_utils
from reference.kept_runs import kept_mean

__all__ = ["made_up_sets"]

Array = NDArray[Any]

BLOCK = data_utils._BLOCK
N_TRAINING, N_VALIDATION = 49_000, 1_000
#: blocks that stay in memory, 1.5 MB each
KEPT_BLOCKS = 8


class _Made:
    """Looks like an array of images, or of their labels, whose rows are made when they are asked for."""

    def __init__(self, block: Callable[[int], Array], first: int, count: int) -> None:
        self._block, self._first, self._count = block, first, count
        self.shape = (count, *block(first // BLOCK).shape[1:])

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, chosen: Any) -> Array:
        numbers = self._first + np.arange(self._count)[chosen]
        rows = np.ravel(numbers)
        first = self._block(int(rows[0]) // BLOCK if rows.size else self._first // BLOCK)
        found = np.empty((len(rows), *first.shape[1:]), first.dtype)
        for block in np.unique(rows // BLOCK):
            here = rows // BLOCK == block
            found[here] = self._block(int(block))[rows[here] % BLOCK]
        return found.reshape(*np.shape(numbers), *found.shape[1:])


def made_up_sets(described: str) -> dict[str, Any] | None:
    """Returns the sets of `get_CIFAR10_data` with the training images' mean, None where their mean is not known.

    Args:
        described: what `data_source` says; only made-up images can be made one by one.
    """
    if " in " in described:
        return None
    mean = kept_mean(described, _block(0)[0])
    if mean is None:
        return None
    sets: dict[str, Any] = {"mean": mean}
    for name, first, count in (("train", 0, N_TRAINING), ("val", N_TRAINING, N_VALIDATION)):
        sets[f"X_{name}"] = _Made(lambda number: _block(number)[0], first, count)
        sets[f"y_{name}"] = _Made(lambda number: _block(number)[1], first, count)
    return sets


@lru_cache(maxsize=KEPT_BLOCKS)
def _block(number: int) -> tuple[Array, Array]:
    return data_utils._make_block(np.random.default_rng([data_utils._SEED, number]))
