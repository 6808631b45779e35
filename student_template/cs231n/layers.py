"""Every layer of the assignment, forward and backward.

Each forward function returns `(out, cache)`; its backward function takes the gradient of the loss with respect to
`out`, called `dout`, and that cache. No function changes the arrays that it is given, and none prints. Results have the
type that NumPy gives to the operands: float64 in, float64 out; float32 in, float32 out.
"""

# No __all__ here: helpers that are added to this file must reach `from ..layers import *` too.

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Params = dict[str, Any]


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """Return `out = x_rows @ w + b`, where row n of `x_rows` is example n of x, flattened.

    Args:
        x: inputs, (N, d_1, ..., d_k).
        w: weights, (D, M) with D = d_1 * ... * d_k.
        b: biases, (M,).

    Returns:
        out: (N, M).
        cache: (x, w, b).
    """
    # TODO: affine_forward
    # ----- your code starts here -----
    out = None
    # ----- your code ends here -----
    cache = (x, w, b)
    return out, cache


def affine_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return the gradients of an affine layer with respect to its input, weights and biases.

    Args:
        dout: upstream gradient, (N, M).
        cache: (x, w, b) of `affine_forward`.

    Returns:
        dx: (N, d_1, ..., d_k), the shape of x.
        dw: (D, M).
        db: (M,).
    """
    # TODO: affine_backward
    # ----- your code starts here -----
    dx, dw, db = None, None, None
    # ----- your code ends here -----
    return dx, dw, db


def relu_forward(x: Array) -> tuple[Array, Any]:
    """Return `max(x, 0)`, element by element.

    Args:
        x: inputs of any shape.

    Returns:
        out: the shape of x.
        cache: x.
    """
    # TODO: relu_forward
    # ----- your code starts here -----
    out = None
    # ----- your code ends here -----
    cache = x
    return out, cache


def relu_backward(dout: Array, cache: Any) -> Array:
    """Return the gradient of a ReLU with respect to its input; where x is exactly 0 it is taken to be 0.

    Args:
        dout: upstream gradient, any shape.
        cache: x of `relu_forward`, the same shape.

    Returns:
        dx: the shape of x, a new array.
    """
    # TODO: relu_backward
    # ----- your code starts here -----
    dx = None
    # ----- your code ends here -----
    return dx


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Return the mean cross-entropy of softmax scores, and its gradient with respect to the scores.

    loss = -1/N * sum over n of log p[n, y[n]],  p[n, c] = exp(x[n, c]) / sum over k of exp(x[n, k]).
    Scores of any size are fine: nothing overflows.

    Args:
        x: scores, (N, C).
        y: labels, integers in 0..C-1, (N,).

    Returns:
        loss: a number.
        dx: (N, C).
    """
    # TODO: softmax_loss
    # ----- your code starts here -----
    loss, dx = None, None
    # ----- your code ends here -----
    return loss, dx


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Params) -> tuple[Array, Any]:
    """Return `gamma * (x - mean) / sqrt(var + eps) + beta`, each feature normalised on its own.

    In mode "train" mean and var are those of the batch (var without Bessel's correction: the mean of squared
    deviations), and the running statistics follow them:
        running = momentum * running + (1 - momentum) * batch.
    In mode "test" mean and var are the running statistics, which then do not change.

    Args:
        x: inputs, (N, D).
        gamma: scales, (D,).
        beta: shifts, (D,).
        bn_param: settings, with the keys
            mode: "train" or "test"; required.
            eps: added to the variance; 1e-5 unless given.
            momentum: share of the old running statistics that is kept; 0.9 unless given.
            running_mean, running_var: (D,); zeros unless given. The call stores new ones here.

    Returns:
        out: (N, D).
        cache: what `batchnorm_backward` needs; None in mode "test".

    Raises:
        ValueError: for any other mode.

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, algorithms 1 and 2 (running variance there: corrected).
    """
    mode = bn_param["mode"]
    eps = float(bn_param.get("eps", 1e-5))
    momentum = float(bn_param.get("momentum", 0.9))
    D = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))

    cache: Any = None
    if mode == "train":
        # TODO: batchnorm_forward, part 1 of 2
        # ----- your code starts here -----
        out = None
        # ----- your code ends here -----
    elif mode == "test":
        # TODO: batchnorm_forward, part 2 of 2
        # ----- your code starts here -----
        out = None
        # ----- your code ends here -----
    else:
        raise ValueError(f'bn_param["mode"] is {mode!r}, should be "train" or "test"')

    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return the gradients of batch normalisation, taken back through its computation graph one step at a time.

    Args:
        dout: upstream gradient, (N, D).
        cache: of `batchnorm_forward` in mode "train".

    Returns:
        dx: (N, D); mean and variance depend on x too.
        dgamma: (D,).
        dbeta: (D,).
    """
    # TODO: batchnorm_backward
    # ----- your code starts here -----
    dx, dgamma, dbeta = None, None, None
    # ----- your code ends here -----
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return what `batchnorm_backward` returns, from the gradient simplified on paper.

    Args and Returns: as `batchnorm_backward`, with the same cache.
    """
    # TODO: batchnorm_backward_alt
    # ----- your code starts here -----
    dx, dgamma, dbeta = None, None, None
    # ----- your code ends here -----
    return dx, dgamma, dbeta


def layernorm_forward(x: Array, gamma: Array, beta: Array, ln_param: Params) -> tuple[Array, Any]:
    """Return `gamma * (x - mean) / sqrt(var + eps) + beta`, each example normalised on its own, at any time.

    Args:
        x: inputs, (N, D).
        gamma: scales, (D,).
        beta: shifts, (D,).
        ln_param: settings, with the key
            eps: added to the variance; 1e-5 unless given.

    Returns:
        out: (N, D).
        cache: what `layernorm_backward` needs.

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """
    eps = float(ln_param.get("eps", 1e-5))
    # TODO: layernorm_forward
    # ----- your code starts here -----
    out, cache = None, None
    # ----- your code ends here -----
    return out, cache


def layernorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return the gradients of layer normalisation.

    Args:
        dout: upstream gradient, (N, D).
        cache: of `layernorm_forward`.

    Returns:
        dx: (N, D).
        dgamma: (D,).
        dbeta: (D,).
    """
    # TODO: layernorm_backward
    # ----- your code starts here -----
    dx, dgamma, dbeta = None, None, None
    # ----- your code ends here -----
    return dx, dgamma, dbeta


def dropout_forward(x: Array, dropout_param: Params) -> tuple[Array, Any]:
    """Return x with each element dropped at random (inverted dropout: training scales, so that testing need not).

    In mode "train" an element is kept with probability p and divided by p, otherwise it becomes 0: the expected
    output is x. In mode "test" the output equals x.

    Args:
        x: inputs of any shape.
        dropout_param: settings, with the keys
            p: probability of keeping an element, 0 < p <= 1.
            mode: "train" or "test".
            seed: if given, the global generator of NumPy is seeded with it first, so that the same elements drop out.

    Returns:
        out: the shape of x, a new array.
        cache: (dropout_param, mask); mask is None in mode "test".

    Raises:
        ValueError: for any other mode.

    Source: Srivastava et al., "Dropout", 2014; the scaling as in CS231n's lecture notes.
    """
    p, mode = float(dropout_param["p"]), dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])

    mask: Any = None
    if mode == "train":
        # TODO: dropout_forward, part 1 of 2
        # ----- your code starts here -----
        out = None
        # ----- your code ends here -----
    elif mode == "test":
        # TODO: dropout_forward, part 2 of 2
        # ----- your code starts here -----
        out = None
        # ----- your code ends here -----
    else:
        raise ValueError(f'dropout_param["mode"] is {mode!r}, should be "train" or "test"')

    cache = (dropout_param, mask)
    return out, cache


def dropout_backward(dout: Array, cache: Any) -> Array:
    """Return the gradient of dropout with respect to its input.

    Args:
        dout: upstream gradient, any shape.
        cache: (dropout_param, mask) of `dropout_forward`.

    Returns:
        dx: the shape of dout, a new array.
    """
    # TODO: dropout_backward
    # ----- your code starts here -----
    dx = None
    # ----- your code ends here -----
    return dx


def conv_forward_naive(x: Array, w: Array, b: Array, conv_param: Params) -> tuple[Array, Any]:
    """Return the convolution of each image with each filter (as networks say it: the filter is not flipped).

    out[n, f, i, j] = b[f] + sum over c, p, q of x_pad[n, c, i*stride + p, j*stride + q] * w[f, c, p, q],
    where x_pad is x with `pad` zeros on all four sides of every channel. Rows and columns at the far end that do not
    fill another window are not used.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, HH, WW).
        b: biases, (F,).
        conv_param: settings, with the keys
            stride: pixels between neighbouring windows, both ways, 1 or more.
            pad: zeros on each side, 0 or more.

    Returns:
        out: (N, F, H', W') with H' = 1 + (H + 2*pad - HH) // stride, W' = 1 + (W + 2*pad - WW) // stride.
        cache: (x, w, b, conv_param).

    Source: CS231n assignment 2, ConvolutionalNetworks.
    """
    # TODO: conv_forward_naive
    # ----- your code starts here -----
    out = None
    # ----- your code ends here -----
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return the gradients of a convolution with respect to images, filters and biases.

    Args:
        dout: upstream gradient, (N, F, H', W').
        cache: (x, w, b, conv_param) of `conv_forward_naive`.

    Returns:
        dx: (N, C, H, W), without the padding, whatever stride and pad are.
        dw: (F, C, HH, WW).
        db: (F,).
    """
    # TODO: conv_backward_naive
    # ----- your code starts here -----
    dx, dw, db = None, None, None
    # ----- your code ends here -----
    return dx, dw, db


def max_pool_forward_naive(x: Array, pool_param: Params) -> tuple[Array, Any]:
    """Return the largest value in each window of each channel; windows may overlap or leave gaps.

    Rows and columns at the far end that do not fill another window are not used.

    Args:
        x: images, (N, C, H, W).
        pool_param: settings, with the keys
            pool_height, pool_width: size of a window.
            stride: pixels between neighbouring windows, both ways, 1 or more.

    Returns:
        out: (N, C, H', W') with H' = 1 + (H - pool_height) // stride, W' = 1 + (W - pool_width) // stride.
        cache: (x, pool_param).

    Source: CS231n assignment 2, ConvolutionalNetworks.
    """
    # TODO: max_pool_forward_naive
    # ----- your code starts here -----
    out = None
    # ----- your code ends here -----
    cache = (x, pool_param)
    return out, cache


def max_pool_backward_naive(dout: Array, cache: Any) -> Array:
    """Return the gradient of max pooling with respect to its input.

    Among equal maxima of a window the first one in row-major order gets the whole gradient. A pixel that is the maximum
    of several windows gets the sum of their gradients.

    Args:
        dout: upstream gradient, (N, C, H', W').
        cache: (x, pool_param) of `max_pool_forward_naive`.

    Returns:
        dx: (N, C, H, W).
    """
    # TODO: max_pool_backward_naive
    # ----- your code starts here -----
    dx = None
    # ----- your code ends here -----
    return dx


def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Params) -> tuple[Array, Any]:
    """Return x batch-normalised per channel: mean and variance are taken over all examples and all pixels.

    Args:
        x: images, (N, C, H, W).
        gamma: scales, (C,).
        beta: shifts, (C,).
        bn_param: settings as in `batchnorm_forward` (mode, eps, momentum); the running statistics stored here are (C,).

    Returns:
        out: (N, C, H, W).
        cache: what `spatial_batchnorm_backward` needs; None in mode "test".

    Raises:
        ValueError: for a mode that is neither "train" nor "test".

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, section 3.2.
    """
    # TODO: spatial_batchnorm_forward
    # ----- your code starts here -----
    out, cache = None, None
    # ----- your code ends here -----
    return out, cache


def spatial_batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return the gradients of spatial batch normalisation.

    Args:
        dout: upstream gradient, (N, C, H, W).
        cache: of `spatial_batchnorm_forward` in mode "train".

    Returns:
        dx: (N, C, H, W).
        dgamma: (C,).
        dbeta: (C,).
    """
    # TODO: spatial_batchnorm_backward
    # ----- your code starts here -----
    dx, dgamma, dbeta = None, None, None
    # ----- your code ends here -----
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x: Array, gamma: Array, beta: Array, G: int, gn_param: Params) -> tuple[Array, Any]:
    """Return x normalised per example and group of channels, then scaled and shifted per channel.

    The C channels form G groups of C / G neighbours. Each group of each example has mean 0 and variance 1 (but for eps)
    over its channels and pixels, in training and in test alike; then `out = gamma * x_hat + beta`.

    Args:
        x: images, (N, C, H, W).
        gamma: scales, (1, C, 1, 1).
        beta: shifts, (1, C, 1, 1).
        G: number of groups, a divisor of C.
        gn_param: settings, with the key
            eps: added to the variance; 1e-5 unless given.

    Returns:
        out: (N, C, H, W).
        cache: what `spatial_groupnorm_backward` needs.

    Source: Wu and He, "Group Normalization", 2018, section 3.
    """
    eps = float(gn_param.get("eps", 1e-5))
    # TODO: spatial_groupnorm_forward
    # ----- your code starts here -----
    out, cache = None, None
    # ----- your code ends here -----
    return out, cache


def spatial_groupnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return the gradients of spatial group normalisation.

    Args:
        dout: upstream gradient, (N, C, H, W).
        cache: of `spatial_groupnorm_forward`.

    Returns:
        dx: (N, C, H, W).
        dgamma: (1, C, 1, 1).
        dbeta: (1, C, 1, 1).
    """
    # TODO: spatial_groupnorm_backward
    # ----- your code starts here -----
    dx, dgamma, dbeta = None, None, None
    # ----- your code ends here -----
    return dx, dgamma, dbeta
