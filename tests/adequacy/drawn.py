"""Draws inputs that the contract of a function allows, and says whether two versions of it differ on any."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["difference"]

N_DRAWN = 300
#: of a value, relative to the largest one
SAME = 1e-9


def difference(name: str, right: dict[str, Any], other: dict[str, Any], n: int = N_DRAWN) -> str:
    """Returns on what two versions of a function differ, in words; "" where nothing was found.

    Args:
        name: of the function.
        right: the reference's functions, by name.
        other: those with the version that is compared.
        n: how many inputs are drawn.
    """
    rng = np.random.RandomState(7)
    for number in range(n):
        inputs = DRAW[name.partition("_backward")[0].partition("_forward")[0]](rng, number)
        state = rng.randint(1 << 30)
        try:
            expected = _run(name, right, inputs, state)
        except (ValueError, ZeroDivisionError):
            continue
        try:
            with np.errstate(all="ignore"):
                given = _run(name, other, inputs, state)
        except Exception as exc:
            return f"input {number}: {type(exc).__name__}"
        if not _same(expected, given):
            return f"input {number}"
    return ""


def _run(name: str, functions: dict[str, Any], inputs: tuple[Any, ...], state: int) -> Any:
    rng = np.random.RandomState(state)
    np.random.seed(state)
    copies = [_copy(value) for value in inputs]
    if "backward" in name and "mode" in copies[-1]:
        copies[-1]["mode"] = "train"  # there is no backward pass in test mode
    if name == "ThreeLayerConvNet":
        settings, X, y = copies
        model = functions[name](**settings)
        first = {key: value.copy() for key, value in model.params.items()}
        for key in model.params:
            model.params[key] = rng.randn(*model.params[key].shape).astype(model.params[key].dtype) * 0.1
        loss, grads = model.loss(X, y)
        return first, model.loss(X), loss, [grads[key] for key in sorted(grads)], X, y
    forward = functions[name.replace("backward", "forward")]
    out, cache = forward(*copies)
    if "backward" not in name:
        return out, copies
    dout = rng.randn(*out.shape)
    return functions[name](dout.copy(), cache), copies, dout


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray | dict) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return (
            isinstance(other, dict) and one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray | float | np.floating):
        one, other = np.asarray(one), np.asarray(other)
        if one.shape != other.shape:
            return False
        # A check of single precision inputs takes either precision.
        same = 1e-5 if np.float32 in (one.dtype, other.dtype) else SAME
        scale = float(np.abs(one).max(initial=1e-30))
        return bool(np.allclose(one.reshape(-1), other.reshape(-1), rtol=0, atol=same * scale))
    return bool(one == other)


def _conv(rng: Any, number: int) -> tuple[Any, ...]:
    stride, pad = int(rng.randint(1, 4)), int(rng.randint(0, 4))
    HH, WW = (int(size) for size in rng.randint(1, 5, 2))
    rows, cols = (int(size) for size in rng.randint(1, 4, 2))
    H, W = ((count - 1) * stride + size - 2 * pad for count, size in ((rows, HH), (cols, WW)))
    H, W = (size if size > 0 else size + stride * (-(size - 1) // stride + 1) for size in (H, W))
    N, C, F = (int(size) for size in rng.randint(1, 5, 3))
    x, w, b = rng.randn(N, C, H, W), rng.randn(F, C, HH, WW), rng.randn(F)
    return x, w, b, {"stride": stride, "pad": pad}


def _pool(rng: Any, number: int) -> tuple[Any, ...]:
    stride = int(rng.randint(1, 4))
    h, w = (int(size) for size in rng.randint(1, 4, 2))
    rows, cols = (int(size) for size in rng.randint(1, 4, 2))
    H, W = (rows - 1) * stride + h, (cols - 1) * stride + w
    N, C = (int(size) for size in rng.randint(1, 4, 2))
    x = rng.randn(N, C, H, W) * 10 ** rng.uniform(-2, 6) - rng.choice([0, 1e7])
    return x, {"pool_height": h, "pool_width": w, "stride": stride}


def _batchnorm(rng: Any, number: int) -> tuple[Any, ...]:
    N, C, H, W = (int(size) for size in rng.randint(1, 5, 4))
    N, H = (N, H) if N * H * W > 1 else (2, 3)
    param: dict[str, Any] = {"mode": "train" if number % 3 else "test"}
    if number % 2:
        param |= {"eps": float(rng.uniform(1e-3, 0.5)), "momentum": float(rng.uniform(0.1, 0.95))}
    if number % 3 == 0 or number % 5 == 0:
        param |= {"running_mean": rng.randn(C), "running_var": rng.uniform(0.5, 2, C)}
    return rng.randn(N, C, H, W) * 3 + rng.randn(1, C, 1, 1), rng.randn(C), rng.randn(C), param


def _groupnorm(rng: Any, number: int) -> tuple[Any, ...]:
    G, size = (int(value) for value in rng.randint(1, 4, 2))
    N, H, W = (int(value) for value in rng.randint(1, 5, 3))
    C = G * size
    W = W if size * H * W > 1 else 3
    x = rng.randn(N, C, H, W) * 3 + rng.randn(1, C, 1, 1)
    param = {"eps": float(rng.uniform(1e-3, 0.5))} if number % 2 else {}
    return x, rng.randn(1, C, 1, 1), rng.randn(1, C, 1, 1), G, param


def _network(rng: Any, number: int) -> tuple[Any, ...]:
    if number == 0:  # all settings as they are by default
        return {}, rng.randn(1, 3, 32, 32), rng.randint(0, 10, 1)
    C, filters, hidden, classes, N = (int(value) for value in rng.randint(1, 5, 5))
    H, W = (2 * int(value) for value in rng.randint(1, 5, 2))
    settings = {
        "input_dim": (C, H, W),
        "num_filters": filters,
        "filter_size": int(rng.choice([1, 3, 5])),
        "hidden_dim": hidden,
        "num_classes": classes + 1,
        "weight_scale": float(rng.uniform(1e-3, 0.1)),
        "reg": float(rng.choice([0.0, 0.3, 2.0])),
        "dtype": np.float64,
    }
    return settings, rng.randn(N, C, H, W), rng.randint(0, classes + 1, N)


def _drawn() -> Iterator[tuple[str, Callable[..., Any]]]:
    yield "conv", _conv
    yield "max_pool", _pool
    yield "spatial_batchnorm", _batchnorm
    yield "spatial_groupnorm", _groupnorm
    yield "ThreeLayerConvNet", _network


DRAW = dict(_drawn())
