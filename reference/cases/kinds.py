"""What the families of cases share: sizes that are drawn, and inputs that are made from others."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.judging import Array, Generator, Kind, Values

__all__ = [
    "Array",
    "Generator",
    "Kind",
    "Values",
    "as_in_notebook",
    "distinct_sizes",
    "double",
    "spread",
]


def distinct_sizes(rng: Generator, choices: Sequence[int], count: int) -> list[int]:
    """Returns sizes that all differ, so that axes taken for one another show."""
    return [int(size) for size in rng.permutation(choices)[:count]]


def double(inputs: Values) -> Values:
    """Returns the inputs with float32 arrays widened, so that the right answer is right to double precision."""
    return {key: value.astype(np.float64) if _is_single(value) else value for key, value in inputs.items()}


def as_in_notebook(inputs: Values) -> Values:
    """Returns the inputs of a normalization with x at the notebook's level and spread, which is large beside eps."""
    return {**inputs, "x": 6 * inputs["x"] + 12}


def spread(inputs: Values) -> Values:
    """Returns the inputs of a normalization with x so wide that no mistake in eps comes near a rough limit."""
    return {**inputs, "x": 6 * inputs["x"]}


def _is_single(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float32
