"""The cases of the convolution: the notebook's own, one for each legal axis of the contract, and drawn ones."""

from functools import partial
from typing import NamedTuple

import numpy as np

from reference.cases.kinds import Generator, Kind, Values, double
from reference.cs231n import layers

__all__ = ["KINDS"]

# What the notebook's cell compares its forward case with: the output to eight decimals.
PRINTED = [
    [-0.08759809, -0.10987781, -0.18387192, -0.2109216, 0.21027089, 0.21661097, 0.22847626, 0.23004637],
    [0.50813986, 0.54309974, 0.64082444, 0.67101435, -0.98053589, -1.03143541, -1.19128892, -1.24695841],
    [0.69108355, 0.66880383, 0.59480972, 0.56776003, 2.36270298, 2.36904306, 2.38090835, 2.38247847],
]


class Sizes(NamedTuple):
    """One convolution; stride and pad fit: H + 2*pad - HH and W + 2*pad - WW are multiples of stride."""

    N: int
    C: int
    H: int
    W: int
    F: int
    HH: int
    WW: int
    stride: int
    pad: int


NOTEBOOK_BACKWARD = Sizes(4, 3, 5, 5, 2, 3, 3, 1, 1)
# As in the notebook's comparison with the fast layers, on smaller images.
STRIDE2 = Sizes(2, 3, 7, 7, 4, 3, 3, 2, 1)

# What a check takes that is about something else than sizes.
PLAIN = Sizes(2, 3, 5, 5, 4, 3, 3, 1, 1)

# One legal axis each, so that the id says what a failing case is about.
GENERAL = {
    "pad0": Sizes(2, 3, 5, 5, 4, 3, 3, 1, 0),
    "pad0-stride2": Sizes(2, 3, 7, 7, 2, 3, 3, 2, 0),
    "pad2": Sizes(2, 3, 4, 4, 2, 3, 3, 1, 2),
    "stride3": Sizes(2, 2, 7, 7, 3, 3, 3, 3, 1),
    "stride-over-filter": Sizes(2, 3, 8, 5, 2, 2, 2, 3, 0),
    "wide-image": Sizes(2, 3, 4, 7, 2, 3, 3, 1, 1),
    "tall-image": Sizes(2, 3, 7, 4, 2, 3, 3, 1, 1),
    "wide-filter": Sizes(2, 3, 6, 7, 2, 2, 5, 2, 1),
    "tall-filter": Sizes(2, 3, 7, 6, 2, 5, 2, 2, 1),
    "filter1x1": Sizes(2, 3, 4, 5, 4, 1, 1, 1, 0),
    "filter2x2": Sizes(2, 3, 4, 4, 3, 2, 2, 1, 1),
    "filter-over-image": Sizes(2, 3, 4, 5, 3, 6, 7, 1, 1),
    "one-image": Sizes(1, 3, 5, 5, 2, 3, 3, 1, 1),
    "one-channel": Sizes(2, 1, 5, 5, 3, 3, 3, 1, 1),
    "one-filter": Sizes(2, 3, 5, 5, 1, 3, 3, 1, 1),
    "all-sizes-differ": Sizes(2, 3, 8, 11, 5, 4, 7, 2, 2),
    "untouched": Sizes(2, 3, 4, 4, 2, 3, 3, 1, 1),
}
# Whose settings stand in another order than in the notebook.
OTHER_ORDER = Sizes(2, 3, 7, 6, 4, 3, 2, 2, 1)


def _backward_inputs(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    """Returns x, w, b and dout, drawn in the notebook's order."""
    N, C, H, W, F, HH, WW, stride, pad = sizes
    out_shape = N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    shapes = {"x": (N, C, H, W), "w": (F, C, HH, WW), "b": (F,), "dout": out_shape}
    arrays: Values = {name: rng.randn(*shape).astype(dtype) for name, shape in shapes.items()}
    return {**arrays, "conv_param": {"stride": stride, "pad": pad}}


def _forward_inputs(rng: Generator, sizes: Sizes, dtype: type = np.float64) -> Values:
    inputs = _backward_inputs(rng, sizes, dtype)
    del inputs["dout"]
    return inputs


def _in_other_order(inputs: Values) -> Values:
    return {**inputs, "conv_param": dict(reversed(inputs["conv_param"].items()))}


def _notebook_forward(_: Generator) -> Values:
    return {
        "x": np.linspace(-0.1, 0.5, num=96).reshape(2, 3, 4, 4),
        "w": np.linspace(-0.2, 0.3, num=144).reshape(3, 3, 4, 4),
        "b": np.linspace(-0.1, 0.2, num=3),
        "conv_param": {"stride": 2, "pad": 1},
        "correct_out": np.array(PRINTED).reshape(2, 3, 2, 2),
    }


def _image_filters(rng: Generator) -> Values:
    """Returns the notebook's two image filters (grey value; horizontal edges), on two small random images."""
    w = np.zeros((2, 3, 3, 3))
    w[0, :, 1, 1] = [0.3, 0.6, 0.1]
    w[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    x = rng.randint(0, 256, size=(2, 3, 6, 6)).astype(np.float64)
    return {"x": x, "w": w, "b": np.array([0, 128]), "conv_param": {"stride": 1, "pad": 1}}


# Only the number of images is drawn, larger than the sizes that it could be taken for. Those of other axes are the same
# for every seed, and differ where one could be taken for the other: a mistake shows for all seeds or for none.


def _draw_like_notebook(rng: Generator, size: int, stride: int) -> Sizes:
    """Returns square images and filters with pad 1; filters and strides are those that the notebook's cells judge."""
    side = 4 * stride + size - 2
    return Sizes(int(rng.choice((8, 13, 14, 15))), 6, side, side, 2, size, size, stride, 1)


def _draw_general(rng: Generator, stride: int, pad: int, wide: bool) -> Sizes:
    """Returns a small legal convolution with a filter and images that are not square, both longer in one direction."""
    # A stride apart, so that taking one for the other gives another number of windows.
    short, long = 2, 2 + stride
    sides = [(n - 1) * stride + length - 2 * pad for n, length in ((4, short), (5, long))]
    (H, W), (HH, WW) = (sides, (short, long)) if wide else (sides[::-1], (long, short))
    return Sizes(int(rng.choice((9, 10, 14))), 6, H, W, 3, HH, WW, stride, pad)


def _forward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, w, b, conv_param = (inputs[key] for key in ("x", "w", "b", "conv_param"))
    out, _ = layers.conv_forward_naive(x, w, b, conv_param)
    return {"out": out}


def _backward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, w, b, conv_param = (inputs[key] for key in ("x", "w", "b", "conv_param"))
    out, cache = layers.conv_forward_naive(x, w, b, conv_param)
    dx, dw, db = layers.conv_backward_naive(inputs["dout"], cache)
    return {"out": out, "dx": dx, "dw": dw, "db": db}


KINDS = {
    "conv_forward_naive": Kind(
        {
            "notebook": _notebook_forward,
            "image-filters": _image_filters,
            "drawn1": lambda rng: _forward_inputs(rng, _draw_like_notebook(rng, 3, 1)),
            "drawn2": lambda rng: _forward_inputs(rng, _draw_like_notebook(rng, 4, 2)),
            **{name: partial(_forward_inputs, sizes=sizes) for name, sizes in GENERAL.items()},
            "other-order": lambda rng: _in_other_order(_forward_inputs(rng, OTHER_ORDER)),
            "float32": lambda rng: _forward_inputs(rng, PLAIN, np.float32),
            "drawn-general1": lambda rng: _forward_inputs(rng, _draw_general(rng, stride=2, pad=0, wide=True)),
            "drawn-general2": lambda rng: _forward_inputs(rng, _draw_general(rng, stride=3, pad=2, wide=False)),
        },
        _forward,
    ),
    "conv_backward_naive": Kind(
        {
            "notebook": partial(_backward_inputs, sizes=NOTEBOOK_BACKWARD),
            "stride2": partial(_backward_inputs, sizes=STRIDE2),
            "shapes": partial(_backward_inputs, sizes=PLAIN),
            "called-again": partial(_backward_inputs, sizes=PLAIN),
            "drawn1": lambda rng: _backward_inputs(rng, _draw_like_notebook(rng, 3, 1)),
            "drawn2": lambda rng: _backward_inputs(rng, _draw_like_notebook(rng, 3, 2)),
            **{name: partial(_backward_inputs, sizes=sizes) for name, sizes in GENERAL.items()},
            "other-order": lambda rng: _in_other_order(_backward_inputs(rng, OTHER_ORDER)),
            "float32": lambda rng: _backward_inputs(rng, PLAIN, np.float32),
            "drawn-general1": lambda rng: _backward_inputs(rng, _draw_general(rng, stride=2, pad=0, wide=True)),
            "drawn-general2": lambda rng: _backward_inputs(rng, _draw_general(rng, stride=3, pad=2, wide=False)),
        },
        _backward,
    ),
}
