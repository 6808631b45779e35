"""The layers of a fully connected network: affine, ReLU, and the softmax loss."""

import numpy as np


def affine_forward(x, w, b):
    """Return the affine map of each example.

    Args:
        x: inputs, (N, d_1, ..., d_k); the axes of an example are flattened to D = d_1 * ... * d_k.
        w: weights, (D, M).
        b: biases, (M,).

    Returns:
        out: (N, M).
        cache: whatever `affine_backward` needs.
    """
    # >>> YOUR CODE: out, cache = None, None
    rows = x.reshape(len(x), -1)
    out = rows @ w + b
    cache = (x, w)
    # <<< YOUR CODE
    return out, cache


def affine_backward(dout, cache):
    """Return the gradients of an affine layer.

    Args:
        dout: upstream gradient, (N, M).
        cache: of `affine_forward`.

    Returns:
        dx: the shape of x.
        dw: (D, M).
        db: (M,).
    """
    # >>> YOUR CODE: dx, dw, db = None, None, None
    x, w = cache
    rows = x.reshape(len(x), -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = rows.T @ dout
    db = dout.sum(axis=0)
    # <<< YOUR CODE
    return dx, dw, db


def relu_forward(x):
    """Return x where it is positive, and zero elsewhere.

    Args:
        x: inputs of any shape.

    Returns:
        out: the shape of x.
        cache: whatever `relu_backward` needs.
    """
    # >>> YOUR CODE: out, cache = None, None
    out = np.maximum(x, 0)
    cache = x > 0
    # <<< YOUR CODE
    return out, cache


def relu_backward(dout, cache):
    """Return the gradient of a ReLU.

    Args:
        dout: upstream gradient, the shape of x.
        cache: of `relu_forward`.

    Returns:
        dx: the shape of x.
    """
    # >>> YOUR CODE: dx = None
    dx = dout * cache
    # <<< YOUR CODE
    return dx


def softmax_loss(x, y):
    """Return the mean cross-entropy of softmax(x) and its gradient.

    Args:
        x: scores, (N, C); they may be as large as 1e4.
        y: right classes, integers (N,).

    Returns:
        loss: a number.
        dx: (N, C).
    """
    # >>> YOUR CODE: loss, dx = None, None
    shifted = x - x.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    loss = -log_probs[rows, y].mean()
    dx = np.exp(log_probs)
    dx[rows, y] -= 1
    dx /= len(y)
    # <<< YOUR CODE
    return loss, dx
