"""How the cases of a solution come about: their names, their random numbers, their answers and their words.

A case is named "function/id". An id that begins with "drawn" is in no student kit: its numbers, and what else it draws,
come from the seed of the grade. An id that begins with "notebook" has the numbers of the public seed in every grade,
since everybody knows them. All others have those of the public seed in the kit and of the grade's seed in a grade.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Generator", "Kind", "Values", "case_id_of", "describe", "generator", "is_drawn", "is_fixed"]

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
    #: the inputs in, the right answers out; under "mistakes", name -> hint -> value, what the usual slips would give
    answer: Callable[[Values], Values]
    #: names of inputs that messages show beside the settings in dictionaries
    told: tuple[str, ...] = ("x", "w", "X")


def case_id_of(name: str) -> str:
    """Returns the id in the name of a case, "function/id"; an id stands for itself."""
    return name.rpartition("/")[2]


def is_drawn(name: str) -> bool:
    """Whether a case, by its name or its id, is in no student kit."""
    return case_id_of(name).startswith("drawn")


def is_fixed(name: str) -> bool:
    """Whether a case, by its name or its id, has the numbers of the public seed in every grade."""
    return case_id_of(name).startswith("notebook")


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
