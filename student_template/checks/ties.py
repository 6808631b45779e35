"""Judges the gradient of a pooling window in which several maxima are equal."""

from typing import Any

import numpy as np

from grader.judging import Array, Case, Remark, Student, StudentError, WrongAnswer, assert_array

from .layer_pairs import POOL
from .windows import windows_of

__all__ = ["assert_ties", "judge_ties"]

#: shares of dout are quotients of a number with itself, or small fractions
ROUNDING = 1e-9
EVERYONE = "Each of several equal maxima gets the whole gradient, so that a window passes on more than it gets."


def assert_ties(case: Case, student: Student, remark: Remark) -> None:
    """Raises a StudentError unless dx is one of the legal gradients; the cache as in `assert_gradients`.

    Which of several equal maxima of a window gets the gradient is not documented: one of them, or shares that add up to
    it, or each of them the whole of it. Values that are not the maximum of their window get none.
    """
    try:
        found = _judge_cache(case, student, tuple(case.inputs[name] for name in POOL.cache))
    except StudentError as error:
        try:
            _, cache = student.layers.max_pool_forward_naive(*(case.inputs[name] for name in POOL.takes))
        except StudentError:
            raise error from None
        found = _judge_cache(case, student, cache)
    if found:
        remark(found)


def judge_ties(dx: Array, case: Case) -> str:
    """Returns a remark on a legal gradient, or "".

    Args:
        dx: of the shape of x, finite.
        case: its windows tile the image, so that each can be judged by itself.

    Raises:
        WrongAnswer: the gradient is not legal.
    """
    x, dout, found = case.inputs["x"], case.inputs["dout"], ""
    for number, (rows, cols) in enumerate(windows_of(case)):
        window = x[:, :, rows, cols]
        share = dx[:, :, rows, cols] / dout.reshape(*dout.shape[:2], -1)[:, :, number, None, None]
        largest = window == window.max(axis=(2, 3), keepdims=True)
        if (np.abs(share[~largest]) > ROUNDING).any():
            raise _wrong(case, "a value that is not the maximum of its window gets a gradient")
        split = (share > -ROUNDING).all(axis=(2, 3)) & (np.abs(share.sum(axis=(2, 3)) - 1) < ROUNDING)
        everyone = (np.abs(share - largest) < ROUNDING).all(axis=(2, 3))
        if not (split | everyone).all():
            raise _wrong(case, "what the equal maxima of a window get does not add up to its dout")
        found = found or (EVERYONE if not split.all() else "")
    return found


def _judge_cache(case: Case, student: Student, cache: Any) -> str:
    dx = student.layers.max_pool_backward_naive(case.inputs["dout"], cache)
    assert_array(dx, case.inputs["x"].shape, name="dx", call=_call(case))
    return judge_ties(dx, case)


def _wrong(case: Case, what: str) -> WrongAnswer:
    return WrongAnswer(f"dx is wrong where several values of a window are equal: {what} [{_call(case)}].")


def _call(case: Case) -> str:
    return f"{POOL.backward}, {case.call}"
