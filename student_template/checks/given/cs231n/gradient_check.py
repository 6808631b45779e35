"""Numerical gradients by central differences.

Each function moves one element of x at a time, in place, because f may reach x by another way than its argument (a
network's parameters, say). When they return, or when f raises, x is what it was.
"""

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["eval_numerical_gradient", "eval_numerical_gradient_array", "grad_check_sparse"]

Array = NDArray[Any]
Index = tuple[int, ...]


def eval_numerical_gradient(f: Callable[[Array], Any], x: Array, verbose: bool = True, h: float = 1e-5) -> Array:
    """Return the gradient of a scalar function at x, (f(x + h) - f(x - h)) / 2h for each element.

    Args:
        f: takes x, returns a number.
        x: the point, floats of any shape.
        verbose: prints each index and its derivative.
        h: half the distance between the two evaluations.

    Returns:
        The gradient, float64, the shape of x.

    Raises:
        TypeError: if x does not hold floats; adding h to an integer would change nothing.
    """
    grad = np.zeros(x.shape)
    for index in _indices(x):
        grad[index] = _difference(f, x, index, h) / (2 * h)
        if verbose:
            print(index, grad[index])
    return grad


def eval_numerical_gradient_array(f: Callable[[Array], Any], x: Array, df: Array, h: float = 1e-5) -> Array:
    """Return the gradient at x of sum(f(x) * df), for a function whose value is an array.

    Args:
        f: takes x, returns an array.
        x: the point, floats of any shape.
        df: upstream gradient, the shape of f(x).
        h: half the distance between the two evaluations.

    Returns:
        The gradient, float64, the shape of x.

    Raises:
        TypeError: if x does not hold floats.
    """
    grad = np.zeros(x.shape)
    for index in _indices(x):
        grad[index] = np.sum(_difference(f, x, index, h) * df) / (2 * h)
    return grad


def grad_check_sparse(
    f: Callable[[Array], Any],
    x: Array,
    analytic_grad: Array,
    num_checks: int = 10,
    h: float = 1e-5,
    verbose: bool = True,
) -> list[float]:
    """Return the relative errors of a gradient at a few elements of x, drawn by Python's `random`.

    Args:
        f: takes x, returns a number.
        x: the point, floats of any shape.
        analytic_grad: the gradient to judge, the shape of x.
        num_checks: elements to draw.
        h: half the distance between the two evaluations.
        verbose: prints a line for each element.

    Returns:
        |numerical - analytic| / (|numerical| + |analytic|) for each element; 0 where both are 0.

    Raises:
        TypeError: if x does not hold floats.
    """
    _require_floats(x)
    errors = []
    for _ in range(num_checks):
        index = tuple(random.randrange(size) for size in x.shape)
        numerical = float(_difference(f, x, index, h)) / (2 * h)
        analytic = float(analytic_grad[index])
        size = abs(numerical) + abs(analytic)
        errors.append(abs(numerical - analytic) / size if size else 0.0)
        if verbose:
            print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {errors[-1]:e}")
    return errors


def _indices(x: Array) -> "product[Index]":
    _require_floats(x)
    return product(*(range(size) for size in x.shape))


def _require_floats(x: Array) -> None:
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(f"x has type {x.dtype}, should be floats: a step of h would be lost")


def _difference(f: Callable[[Array], Any], x: Array, index: Index, h: float) -> Any:
    """f(x + h) - f(x - h) at one element; f may return the same buffer twice."""
    old = x[index]
    try:
        x[index] = old + h
        above = np.array(f(x))
        x[index] = old - h
        return above - np.asarray(f(x))
    finally:
        x[index] = old
