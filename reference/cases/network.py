"""The cases of ThreeLayerConvNet: the notebook's sanity and gradient checks, other sizes, and drawn ones."""

from functools import partial
from typing import Any

import numpy as np

from reference.cases.kinds import Array, Generator, Kind, Values, distinct_sizes
from reference.cs231n import layers
from reference.cs231n.classifiers.cnn import ThreeLayerConvNet

__all__ = ["KINDS"]

WEIGHTS = ("W1", "W2", "W3")

# The notebook's gradient check.
NOTEBOOK = {
    "input_dim": (3, 16, 16),
    "num_filters": 3,
    "filter_size": 3,
    "hidden_dim": 7,
    "num_classes": 10,
    "dtype": "float64",
}
SMALL = {
    "input_dim": (2, 6, 6),
    "num_filters": 3,
    "filter_size": 3,
    "hidden_dim": 5,
    "num_classes": 4,
    "dtype": "float64",
}
GENERAL: dict[str, dict[str, Any]] = {
    "wide-image": {"input_dim": (2, 4, 8)},
    "tall-image": {"input_dim": (2, 8, 4)},
    "filter1": {"filter_size": 1},
    "filter5": {"filter_size": 5},
    "filter7": {"filter_size": 7},
    "regularised-gradients": {"reg": 0.7},
    "shapes": {"input_dim": (3, 4, 6)},
}


def _notebook(rng: Generator) -> Values:
    """Returns X, y and the new parameters, drawn in the notebook's order."""
    X, y = rng.randn(2, 3, 16, 16), rng.randint(10, size=2)
    weights = {name: rng.normal(0.0, 1e-3, shape) for name, shape in _shapes(NOTEBOOK).items() if name in WEIGHTS}
    biases = {name: np.zeros(shape) for name, shape in _shapes(NOTEBOOK).items() if name not in WEIGHTS}
    return {"model": dict(NOTEBOOK), "X": X, "y": y, "params": {**weights, **biases}}


def _inputs(rng: Generator, **settings: Any) -> Values:
    """Returns a small batch, and parameters large enough that no gradient is tiny beside another."""
    model = {**SMALL, **settings}
    X = rng.randn(4, *model["input_dim"])
    params = {name: 0.3 * rng.randn(*s) for name, s in _shapes(model).items()}
    params["b1"] = params["b1"] - np.median(_pooled(model, X, params), axis=(0, 2, 3))
    params["b2"] = params["b2"] - _before_relu(model, X, params).mean(axis=0)
    spread = max(1.0, float(_scores(model, X, params).std()))
    params = {name: value / spread if name in ("W3", "b3") else value for name, value in params.items()}
    return {"model": model, "X": X, "y": _usual_labels(_scores(model, X, params)), "params": params}


def _pooled(model: dict[str, Any], X: Array, params: dict[str, Array]) -> Array:
    """Returns what the first ReLU takes, pooled, which is the same as pooling behind it.

    With each filter's median taken off, half of the windows lie below zero all through; where none does, a network
    without that ReLU would be right.
    """
    size = model["filter_size"]
    maps, _ = layers.conv_forward_naive(X, params["W1"], params["b1"], {"stride": 1, "pad": (size - 1) // 2})
    pooled, _ = layers.max_pool_forward_naive(maps, {"pool_height": 2, "pool_width": 2, "stride": 2})
    return np.asarray(pooled)


def _before_relu(model: dict[str, Any], X: Array, params: dict[str, Array]) -> Array:
    """Returns what the hidden units take, image by image.

    With the mean over the images taken off, each unit is on for one image and off for another; where all of them are
    off, nothing before them shows in the scores.
    """
    pooled = np.maximum(_pooled(model, X, params), 0)
    return np.asarray(pooled.reshape(len(X), -1) @ params["W2"] + params["b2"])


def _scores(model: dict[str, Any], X: Array, params: dict[str, Array]) -> Array:
    network = ThreeLayerConvNet(**{**model, "dtype": np.float64})
    network.params = params
    return np.asarray(network.loss(X))


def _usual_labels(scores: Array) -> Array:
    """Returns for each image the label whose probability is nearest to that of a guess.

    A guard such as log(p + 1e-8), which is legal, moves the loss of a label with a tiny probability too far; whether
    one is drawn must not depend on the seed.
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return np.asarray(np.abs(np.log(probabilities * scores.shape[1])).argmin(axis=1))


def _initial(rng: Generator, **settings: Any) -> Values:
    """Returns the settings of a new network and an image for it; its parameters are taken as they come.

    One image, since a network of the default size that is written with naive layers takes a second for it.
    """
    # Two decimals are enough here, and shrink to a fraction in the archive.
    X = rng.randn(1, *settings.get("input_dim", (3, 32, 32))).round(2)
    return {"model": settings, "X": X, "y": rng.randint(10, size=1)}


def _regularised(rng: Generator, **settings: Any) -> Values:
    """Returns images that half precision holds exactly: in a loss that is mostly regulariser it shows by luck only."""
    inputs = _inputs(rng, **settings)
    X = inputs["X"].astype(np.float16).astype(np.float64)
    labels = _usual_labels(_scores(inputs["model"], X, inputs["params"]))
    return {**inputs, "X": X, "y": labels}


def _single(inputs: Values) -> Values:
    """Returns a float32 network, with float32 parameters, and images that are float64."""
    params = {name: value.astype(np.float32) for name, value in inputs["params"].items()}
    return {**inputs, "model": {**inputs["model"], "dtype": "float32"}, "params": params}


def _draw_settings(rng: Generator) -> dict[str, Any]:
    """Returns sizes for square images and ten classes, as the notebook judges, and as many channels for every seed."""
    # Sizes that axes could be taken for differ for every seed.
    filters, hidden = distinct_sizes(rng, (7, 8), 2)
    return {
        "input_dim": (2, 6, 6),
        "num_filters": filters,
        "hidden_dim": hidden,
        "num_classes": 10,
    }


def _draw_initial(rng: Generator) -> Values:
    settings = {**_draw_settings(rng), "num_filters": 16, "hidden_dim": 60}
    settings["input_dim"] = 3, *settings["input_dim"][1:]
    # Below the root of every layer's inputs, so that no usual scale is the one that was asked for.
    return _initial(rng, **settings, filter_size=3, weight_scale=round(rng.uniform(0.01, 0.04), 3))


def _draw_general(rng: Generator) -> Values:
    """Returns a network for images that are not square, a filter of 5x5 and few classes."""
    C, H, W = 2, *(2 * side for side in distinct_sizes(rng, (3, 5), 2))
    settings = {"input_dim": (C, H, W), "filter_size": 5, "num_classes": 4}
    return _inputs(rng, **{**_draw_settings(rng), **settings})


def _shapes(model: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Returns the documented shape of each parameter, weights in the order in which they are drawn."""
    C, H, W = model["input_dim"]
    F, size, hidden, n_classes = (model[key] for key in ("num_filters", "filter_size", "hidden_dim", "num_classes"))
    weights = {"W1": (F, C, size, size), "W2": (F * (H // 2) * (W // 2), hidden), "W3": (hidden, n_classes)}
    return {**weights, "b1": (F,), "b2": (hidden,), "b3": (n_classes,)}


def _answer(inputs: Values) -> Values:
    settings = {**inputs["model"], "dtype": np.float64}
    if "params" not in inputs:
        return _initial_answer(inputs)
    model = ThreeLayerConvNet(**settings)
    model.params = {name: value.astype(np.float64) for name, value in inputs["params"].items()}
    scores = model.loss(inputs["X"])
    loss, grads = model.loss(inputs["X"], inputs["y"])
    return {"scores": scores, "loss": loss, "grads": grads}


def _initial_answer(inputs: Values) -> Values:
    """Returns the documented shapes, type and spread of new parameters."""
    model = ThreeLayerConvNet(**{**inputs["model"], "dtype": np.dtype(inputs["model"].get("dtype", "float32")).type})
    shapes = {name: value.shape for name, value in model.params.items()}
    dtype = model.params["W1"].dtype.name
    return {"shapes": shapes, "dtype": dtype, "weight_scale": inputs["model"].get("weight_scale", 1e-3)}


KINDS = {
    "ThreeLayerConvNet": Kind(
        {
            "notebook": _notebook,
            "default": _initial,
            # Small, since a network that is written with loops down to single products takes seconds for the default.
            "initial": lambda rng: _initial(rng, input_dim=(3, 8, 8), num_filters=4, filter_size=3),
            "drawn-initial": _draw_initial,
            "small": _inputs,
            "drawn1": lambda rng: _inputs(rng, **_draw_settings(rng)),
            "drawn2": lambda rng: _inputs(rng, **_draw_settings(rng)),
            "regularised": lambda rng: _regularised(rng, reg=0.5),
            "drawn-regularised": lambda rng: _regularised(
                rng, **_draw_settings(rng), reg=round(rng.uniform(0.1, 2), 3)
            ),
            **{name: partial(_inputs, **row) for name, row in GENERAL.items()},
            "float32": lambda rng: _single(_inputs(rng)),
            "drawn-general": _draw_general,
        },
        _answer,
    ),
}
