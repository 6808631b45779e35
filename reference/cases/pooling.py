"""The cases of max pooling: the notebook's own, one for each legal axis of the contract, and drawn ones."""

from functools import partial
from typing import NamedTuple

import numpy as np

from reference.cases.kinds import Array, Generator, Kind, Values, distinct_sizes, double
from reference.cs231n import layers

__all__ = ["KINDS"]

# What the notebook's cell compares its forward case with: the output to eight decimals.
PRINTED = [
    [-0.26315789, -0.24842105, -0.20421053, -0.18947368, -0.14526316, -0.13052632, -0.08631579, -0.07157895],
    [-0.02736842, -0.01263158, 0.03157895, 0.04631579, 0.09052632, 0.10526316, 0.14947368, 0.16421053],
    [0.20842105, 0.22315789, 0.26736842, 0.28210526, 0.32631579, 0.34105263, 0.38526316, 0.4],
]


class Sizes(NamedTuple):
    """One pooling; the stride fits: H - pool_height and W - pool_width are multiples of it."""

    N: int
    C: int
    H: int
    W: int
    pool_height: int
    pool_width: int
    stride: int


NOTEBOOK_BACKWARD = Sizes(3, 2, 8, 8, 2, 2, 2)
# As in the notebook, with other numbers.
TILES = Sizes(2, 3, 6, 6, 2, 2, 2)

# One legal axis each, so that the id says what a failing case is about.
GENERAL = {
    "overlap-stride1": Sizes(2, 3, 4, 4, 2, 2, 1),
    "overlap-stride2": Sizes(2, 2, 7, 7, 3, 3, 2),
    "overlap-nonsquare": Sizes(2, 2, 5, 7, 2, 3, 1),
    "gaps": Sizes(2, 3, 8, 8, 2, 2, 3),
    "window3x3": Sizes(2, 3, 6, 6, 3, 3, 3),
    "wide-window": Sizes(2, 3, 6, 8, 2, 4, 2),
    "tall-window": Sizes(2, 3, 8, 6, 4, 2, 2),
    "wide-image": Sizes(2, 3, 4, 8, 2, 2, 2),
    "tall-image": Sizes(2, 3, 8, 4, 2, 2, 2),
    "window1x1": Sizes(2, 3, 3, 5, 1, 1, 2),
    "whole-image": Sizes(2, 3, 4, 5, 4, 5, 1),
    "one-image": Sizes(1, 3, 4, 4, 2, 2, 2),
    "one-channel": Sizes(2, 1, 4, 4, 2, 2, 2),
    "untouched": Sizes(2, 3, 4, 4, 2, 2, 2),
}
#: draws the order of the values in cases of fixed sizes
ORDER = 1
# Whose settings stand in another order than in the notebook.
OTHER_ORDER = Sizes(2, 3, 7, 8, 3, 2, 2)
CALLED_AGAIN = Sizes(3, 2, 4, 4, 2, 2, 2)


# Every seed must draw the same difficulties, only other numbers: a point must not depend on luck.


def _backward_inputs(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    """Returns x and dout, drawn in the notebook's order."""
    N, C, H, W, pool_height, pool_width, stride = sizes
    x: Array = rng.randn(N, C, H, W).astype(dtype)
    dout: Array = rng.randn(N, C, 1 + (H - pool_height) // stride, 1 + (W - pool_width) // stride).astype(dtype)
    pool_param = {"pool_height": pool_height, "pool_width": pool_width, "stride": stride}
    return {"x": x, "dout": dout, "pool_param": pool_param}


def _in_fixed_order(inputs: Values) -> Values:
    """Returns the inputs with the values of x, and their sizes without sign, in an order that no seed changes.

    Which value of a window is the largest is all that a maximum depends on, so a mistake shows for every seed or none.
    """
    x = inputs["x"]
    pattern = np.random.RandomState(ORDER).randn(*x.shape)
    ordered = np.empty_like(x)
    ordered.flat[np.argsort(np.abs(pattern), axis=None)] = np.sort(np.abs(x), axis=None)
    return {**inputs, "x": np.copysign(ordered, pattern).astype(x.dtype)}


def _fixed_backward(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    return _in_fixed_order(_backward_inputs(rng, sizes, dtype))


def _fixed_forward(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    return _in_fixed_order(_forward_inputs(rng, sizes, dtype))


def _forward_inputs(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    inputs = _backward_inputs(rng, sizes, dtype)
    del inputs["dout"]
    return inputs


def _notebook_forward(_: Generator) -> Values:
    return {
        "x": np.linspace(-0.3, 0.4, num=96).reshape(2, 3, 4, 4),
        "pool_param": {"pool_width": 2, "pool_height": 2, "stride": 2},
        "correct_out": np.array(PRINTED).reshape(2, 3, 2, 2),
    }


def _negative(inputs: Values) -> Values:
    """Returns the inputs with every value of x below -1, so that a zero taken into a window would win."""
    return {**inputs, "x": -1 - np.abs(inputs["x"])}


def _general_forward(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    return _partly_negative(_fixed_forward(rng, sizes, dtype))


def _general_backward(rng: Generator, sizes: Sizes) -> Values:
    """Returns images of which the first has its largest value in the last corner, where a square window ends early.

    In the last image the value that is farthest from zero is negative and stands in the first window: where all is one
    window, a maximum of absolute values would show by luck only.
    """
    inputs = _fixed_backward(rng, sizes)
    x = inputs["x"].copy()
    x[0, :, -1, -1] = 1 + np.abs(x[0]).max(axis=(1, 2))
    x[-1, :, 0, 0] = -1 - np.abs(x[-1]).max(axis=(1, 2))
    return _steep({**inputs, "x": x})


def _steep(inputs: Values) -> Values:
    """Returns the inputs with one entry of dout that is larger than all drawn ones: errors are shares of the largest.

    Half precision does not hold it.
    """
    dout = inputs["dout"].copy()
    dout.flat[-1] = 4.0018
    return {**inputs, "dout": dout}


def _in_other_order(inputs: Values) -> Values:
    """Returns the inputs with the settings in another order than in the notebook."""
    return {**inputs, "pool_param": dict(reversed(inputs["pool_param"].items()))}


def _partly_negative(inputs: Values) -> Values:
    """Returns the inputs with every value of the first image below zero, as in part of the notebook's case.

    The last image has its largest value in the last corner, which a window that ends early never sees.
    """
    x = inputs["x"].copy()
    x[0] = -np.abs(x[0])
    largest = x[-1].max(axis=(1, 2))
    x[-1, :, -1, -1] = np.where(largest > 0, largest + 1, largest / 2)
    return {**inputs, "x": x}


def _far_below_zero(inputs: Values) -> Values:
    """Returns the inputs with every value below all constants that a running maximum is usually started from."""
    return {**inputs, "x": 1e12 * _negative(inputs)["x"] - 1e12}


def _ties(rng: Generator, sizes: Sizes) -> Values:
    """Returns windows with several equal maxima; they do not overlap, so that each can be judged by itself."""
    inputs = _backward_inputs(rng, sizes)
    pattern = np.random.RandomState(ORDER).randint(-1, 2, size=inputs["x"].shape)
    # No value is 1, by which one could multiply without harm.
    return {**inputs, "x": rng.uniform(1.5, 3) * pattern}


def _draw_like_notebook(rng: Generator) -> Sizes:
    """Returns square images in windows of 2x2 that tile them: what the notebook's cells judge."""
    # Never as many windows as a window is long: loops that end at the wrong one of the two show for every seed.
    side = 2 * rng.randint(4, 6)
    N, C = distinct_sizes(rng, range(2, 6), 2)
    return Sizes(N, C, side, side, 2, 2, 2)


def _draw_any(rng: Generator) -> Sizes:
    """Returns windows that are not square, with gaps between them.

    They are always wide: with gaps, sides taken for one another in the number of windows show in one direction only.
    """
    return _draw_images(rng, 2, 3, stride=4, batch=(5, 6, 7))


def _draw_overlapping(rng: Generator) -> Sizes:
    """Returns windows that are not square and that overlap in both directions.

    Their sides are a stride apart: taken for one another they give another number of windows.
    """
    height, width = distinct_sizes(rng, (3, 5), 2)
    return _draw_images(rng, height, width, stride=2, batch=(2, 7))


def _draw_images(rng: Generator, height: int, width: int, stride: int, batch: tuple[int, ...]) -> Sizes:
    """Returns images that are not square, in each direction of one window more than a window is long there.

    Args:
        batch: what the numbers of images and channels are taken from; no side nor number of windows.
    """
    N, C = distinct_sizes(rng, batch, 2)
    # The shorter side of the window has the fewer windows, so that the images cannot come out square.
    return Sizes(N, C, height * (stride + 1), width * (stride + 1), height, width, stride)


def _draw_tiles(rng: Generator) -> Sizes:
    """Returns square windows that tile a square image, and as many channels as nothing else."""
    length = rng.randint(2, 4)
    side = length * (length + 1)
    return Sizes(2, 5, side, side, length, length, length)


def _forward(inputs: Values) -> Values:
    inputs = double(inputs)
    out, _ = layers.max_pool_forward_naive(inputs["x"], inputs["pool_param"])
    return {"out": out}


def _backward(inputs: Values) -> Values:
    inputs = double(inputs)
    out, cache = layers.max_pool_forward_naive(inputs["x"], inputs["pool_param"])
    return {"out": out, "dx": layers.max_pool_backward_naive(inputs["dout"], cache)}


KINDS = {
    "max_pool_forward_naive": Kind(
        {
            "notebook": _notebook_forward,
            "tiles": lambda rng: _general_forward(rng, TILES),
            "drawn1": lambda rng: _partly_negative(_forward_inputs(rng, _draw_like_notebook(rng))),
            **{name: partial(_general_forward, sizes=sizes) for name, sizes in GENERAL.items()},
            "negative": lambda rng: _far_below_zero(_fixed_forward(rng, Sizes(2, 3, 5, 5, 3, 3, 1))),
            "other-order": lambda rng: _in_other_order(_general_forward(rng, OTHER_ORDER)),
            "float32": lambda rng: _general_forward(rng, GENERAL["untouched"], np.float32),
            "drawn-general": lambda rng: _general_forward(rng, _draw_any(rng)),
            "drawn-overlap": lambda rng: _negative(_forward_inputs(rng, _draw_overlapping(rng))),
        },
        _forward,
    ),
    "max_pool_backward_naive": Kind(
        {
            "notebook": partial(_backward_inputs, sizes=NOTEBOOK_BACKWARD),
            "tiles": partial(_fixed_backward, sizes=TILES),
            "drawn1": lambda rng: _backward_inputs(rng, _draw_like_notebook(rng)),
            **{name: partial(_general_backward, sizes=sizes) for name, sizes in GENERAL.items()},
            "negative": lambda rng: _steep(_negative(_fixed_backward(rng, Sizes(2, 3, 5, 5, 3, 3, 1)))),
            "other-order": lambda rng: _in_other_order(_general_backward(rng, OTHER_ORDER)),
            "float32": lambda rng: _steep(_fixed_backward(rng, GENERAL["untouched"], np.float32)),
            "called-again": lambda rng: _general_backward(rng, CALLED_AGAIN),
            "ties": lambda rng: _ties(rng, Sizes(2, 3, 6, 6, 2, 2, 2)),
            "ties3x3": lambda rng: _ties(rng, Sizes(2, 2, 6, 6, 3, 3, 3)),
            "drawn-ties": lambda rng: _ties(rng, _draw_tiles(rng)),
            "drawn-general": lambda rng: _steep(_backward_inputs(rng, _draw_any(rng))),
            "drawn-overlap": lambda rng: _steep(_backward_inputs(rng, _draw_overlapping(rng))),
        },
        _backward,
    ),
}
