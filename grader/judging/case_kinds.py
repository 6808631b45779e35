"""Defines how the cases of a solution are made: their random numbers, answers and descriptions."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.model.case_names import is_fixed

__all__ = ["Generator", "Kind", "Values", "describe", "generator"]

#: arrays and settings by name
Values = dict[str, Any]
#: NumPy promises never to change the numbers of this one
Generator = np.random.RandomState


def describe(inputs: Values, told: tuple[str, ...] = ("x", "w", "X")) -> str:
    """Returns a case in words for messages: "stride=2, pad=1, x (2, 3, 4, 4), w (3, 3, 4, 4)".

    Settings in dictionaries come first, then what is told by name: arrays by their shapes, other values as they are.
    """
    named = {key: inputs[key] for key in told if key in inputs}
    settings = [text for key, value in inputs.items() for text in _settings(key, value, key in named)]
    return ", ".join(settings + [_shape(key, value) for key, value in named.items() if isinstance(value, np.ndarray)])


@dataclass(frozen=True, slots=True)
class Kind:
    """How the cases of one function come about."""

    #: case id -> a function that draws the inputs
    draws: Mapping[str, Callable[[Generator], Values]]
    #: the inputs in, the right answers out
    answer: Callable[[Values], Values]
    #: names of inputs that messages show beside the settings in dictionaries
    told: tuple[str, ...] = ("x", "w", "X")


def generator(name: str, seed: int, public_seed: int) -> Generator:
    """Returns the random generator of a case.

    Fixed cases have the stream that `numpy.random.seed(public_seed)` gives. Every other case has a stream of its own,
    so that adding one does not change the rest.
    """
    if is_fixed(name):
        return Generator(public_seed)
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return Generator(int.from_bytes(digest[:4], "big"))


def _settings(key: str, value: Any, told: bool) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}={item!r}" for name, item in value.items() if not isinstance(item, np.ndarray)]
    return [f"{key}={value!r}"] if told and not isinstance(value, np.ndarray) else []


def _shape(key: str, value: Any) -> str:
    return f"{key} {value.shape}" + (" float32" if value.dtype == np.float32 else "")
