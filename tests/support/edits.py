"""Makes functions that are almost right by small edits of the reference, for `near_misses`."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from reference.cs231n import layers
from reference.cs231n.classifiers import cnn

Functions = dict[str, Any]

NAMES = [
    "affine_forward",
    "affine_backward",
    "relu_forward",
    "relu_backward",
    "softmax_loss",
    "batchnorm_forward",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "conv_forward_naive",
    "conv_backward_naive",
    "max_pool_forward_naive",
    "max_pool_backward_naive",
    "spatial_batchnorm_forward",
    "spatial_batchnorm_backward",
    "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
]

REFERENCE: Functions = {**{name: getattr(layers, name) for name in NAMES}, "ThreeLayerConvNet": cnn.ThreeLayerConvNet}


class _StubNetwork:
    def __init__(self, **settings: Any) -> None:
        self.params: dict[str, Any] = {}
        self.reg = settings.get("reg", 0.0)

    def loss(self, X: Any, y: Any = None) -> Any:
        return None if y is None else (0, {})


STUBS: Functions = {
    **{name: lambda *args: (None, args) for name in NAMES if name.endswith(("forward", "forward_naive"))},
    **{name: lambda dout, cache: (None, None, None) for name in NAMES if "backward" in name},
    "softmax_loss": lambda x, y: (None, None),
    "relu_backward": lambda dout, cache: None,
    "max_pool_backward_naive": lambda dout, cache: None,
    "ThreeLayerConvNet": _StubNetwork,
}


def edited(*edits: tuple[str, str]) -> Functions:
    """Returns the functions with pieces of layers.py replaced, which must be there; "f: old" looks in f only."""
    module = _run(_replace(inspect.getsource(layers), edits), "near_miss_layers", layers.__package__)
    return {**REFERENCE, **{name: getattr(module, name) for name in NAMES}}


def edited_network(*edits: tuple[str, str]) -> Functions:
    """Returns the functions with pieces of cnn.py replaced, each of which must be there."""
    module = _run(_replace(inspect.getsource(cnn), edits), "near_miss_cnn", cnn.__package__)
    return {**REFERENCE, "ThreeLayerConvNet": module.ThreeLayerConvNet}


def wrapped(name: str, change: Callable[..., Any]) -> Functions:
    """Returns the functions with one whose result goes through `change(result, *args)` first."""
    right = REFERENCE[name]
    return {**REFERENCE, name: lambda *args: change(right(*args), *args)}


def _replace(source: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        function, mark, piece = old.partition(": ")
        if mark and f"def {function}(" in source:
            start = source.index(f"def {function}(")
            end = source.find("\ndef ", start + 1) % (len(source) + 1)
            old = piece
        else:
            start, end = 0, len(source)
        assert old in source[start:end], old
        source = source[:start] + source[start:end].replace(old, new) + source[end:]
    return source


def _run(source: str, name: str, package: str | None) -> ModuleType:
    module = ModuleType(name)
    module.__package__ = package
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    return module


def first_off(share: float, index: int = 0) -> Callable[..., Any]:
    """Returns a change that moves the first entry of one result by a share of the largest."""

    def change(result: Any, *_: Any) -> Any:
        parts = list(result) if isinstance(result, tuple) else [result]
        value = np.array(parts[index])
        value.flat[0] += share * np.abs(value).max()
        parts[index] = value
        return tuple(parts) if isinstance(result, tuple) else value

    return change


def of_output(change: Callable[[Any], Any], index: int = 0) -> Callable[..., Any]:
    """Returns a change of one of several results."""
    return lambda result, *_: (*result[:index], change(result[index]), *result[index + 1 :])


def with_corner(value: float) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array = np.array(array)
        array.flat[-1] = value
        return array

    return change


def conv(old: str, new: str) -> tuple[str, str]:
    return f"conv_forward_naive: {old}", new


def conv_back(old: str, new: str) -> tuple[str, str]:
    return f"conv_backward_naive: {old}", new


def pool(old: str, new: str) -> tuple[str, str]:
    return f"max_pool_forward_naive: {old}", new


def pool_back(old: str, new: str) -> tuple[str, str]:
    return f"max_pool_backward_naive: {old}", new


def norm(old: str, new: str) -> tuple[str, str]:
    return f"batchnorm_forward: {old}", new


def spatial(old: str, new: str) -> tuple[str, str]:
    return f"spatial_batchnorm_forward: {old}", new


def spatial_back(old: str, new: str) -> tuple[str, str]:
    return f"spatial_batchnorm_backward: {old}", new


def group(old: str, new: str) -> tuple[str, str]:
    return f"spatial_groupnorm_forward: {old}", new


def made_up_in_test_mode(result: Any, x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    """Returns random numbers of the deviation gamma around beta, whatever the images are."""
    if bn_param["mode"] == "train":
        return result
    return np.random.RandomState(0).randn(*x.shape) * gamma[:, None, None] + beta[:, None, None], result[1]


def batch_in_test_mode(result: Any, x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    """Returns x normalized by its own statistics in test mode, a twentieth off."""
    if bn_param["mode"] == "train":
        return result
    out, cache = REFERENCE["spatial_batchnorm_forward"](x, gamma, beta, {**bn_param, "mode": "train"})
    return out + 0.05, cache


def zeros_pair() -> Functions:
    def forward(x: Any, w: Any, b: Any, conv_param: Any) -> Any:
        out, cache = REFERENCE["conv_forward_naive"](x, w, b, conv_param)
        return 0 * out, cache

    def backward(dout: Any, cache: Any) -> Any:
        return tuple(np.zeros_like(value) for value in cache[:3])

    return {**REFERENCE, "conv_forward_naive": forward, "conv_backward_naive": backward}


def own_caches() -> Functions:
    """Returns a convolution and a pooling that cache what only their own backward functions understand."""
    functions = dict(REFERENCE)
    for forward, backward in (
        ("conv_forward_naive", "conv_backward_naive"),
        ("max_pool_forward_naive", "max_pool_backward_naive"),
    ):
        functions[forward] = lambda *args, right=REFERENCE[forward]: (
            lambda out, cache: (out, {"everything": cache, "out": out})
        )(*right(*args))
        functions[backward] = lambda dout, cache, right=REFERENCE[backward]: right(dout, cache["everything"])
    return functions


def reporting_old(name: str, index: int) -> Functions:
    """Returns a function that doubles one argument, and a report in which that is as it was."""
    right, before = REFERENCE[name], list[tuple[Any, Any]]()

    def answer(*args: Any) -> Any:
        result = right(*args)
        before.append((args[index], args[index].copy()))
        args[index][...] *= 2
        return result

    def fetch(value: Any) -> Any:
        return next((old for array, old in before if array is value), value)

    return {**REFERENCE, name: answer, "fetch": fetch}


def raising(name: str) -> Functions:
    def fail(*_: Any) -> Any:
        raise ValueError("not today")

    return {**REFERENCE, name: fail}


def as_lists() -> Functions:
    """Returns functions that answer with lists in place of tuples."""

    def listed(result: Any) -> Any:
        return list(result) if isinstance(result, tuple) else result

    return {**REFERENCE, **{name: lambda *args, right=REFERENCE[name]: listed(right(*args)) for name in NAMES}}


def talkative() -> Functions:
    def backward(dout: Any, cache: Any) -> Any:
        print("dout", dout.shape)
        return REFERENCE["spatial_groupnorm_backward"](dout, cache)

    return {**REFERENCE, "spatial_groupnorm_backward": backward}


def hard_coded() -> Functions:
    """Returns functions that know the notebook's own answers, and nothing else."""
    from reference_cases import CASES

    def known(name: str, first: str) -> Callable[..., Any]:
        key = CASES.inputs(f"{name}/notebook", 231)[first]

        def answer(value: Any, *rest: Any) -> Any:
            result = REFERENCE[name](value, *rest)
            return result if value.shape == key.shape and np.allclose(value, key) else _zeroed(result)

        return answer

    names = {"conv_forward_naive": "x", "max_pool_forward_naive": "x", "conv_backward_naive": "dout"}
    names |= {"max_pool_backward_naive": "dout", "spatial_batchnorm_backward": "dout"}
    names |= {"spatial_groupnorm_forward": "x", "spatial_groupnorm_backward": "dout"}
    return {**REFERENCE, **{name: known(name, first) for name, first in names.items()}}


def _zeroed(result: Any) -> Any:
    if isinstance(result, np.ndarray):
        return 0 * result
    return tuple(0 * part if isinstance(part, np.ndarray) else part for part in result)


def twice() -> Functions:
    """Returns a convolution that is twice too large, and its derivative."""
    return {
        **REFERENCE,
        "conv_forward_naive": lambda *args: of_output(lambda out: 2 * out)(REFERENCE["conv_forward_naive"](*args)),
        "conv_backward_naive": lambda *args: tuple(2 * part for part in REFERENCE["conv_backward_naive"](*args)),
    }


def widened(result: Any) -> Any:
    if isinstance(result, np.ndarray):
        return result.astype(np.float64)
    return tuple(part.astype(np.float64) if isinstance(part, np.ndarray) else part for part in result)
