"""The update rules of gradient descent.

Each rule is called `next_w, config = rule(w, dw, config)` with w and dw of the same shape. config holds the rule's
settings and what it remembers between calls; keys that are absent get their defaults. The dictionary itself is changed
and returned. w and dw are left as they are: next_w is a new array, of the type of w.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["adam", "rmsprop", "sgd", "sgd_momentum"]

Array = NDArray[Any]
Config = dict[str, Any]

_CHUNK = 1 << 16  # elements


def sgd(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Return w - learning_rate * dw, and config.

    config: `learning_rate` (1e-2).
    """
    config = _with_defaults(config, learning_rate=1e-2)
    next_w = w - config["learning_rate"] * dw
    return next_w.astype(w.dtype, copy=False), config


def sgd_momentum(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Return w + velocity, where velocity = momentum * velocity - learning_rate * dw, and config.

    config: `learning_rate` (1e-2), `momentum` (0.9); remembers `velocity` (zeros), of the shape of w.
    Source: https://cs231n.github.io/neural-networks-3/#sgd
    """
    config = _with_defaults(config, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    next_w = w + config["velocity"]
    return next_w.astype(w.dtype, copy=False), config


def rmsprop(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Return w - learning_rate * dw / (sqrt(cache) + epsilon), and config.

    cache = decay_rate * cache + (1 - decay_rate) * dw**2 is a moving average of the squared gradient.

    config: `learning_rate` (1e-2), `decay_rate` (0.99), `epsilon` (1e-8); remembers `cache` (zeros), of the shape of w.
    Source: Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6e, 2012.
    """
    config = _with_defaults(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=np.zeros_like(w))
    decay_rate = config["decay_rate"]
    config["cache"] = decay_rate * config["cache"] + (1 - decay_rate) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_w.astype(w.dtype, copy=False), config


def adam(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Return w - learning_rate * mt / (sqrt(vt) + epsilon), and config.

    t counts the calls and grows before it is used: the first call has t = 1. With m and v the moving averages of dw and
    dw**2, of rates beta1 and beta2, mt = m / (1 - beta1**t) and vt = v / (1 - beta2**t).

    config: `learning_rate` (1e-3), `beta1` (0.9), `beta2` (0.999), `epsilon` (1e-8); remembers `m` and `v` (zeros), of
    the shape of w, and `t` (0). The arrays m and v are updated in place.
    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 1.
    """
    config = _with_defaults(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
    m = config.setdefault("m", np.zeros_like(w))
    v = config.setdefault("v", np.zeros_like(w))
    config["t"] += 1
    next_w = np.empty_like(w)
    # In chunks: with millions of weights memory is what costs time, and a chunk of all five stays in the cache.
    with np.nditer(
        [w, dw, m, v, next_w],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly"], ["readonly"], ["readwrite"], ["readwrite"], ["writeonly"]],
        op_dtypes=[w.dtype] * 5,
        casting="same_kind",
        buffersize=_CHUNK,
    ) as chunks:
        for w_chunk, dw_chunk, m_chunk, v_chunk, next_chunk in chunks:
            _move_average(m_chunk, config["beta1"], dw_chunk)
            _move_average(v_chunk, config["beta2"], dw_chunk * dw_chunk)
            np.subtract(w_chunk, _adam_step(m_chunk, v_chunk, config), out=next_chunk)
    return next_w, config


def _adam_step(m: Array, v: Array, config: Config) -> Array:
    """Return learning_rate * mt / (sqrt(vt) + epsilon), both corrections moved out of the arrays:

    mt / (sqrt(vt) + epsilon) = m / (sqrt(v) + epsilon * c) * c / (1 - beta1**t) with c = sqrt(1 - beta2**t).
    """
    correction = float(1 - config["beta2"] ** config["t"]) ** 0.5
    step = np.sqrt(v)
    step += correction * config["epsilon"]
    np.divide(m, step, out=step)
    step *= config["learning_rate"] * correction / (1 - config["beta1"] ** config["t"])
    return step


def _move_average(average: Array, decay: float, value: Array) -> None:
    """Set average to decay * average + (1 - decay) * value, in place."""
    change = value - average
    change *= 1 - decay
    average += change


def _with_defaults(config: Config | None, **defaults: Any) -> Config:
    """Return the caller's dictionary, completed in place, or a new one."""
    config = {} if config is None else config
    for key, value in defaults.items():
        config.setdefault(key, value)
    return config
