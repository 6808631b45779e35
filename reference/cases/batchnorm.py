"""The cases of spatial batch normalization: the notebook's own, its settings and modes, and drawn ones."""

from functools import partial
from typing import Any

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

#: the notebook calls `np.random.seed(231)` before each of its own cases; assignment.toml has the same public seed
NOTEBOOK_SEED = 231

# Channels lie at different levels and spreads, so that a mean over the wrong axes shows.
GENERAL: dict[str, tuple[Shape, dict[str, Any]]] = {
    "eps": ((3, 2, 3, 3), {"eps": 0.3}),
    "wide": ((2, 3, 2, 6), {}),
    "tall": ((3, 2, 5, 2), {}),
    "one-image": ((1, 3, 4, 5), {}),
    "one-channel": ((3, 1, 4, 2), {}),
}
# Of other claims, where values are judged roughly: no mistake in eps comes near the limit.
OTHER: dict[str, tuple[Shape, dict[str, Any]]] = {
    "shapes": ((2, 4, 3, 5), {}),
    "untouched": ((2, 3, 4, 2), {}),
    # With one image or one channel the pixels may be a view of the images.
    "untouched-one-image": ((1, 3, 4, 2), {}),
    "untouched-one-channel": ((3, 1, 4, 2), {}),
}


def _notebook(rng: Generator) -> Values:
    x = 4 * rng.randn(2, 3, 4, 5) + 10
    return {"x": x, "gamma": np.ones(3), "beta": np.zeros(3), "bn_param": {"mode": "train"}}


def _notebook_scaled(rng: Generator) -> Values:
    return {**_notebook(rng), "gamma": np.asarray([3, 4, 5]), "beta": np.asarray([6, 7, 8])}


def _notebook_backward(rng: Generator) -> Values:
    """Returns x, gamma, beta and dout, drawn in the notebook's order."""
    x = 5 * rng.randn(2, 3, 4, 5) + 12
    gamma, beta, dout = rng.randn(3), rng.randn(3), rng.randn(2, 3, 4, 5)
    return {"x": x, "gamma": gamma, "beta": beta, "dout": dout, "bn_param": {"mode": "train"}}


def _warm_up(seed: int, shape: Shape, scale: float, shift: float) -> Values:
    """Returns the recipe of the notebook's test-time case; its 51 batches follow from the seed, and would fill 2 MB."""
    recipe = {"seed": seed, "shape": shape, "scale": scale, "shift": shift, "n_steps": 50}
    return {**recipe, "gamma": np.ones(shape[1]), "beta": np.zeros(shape[1]), "bn_param": {"mode": "train"}}


def _draw_warm_up(rng: Generator) -> Values:
    C = rng.randint(2, 6)
    # Four to five deviations from zero, as in the notebook: a running mean that is off by a share shows for any seed.
    # The variance is at most 0.6 of the mean, so that one taken for the other shows.
    scale = rng.uniform(2, 2.4)
    return _warm_up(rng.randint(2**31 - 1), (10, C, 12, 10), scale, scale * rng.uniform(4, 5))


def _backward_inputs(rng: Generator, shape: Shape, settings: dict[str, Any], dtype: type = np.float64) -> Values:
    C = shape[1]
    levels = rng.uniform(-3, 3, size=(C, 1, 1))
    x = levels + rng.uniform(0.5, 2, size=(C, 1, 1)) * rng.randn(*shape)
    arrays: Values = {"x": x, "gamma": rng.randn(C), "beta": rng.randn(C), "dout": rng.randn(*shape)}
    single_or_double: Values = {name: value.astype(dtype) for name, value in arrays.items()}
    return {**single_or_double, "bn_param": {"mode": "train", **settings}}


def _forward_inputs(rng: Generator, shape: Shape, settings: dict[str, Any], dtype: type = np.float64) -> Values:
    inputs = _backward_inputs(rng, shape, settings, dtype)
    del inputs["dout"]
    return inputs


def _close(inputs: Values) -> Values:
    """Returns the inputs with x at a sixteenth of its spread, where the documented eps of 1e-5 shows for any seed.

    Around a deviation of 0.5, eps added to the root is almost the same as eps added to the variance.
    """
    return {**inputs, "x": inputs["x"] / 16}


def _general_forward(rng: Generator, shape: Shape, settings: dict[str, Any]) -> Values:
    return _close(_forward_inputs(rng, shape, settings))


def _general_backward(rng: Generator, shape: Shape, settings: dict[str, Any]) -> Values:
    return _close(_backward_inputs(rng, shape, settings))


def _spread_forward(rng: Generator, shape: Shape, settings: dict[str, Any]) -> Values:
    return spread(_forward_inputs(rng, shape, settings))


def _spread_backward(rng: Generator, shape: Shape, settings: dict[str, Any]) -> Values:
    return spread(_backward_inputs(rng, shape, settings))


def _running(rng: Generator, shape: Shape, n_steps: int, settings: dict[str, Any]) -> Values:
    """Returns batches one after the other, and running statistics to start from."""
    inputs = _forward_inputs(rng, (n_steps * shape[0], *shape[1:]), {**settings, **_statistics(rng, shape[1])})
    inputs["batches"] = inputs.pop("x").reshape(n_steps, *shape)
    return inputs


def _first_step(rng: Generator, shape: Shape) -> Values:
    """Returns one batch and no running statistics: they start from zero, as the handout says."""
    inputs = _forward_inputs(rng, shape, {})
    inputs["batches"] = inputs.pop("x").reshape(1, *shape)
    return inputs


def _test_mode(rng: Generator, shape: Shape, settings: dict[str, Any]) -> Values:
    return _forward_inputs(rng, shape, {"mode": "test", **settings, **_statistics(rng, shape[1])})


def _statistics(rng: Generator, C: int) -> dict[str, Any]:
    return {"running_mean": rng.randn(C), "running_var": rng.uniform(0.5, 3, size=C)}


def _draw_shape(rng: Generator) -> Shape:
    N, C, H, W = distinct_sizes(rng, range(2, 6), 4)
    return N, C, H, W


def _draw_settings(rng: Generator) -> dict[str, Any]:
    return {"eps": round(rng.uniform(0.05, 0.5), 3), **_draw_momentum(rng)}


def _draw_momentum(rng: Generator) -> dict[str, Any]:
    # Below a half, where 1 - momentum is no remainder.
    return {"momentum": round(rng.uniform(0.2, 0.45), 3)}


def _forward(inputs: Values) -> Values:
    if "batches" in inputs:
        return _forward_running(inputs)
    if "n_steps" in inputs:
        return _forward_warm_up(inputs)
    inputs = double(inputs)
    x, gamma, beta, bn_param = (inputs[key] for key in ("x", "gamma", "beta", "bn_param"))
    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta, dict(bn_param))
    return {"out": out}


def _forward_running(inputs: Values) -> Values:
    """Returns the last output, and the running statistics after all batches."""
    bn_param = dict(inputs["bn_param"])
    for x in inputs["batches"]:
        out, _ = layers.spatial_batchnorm_forward(x, inputs["gamma"], inputs["beta"], bn_param)
    return {"out": out, "running_mean": bn_param["running_mean"], "running_var": bn_param["running_var"]}


def _forward_warm_up(inputs: Values) -> Values:
    """Returns means and deviations of the output in test mode, the figures that the notebook prints."""
    rng, bn_param = Generator(inputs["seed"]), dict(inputs["bn_param"])
    gamma, beta = inputs["gamma"], inputs["beta"]
    for _ in range(inputs["n_steps"]):
        x = inputs["scale"] * rng.randn(*inputs["shape"]) + inputs["shift"]
        layers.spatial_batchnorm_forward(x, gamma, beta, bn_param)
    x = inputs["scale"] * rng.randn(*inputs["shape"]) + inputs["shift"]
    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta, {**bn_param, "mode": "test"})
    return {"means": out.mean(axis=(0, 2, 3)), "stds": out.std(axis=(0, 2, 3))}


def _backward(inputs: Values) -> Values:
    inputs = double(inputs)
    x, gamma, beta, bn_param = (inputs[key] for key in ("x", "gamma", "beta", "bn_param"))
    out, cache = layers.spatial_batchnorm_forward(x, gamma, beta, dict(bn_param))
    dx, dgamma, dbeta = layers.spatial_batchnorm_backward(inputs["dout"], cache)
    return {"out": out, "dx": dx, "dgamma": dgamma, "dbeta": dbeta}


KINDS = {
    "spatial_batchnorm_forward": Kind(
        {
            "notebook": _notebook,
            "notebook-scaled": _notebook_scaled,
            "scaled": lambda rng: as_in_notebook(_forward_inputs(rng, (2, 3, 4, 5), {})),
            "drawn1": lambda rng: as_in_notebook(_forward_inputs(rng, _draw_shape(rng), {})),
            "drawn2": lambda rng: as_in_notebook(_forward_inputs(rng, _draw_shape(rng), {})),
            "notebook-warm-up": lambda _: _warm_up(NOTEBOOK_SEED, (10, 4, 11, 12), 2.3, 13.0),
            "warm-up": lambda rng: _warm_up(rng.randint(2**31 - 1), (10, 3, 11, 12), 2.5, 12.0),
            "drawn-warm-up": _draw_warm_up,
            **{
                name: partial(_general_forward, shape=shape, settings=settings)
                for name, (shape, settings) in GENERAL.items()
            },
            **{
                name: partial(_spread_forward, shape=shape, settings=settings)
                for name, (shape, settings) in OTHER.items()
            },
            "float32": lambda rng: spread(_forward_inputs(rng, (2, 3, 4, 5), {}, np.float32)),
            "drawn-general": lambda rng: _forward_inputs(rng, _draw_shape(rng), _draw_settings(rng)),
            "first-step": lambda rng: _first_step(rng, (2, 3, 3, 4)),
            "one-step": lambda rng: _running(rng, (2, 3, 4, 2), 1, {}),
            "three-steps": lambda rng: _running(rng, (2, 3, 2, 4), 3, {"momentum": 0.6}),
            "drawn-running": lambda rng: _running(rng, _draw_shape(rng), 2, _draw_momentum(rng)),
            "test-mode": lambda rng: _test_mode(rng, (2, 3, 4, 5), {}),
            "test-mode-eps": lambda rng: _test_mode(rng, (2, 3, 5, 2), {"eps": 0.3}),
            "untouched-test-mode": lambda rng: _test_mode(rng, (2, 3, 4, 2), {}),
            "untouched-test-one-image": lambda rng: _test_mode(rng, (1, 3, 4, 2), {}),
            "drawn-test-mode": lambda rng: _test_mode(rng, _draw_shape(rng), _draw_settings(rng)),
        },
        _forward,
    ),
    "spatial_batchnorm_backward": Kind(
        {
            "notebook": _notebook_backward,
            "scaled": lambda rng: as_in_notebook(_backward_inputs(rng, (2, 3, 4, 5), {})),
            "drawn1": lambda rng: as_in_notebook(_backward_inputs(rng, _draw_shape(rng), {})),
            "called-again": lambda rng: spread(_backward_inputs(rng, (2, 3, 4, 5), {})),
            **{
                name: partial(_general_backward, shape=shape, settings=settings)
                for name, (shape, settings) in GENERAL.items()
            },
            **{
                name: partial(_spread_backward, shape=shape, settings=settings)
                for name, (shape, settings) in OTHER.items()
            },
            "float32": lambda rng: spread(_backward_inputs(rng, (2, 3, 4, 5), {}, np.float32)),
            "drawn-general": lambda rng: _backward_inputs(rng, _draw_shape(rng), _draw_settings(rng)),
        },
        _backward,
    ),
}
