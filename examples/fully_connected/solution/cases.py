"""The cases of the assignment: what each function is asked, and what the solution answers.

A case whose id begins with "drawn" is hidden: it is in no kit, and all of its inputs come from the seed of the grade.
"""

from collections.abc import Callable

import numpy as np

from grader.judging import Generator, Kind, Values

from .fc import layers
from .fc.two_layer_net import TwoLayerNet

__all__ = ["KINDS"]

#: what the network is asked: sizes, learning rate and number of steps are small enough to follow by hand
N_STEPS, BATCH, LEARNING_RATE = 6, 4, 0.1


def _sizes(rng: Generator, *shape: int) -> Values:
    D, M = int(np.prod(shape[1:])), int(rng.randint(2, 6))
    x, w, b = rng.randn(*shape), rng.randn(D, M), rng.randn(M)
    return {"x": x, "w": w, "b": b, "dout": rng.randn(shape[0], M)}


def _affine(*shape: int) -> Callable[[Generator], Values]:
    return lambda rng: _sizes(rng, *shape)


def _drawn_affine(rng: Generator) -> Values:
    return _sizes(rng, *(int(side) for side in rng.permutation([2, 3, 4, 5])))


def _relu(*shape: int) -> Callable[[Generator], Values]:
    return lambda rng: {"x": rng.randn(*shape), "dout": rng.randn(*shape)}


def _softmax(scale: float) -> Callable[[Generator], Values]:
    return lambda rng: {"x": scale * rng.randn(6, 4), "y": rng.randint(4, size=6)}


def _network(reg: float, *shape: int) -> Callable[[Generator], Values]:
    def draw(rng: Generator) -> Values:
        N, D, H, C = shape[0], int(np.prod(shape[1:])), int(rng.randint(5, 9)), int(rng.randint(3, 6))
        params = {"W1": rng.randn(D, H), "b1": rng.randn(H), "W2": rng.randn(H, C), "b2": rng.randn(C)}
        batches = np.stack([rng.permutation(N)[:BATCH] for _ in range(N_STEPS)])
        sizes = {"input_dim": D, "hidden_dim": H, "num_classes": C, "reg": reg}
        return {
            "model": sizes,
            "params": params,
            "X": rng.randn(*shape),
            "y": rng.randint(C, size=N),
            "batches": batches,
        }

    return draw


def _affine_answer(inputs: Values) -> Values:
    out, cache = layers.affine_forward(inputs["x"], inputs["w"], inputs["b"])
    dx, dw, db = layers.affine_backward(inputs["dout"], cache)
    return {"out": out, "dx": dx, "dw": dw, "db": db}


def _relu_answer(inputs: Values) -> Values:
    out, cache = layers.relu_forward(inputs["x"])
    return {"out": out, "dx": layers.relu_backward(inputs["dout"], cache)}


def _softmax_answer(inputs: Values) -> Values:
    loss, dx = layers.softmax_loss(inputs["x"], inputs["y"])
    return {"loss": loss, "dx": dx}


def _network_answer(inputs: Values) -> Values:
    model = TwoLayerNet(**inputs["model"])
    model.params = dict(inputs["params"])
    scores = model.loss(inputs["X"])
    loss, grads = model.loss(inputs["X"], inputs["y"])
    losses = model.train(inputs["X"], inputs["y"], inputs["batches"], LEARNING_RATE)
    trained = {"losses": np.array(losses), "trained": dict(model.params)}
    return {"scores": scores, "loss": loss, "grads": grads, "learning_rate": LEARNING_RATE, **trained}


KINDS = {
    "affine": Kind({"matrix": _affine(3, 6), "images": _affine(2, 3, 4, 2), "drawn1": _drawn_affine}, _affine_answer),
    "relu": Kind({"matrix": _relu(3, 6), "drawn1": _relu(2, 3, 4)}, _relu_answer),
    "softmax_loss": Kind(
        {"scores": _softmax(1), "large-scores": _softmax(1e4), "drawn1": _softmax(2)}, _softmax_answer
    ),
    "TwoLayerNet": Kind(
        {"plain": _network(0.0, 8, 6), "regularised": _network(0.3, 8, 6), "drawn1": _network(0.7, 7, 3, 2, 2)},
        _network_answer,
    ),
}
