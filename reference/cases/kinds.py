"""What the families of cases share: how a case comes about, its random generator, and the words that describe it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NOTEBOOK_SEED",
    "Array",
    "Generator",
    "Kind",
    "Values",
    "as_in_notebook",
    "describe",
    "distinct_sizes",
    "double",
    "fitting_side",
    "generator",
]

Array = NDArray[Any]
#: arrays and settings by name
Values = dict[str, Any]
#: NumPy promises never to change the numbers of this one
Generator = np.random.RandomState

#: the notebook calls `np.random.seed(231)` before each of its own cases
NOTEBOOK_SEED = 231


@dataclass(frozen=True, slots=True)
class Kind:
    """How the cases of one function come about."""

    #: case id -> a function that draws the inputs
    draws: Mapping[str, Callable[[Generator], Values]]
    #: the inputs in, the right answers out
    answer: Callable[[Values], Values]


def generator(name: str, seed: int) -> Generator:
    """Returns the generator of the case "function/id".

    The notebook's own cases have the notebook's stream. Every other case has a stream of its own, so that adding one
    does not change the rest.
    """
    if name.partition("/")[2].startswith("notebook"):
        return Generator(NOTEBOOK_SEED)
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return Generator(int.from_bytes(digest[:4], "big"))


def distinct_sizes(rng: Generator, choices: Sequence[int], count: int) -> list[int]:
    """Returns sizes that all differ, so that axes taken for one another show."""
    return [int(size) for size in rng.permutation(choices)[:count]]


def fitting_side(rng: Generator, length: int, stride: int, pad: int, at_least: int) -> int:
    """Returns a side of an image, 1 or more, that windows of this length cover without a rest."""
    n_windows = rng.randint(at_least, at_least + 3)
    while (side := (n_windows - 1) * stride + length - 2 * pad) < 1:
        n_windows += 1
    return int(side)


def double(inputs: Values) -> Values:
    """Returns the inputs with float32 arrays widened, so that the right answer is right to double precision."""
    return {key: value.astype(np.float64) if _is_single(value) else value for key, value in inputs.items()}


def as_in_notebook(inputs: Values) -> Values:
    """Returns the inputs of a normalization with x at the notebook's level and spread, which is large beside eps."""
    return {**inputs, "x": 6 * inputs["x"] + 12}


def describe(inputs: Values) -> str:
    """Returns a case in words for messages: "stride=2, pad=1, x (2, 3, 4, 4), w (3, 3, 4, 4)"."""
    settings = [text for key, value in inputs.items() for text in _settings(key, value)]
    shapes = [_shape(key, inputs[key]) for key in ("x", "w", "X") if key in inputs]
    return ", ".join(settings + shapes)


def _settings(key: str, value: Any) -> list[str]:
    if isinstance(value, dict) and key != "params":
        return [f"{name}={item!r}" for name, item in value.items() if not isinstance(item, np.ndarray)]
    return [f"{key}={value!r}"] if key == "G" else []


def _shape(key: str, value: Array) -> str:
    return f"{key} {value.shape}" + (" float32" if _is_single(value) else "")


def _is_single(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float32
