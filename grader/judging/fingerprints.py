"""Keeps a few numbers of a wrong value, by which it is recognised as what a known mistake gives.

A value is multiplied by fixed random vectors: two values that give the same products are the same, and nothing can be
read out of the products. They are taken of the error, not of the value, since mistakes differ in how they are wrong: of
two that change a large value by a millionth each, the errors are as unlike as any two arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_PRODUCTS", "Evidence", "Fingerprint", "changed_in_place", "fingerprint_of"]

#: random vectors: two unrelated errors agree in all of them once in 10**12
N_PRODUCTS = 3
#: of a larger value the first entries stand for all
MOST_ENTRIES = 20_000
#: share of an error by which another form of the same mistake may differ; float64 differs by 1e-9 of it and less
SAME = 1e-4
#: the same for a single number, which might agree by chance
SAME_NUMBER = 3e-7
#: the same where the value went through single precision
SAME_SINGLE = 3e-2


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of one wrong value."""

    #: shape and kind: "(2, 3) f"
    form: str
    #: of the error as a share of the largest right value, where shape and kind are right; else of the value
    products: tuple[float, ...] = ()
    #: whether it was computed in double precision throughout
    double: bool = True

    @property
    def is_number(self) -> bool:
        """Whether the value is a single number."""
        return self.form.startswith("() ")

    def same(self, other: "Fingerprint") -> bool:
        """Whether both are the same but for rounding."""
        if self.form != other.form or len(self.products) != len(other.products):
            return False
        own, others = np.array(self.products), np.array(other.products)
        share = SAME_SINGLE if not (self.double and other.double) else SAME_NUMBER if self.is_number else SAME
        # Wrong values may be huge.
        with np.errstate(all="ignore"):
            largest = max(np.abs(own).max(initial=0.0), np.abs(others).max(initial=0.0))
            return bool((np.abs(own - others) <= share * largest).all())


#: what a check found wrong: name of the value -> its fingerprint
Evidence = Mapping[str, Fingerprint]


def fingerprint_of(actual: Any, right: NDArray[Any]) -> Fingerprint:
    """Returns the fingerprint of a value that is not right.

    Args:
        actual: what came back from the student's code.
        right: of float64.
    """
    if not isinstance(actual, (np.ndarray, int, float, np.number)):
        return Fingerprint(type(actual).__name__)
    values = np.asarray(actual)
    kind = values.dtype.kind if values.ndim else "f"
    odd = ~np.isfinite(values)
    values = np.where(odd, 0.0, values).astype(np.float64)
    form = f"{values.shape} {kind}"
    double = not isinstance(actual, np.ndarray) or actual.dtype.itemsize >= 8
    with np.errstate(all="ignore"):
        if odd.any():
            return Fingerprint(f"{form} not finite", _products(odd.astype(np.float64)), double)
        if values.shape == right.shape:
            values = (values - right) / (np.abs(right).max(initial=0.0) or 1.0)
        return Fingerprint(form, _products(values), double)


def changed_in_place(names: tuple[str, ...]) -> Evidence:
    """Returns the evidence that an input is changed by a call; none where it may be any of several."""
    return {f"{name} after the call": Fingerprint("changed") for name in names if len(names) == 1}


def _products(values: NDArray[Any]) -> tuple[float, ...]:
    first = values.reshape(-1)[:MOST_ENTRIES]
    return tuple(map(float, _vectors(first.size) @ first))


@lru_cache(maxsize=64)
def _vectors(size: int) -> NDArray[Any]:
    return np.asarray(np.random.RandomState(size).randn(N_PRODUCTS, size) / np.sqrt(max(size, 1)))
