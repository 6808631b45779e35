"""Convolution and max pooling, forward and backward, with the arguments and results of the naive layers, in less time.

Convolution is a matrix product per row of the output. Copying every window of an image ("im2col") repeats each pixel
HH * WW times, and reading that copy back costs more time than the arithmetic. Here an image is spread along its width
only, WW copies, in an order that keeps the HH rows of a window together in memory; overlapping views of that one copy
are then the matrices of all output rows. A few images at a time, so that the copy stays in the processor's cache.

Source of im2col: Chellapilla et al., High Performance Convolutional Neural Networks for Document Processing, 2006.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = [
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_strides",
    "conv_forward_fast",
    "conv_forward_im2col",
    "conv_forward_strides",
    "max_pool_backward_fast",
    "max_pool_backward_im2col",
    "max_pool_backward_reshape",
    "max_pool_forward_fast",
    "max_pool_forward_im2col",
    "max_pool_forward_reshape",
]

Array = NDArray[Any]
Params = dict[str, Any]

_BLOCK_BYTES = 768 * 1024  # scratch space for one block of images: less than a usual second-level cache
_LINE_BYTES = 2048  # one line of a panel: long enough to keep the arithmetic busy
_PANEL_BYTES = 32 * 1024  # one operand of a small matrix product: fits the first-level cache
_FLIP_CHANNELS = 16  # from so many channels on, dx is faster as a convolution than by adding up columns


def conv_forward_fast(x: Array, w: Array, b: Array, conv_param: Params) -> tuple[Array, Any]:
    """Return the convolution of each image with each filter, as `conv_forward_naive` does.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, HH, WW).
        b: biases, (F,).
        conv_param: `stride` and `pad` in pixels, both ways.

    Returns:
        out: (N, F, H', W') with H' = 1 + (H + 2*pad - HH) // stride, W' = 1 + (W + 2*pad - WW) // stride.
        cache: (x, w, b, conv_param), good for the naive backward pass too.
    """
    pad = conv_param["pad"]
    out = _convolve(x, w, b, conv_param["stride"], (pad, pad))
    return out, (x, w, b, conv_param)


def conv_backward_fast(dout: Array, cache: Any, *, need_dx: bool = True) -> tuple[Any, Array, Array]:
    """Return the gradients of a convolution with respect to images, filters and biases.

    Args:
        dout: upstream gradient, (N, F, H', W').
        cache: (x, w, b, conv_param) of `conv_forward_fast` or `conv_forward_naive`.
        need_dx: whether dx is wanted; nothing lies before a network's first layer, and its dx is a third of the work.

    Returns:
        dx: (N, C, H, W), or None where it is not wanted. dw: (F, C, HH, WW). db: (F,).
    """
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    if dout.size == 0:
        return np.zeros_like(x) if need_dx else None, np.zeros_like(w), np.zeros_like(w, shape=len(w))
    dx: Array | None = None
    if need_dx and stride == 1 and pad < min(HH, WW) and w.shape[1] >= _FLIP_CHANNELS:
        dx = _convolve(dout, w[:, :, ::-1, ::-1].swapaxes(0, 1), None, 1, (HH - 1 - pad, WW - 1 - pad))
    elif need_dx:
        dx = _image_gradient(dout, w, x.shape, stride, pad)
    dw = _filter_gradient(dout, x, w.shape, stride, pad)
    N, F = dout.shape[:2]
    pixels = dout.reshape(N * F, -1)
    db = (pixels @ np.ones(pixels.shape[1], dout.dtype)).reshape(N, F).sum(axis=0)
    return dx, dw, db


def max_pool_forward_fast(x: Array, pool_param: Params) -> tuple[Array, Any]:
    """Return the largest value in each window of each channel, as `max_pool_forward_naive` does.

    Args:
        x: images, (N, C, H, W).
        pool_param: `pool_height`, `pool_width` and `stride` in pixels.

    Returns:
        out: (N, C, H', W') with H' = 1 + (H - pool_height) // stride, W' = 1 + (W - pool_width) // stride.
        cache: (x, pool_param, winners); winners (N, C, H', W') are the positions in x, flattened, of the maxima.
    """
    stride, pool = pool_param["stride"], (pool_param["pool_height"], pool_param["pool_width"])
    N, C, H, W = x.shape
    H_out, W_out = 1 + (H - pool[0]) // stride, 1 + (W - pool[1]) // stride
    out = np.empty((N, C, H_out, W_out), x.dtype)
    winners = np.empty(out.shape, np.intp)
    if out.size == 0:
        return out, (x, pool_param, winners)
    block = _block_length(N, C * H * W * x.itemsize)
    channels = np.arange(block * C).reshape(block, C, 1, 1) * (H * W)
    last_rows = (np.arange(H_out)[:, None] * stride + pool[0] - 1) * W
    last_pixels = channels + last_rows + np.arange(W_out) * stride + pool[1] - 1
    for n in range(0, N, block):
        images, maxima, places = (array[n : n + block] for array in (x, out, winners))
        _pool(images, pool, stride, maxima)
        places[...] = _steps_back(images, pool, stride, maxima)
        np.subtract(last_pixels[: len(images)], places, out=places)
        places += n * C * H * W
    return out, (x, pool_param, winners)


def max_pool_backward_fast(dout: Array, cache: Any) -> Array:
    """Return the gradient of max pooling with respect to its input.

    Among equal maxima of a window the first one in row-major order gets the whole gradient; a pixel that is the maximum
    of several windows gets the sum of their gradients.

    Args:
        dout: upstream gradient, (N, C, H', W').
        cache: (x, pool_param, winners) of `max_pool_forward_fast`, or (x, pool_param) of `max_pool_forward_naive`.

    Returns:
        dx: (N, C, H, W), of the type of dout.
    """
    if len(cache) == 2:
        _, cache = max_pool_forward_fast(*cache)
    x, _, winners = cache
    dx = np.zeros(x.shape, dout.dtype)
    np.add.at(dx.reshape(-1), winners.reshape(-1), dout.reshape(-1))
    return dx


# Other years of the course name the ways in which they compute the same. Here all of them are the fast layers: any
# stride, padding and window is fine, and a forward function's cache suits each backward function.


def conv_forward_im2col(x: Array, w: Array, b: Array, conv_param: Params) -> tuple[Array, Any]:
    """Return what `conv_forward_fast` does."""
    return conv_forward_fast(x, w, b, conv_param)


def conv_backward_im2col(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return what `conv_backward_fast` does."""
    return conv_backward_fast(dout, cache)


def conv_forward_strides(x: Array, w: Array, b: Array, conv_param: Params) -> tuple[Array, Any]:
    """Return what `conv_forward_fast` does."""
    return conv_forward_fast(x, w, b, conv_param)


def conv_backward_strides(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return what `conv_backward_fast` does."""
    return conv_backward_fast(dout, cache)


def max_pool_forward_im2col(x: Array, pool_param: Params) -> tuple[Array, Any]:
    """Return what `max_pool_forward_fast` does."""
    return max_pool_forward_fast(x, pool_param)


def max_pool_backward_im2col(dout: Array, cache: Any) -> Array:
    """Return what `max_pool_backward_fast` does."""
    return max_pool_backward_fast(dout, cache)


def max_pool_forward_reshape(x: Array, pool_param: Params) -> tuple[Array, Any]:
    """Return what `max_pool_forward_fast` does."""
    return max_pool_forward_fast(x, pool_param)


def max_pool_backward_reshape(dout: Array, cache: Any) -> Array:
    """Return what `max_pool_backward_fast` does."""
    return max_pool_backward_fast(dout, cache)


def _convolve(x: Array, w: Array, b: Array | None, stride: int, pads: tuple[int, int]) -> Array:
    """Return x (N, C, H, W), padded by `pads` (rows, columns), convolved with w (F, C, HH, WW), plus b if given."""
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    dtype = np.result_type(x, w) if b is None else np.result_type(x, w, b)
    H_pad = H + 2 * pads[0]
    H_out = 1 + (H_pad - HH) // stride
    W_out = 1 + (W + 2 * pads[1] - WW) // stride
    # A row of `spread` holds C * WW lines of W' pixels; with biases also a line of ones, weighed b in one of HH rows.
    n_taps = C * WW
    n_lines = n_taps + (b is not None)
    weights = np.zeros((F, HH, n_lines), dtype)
    weights[:, :, :n_taps] = w.swapaxes(1, 2).reshape(F, HH, n_taps)
    if b is not None:
        weights[:, 0, n_taps] = b

    block = _block_length(N, H_pad * n_lines * W_out * dtype.itemsize)
    spread = np.zeros((block, H_pad, n_lines, W_out), dtype)  # what padding leaves untouched stays zero
    spread[:, :, n_taps:] = 1
    lines = spread[:, pads[0] : pads[0] + H, :n_taps].reshape(block, H, C, WW, W_out)
    image_step, row_step, line_step, pixel_step = spread.strides
    windows = as_strided(
        spread, (block, H_out, HH * n_lines, W_out), (image_step, stride * row_step, line_step, pixel_step)
    )
    out = np.empty((N, F, H_out, W_out), dtype)
    for n in range(0, N, block):
        images = x[n : n + block].swapaxes(1, 2)
        for tap, outputs, pixels in _taps(W, WW, stride, pads[1], W_out):
            lines[: len(images), :, :, tap, outputs] = images[..., pixels]
        rows_out = out[n : n + block].swapaxes(1, 2)
        np.matmul(weights.reshape(F, HH * n_lines), windows[: len(images)], out=rows_out)
    return out


def _image_gradient(dout: Array, w: Array, x_shape: tuple[int, ...], stride: int, pad: int) -> Array:
    """Return dx (N, C, H, W): for each of its rows one product of filters and the rows of dout that reach it.

    Rows of x that lie a multiple of the stride apart, a phase, meet the same rows of the filters, and the rows of dout
    that they meet follow one another. The products are sums over filters; the columns of a filter are added up here.
    """
    N, C, H, W = x_shape
    F, _, HH, WW = w.shape
    H_out, W_out = dout.shape[2:]
    dtype = np.result_type(dout, w)
    margin = -(-HH // stride) - 1  # rows of dout before and after, all zero
    n_rows = margin + max(H_out + margin, (H - 1 + pad) // stride + 1)
    block = _block_length(N, (n_rows * F + -(-H // stride) * C * WW) * W_out * dtype.itemsize)
    padded = np.zeros((block, n_rows, F, W_out), dtype)
    phases = []
    for top in range(min(stride, H)):
        phase, offset = (top + pad) % stride, (top + pad) // stride
        rows = w[:, :, phase::stride][:, :, ::-1].transpose(1, 3, 2, 0)
        if rows.size:
            n_lines = rows.shape[2] * F
            shape = (block, len(range(top, H, stride)), n_lines, W_out)
            windows = as_strided(padded[:, margin + offset + 1 - rows.shape[2] :], shape, padded.strides)
            phases.append((top, np.ascontiguousarray(rows, dtype).reshape(C * WW, n_lines), windows))

    dx = np.zeros(x_shape, dtype)
    for n in range(0, N, block):
        images = slice(n, min(n + block, N))
        n_images = images.stop - n
        padded[:n_images, margin : margin + H_out] = dout[images].swapaxes(1, 2)
        for top, weights, windows in phases:
            products = np.matmul(weights, windows[:n_images]).reshape(n_images, -1, C, WW, W_out).swapaxes(1, 2)
            dx_rows = dx[images, :, top::stride]
            for tap, outputs, pixels in _taps(W, WW, stride, pad, W_out):
                dx_rows[..., pixels] += products[..., tap, outputs]
    return dx


def _filter_gradient(dout: Array, x: Array, w_shape: tuple[int, ...], stride: int, pad: int) -> Array:
    """Return dw (F, C, HH, WW): for each row of the filters one product of pixels and dout, summed over the images.

    Each is cut into strips (rows of dout) and panels (columns of a filter) that fit the first-level cache.
    """
    N, C, H, W = x.shape
    F, _, HH, WW = w_shape
    H_out, W_out = dout.shape[2:]
    dtype = np.result_type(dout, x)
    n_taps = C * WW
    strip = _divisor(H_out, _LINE_BYTES // (W_out * dtype.itemsize))
    n_strips, n_pixels = H_out // strip, strip * W_out
    n_panels = _divisor(n_taps, n_taps * n_pixels * dtype.itemsize // _PANEL_BYTES)
    panel = n_taps // n_panels
    n_rows = -(-(H + 2 * pad) // stride)
    block = _block_length(N, n_taps * (stride * n_rows * W_out + HH * n_strips * F) * dtype.itemsize)
    spread = np.zeros((block, stride, C, WW, n_rows, W_out), dtype)  # rows of x in phases, as in _image_gradient
    image_step, _, _, line_step, row_step, pixel_step = spread.strides
    phases = []
    for phase in range(min(stride, HH)):
        shape = (block, len(range(phase, HH, stride)), n_strips, n_panels, panel, n_pixels)
        steps = (image_step, row_step, strip * row_step, panel * line_step, line_step, pixel_step)
        phases.append((phase, as_strided(spread[:, phase], shape, steps)))

    gradients = dout.reshape(N, 1, F, n_strips, 1, n_pixels).transpose(0, 1, 3, 4, 5, 2)
    dw = np.zeros((HH, n_panels, panel, F), dtype)
    for n in range(0, N, block):
        images = x[n : n + block]
        for top in range(min(stride, H)):
            phase, offset = (top + pad) % stride, (top + pad) // stride
            rows = images[:, :, top::stride]
            lines = spread[: len(images), phase, :, :, offset : offset + rows.shape[2]]
            for tap, outputs, pixels in _taps(W, WW, stride, pad, W_out):
                lines[:, :, tap, :, outputs] = rows[..., pixels]
        for phase, panels in phases:
            dw[phase::stride] += np.matmul(panels[: len(images)], gradients[n : n + block]).sum(axis=(0, 2))
    return np.ascontiguousarray(dw.reshape(HH, C, WW, F).transpose(3, 1, 0, 2))


def _taps(size: int, kernel: int, stride: int, pad: int, n_out: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield, for each tap of a kernel, the outputs that see a real pixel through it, and the pixels that they see."""
    for tap in range(kernel):
        first = max(0, -((tap - pad) // stride))
        stop = min(n_out, (size - 1 + pad - tap) // stride + 1)
        if first < stop:
            pixel = first * stride + tap - pad
            yield tap, slice(first, stop), slice(pixel, pixel + (stop - first - 1) * stride + 1, stride)


def _pool(images: Array, pool: tuple[int, int], stride: int, out: Array) -> None:
    """Write the maxima of all windows into out: first over the rows of each window, then over its columns."""
    H_out, W_out = out.shape[2:]
    tops, lefts = (H_out - 1) * stride + 1, (W_out - 1) * stride + 1
    rows = images[:, :, :tops:stride]
    for i in range(1, pool[0]):
        rows = np.maximum(rows, images[:, :, i : i + tops : stride])
    out[...] = rows[..., :lefts:stride]
    for j in range(1, pool[1]):
        np.maximum(out, rows[..., j : j + lefts : stride], out=out)


def _steps_back(images: Array, pool: tuple[int, int], stride: int, maxima: Array) -> Array:
    """Return how many pixels before the last one of its window each maximum lies, the first of equal ones."""
    H_out, W_out = maxima.shape[2:]
    width = images.shape[3]
    tops, lefts = (H_out - 1) * stride + 1, (W_out - 1) * stride + 1
    furthest = (pool[0] - 1) * width + pool[1] - 1
    steps = np.zeros(maxima.shape, np.min_scalar_type(furthest))
    for i, j in np.ndindex(*pool):
        equal = images[:, :, i : i + tops : stride, j : j + lefts : stride] == maxima
        np.maximum(steps, equal * steps.dtype.type(furthest - i * width - j), out=steps)
    return steps


def _block_length(n_images: int, image_bytes: int) -> int:
    return max(1, min(n_images, _BLOCK_BYTES // max(1, image_bytes)))


def _divisor(number: int, at_least: int) -> int:
    """Return the smallest divisor of number that is large enough, or else the number."""
    return next(k for k in range(1, number + 1) if number % k == 0 and (k >= at_least or k == number))
