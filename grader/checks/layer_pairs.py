"""The layers of this assignment, each as a pair of its forward and its backward function."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from grader.judging import Pair, Part

__all__ = ["AFFINE", "BATCHNORM", "BATCHNORM_ALT", "CONV", "GROUPNORM", "POOL", "RELU", "SPATIAL_BATCHNORM"]


def _channels(inputs: Mapping[str, Any]) -> Iterator[Part]:
    """Yields each channel of a spatial batch normalization, with settings of its own."""
    for number in range(inputs["x"].shape[1]):
        images, one = np.s_[:, number : number + 1], np.s_[number : number + 1]
        param = {name: value[one] if np.ndim(value) else value for name, value in inputs["bn_param"].items()}
        arrays = {
            name: inputs[name][place]
            for name, place in (("x", images), ("dout", images), ("gamma", one), ("beta", one))
        }
        yield Part({**arrays, "bn_param": param}, {"out": images, "dx": images, "dgamma": one, "dbeta": one})


def _groups(inputs: Mapping[str, Any]) -> Iterator[Part]:
    """Yields each group of each image of a spatial group normalization, as an image with one group."""
    size = inputs["x"].shape[1] // inputs["G"]
    for image, group in np.ndindex(len(inputs["x"]), inputs["G"]):
        channels = slice(group * size, (group + 1) * size)
        pixels, own = np.s_[image : image + 1, channels], np.s_[:, channels]
        arrays = {
            name: inputs[name][place]
            for name, place in (("x", pixels), ("dout", pixels), ("gamma", own), ("beta", own))
        }
        yield Part(
            {**arrays, "G": 1, "gn_param": inputs["gn_param"]},
            {"out": pixels, "dx": pixels, "dgamma": own, "dbeta": own},
        )


_WEIGHTED, _NORMED = ("dx", "dw", "db"), ("dx", "dgamma", "dbeta")
_CONV_INPUTS, _NORM_INPUTS = ("x", "w", "b", "conv_param"), ("x", "gamma", "beta", "bn_param")
AFFINE = Pair("layers", "affine_forward", "affine_backward", ("x", "w", "b"), _WEIGHTED, ("x", "w", "b"), linear=True)
RELU = Pair("layers", "relu_forward", "relu_backward", ("x",), ("dx",))
BATCHNORM = Pair("layers", "batchnorm_forward", "batchnorm_backward", _NORM_INPUTS, _NORMED)
BATCHNORM_ALT = Pair("layers", "batchnorm_forward", "batchnorm_backward_alt", _NORM_INPUTS, _NORMED)
CONV = Pair("layers", "conv_forward_naive", "conv_backward_naive", _CONV_INPUTS, _WEIGHTED, _CONV_INPUTS, linear=True)
POOL = Pair(
    "layers", "max_pool_forward_naive", "max_pool_backward_naive", ("x", "pool_param"), ("dx",), ("x", "pool_param")
)
SPATIAL_BATCHNORM = Pair(
    "layers", "spatial_batchnorm_forward", "spatial_batchnorm_backward", _NORM_INPUTS, _NORMED, parts=_channels
)
GROUPNORM = Pair(
    "layers",
    "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
    ("x", "gamma", "beta", "G", "gn_param"),
    _NORMED,
    parts=_groups,
)
