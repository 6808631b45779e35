"""Small inputs for calls that a student can paste: few whole numbers each, everybody may know them, smallest first.

Each row is there for what the rows before it cannot show: one more image, channel or filter, a stride in one direction,
padding, sides that differ. Numbers lie on no line, so that a mean, a sum or a flipped order shows.
"""

from typing import Any, NamedTuple

import numpy as np

from reference.cases.kinds import Array, Values

__all__ = ["SMALL"]

#: whole numbers in no order
_MIXED = (3, -1, 2, 5, -4, 1, 6, -2, 4, -3, 7, -5, 8, 0, -6, 9, -7, 10, -8, 11, -9, 12, -10, 13)
_OTHERS = (2, -3, 1, 4, -1, 3, -2, 5, 6, -4, 8, -6, 7, -5, 9, -7)


class Convolution(NamedTuple):
    """Sizes of one convolution."""

    N: int = 1
    C: int = 1
    H: int = 1
    W: int = 1
    F: int = 1
    HH: int = 1
    WW: int = 1
    stride: int = 1
    pad: int = 0


class Pooling(NamedTuple):
    """Sizes of one pooling, whether every value is below zero, and what all are divided by."""

    N: int = 1
    C: int = 1
    H: int = 1
    W: int = 1
    pool_height: int = 1
    pool_width: int = 1
    stride: int = 1
    negative: bool = False
    divisor: int = 1


_CONVOLUTIONS = (
    Convolution(),
    Convolution(H=2, W=2, HH=2, WW=2),
    Convolution(H=2, W=3),
    Convolution(H=3, stride=2),
    Convolution(W=3, stride=2),
    Convolution(C=2),
    Convolution(F=2),
    Convolution(N=2),
    Convolution(H=2, W=2, HH=3, WW=3, pad=1),
    Convolution(H=3, W=3, HH=2, WW=2),
    Convolution(H=2, W=4, HH=1, WW=2),
    Convolution(H=4, W=2, HH=2, WW=1),
    Convolution(H=3, W=5, HH=1, WW=2, stride=3),
    Convolution(H=3, W=3, HH=3, WW=3, stride=2, pad=1),
    Convolution(H=2, W=3, HH=2, WW=3, pad=2),
    Convolution(2, 2, 3, 5, 2, 3, 3, 2, 1),
)
_POOLINGS = (
    Pooling(),
    Pooling(H=2, W=2, pool_height=2, pool_width=2),
    Pooling(H=2, W=2, pool_height=2, pool_width=2, negative=True),
    Pooling(H=3, stride=2),
    Pooling(W=3, stride=2),
    Pooling(W=2, pool_width=2),
    Pooling(H=2, pool_height=2),
    Pooling(C=2, H=2, W=2, pool_height=2, pool_width=2),
    Pooling(N=2, H=2, W=2, pool_height=2, pool_width=2),
    Pooling(H=3, W=3, pool_height=2, pool_width=2),
    Pooling(H=2, W=4, pool_height=2, pool_width=2, stride=2),
    Pooling(H=4, W=2, pool_height=2, pool_width=2, stride=2),
    Pooling(H=3, W=5, pool_height=2, pool_width=3),
    Pooling(H=2, W=2, pool_height=2, pool_width=2, divisor=4),
    Pooling(2, 2, 2, 3, 2, 2, 1),
)
#: shape of x, and settings
_BATCHES: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((2, 1, 1, 1), {}),
    ((1, 1, 1, 3), {}),
    ((1, 1, 3, 1), {}),
    ((3, 1, 1, 1), {}),
    ((2, 2, 1, 1), {}),
    ((1, 2, 1, 3), {}),
    ((2, 1, 1, 3), {}),
    ((2, 1, 1, 1), {"eps": 1.0}),
    ((2, 2, 2, 1), {}),
    ((2, 3, 1, 2), {}),
    ((2, 2, 2, 3), {}),
)
#: shape of x, number of groups, and settings
_GROUPS: tuple[tuple[tuple[int, ...], int, dict[str, Any]], ...] = (
    ((1, 1, 1, 2), 1, {}),
    ((1, 2, 1, 1), 1, {}),
    ((1, 1, 3, 1), 1, {}),
    ((2, 1, 1, 3), 1, {}),
    ((1, 4, 1, 1), 2, {}),
    ((1, 2, 1, 2), 2, {}),
    ((1, 1, 1, 2), 1, {"eps": 1.0}),
    ((1, 4, 1, 2), 2, {}),
    ((2, 4, 1, 1), 2, {}),
    ((1, 6, 2, 1), 3, {}),
    ((2, 4, 2, 3), 2, {}),
)
_NETWORKS: tuple[dict[str, Any], ...] = (
    {},
    {"n": 2},
    {"reg": 2.0},
    {"hidden_dim": 2, "n": 2},
    {"num_filters": 2},
    {"input_dim": (2, 2, 2)},
    {"filter_size": 3},
    {"input_dim": (1, 2, 4)},
    {"input_dim": (1, 4, 2)},
    {"input_dim": (1, 4, 4), "num_filters": 2, "filter_size": 3, "hidden_dim": 2, "num_classes": 3, "n": 2, "reg": 0.5},
)


def _some(*shape: int, of: tuple[int, ...] = _MIXED) -> Array:
    """Returns whole numbers, in no order where they are few."""
    n = int(np.prod(shape))
    flat = np.array(of[:n], np.float64) if n <= len(of) else np.arange(float(n)) - n // 2
    return flat.reshape(shape)


def _convolution(sizes: Convolution) -> Values:
    N, C, H, W, F, HH, WW, stride, pad = sizes
    out_shape = N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    return {
        "x": 1.0 + np.arange(N * C * H * W).reshape(N, C, H, W),
        "w": _some(F, C, HH, WW),
        "b": _some(F, of=_OTHERS),
        "dout": _some(*out_shape, of=_OTHERS),
        "conv_param": {"stride": stride, "pad": pad},
    }


def _pooling(sizes: Pooling) -> Values:
    N, C, H, W, pool_height, pool_width, stride, negative, divisor = sizes
    x = _some(N, C, H, W)
    out_shape = N, C, 1 + (H - pool_height) // stride, 1 + (W - pool_width) // stride
    return {
        "x": (x - 10 if negative else x) / divisor,
        "dout": _some(*out_shape, of=_OTHERS) / divisor,
        "pool_param": {"pool_height": pool_height, "pool_width": pool_width, "stride": stride},
    }


def _squares(*shape: int) -> Array:
    return np.asarray(np.arange(float(np.prod(shape))).reshape(shape) ** 2)


def _batch(shape: tuple[int, ...], settings: dict[str, Any]) -> Values:
    arrays = {"x": _squares(*shape), "gamma": _some(shape[1], of=_OTHERS), "beta": _some(shape[1])}
    return {**arrays, "dout": _some(*shape, of=_OTHERS), "bn_param": {"mode": "train", **settings}}


def _running(mode: str, **settings: Any) -> Values:
    """Returns one batch of two channels, and running statistics to start from."""
    statistics = {"running_mean": np.array([1.0, 2.0]), "running_var": np.array([4.0, 9.0])}
    inputs = _batch((2, 2, 1, 2), {})
    return {**inputs, "bn_param": {"mode": mode, **settings, **statistics}}


def _steps(**settings: Any) -> Values:
    inputs = _running("train", **settings)
    return {**inputs, "batches": inputs["x"][None]}


def _groups(shape: tuple[int, ...], G: int, settings: dict[str, Any]) -> Values:
    C = shape[1]
    arrays = {"x": _squares(*shape), "gamma": _some(1, C, 1, 1, of=_OTHERS), "beta": _some(1, C, 1, 1)}
    return {**arrays, "dout": _some(*shape, of=_OTHERS), "G": G, "gn_param": settings}


def _network(n: int = 1, **settings: Any) -> Values:
    model = {"input_dim": (1, 2, 2), "num_filters": 1, "filter_size": 1, "hidden_dim": 1, "num_classes": 2, **settings}
    C, H, W = model["input_dim"]
    F, size, hidden, n_classes = (model[key] for key in ("num_filters", "filter_size", "hidden_dim", "num_classes"))
    params = {
        "W1": _some(F, C, size, size) / 2,
        "b1": _some(F, of=_OTHERS),
        "W2": _some(F * (H // 2) * (W // 2), hidden, of=_OTHERS) / 4,
        "b2": _some(hidden, of=_OTHERS),
        "W3": _some(hidden, n_classes) / 4,
        "b3": _some(n_classes, of=_OTHERS) / 4,
    }
    X = _some(n, *model["input_dim"])
    return {"model": {**model, "dtype": "float64"}, "X": X, "y": np.arange(n) % n_classes, "params": params}


def _without_dout(inputs: Values) -> Values:
    return {name: value for name, value in inputs.items() if name != "dout"}


def _affine(shape: tuple[int, ...], M: int) -> Values:
    x, w, b = _some(*shape), _some(int(np.prod(shape[1:])), M, of=_OTHERS), _some(M)
    return {"x": x, "w": w, "b": b, "dout": _some(shape[0], M, of=_OTHERS)}


def _vanilla(shape: tuple[int, int], **settings: Any) -> Values:
    arrays = {"x": _squares(*shape), "gamma": _some(shape[1], of=_OTHERS), "beta": _some(shape[1])}
    statistics = {"running_mean": np.arange(1.0, 1 + shape[1]), "running_var": 1.0 + np.arange(float(shape[1])) ** 2}
    return {**arrays, "dout": _some(*shape, of=_OTHERS), "bn_param": {"mode": "train", **settings, **statistics}}


_ALL_BATCHES = [_batch(*row) for row in _BATCHES]

#: kind -> the inputs of its cases
SMALL: dict[str, list[Values]] = {
    "affine": [_affine(*row) for row in (((1, 1), 1), ((1, 2), 1), ((1, 1), 2), ((2, 1), 1), ((2, 1, 2), 2))],
    "relu": [{"x": _some(1, n), "dout": _some(1, n, of=_OTHERS)} for n in (1, 2, 4)],
    "softmax_loss": [{"x": _some(N, C) / 2, "y": np.arange(N) % C} for N, C in ((1, 2), (2, 2), (3, 3))],
    "batchnorm": [
        *(_vanilla(shape) for shape in ((2, 1), (3, 1), (3, 2))),
        _vanilla((3, 2), eps=1.0, momentum=0.5),
        _vanilla((2, 2), mode="test"),
        _vanilla((2, 2), mode="test", eps=1.0),
    ],
    "conv_forward_naive": [_without_dout(_convolution(row)) for row in _CONVOLUTIONS],
    "conv_backward_naive": [_convolution(row) for row in _CONVOLUTIONS],
    "max_pool_forward_naive": [_without_dout(_pooling(row)) for row in _POOLINGS],
    "max_pool_backward_naive": [_pooling(row) for row in _POOLINGS],
    "spatial_batchnorm_forward": [
        _without_dout(row)
        for row in (*_ALL_BATCHES, _running("test"), _running("test", eps=1.0), _steps(), _steps(momentum=0.5))
    ],
    "spatial_batchnorm_backward": _ALL_BATCHES,
    "spatial_groupnorm_forward": [_without_dout(_groups(*row)) for row in _GROUPS],
    "spatial_groupnorm_backward": [_groups(*row) for row in _GROUPS],
    "ThreeLayerConvNet": [_network(**row) for row in _NETWORKS],
}
