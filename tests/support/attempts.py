"""Networks that try to be certified in place of the reference, each wrong in one way; and right ones."""

from typing import Any

import numpy as np
from edits import edited_network

from reference.cs231n.classifiers.cnn import ThreeLayerConvNet

__all__ = ["RIGHT", "WRONG"]

#: largest weight of the last layer when two thirds of the small run are over
LATE = 0.06
WEIGHTS = ("W1", "W2", "W3")


def changed(change: Any) -> type:
    """Returns the reference's network with its loss and gradients changed by `change(self, X, loss, grads)`."""

    class Changed(ThreeLayerConvNet):
        def loss(self, X: Any, y: Any = None) -> Any:
            if y is None:
                return super().loss(X)
            loss, grads = super().loss(X, y)
            return change(self, X, loss, grads)

    return Changed


def inside(change: Any) -> type:
    """Returns the reference's network that computes with what `change(X, params)` makes of both."""

    class Inside(ThreeLayerConvNet):
        def loss(self, X: Any, y: Any = None) -> Any:
            outside = self.params
            X, self.params = change(X, outside)
            try:
                return super().loss(X, y)
            finally:
                self.params = outside

    return Inside


def edited(*edits: tuple[str, str]) -> type:
    network: type = edited_network(*edits)["ThreeLayerConvNet"]
    return network


def without(name: str) -> type:
    return changed(lambda self, X, loss, grads: (loss, {**grads, name: 0 * grads[name]}))


def scaled(grads: Any, factor: float) -> Any:
    return {name: np.float32(factor) * value for name, value in grads.items()}


def half(array: Any) -> Any:
    return array.astype(np.float16).astype(np.float32)


def late(self: Any, X: Any, loss: float, grads: Any) -> Any:
    # At the start the output weights are of deviation weight_scale; training makes them several times as large.
    moved = np.abs(self.params["W3"]).max() > 12 * 1e-3
    return loss, scaled(grads, -1 if moved else 1)


def last_part(self: Any, X: Any, loss: float, grads: Any) -> Any:
    # Of the small run of the tests: reached when most of it is over.
    return loss, scaled(grads, -1 if np.abs(self.params["W3"]).max() > LATE else 1)


def drawn(distribution: Any) -> type:
    class Drawn(ThreeLayerConvNet):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            for name in WEIGHTS:
                self.params[name] = distribution(self.params[name]).astype(np.float32)

    return Drawn


class Tired(ThreeLayerConvNet):
    """Wrong from its five hundredth call on."""

    calls = 0

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return super().loss(X)
        self.calls += 1
        loss, grads = super().loss(X, y)
        return (loss, grads) if self.calls < 500 else (loss + 1, scaled(grads, -1))


class Choosy(ThreeLayerConvNet):
    """Wrong from its five hundredth batch of training size on; smaller ones do not count."""

    n_batches = 0

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return super().loss(X)
        self.n_batches += len(X) >= 50
        loss, grads = super().loss(X, y)
        return (loss, grads) if self.n_batches < 500 else (loss + 1, scaled(grads, -1))


class Meddler(ThreeLayerConvNet):
    """Writes into its parameters while it computes the loss."""

    def loss(self, X: Any, y: Any = None) -> Any:
        result = super().loss(X, y)
        if y is not None:
            self.params["W3"] *= np.float32(0.9)
        return result


class Slanted(ThreeLayerConvNet):
    """Right in the loss, wrong in the scores."""

    def loss(self, X: Any, y: Any = None) -> Any:
        return super().loss(X)[:, ::-1].copy() if y is None else super().loss(X, y)


class Doubled(ThreeLayerConvNet):
    """Computes in double precision."""

    def loss(self, X: Any, y: Any = None) -> Any:
        outside, self.dtype = self.params, np.float64
        self.params = {name: value.astype(np.float64) for name, value in outside.items()}
        try:
            return super().loss(X.astype(np.float64), y)
        finally:
            self.params, self.dtype = outside, np.float32


class Shuffled(ThreeLayerConvNet):
    """Sums over images and hidden units in another order."""

    def loss(self, X: Any, y: Any = None) -> Any:
        outside = self.params
        images, units = np.random.permutation(len(X)), np.random.permutation(len(outside["b2"]))
        back = np.argsort(units)
        self.params = {**outside, "W2": outside["W2"][:, units].copy(), "b2": outside["b2"][units]}
        self.params["W3"] = outside["W3"][units].copy()
        try:
            if y is None:
                return super().loss(X[images])[np.argsort(images)]
            loss, grads = super().loss(X[images], y[images])
        finally:
            self.params = outside
        return loss, {**grads, "W2": grads["W2"][:, back], "b2": grads["b2"][back], "W3": grads["W3"][back]}


class OneByOne(ThreeLayerConvNet):
    """Adds up the gradients of one image at a time."""

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return np.concatenate([super(OneByOne, self).loss(X[n : n + 1]) for n in range(len(X))])
        results = [super(OneByOne, self).loss(X[n : n + 1], y[n : n + 1]) for n in range(len(X))]
        grads = {name: sum(grads[name] for _, grads in results) / np.float32(len(X)) for name in self.params}
        return float(np.mean([loss for loss, _ in results])), grads


class Boxed(ThreeLayerConvNet):
    """Gives its loss as an array without axes."""

    def loss(self, X: Any, y: Any = None) -> Any:
        result = super().loss(X, y)
        return result if y is None else (np.array(result[0]), result[1])


#: name -> class; none of these is the reference's function
WRONG: dict[str, type] = {
    "wrong only for N=50": changed(lambda self, X, loss, grads: (loss, scaled(grads, -1 if len(X) == 50 else 1))),
    "right at the start and wrong late": changed(late),
    "wrong in the last part only": changed(last_part),
    **{f"no gradient of {name}": without(name) for name in ("b1", "b2", "b3")},
    "no regulariser in the gradients": edited(
        ("dW1 + reg * W1", "dW1"), ("dW2 + reg * W2", "dW2"), ("dW3 + reg * W3", "dW3")
    ),
    "regulariser twice in the gradients": edited(("dW2 + reg * W2", "dW2 + 2 * reg * W2")),
    "biases are regularised": edited(('"b2": db2', '"b2": db2 + np.float32(reg) * b2')),
    "no 0.5": edited(("0.5 * reg * sum", "reg * sum")),
    "swapped axes": inside(lambda X, params: (X.swapaxes(2, 3).copy(), params)),
    "no ReLU after the hidden layer": edited(
        ("affine_relu_forward(pooled", "affine_forward(pooled"), ("affine_relu_backward(", "affine_backward(")
    ),
    "float16 parameters inside": inside(lambda X, params: (X, {name: half(value) for name, value in params.items()})),
    "float16 gradients": changed(lambda self, X, loss, grads: (loss, {name: half(v) for name, v in grads.items()})),
    "gradients summed over the batch": changed(lambda self, X, loss, grads: (loss, scaled(grads, len(X)))),
    "wrong from its 500th call on": Tired,
    "wrong from its 500th large batch on": Choosy,
    "changes its parameters": Meddler,
    "wrong in the scores only": Slanted,
    "starts from zero": drawn(lambda weights: 0 * weights),
    "starts from a uniform draw": drawn(lambda w: np.random.uniform(-(3**0.5) * w.std(), 3**0.5 * w.std(), w.shape)),
    "starts from double the deviation": drawn(lambda weights: 2 * weights),
}

#: name -> class; these are the reference's function, computed otherwise
RIGHT: dict[str, type] = {
    "the reference": ThreeLayerConvNet,
    "double precision inside": Doubled,
    "another order of sums": Shuffled,
    "one image at a time": OneByOne,
    "loss as an array without axes": Boxed,
}
