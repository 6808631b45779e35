"""Gives values to checks as pytest fixtures at next to no cost per check."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

__all__ = ["constants", "direct_parameters"]


def constants(values: Mapping[str, Any]) -> ModuleType:
    """Returns the plugin: pytest looks for fixtures in modules and classes, never in the attributes of an object."""
    plugin = ModuleType("grader_constants")
    for name, value in values.items():
        setattr(plugin, name, _constant(value))
    return plugin


def direct_parameters(item: pytest.Function) -> dict[str, Any]:
    """Returns the parameters that a check's marks give to itself, by name; not those that go to fixtures."""
    marks = list(item.iter_markers("parametrize"))
    if any(mark.kwargs.get("indirect") or len(mark.args) > 2 for mark in marks):
        return {}
    names = {name for mark in marks for name in _names(mark)}
    return {name: value for name, value in item.callspec.params.items() if name in names} if names else {}


def _names(mark: pytest.Mark) -> list[str]:
    names = mark.args[0] if mark.args else mark.kwargs["argnames"]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _constant(value: Any) -> Any:
    def give() -> Any:
        return value

    return pytest.fixture(scope="session")(give)
