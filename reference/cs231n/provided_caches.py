"""Caches of provided functions, for students' functions that read those of their own: values by their usual names.

A notebook that was handed in alone may read what its author's `batchnorm_forward` kept, which stayed at home. The
provided one keeps something else, so what such a function unpacks is looked up by the name that it unpacks it into.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import signature
from typing import Any, NamedTuple

import numpy as np

__all__ = ["name_caches"]

#: forward function -> its backward functions, and the axis along which it takes the mean
_NORMALIZATIONS = {
    "batchnorm_forward": (("batchnorm_backward", "batchnorm_backward_alt"), 0),
    "layernorm_forward": (("layernorm_backward",), 1),
}
#: value -> its usual names, in small letters and without underscores
_USUAL = {
    "x": "x input inputs xin xflat xreshaped",
    "gamma": "gamma g scale w weight",
    "beta": "beta b shift bias",
    "mean": "mean mu samplemean batchmean xmean meanx m avg average mub",
    "var": "var samplevar batchvar xvar varx v variance sigma2 sigmasq sigmasquared sqsigma",
    "std": "std sigma sqrtvar samplestd stddev stdev denom denominator sd xstd sqrtvareps varsqrt s stdeps",
    "inverse": "ivar invstd istd invvar invsqrtvar rstd invsigma stdinv invert inverse isqrtvar varinv",
    "normal": "xhat xnorm xnormalized normalized norm normx xn z normalizedx xnormal outnorm hatx normedx xstar xh",
    "centred": "xmu xc xcentered xcentred centered centred xminusmean diff dev xm xdiff numerator xmean0 deviation",
    "eps": "eps epsilon",
    "out": "out y output",
    "N": "n batchsize",
    "D": "d dim",
    "shape": "shape xshape",
    "settings": "bnparam lnparam param params gnparam",
    "mode": "mode",
    "axis": "axis",
}
_MEANING = {name: value for value, names in _USUAL.items() for name in names.split()}


class _Call(NamedTuple):
    """One call of a forward function: its name, arguments and output, from which all values follow."""

    function: str
    axis: int
    arguments: tuple[Any, Any, Any, Mapping[str, Any]]
    out: Any

    def value(self, name: str) -> Any:
        """Returns the value that usually has a name; raises KeyError for others."""
        meaning = _MEANING[name.replace("_", "").lower()]
        x, gamma, beta, settings = self.arguments
        keep, eps = self.axis == 1, settings.get("eps", 1e-5)
        mean, var = x.mean(axis=self.axis, keepdims=keep), x.var(axis=self.axis, keepdims=keep)
        std = np.sqrt(var + eps)
        known = {
            **{"x": x, "gamma": gamma, "beta": beta, "settings": settings, "out": self.out, "axis": self.axis},
            **{"mean": mean, "var": var, "std": std, "inverse": 1 / std, "eps": eps, "mode": settings.get("mode")},
            **{"centred": x - mean, "normal": (x - mean) / std, "N": x.shape[0], "D": x.shape[1], "shape": x.shape},
        }
        return known[meaning]


class _NamedCache(tuple[Any, ...]):
    """What a provided function keeps: to functions that unpack or index it, the values by the names they give them."""

    call: _Call
    #: function -> the names that it unpacks something into, each time
    reads: Mapping[str, list[Any]]

    def __iter__(self) -> Iterator[Any]:
        reader = sys._getframe(1).f_code.co_name
        orders = self.reads.get(reader)
        if not orders:
            return super().__iter__()
        unknown = [[name for name in order if not self._knows(name)] for order in orders]
        fewest = min(range(len(orders)), key=lambda place: len(unknown[place]) / len(orders[place]))
        if unknown[fewest]:
            raise ValueError(self._complaint(reader, unknown[fewest][0]))
        return iter([self._value(name) for name in orders[fewest]])

    def __getitem__(self, key: Any) -> Any:
        reader = sys._getframe(1).f_code.co_name
        if isinstance(key, str):
            if not self._knows(key):
                raise KeyError(self._complaint(reader, key))
            return self._value(key)
        indexed: dict[Any, Any] = dict(self.reads.get(f"{reader}[]", ()))
        if key not in indexed:
            return super().__getitem__(key)
        if not self._knows(indexed[key]):
            raise ValueError(self._complaint(reader, indexed[key]))
        return self._value(indexed[key])

    def __setitem__(self, key: str, value: Any) -> None:
        self.__dict__.setdefault("added", {})[key] = value

    def __contains__(self, key: object) -> bool:
        return self._knows(key) if isinstance(key, str) else super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Returns what a dictionary would."""
        return self._value(key) if self._knows(key) else default

    def _knows(self, name: str) -> bool:
        return name in self.__dict__.get("added", ()) or name.replace("_", "").lower() in _MEANING

    def _value(self, name: str) -> Any:
        added = self.__dict__.get("added", {})
        return added[name] if name in added else self.call.value(name)

    def _complaint(self, reader: str, name: str) -> str:
        return (
            f"{reader} reads {name!r} in the cache of your own {self.call.function}, which is not in the notebook; the "
            f"one that the grader provides keeps no value of that name. Put your layers.py beside the notebook, or "
            f"{self.call.function} into a cell."
        )


def name_caches(module: dict[str, Any], reads: Mapping[str, Any]) -> None:
    """Replaces the provided normalizations of a module by those whose caches are read by name.

    Args:
        module: its names.
        reads: function of the student's -> the names that it unpacks something into, each time; "function[]" -> pairs
            of an index and the name that it gives to the value there.
    """
    for name, (backward, axis) in _NORMALIZATIONS.items():
        if name in module:
            module[name] = _forward(module[name], axis, reads)
        for other in backward:
            if other in module:
                module[other] = _backward(module[other], name)


def _forward(function: Callable[..., Any], axis: int, reads: Mapping[str, Any]) -> Callable[..., Any]:
    bound = signature(function).bind

    @wraps(function)
    def forward(*args: Any, **kwargs: Any) -> Any:
        out, kept = function(*args, **kwargs)
        if kept is None:
            return out, kept
        x, gamma, beta, settings = bound(*args, **kwargs).arguments.values()
        cache = _NamedCache(kept)
        cache.call = _Call(function.__name__, axis, (x, gamma, beta, dict(settings)), out)
        cache.reads = reads
        return out, cache

    return forward


def _backward(function: Callable[..., Any], forward: str) -> Callable[..., Any]:
    @wraps(function)
    def backward(dout: Any, cache: Any) -> Any:
        try:
            return function(dout, cache)
        except Exception as exc:
            if isinstance(cache, _NamedCache):
                raise
            raise ValueError(
                f"{function.__name__} is the one that the grader provides and reads the cache of its own {forward}, "
                "not this one. Put your layers.py beside the notebook, or your function into a cell."
            ) from exc

    return backward
