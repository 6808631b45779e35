"""The layers of this assignment, each as a pair of its forward and its backward function."""

from grader.judging import Pair

__all__ = ["AFFINE", "BATCHNORM", "BATCHNORM_ALT", "CONV", "GROUPNORM", "POOL", "RELU", "SPATIAL_BATCHNORM"]

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
SPATIAL_BATCHNORM = Pair("layers", "spatial_batchnorm_forward", "spatial_batchnorm_backward", _NORM_INPUTS, _NORMED)
GROUPNORM = Pair(
    "layers",
    "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
    ("x", "gamma", "beta", "G", "gn_param"),
    _NORMED,
)
