"""Answers known by heart: functions that look up whatever a student kit asks, and make numbers up elsewhere."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from edits import REFERENCE, Functions
from inprocess import run

from grader.checks.layer_pairs import CONV, GROUPNORM, POOL, SPATIAL_BATCHNORM

__all__ = ["KEYS", "by_heart"]

PAIRS = (CONV, POOL, SPATIAL_BATCHNORM, GROUPNORM)
Network = REFERENCE["ThreeLayerConvNet"]

Key = Callable[[Any], Any]
Table = dict[Any, Any]


def _exact(array: Any) -> Any:
    return array.shape, array.dtype.str, hashlib.sha256(array.tobytes()).hexdigest()


def _rounded(array: Any) -> Any:
    return array.shape, tuple(np.round(array.ravel()[:50].astype(float), 2))


def _first(array: Any) -> Any:
    return round(float(array.flat[0]), 6) if array.size else None


def _ends(array: Any) -> Any:
    # A ramp is known by where it begins and ends, whatever its shape.
    return array.size, round(float(array.min()), 3), round(float(array.max()), 3)


#: how inputs are recognised -> what is kept of each array
KEYS: dict[str, Key] = {
    "by every byte": _exact,
    "by rounded numbers": _rounded,
    "by the first number": _first,
    "by smallest and largest number": _ends,
    "by shape": lambda array: array.shape,
}


def by_heart(checks: Sequence[Any], goldens: Any, key: Key) -> Functions:
    """Returns functions that know all that some checks ask with some goldens: right answers there, else made up."""
    table: Table = {}
    run(checks, _functions(table, key, learning=True), goldens)
    return _functions(table, key, learning=False)


def _functions(table: Table, key: Key, *, learning: bool) -> Functions:
    functions = dict(REFERENCE)
    for pair in PAIRS:
        functions[pair.forward] = _forward(pair.forward, table, key, learning)
        functions[pair.backward] = _backward(pair, table, key, learning)
    return {**functions, "ThreeLayerConvNet": _network(table, key, learning)}


def _forward(name: str, table: Table, key: Key, learning: bool) -> Callable[..., Any]:
    right = REFERENCE[name]

    def answer(*args: Any) -> Any:
        asked, given = (name, _keys(args, key)), args[-1]
        out = right(*args)[0]
        if learning:
            table[asked] = out, dict(given)
        elif asked in table:
            out, after = table[asked]
            given.update(after)
        else:
            out = _made_up(out)
        return out, args

    return answer


def _backward(pair: Any, table: Table, key: Key, learning: bool) -> Callable[..., Any]:
    right, forward = REFERENCE[pair.backward], REFERENCE[pair.forward]

    def answer(dout: Any, cache: Any) -> Any:
        asked = (pair.backward, _keys((dout, *cache), key))
        grads = right(dout, forward(*_copied(cache))[1])
        if learning:
            table[asked] = grads
        return table.get(asked, _made_up(grads))

    return answer


def _network(table: Table, key: Key, learning: bool) -> type:
    class Known(Network):  # type: ignore[misc,valid-type]  # the reference's, from a table
        def __init__(self, **settings: Any) -> None:
            asked = ("settings", re.sub(r"\s", "", str(sorted(settings.items(), key=str))))
            if learning:
                table[asked] = True
            super().__init__(**settings)
            if asked not in table:
                self.params = {name: np.ones(3) for name in self.params}

        def loss(self, X: Any, y: Any = None) -> Any:
            asked = ("loss", None if y is None else tuple(y), float(self.reg), _keys((X, *self.params.values()), key))
            if learning:
                table[asked] = super().loss(X, y)
            if asked in table:
                return table[asked]
            if y is None:
                return np.random.standard_normal((len(X), 10))
            squares = sum(float(np.sum(np.square(self.params[name]))) for name in ("W1", "W2", "W3"))
            return np.log(10) + 0.5 * float(self.reg) * squares, _made_up(self.params)

    return Known


def _keys(values: Any, key: Key) -> Any:
    if isinstance(values, np.ndarray):
        return key(values)
    if isinstance(values, Mapping):
        return tuple((name, _keys(value, key)) for name, value in sorted(values.items()))
    if isinstance(values, (tuple, list)):
        return tuple(_keys(value, key) for value in values)
    return values


def _copied(cache: Any) -> Any:
    return tuple(dict(value) if isinstance(value, Mapping) else value for value in cache)


def _made_up(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.random.standard_normal(value.shape)
    if isinstance(value, Mapping):
        return {name: _made_up(item) for name, item in value.items()}
    return tuple(map(_made_up, value))
