"""The cases of spatial group normalization: the notebook's own, group counts from 1 to C, eps, and drawn ones."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from reference.cases.kinds import (
    Array,
    Generator,
    Kind,
    Values,
    as_in_notebook,
    distinct_sizes,
    double,
    slips_of_normalized_dx,
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
    """Returns a shape whose sizes all differ, and two groups of channels, as in the notebook's cells."""
    N, H, W = distinct_sizes(rng, range(3, 6), 3)
    return (N, 2 * rng.randint(3, 6), H, W), 2


def _draw_any(rng: Generator) -> tuple[Shape, int]:
    """Returns a shape whose sizes all differ, and three groups or four, each of another number of channels."""
    N, H, W = distinct_sizes(rng, range(2, 5), 3)
    G = rng.randint(3, 5)
    return (N, G * (2 if G == 3 else rng.randint(2, 4)), H, W), G


def _draw_settings(rng: Generator) -> dict[str, Any]:
    return {"eps": round(rng.uniform(0.05, 0.5), 3)}


def _forward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, gamma, beta, G, gn_param = (inputs[key] for key in ("x", "gamma", "beta", "G", "gn_param"))
    out, _ = layers.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    return {"out": out, "mistakes": {"out": _slips(x, gamma, beta, G, gn_param)}}


def _slips(x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]) -> Values:
    """Returns what the usual slips make of the output, by the hint for each."""
    C, eps = x.shape[1], gn_param.get("eps", 1e-5)

    def out(x: Array, gamma: Array, beta: Array, G: int = G, eps: float = eps) -> Array:
        return layers.spatial_groupnorm_forward(x, gamma, beta, G, {"eps": eps})[0]

    # Channel c in group c % G instead of c // (C/G): the same as grouping neighbours of a reordered x.
    order = np.arange(C).reshape(-1, G).T.ravel()
    interleaved = out(x[:, order], gamma[:, order], beta[:, order])[:, np.argsort(order)]
    slips = {
        "The groups are interleaved: a group is a run of neighbouring channels.": interleaved,
        "Each example is normalised as a whole, not group by group.": out(x, gamma, beta, G=1),
        "Each channel is normalised alone, not together with its group.": out(x, gamma, beta, G=C),
    }
    # Dividing by n - 1 makes every variance larger by n / (n - 1), which a gamma smaller by its root undoes.
    n = x[0].size // G
    slips["The variance is divided by n - 1: NumPy's own, without ddof, is meant."] = out(
        x, gamma * np.sqrt((n - 1) / n), beta, eps=eps * (n - 1) / n
    )
    slips |= _slips_of_statistics(x, gamma, beta, G, eps)
    slips["eps is left out: it is added to the variance."] = out(x, gamma, beta, eps=0.0)
    slips["gamma is left out."] = out(x, np.ones_like(gamma), beta)
    if "eps" in gn_param:
        slips["gn_param['eps'] has no effect."] = out(x, gamma, beta, eps=1e-5)
    return slips


def _slips_of_statistics(x: Array, gamma: Array, beta: Array, G: int, eps: float) -> Values:
    """Returns what comes of other means and deviations than those of a group, by the hint for each."""
    groups = x.reshape(len(x), G, x.shape[1] // G, *x.shape[2:])
    axes = (2, 3, 4)
    mean, var = (part(axis=axes, keepdims=True) for part in (groups.mean, groups.var))
    of_all = (0, *axes)
    statistics = {
        "It is divided by the variance, not by its root.": (mean, var + eps),
        "eps is added to the variance, not to its root.": (mean, np.sqrt(var) + eps),
        "The images are normalised together: each image's groups have a mean and a variance of their own.": (
            groups.mean(axis=of_all, keepdims=True),
            np.sqrt(groups.var(axis=of_all, keepdims=True) + eps),
        ),
        "The mean is over all images: that of each image's groups is their own.": (
            groups.mean(axis=of_all, keepdims=True),
            np.sqrt(var + eps),
        ),
        "The mean is that of a channel and the variance that of its group: both are the group's.": (
            groups.mean(axis=(3, 4), keepdims=True),
            np.sqrt(var + eps),
        ),
    }
    return {hint: gamma * ((groups - mean) / std).reshape(x.shape) + beta for hint, (mean, std) in statistics.items()}


def _backward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, gamma, beta, G, gn_param = (inputs[key] for key in ("x", "gamma", "beta", "G", "gn_param"))
    out, cache = layers.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    dx, dgamma, dbeta = layers.spatial_groupnorm_backward(inputs["dout"], cache)
    slips = _slips_of_gradients(inputs, {"dx": dx, "dgamma": dgamma, "dbeta": dbeta})
    return {"out": out, "dx": dx, "dgamma": dgamma, "dbeta": dbeta, "mistakes": slips}


def _slips_of_gradients(inputs: Values, right: Values) -> Values:
    """Returns what the usual slips make of the gradients, by the hint for each."""
    x, gamma, dout, G, gn_param = (inputs[key] for key in ("x", "gamma", "dout", "G", "gn_param"))
    axes, shape = (2, 3, 4), (len(x), G, x.shape[1] // G, *x.shape[2:])
    groups = x.reshape(shape)
    std = np.sqrt(groups.var(axis=axes, keepdims=True) + gn_param.get("eps", 1e-5))
    x_hat = (groups - groups.mean(axis=axes, keepdims=True)) / std
    of_dx = slips_of_normalized_dx((dout * gamma).reshape(shape), x_hat, std, axes)
    without_gamma = slips_of_normalized_dx(dout.reshape(shape), x_hat, std, axes)
    of_dx["gamma is left out of dx."] = without_gamma["dx is not divided by the deviation."] / std
    swapped = "dgamma and dbeta are swapped."
    of_dx = {hint: value.reshape(x.shape) for hint, value in of_dx.items()}
    return {"dx": of_dx, "dgamma": {swapped: right["dbeta"]}, "dbeta": {swapped: right["dgamma"]}}


KINDS = {
    "spatial_groupnorm_forward": Kind(
        {
            "notebook": _notebook,
            "scaled": lambda rng: as_in_notebook(_forward_inputs(rng, (2, 6, 4, 5), 2, {})),
            "drawn1": lambda rng: as_in_notebook(_forward_inputs(rng, *_draw(rng), {})),
            "drawn2": lambda rng: as_in_notebook(_forward_inputs(rng, *_draw(rng), {})),
            **{name: partial(_general_forward, row=row) for name, row in GENERAL.items()},
            "untouched": lambda rng: _forward_inputs(rng, *UNTOUCHED),
            "float32": lambda rng: _forward_inputs(rng, (2, 4, 3, 5), 2, {}, np.float32),
            "drawn-general": lambda rng: _forward_inputs(rng, *_draw_any(rng), _draw_settings(rng)),
        },
        _forward,
        told=("x", "G"),
    ),
    "spatial_groupnorm_backward": Kind(
        {
            "notebook": _notebook_backward,
            "scaled": lambda rng: as_in_notebook(_backward_inputs(rng, (2, 6, 4, 5), 2, {})),
            "shapes": lambda rng: _backward_inputs(rng, (2, 6, 3, 4), 2, {}),
            "drawn1": lambda rng: as_in_notebook(_backward_inputs(rng, *_draw(rng), {})),
            **{name: partial(_general_backward, row=row) for name, row in GENERAL.items()},
            "untouched": lambda rng: _backward_inputs(rng, *UNTOUCHED),
            "called-again": lambda rng: _backward_inputs(rng, (3, 4, 3, 2), 2, {}),
            "float32": lambda rng: _backward_inputs(rng, (2, 4, 3, 5), 2, {}, np.float32),
            "drawn-general": lambda rng: _backward_inputs(rng, *_draw_any(rng), _draw_settings(rng)),
        },
        _backward,
        told=("x", "G"),
    ),
}
