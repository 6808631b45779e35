"""The cases of spatial group normalization: the notebook's own, group counts from 1 to C, eps, and drawn ones."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from reference.cases.kinds import (
    Generator,
    Kind,
    Values,
    as_in_notebook,
    distinct_sizes,
    double,
    spread,
)
from reference.cs231n import layers

__all__ = ["KINDS"]

Shape = tuple[int, ...]


class Settings(NamedTuple):
    """One group normalization: shape of x, number of groups, gn_param."""

    shape: Shape
    G: int
    settings: dict[str, Any]


GENERAL = {
    "one-group": Settings((2, 4, 3, 5), 1, {}),
    "group-per-channel": Settings((2, 3, 4, 5), 3, {}),
    "eps": Settings((2, 4, 3, 3), 2, {"eps": 0.3}),
    "wide": Settings((2, 6, 2, 5), 3, {}),
    "tall": Settings((3, 4, 5, 2), 2, {}),
    "one-image": Settings((1, 6, 3, 4), 2, {}),
}
UNTOUCHED = Settings((2, 4, 3, 2), 2, {})


def _notebook(rng: Generator) -> Values:
    x = 4 * rng.randn(2, 6, 4, 5) + 10
    gamma, beta = np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1))
    return {"x": x, "gamma": gamma, "beta": beta, "G": 2, "gn_param": {"mode": "train"}}


def _notebook_backward(rng: Generator) -> Values:
    """Returns x, gamma, beta and dout, drawn in the notebook's order."""
    x = 5 * rng.randn(2, 6, 4, 5) + 12
    gamma, beta, dout = rng.randn(1, 6, 1, 1), rng.randn(1, 6, 1, 1), rng.randn(2, 6, 4, 5)
    return {"x": x, "gamma": gamma, "beta": beta, "dout": dout, "G": 2, "gn_param": {}}


def _backward_inputs(
    rng: Generator, shape: Shape, G: int, settings: dict[str, Any], dtype: type = np.float64
) -> Values:
    """Returns images whose channels lie at different levels, so that channels put into the wrong group show."""
    C = shape[1]
    x = rng.uniform(-3, 3, size=(C, 1, 1)) + rng.uniform(0.5, 2, size=(C, 1, 1)) * rng.randn(*shape)
    gamma, beta, dout = rng.randn(1, C, 1, 1), rng.randn(1, C, 1, 1), rng.randn(*shape)
    arrays: Values = {"x": x, "gamma": gamma, "beta": beta, "dout": dout}
    return {**{name: value.astype(dtype) for name, value in arrays.items()}, "G": G, "gn_param": dict(settings)}


def _forward_inputs(rng: Generator, shape: Shape, G: int, settings: dict[str, Any], dtype: type = np.float64) -> Values:
    inputs = _backward_inputs(rng, shape, G, settings, dtype)
    del inputs["dout"]
    return inputs


def _close(inputs: Values) -> Values:
    """Returns the inputs with x at a sixteenth of its spread, where the documented eps of 1e-5 shows for any seed.

    Around a deviation of 0.5, eps added to the root is almost the same as eps added to the variance.
    """
    return {**inputs, "x": inputs["x"] / 16}


def _general_forward(rng: Generator, row: Settings) -> Values:
    return _close(_forward_inputs(rng, *row))


def _general_backward(rng: Generator, row: Settings) -> Values:
    return _close(_backward_inputs(rng, *row))


def _draw(rng: Generator) -> tuple[Shape, int]:
    """Returns a shape whose sizes all differ, and two groups, as in the notebook's cells, of seven channels."""
    N, H, W = distinct_sizes(rng, range(3, 7), 3)
    return (N, 14, H, W), 2


def _draw_any(rng: Generator) -> tuple[Shape, int]:
    """Returns a shape whose sizes all differ, and three groups of four channels or four groups of three."""
    N, H, W = distinct_sizes(rng, (2, 5, 6), 3)
    return (N, 12, H, W), rng.randint(3, 5)


def _draw_settings(rng: Generator) -> dict[str, Any]:
    return {"eps": round(rng.uniform(0.05, 0.5), 3)}


def _forward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, gamma, beta, G, gn_param = (inputs[key] for key in ("x", "gamma", "beta", "G", "gn_param"))
    out, _ = layers.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    return {"out": out}


def _backward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, gamma, beta, G, gn_param = (inputs[key] for key in ("x", "gamma", "beta", "G", "gn_param"))
    out, cache = layers.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    dx, dgamma, dbeta = layers.spatial_groupnorm_backward(inputs["dout"], cache)
    return {"out": out, "dx": dx, "dgamma": dgamma, "dbeta": dbeta}


KINDS = {
    "spatial_groupnorm_forward": Kind(
        {
            "notebook": _notebook,
            "scaled": lambda rng: as_in_notebook(_forward_inputs(rng, (2, 6, 4, 5), 2, {})),
            "drawn1": lambda rng: as_in_notebook(_forward_inputs(rng, *_draw(rng), {})),
            "drawn2": lambda rng: as_in_notebook(_forward_inputs(rng, *_draw(rng), {})),
            **{name: partial(_general_forward, row=row) for name, row in GENERAL.items()},
            "untouched": lambda rng: spread(_forward_inputs(rng, *UNTOUCHED)),
            "float32": lambda rng: spread(_forward_inputs(rng, (2, 4, 3, 5), 2, {}, np.float32)),
            "drawn-general": lambda rng: _forward_inputs(rng, *_draw_any(rng), _draw_settings(rng)),
        },
        _forward,
        told=("x", "G"),
    ),
    "spatial_groupnorm_backward": Kind(
        {
            "notebook": _notebook_backward,
            "scaled": lambda rng: as_in_notebook(_backward_inputs(rng, (2, 6, 4, 5), 2, {})),
            "shapes": lambda rng: spread(_backward_inputs(rng, (2, 6, 3, 4), 2, {})),
            "drawn1": lambda rng: as_in_notebook(_backward_inputs(rng, *_draw(rng), {})),
            **{name: partial(_general_backward, row=row) for name, row in GENERAL.items()},
            "untouched": lambda rng: spread(_backward_inputs(rng, *UNTOUCHED)),
            "called-again": lambda rng: spread(_backward_inputs(rng, (3, 4, 3, 2), 2, {})),
            "float32": lambda rng: spread(_backward_inputs(rng, (2, 4, 3, 5), 2, {}, np.float32)),
            "drawn-general": lambda rng: _backward_inputs(rng, *_draw_any(rng), _draw_settings(rng)),
        },
        _backward,
        told=("x", "G"),
    ),
}
