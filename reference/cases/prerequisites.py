"""The cases of the layers that earlier notebooks ask for: affine, ReLU, softmax loss, batch normalization."""

from typing import Any

import numpy as np

from reference.cases.kinds import Generator, Kind, Values
from reference.cs231n import layers

__all__ = ["KINDS"]


def _affine(rng: Generator, shape: tuple[int, ...]) -> Values:
    D, M = int(np.prod(shape[1:])), 5
    x, w, b = rng.randn(*shape), rng.randn(D, M), rng.randn(M)
    return {"x": x, "w": w, "b": b, "dout": rng.randn(shape[0], M)}


def _relu(rng: Generator, shape: tuple[int, ...]) -> Values:
    return {"x": rng.randn(*shape), "dout": rng.randn(*shape)}


def _softmax(rng: Generator) -> Values:
    return {"x": rng.randn(6, 4), "y": rng.randint(4, size=6)}


def _batchnorm(rng: Generator, **settings: Any) -> Values:
    N, D = 7, 4
    # At this spread the documented eps of 1e-5 shows for any seed.
    x = (rng.randn(N, D) * rng.uniform(0.5, 2, size=D) + rng.uniform(-3, 3, size=D)) / 16
    statistics = {"running_mean": rng.randn(D), "running_var": rng.uniform(0.5, 3, size=D)}
    arrays = {"x": x, "gamma": rng.randn(D), "beta": rng.randn(D), "dout": rng.randn(N, D)}
    return {**arrays, "bn_param": {**settings, **statistics}}


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


def _batchnorm_answer(inputs: Values) -> Values:
    bn_param = dict(inputs["bn_param"])
    out, cache = layers.batchnorm_forward(inputs["x"], inputs["gamma"], inputs["beta"], bn_param)
    statistics = {"running_mean": bn_param["running_mean"], "running_var": bn_param["running_var"]}
    if bn_param["mode"] == "test":
        return {"out": out, **statistics}
    dx, dgamma, dbeta = layers.batchnorm_backward(inputs["dout"], cache)
    return {"out": out, "dx": dx, "dgamma": dgamma, "dbeta": dbeta, **statistics}


# A case of these serves the forward and the backward checks alike.
KINDS = {
    "affine": Kind(
        {"matrix": lambda rng: _affine(rng, (3, 6)), "images": lambda rng: _affine(rng, (2, 3, 4, 2))}, _affine_answer
    ),
    "relu": Kind(
        {"matrix": lambda rng: _relu(rng, (3, 6)), "images": lambda rng: _relu(rng, (2, 3, 4, 2))}, _relu_answer
    ),
    "softmax_loss": Kind({"scores": _softmax}, _softmax_answer),
    "batchnorm": Kind(
        {
            "train": lambda rng: _batchnorm(rng, mode="train"),
            "train-settings": lambda rng: _batchnorm(rng, mode="train", eps=0.3, momentum=0.6),
            "test-mode": lambda rng: _batchnorm(rng, mode="test", eps=0.3),
        },
        _batchnorm_answer,
    ),
}
