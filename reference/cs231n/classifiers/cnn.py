"""Images in, class scores or loss and gradients out: a convolutional network of three layers."""

# Every layer and every helper is at hand by its name; where names clash the later import wins.
# ruff: noqa: F403, F405, I001

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..layers import *
from ..fast_layers import *
from ..layer_utils import *

_Array = NDArray[Any]


class ThreeLayerConvNet:
    """conv - relu - 2x2 max pool - affine - relu - affine - softmax, on images of shape (N, C, H, W).

    The convolution has stride 1 and is padded so that it keeps height and width; pooling halves both.

    Attributes:
        params: arrays by name: W1 (F, C, HH, WW), b1 (F,) of the convolution; W2 (F * H/2 * W/2, hidden_dim),
            b2 (hidden_dim,) of the hidden layer; W3 (hidden_dim, num_classes), b3 (num_classes,) of the output layer.
        reg: strength of the L2 regularisation; may be changed at any time.
        dtype: type of all parameters, and of the computation.
    """

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        """Draw new weights from NumPy's global generator, in the order W1, W2, W3; biases start at zero.

        Args:
            input_dim: (C, H, W) of one image.
            num_filters: F, filters of the convolution.
            filter_size: HH = WW, height and width of a filter, odd.
            hidden_dim: units of the hidden affine layer.
            num_classes: scores per image.
            weight_scale: standard deviation of the weights, drawn from a Gaussian with mean 0.
            reg: strength of the L2 regularisation.
            dtype: NumPy type of parameters and computation.
        """
        self.params: dict[str, _Array] = {}
        self.reg = reg
        self.dtype = dtype
        self.filter_size = filter_size

        # >>> YOUR CODE: pass
        C, H, W = input_dim
        pooled_size = num_filters * (H // 2) * (W // 2)
        self.params["W1"] = np.random.normal(0.0, weight_scale, (num_filters, C, filter_size, filter_size))
        self.params["W2"] = np.random.normal(0.0, weight_scale, (pooled_size, hidden_dim))
        self.params["W3"] = np.random.normal(0.0, weight_scale, (hidden_dim, num_classes))
        for name, size in [("b1", num_filters), ("b2", hidden_dim), ("b3", num_classes)]:
            self.params[name] = np.zeros(size)
        # <<< YOUR CODE

        for name, value in self.params.items():
            self.params[name] = value.astype(dtype)

    def loss(self, X: _Array, y: _Array | None = None) -> Any:
        """Return the scores of a minibatch, or, given labels, its loss and the gradients of the loss.

        The loss is the mean softmax loss plus 0.5 * reg * (sum of squares of W1, W2, W3); biases are left out.

        Args:
            X: images, (N, C, H, W).
            y: labels, integers in 0..num_classes-1, (N,); None asks for scores.

        Returns:
            Without y: scores, (N, num_classes).
            With y: (loss, grads); grads has the names and shapes of `self.params`.
        """
        # Stride and padding that keep height and width.
        conv_param = {"stride": 1, "pad": (self.filter_size - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

        # >>> YOUR CODE: scores = None
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]
        X = X.astype(self.dtype, copy=False)  # float64 images would turn the whole computation into float64
        pooled, conv_cache = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)
        hidden, hidden_cache = affine_relu_forward(pooled, W2, b2)
        scores, output_cache = affine_forward(hidden, W3, b3)
        # <<< YOUR CODE

        if y is None:
            return scores

        # >>> YOUR CODE: loss, grads = None, None
        reg = float(self.reg)  # a float64 scalar would widen float32 gradients
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * reg * sum(float(np.sum(W * W)) for W in (W1, W2, W3))
        dhidden, dW3, db3 = affine_backward(dscores, output_cache)
        dpooled, dW2, db2 = affine_relu_backward(dhidden, hidden_cache)
        _, dW1, db1 = conv_relu_pool_backward(dpooled, conv_cache)
        grads = {"W1": dW1 + reg * W1, "W2": dW2 + reg * W2, "W3": dW3 + reg * W3, "b1": db1, "b2": db2, "b3": db3}
        # <<< YOUR CODE
        return loss, grads
