"""What is granted to the files of one submission when they are imported, and what their worker says came of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from grader.worker.granted import DIVIDED_EXACTLY, FLOORED, ONE_ENTRY

__all__ = ["Grants", "read_granted"]

#: what code may be granted while it runs, word for word
GRANTED = frozenset({DIVIDED_EXACTLY, FLOORED, ONE_ENTRY})


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


def read_granted(said: str, places: Collection[str]) -> Iterator[tuple[str, int, str]]:
    """Yields place, line and words of each line that says so, where it is a note of ours."""
    for entry in said.split("\n"):
        place, _, rest = entry.partition(":")
        line, _, what = rest.partition(":")
        if place in places and line.isdecimal() and len(line) < 7 and what in GRANTED:
            yield place, int(line), what
