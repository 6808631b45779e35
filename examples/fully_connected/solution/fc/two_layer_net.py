"""A network of two affine layers with a ReLU between them, and the loop that trains it."""

import numpy as np

from .layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss


class TwoLayerNet:
    """affine - ReLU - affine - softmax.

    `params` holds the weights and biases by name: W1 (input_dim, hidden_dim), b1 (hidden_dim,),
    W2 (hidden_dim, num_classes), b2 (num_classes,).
    """

    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-2, reg=0.0):
        """Start with Gaussian weights of deviation `weight_scale` and with biases of zero."""
        self.params = {}
        self.reg = reg
        # >>> YOUR CODE: pass
        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)
        # <<< YOUR CODE

    def loss(self, X, y=None):
        """Return the scores of a batch; with labels the loss and its gradients.

        Args:
            X: inputs, (N, d_1, ..., d_k).
            y: right classes, integers (N,), or None.

        Returns:
            scores (N, C) when y is None; else (loss, grads). The loss has the term
            0.5 * reg * (sum of W1 ** 2 + sum of W2 ** 2); `grads` has the keys and shapes of `params`.
        """
        # >>> YOUR CODE: scores = None
        hidden, affine_1 = affine_forward(X, self.params["W1"], self.params["b1"])
        active, relu_1 = relu_forward(hidden)
        scores, affine_2 = affine_forward(active, self.params["W2"], self.params["b2"])
        # <<< YOUR CODE
        if y is None:
            return scores
        # >>> YOUR CODE: loss, grads = None, {}
        loss, dscores = softmax_loss(scores, y)
        dactive, dW2, db2 = affine_backward(dscores, affine_2)
        _, dW1, db1 = affine_backward(relu_backward(dactive, relu_1), affine_1)
        grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
        for name in ("W1", "W2"):
            loss = loss + 0.5 * self.reg * np.sum(self.params[name] ** 2)
            grads[name] = grads[name] + self.reg * self.params[name]
        # <<< YOUR CODE
        return loss, grads

    def train(self, X, y, batches, learning_rate):
        """Train by gradient descent: one step for each batch, in the order given.

        Args:
            X: inputs, (N, d_1, ..., d_k).
            y: right classes, integers (N,).
            batches: numbers of the examples of each step, integers (steps, batch size).
            learning_rate: each parameter moves by -learning_rate times its gradient.

        Returns:
            losses: a list with the loss of each batch before its step.
        """
        # >>> YOUR CODE: losses = None
        losses = []
        for batch in batches:
            loss, grads = self.loss(X[batch], y[batch])
            losses.append(float(loss))
            for name, grad in grads.items():
                self.params[name] = self.params[name] - learning_rate * grad
        # <<< YOUR CODE
        return losses
