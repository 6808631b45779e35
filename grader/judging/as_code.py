"""Writes arrays and settings as short Python code that makes them again."""

from typing import Any

import numpy as np

from grader.judging.causes import Array

__all__ = ["array_code", "value_code"]

#: digits of a right answer: far more than what tells it from a wrong one
DIGITS = 10


def value_code(value: Any) -> str:
    """Returns the code of an input, which makes exactly this value."""
    if isinstance(value, np.ndarray):
        return array_code(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {value_code(item)}' for key, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def array_code(array: Array) -> str:
    """Returns the code of an array: one number everywhere, numbers one apart, squares, or a list to ten digits."""
    flat, reshape = array.reshape(-1), f".reshape{array.shape}" if array.ndim > 1 else ""
    if not array.ndim:
        return _number(array.item())
    if array.dtype.kind != "f":
        return f"np.array({flat.tolist()}){reshape}"
    return _series(flat, reshape) or _constant(array) or _list(flat, reshape)


def _series(flat: Array, reshape: str) -> str:
    """Returns the code of numbers one apart, or of the squares of the first; "" for others."""
    n, first = flat.size, float(flat[0]) if flat.size else 0.0
    if n > 3 and np.array_equal(flat, first + np.arange(n)):
        return f"np.arange({f'{first}, ' if first else ''}{first + n}){reshape}"
    if n > 3 and np.array_equal(flat, np.arange(n) ** 2):
        return f"np.arange({float(n)}){reshape} ** 2"
    return ""


def _constant(array: Array) -> str:
    if array.size < 4 or not (array == array.flat[0]).all():
        return ""
    shape = str(array.size if array.ndim == 1 else array.shape)
    names = {0.0: f"np.zeros({shape})", 1.0: f"np.ones({shape})"}
    value = float(array.flat[0])
    return names.get(value, f"np.full({shape}, {_number(value)})")


def _list(flat: Array, reshape: str) -> str:
    numbers = [_number(number) for number in flat.tolist()]
    # One number with a point makes all of them floats.
    shown = numbers[:1] + [number.removesuffix(".0") for number in numbers[1:]]
    return f"np.array([{', '.join(shown)}]){reshape}"


def _number(value: Any) -> str:
    if not isinstance(value, float):
        return repr(value)
    text = f"{value:.{DIGITS}g}"
    return text if set(text) & set(".en") else f"{text}.0"
