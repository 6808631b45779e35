"""Convolution and pooling as public course packages usually make them fast, to compare with: one im2col of a batch."""

from typing import Any

import numpy as np

__all__ = ["conv_backward_fast", "conv_forward_fast", "max_pool_backward_fast", "max_pool_forward_fast"]


def conv_forward_fast(x: Any, w: Any, b: Any, conv_param: dict[str, int]) -> tuple[Any, Any]:
    """Returns out and a cache with the columns of all images: one large matrix, one product."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, c, i, j = padded.strides
    shape, strides = (C, HH, WW, N, H_out, W_out), (c, i, j, n, stride * i, stride * j)
    columns = np.ascontiguousarray(np.lib.stride_tricks.as_strided(padded, shape, strides))
    columns = columns.reshape(C * HH * WW, N * H_out * W_out)
    out = (w.reshape(F, -1) @ columns + b[:, None]).reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)
    return np.ascontiguousarray(out), (x, w, b, conv_param, columns)


def conv_backward_fast(dout: Any, cache: Any, *, need_dx: bool = True) -> tuple[Any, Any, Any]:
    """Returns dx, dw, db; the columns are added back to the images tap by tap."""
    x, w, _, conv_param, columns = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = dout.shape[2:]
    rows = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw, db = (rows @ columns.T).reshape(w.shape), dout.sum(axis=(0, 2, 3))
    taps = (w.reshape(F, -1).T @ rows).reshape(C, HH, WW, N, H_out, W_out)
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dout.dtype)
    for i in range(HH):
        for j in range(WW):
            rows_of, columns_of = slice(i, i + stride * H_out, stride), slice(j, j + stride * W_out, stride)
            dx[:, :, rows_of, columns_of] += taps[:, i, j].transpose(1, 0, 2, 3)
    return dx[:, :, pad : pad + H, pad : pad + W], dw, db


def max_pool_forward_fast(x: Any, pool_param: dict[str, int]) -> tuple[Any, Any]:
    """Returns out and a cache; windows tile the image, as the usual fast pooling requires."""
    size = pool_param["stride"]
    N, C, H, W = x.shape
    tiles = x.reshape(N, C, H // size, size, W // size, size)
    out = tiles.max(axis=3).max(axis=4)
    return out, (x, tiles, out)


def max_pool_backward_fast(dout: Any, cache: Any) -> Any:
    """Returns dx; equal maxima of a window share its gradient."""
    x, tiles, out = cache
    is_largest = tiles == out[:, :, :, None, :, None]
    spread = is_largest * dout[:, :, :, None, :, None]
    spread /= is_largest.sum(axis=(3, 5), keepdims=True)
    return spread.reshape(x.shape)
