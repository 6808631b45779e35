"""Pairs forward with backward functions, and runs a check over its cases and their limits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from grader.judging.case import Case
from grader.model.case_names import is_drawn

__all__ = ["DOUBLE", "ROUGHLY", "SINGLE", "Pair", "Part", "cases", "limit_of"]

#: float64: a layer that computes in single precision inside is right to about 1e-7, and the notebook's cells accept it;
#: a wrong layer is off by a thousandth or more. Where eps is added is seen in the cases with an eps of 0.05 and more.
DOUBLE = 1e-6
#: float32 inputs: sums of a hundred products are right to 1e-6; float32 and float64 results both pass
SINGLE = 1e-4
#: for checks of another claim, which judge values only so that wrong ones do not pass
ROUGHLY = 1e-4


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a case that a layer treats on its own, such as one channel of a batch normalization."""

    #: those of the forward function, and dout
    inputs: Mapping[str, Any]
    #: "out" or a gradient -> where it lies in that of the whole case; where parts meet, gradients add up
    places: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A forward function and its backward function, by their documented names."""

    #: the module that holds both, as checks call it: `student.layers` is "layers"
    module: str
    forward: str
    backward: str
    #: what the forward function takes, in order; names of case.inputs
    takes: tuple[str, ...]
    #: what the backward function returns, in order
    gives: tuple[str, ...]
    #: what the documented cache holds; empty where the cache is the student's own affair
    cache: tuple[str, ...] = ()
    #: whether the right output is a straight line along any direction of the first input, as a sum of products is
    linear: bool = False
    #: gives the parts of inputs that the layer treats on their own; None where it does not fall into such parts
    parts: Callable[[Mapping[str, Any]], Iterable[Part]] | None = None


def cases(*ids: str, marks: Mapping[str, pytest.MarkDecorator] | None = None) -> Callable[..., Any]:
    """Returns the decorator that runs a check once for each case id; drawn ones are hidden.

    Args:
        marks: id -> a mark of this case alone, e.g. what it needs, where the cases of a check need different things.
    """
    own = marks or {}
    rows = [
        pytest.param(
            name, marks=[*([pytest.mark.hidden] if is_drawn(name) else []), *([own[name]] if name in own else [])]
        )
        for name in ids
    ]
    return pytest.mark.parametrize("case_id", rows)


def limit_of(case: Case, name: str = "x") -> float:
    """Returns how close to the reference a value of this case must be, as a share of the largest value.

    Args:
        name: of the input whose type counts.
    """
    return SINGLE if case.inputs[name].dtype == np.float32 else DOUBLE
