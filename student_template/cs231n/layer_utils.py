"""Layers that often follow one another, as one layer each: forward returns (out, cache), backward takes (dout, cache).

The convolution and the pooling are the fast ones. Shapes and settings are those of the single layers in `layers.py`.
"""

# Star imports: a layer that a student has not written yet must not keep the others from being used, and whatever the
# layers offer can be imported from here too. Where names clash the fast layers win.
# ruff: noqa: F403, F405, I001

from typing import Any

from numpy.typing import NDArray

from .layers import *
from .fast_layers import *
from .im2col import *

_Array = NDArray[Any]
_Params = dict[str, Any]


def affine_relu_forward(x: _Array, w: _Array, b: _Array) -> tuple[_Array, Any]:
    """Return relu(affine(x)), (N, M), and a cache. x (N, d_1, ..., d_k), w (D, M), b (M,)."""
    a, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout: _Array, cache: Any) -> tuple[_Array, _Array, _Array]:
    """Return dx, dw, db of `affine_relu_forward`, each in the shape of its array. dout (N, M)."""
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)


def conv_relu_forward(x: _Array, w: _Array, b: _Array, conv_param: _Params) -> tuple[_Array, Any]:
    """Return relu(conv(x)), (N, F, H', W'), and a cache. x (N, C, H, W), w (F, C, HH, WW), b (F,)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout: _Array, cache: Any) -> tuple[_Array, _Array, _Array]:
    """Return dx, dw, db of `conv_relu_forward`, each in the shape of its array. dout (N, F, H', W')."""
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache)


def conv_bn_relu_forward(
    x: _Array, w: _Array, b: _Array, gamma: _Array, beta: _Array, conv_param: _Params, bn_param: _Params
) -> tuple[_Array, Any]:
    """Return relu(spatial batch norm(conv(x))), (N, F, H', W'), and a cache.

    x (N, C, H, W), w (F, C, HH, WW), b, gamma and beta (F,). Mode "train" moves the running statistics in bn_param.
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normed, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normed)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout: _Array, cache: Any) -> tuple[_Array, _Array, _Array, _Array, _Array]:
    """Return dx, dw, db, dgamma, dbeta of `conv_bn_relu_forward` in mode "train". dout (N, F, H', W')."""
    conv_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, relu_cache), bn_cache)
    dx, dw, db = conv_backward_fast(da, conv_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_pool_forward(
    x: _Array, w: _Array, b: _Array, conv_param: _Params, pool_param: _Params
) -> tuple[_Array, Any]:
    """Return max_pool(relu(conv(x))), (N, F, H'', W''), and a cache. x (N, C, H, W), w (F, C, HH, WW), b (F,)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    rectified, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_fast(rectified, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout: _Array, cache: Any, *, need_dx: bool = True) -> tuple[Any, _Array, _Array]:
    """Return dx, dw, db of `conv_relu_pool_forward`, each in the shape of its array. dout (N, F, H'', W'').

    Without need_dx, as in a network's first layer, dx is None and a third of the work is left out.
    """
    conv_cache, relu_cache, pool_cache = cache
    da = relu_backward(max_pool_backward_fast(dout, pool_cache), relu_cache)
    return conv_backward_fast(da, conv_cache, need_dx=need_dx)
