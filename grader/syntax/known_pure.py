"""Reads from stateless.toml what code may use without leaving any state behind."""

import tomllib
import types
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["Tables", "tables"]


@dataclass(frozen=True, slots=True)
class Tables:
    """stateless.toml; see there."""

    builtins: frozenset[str]
    types: frozenset[str]
    consumers: frozenset[str]
    producers: frozenset[str]
    exceptions: frozenset[str]
    functions: frozenset[str]
    called: frozenset[str]
    carriers: frozenset[str]
    subscripted: frozenset[str]
    annotations: frozenset[str]
    stars: frozenset[str]
    ufunc_methods: frozenset[str]
    fresh: frozenset[str]
    values: frozenset[str]
    methods: frozenset[str]
    #: attributes of values that are none of a student's class
    foreign_attributes: frozenset[str]


@cache
def tables() -> Tables:
    """Returns what stateless.toml says."""
    data = tomllib.loads(resources.files(__package__).joinpath("stateless.toml").read_text(encoding="utf-8"))
    taken = frozenset(name for kind in _kinds() for name in dir(kind)) | frozenset(data.pop("numpy_attributes"))
    return Tables(**{name: frozenset(names) for name, names in data.items()}, foreign_attributes=taken)


def _kinds() -> list[type]:
    own = [kind for kind in vars(types).values() if isinstance(kind, type)]
    return [*own, type, object, str, list, dict, set, BaseException, memoryview]
