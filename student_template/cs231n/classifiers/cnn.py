"""A convolutional network of three layers, with its loss and gradients."""

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

        # TODO: ThreeLayerConvNet.__init__
        # ----- your code starts here -----
        pass
        # ----- your code ends here -----

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

        # TODO: ThreeLayerConvNet.loss, part 1 of 2
        # ----- your code starts here -----
        scores = None
        # ----- your code ends here -----

        if y is None:
            return scores

        # TODO: ThreeLayerConvNet.loss, part 2 of 2
        # ----- your code starts here -----
        loss, grads = None, None
        # ----- your code ends here -----
        return loss, grads
