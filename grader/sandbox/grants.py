"""What is granted to the files of one submission when they are imported, and what their worker says came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["Grants"]


@dataclass(frozen=True, slots=True)
class Grants:
    """What a worker is told before it imports a submission's files; true where there is anything."""

    #: workspace path -> how `/` works there; not empty where habits of older years are granted
    division: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: workspace path -> line of a top-level import that may fail -> the names that it imports
    fallible: Mapping[str, Mapping[int, frozenset[str]]] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.division or self.fallible)

    def message(self) -> dict[str, Any]:
        """Returns it as the worker takes it."""
        return {
            "division": dict(self.division),
            "fallible": {place: sorted(lines) for place, lines in self.fallible.items()},
        }

    def told(self, absent: object) -> set[tuple[str, int, str]]:
        """Returns what a worker, which student code may have changed, says was absent, as far as that may be."""
        said = set(absent.split("\n")) if isinstance(absent, str) else set()
        return {
            (place, line, name)
            for place, lines in self.fallible.items()
            for line, names in lines.items()
            for name in names
            if f"{place}:{line}:{name}" in said
        }
