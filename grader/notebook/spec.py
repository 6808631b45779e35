"""Reads notebook.toml, which lists the cells and figures of the course's notebook."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.model.errors import UnusableAssignment
from grader.model.options import Options

__all__ = ["FILE_NAME", "CellSpec", "Conditions", "FigureSpec", "NotebookLimits", "NotebookSpec"]

FILE_NAME = "notebook.toml"
RELATIONS = ("", "<", ">", "within", "near")


@dataclass(frozen=True, slots=True)
class NotebookLimits:
    """What the execution of one notebook may use."""

    #: of one cell, on the clock
    cell_seconds: float = 120.0
    #: the same where cells that take long run on all data
    full_cell_seconds: float = 900.0
    #: the course's own notebook holds 1.25 GB of images as float64
    memory_mb: int = 4096
    processes: int = 32

    def with_data(self, *, reduced: bool) -> "NotebookLimits":
        """Returns the limits that hold where cells run on reduced data, or on all."""
        if reduced:
            return self
        return replace(self, cell_seconds=self.full_cell_seconds)


@dataclass(frozen=True, slots=True)
class Conditions:
    """On what the cells of a notebook ran."""

    #: whether cells that take long ran on less than all data
    reduced: bool = False
    #: whether the data were made up, since the assignment's own were not at hand
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """One printed number and what the assignment says of it; see the head of notebook.toml."""

    key: str
    expected: str
    label: str = ""
    pattern: str = ""
    after: str = ""
    take: str = "first"
    relation: str = ""
    limit: float = 0.0
    low: float = 0.0
    high: float = 0.0
    #: of each entry, where the figure is a vector
    value: tuple[float, ...] = ()
    shown: bool = False
    small: float | None = None
    #: whether the expectation is one of the assignment's own data, and says nothing of made-up ones
    own_data: bool = False

    def limit_on(self, conditions: Conditions) -> float | None:
        """Returns the limit that holds; None where any number is as good as another."""
        if self.own_data and conditions.made_up:
            return None
        return self.small if self.small is not None and conditions.reduced else self.limit

    def expected_on(self, conditions: Conditions) -> str:
        """Returns what is expected, in words that name the limit that holds."""
        limit = self.limit_on(conditions)
        if limit is None:
            return f"{self.expected} on the assignment's own data; any number on made-up data"
        if limit != self.limit:
            return f"{'less' if self.relation == '<' else 'more'} than {limit:g} on the reduced data"
        return self.expected

    @property
    def slug(self) -> str:
        """The key as the name of a case."""
        return re.sub(r"[^A-Za-z0-9]+", "-", self.key).strip("-")


@dataclass(frozen=True, slots=True)
class CellSpec:
    """One cell of the course's notebook that prints figures."""

    tag: str
    title: str
    #: texts that the cell's code holds, in whatever year
    source: tuple[str, ...]
    #: the student's functions that its figures are about
    functions: tuple[str, ...]
    figures: tuple[FigureSpec, ...]
    #: numbers that the given code compares with, in its order; changed ones measure something else
    numbers: tuple[str, ...] = ()

    @property
    def calls(self) -> frozenset[str]:
        """What the code of the cell calls to come by its figures."""
        return frozenset(name for text in self.source for name in re.findall(r"(\w+)\(", text))


@dataclass(frozen=True, slots=True)
class Reduced:
    """How a course chooses that cells which take long run on less than all data."""

    #: an option of assignment.toml, and its value that means less
    option: str
    value: str
    #: what is said of a notebook that ran on less, and on all
    words: str
    full_words: str


@dataclass(frozen=True, slots=True)
class NotebookSpec:
    """All of notebook.toml."""

    limits: NotebookLimits = NotebookLimits()
    cells: tuple[CellSpec, ...] = ()
    #: function that is given in a cell -> texts that its code holds, blanks apart
    helpers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: None where all cells always run on all data
    reduced: Reduced | None = None

    @classmethod
    def load(cls, folder: Path, functions: Mapping[str, object]) -> "NotebookSpec":
        """Returns the list beside an assignment's checks; one without a list has no figures.

        Args:
            folder: of the assignment.
            functions: the names of the assignment's functions.

        Raises:
            UnusableAssignment: an entry is missing or of the wrong kind; the sentence names it.
        """
        path = folder / FILE_NAME
        if not path.is_file():
            return cls()
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            limits = NotebookLimits(**data.get("limits", {}))
            helpers = {str(name): tuple(map(str, parts)) for name, parts in data.get("helpers", {}).items()}
            cells = tuple(_cell(row, functions) for row in data.get("cell", ()))
            reduced = Reduced(**data["reduced"]) if "reduced" in data else None
            return cls(limits, cells, MappingProxyType(helpers), reduced)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, re.error) as exc:
            raise UnusableAssignment(f"{path} has an entry that is missing or of the wrong kind: {exc}.") from exc

    def is_reduced(self, options: Options) -> bool:
        """Whether cells that take long run on less than all data, for which the usual limits are made."""
        return self.reduced is None or options[self.reduced.option] == self.reduced.value

    def judged(self) -> list[tuple[CellSpec, FigureSpec]]:
        """Returns the figures that earn points, with their cells."""
        return [(cell, figure) for cell in self.cells for figure in cell.figures if not figure.shown]


def _cell(row: dict[str, Any], functions: Mapping[str, object]) -> CellSpec:
    source = tuple(str(text) for text in row["source"])
    called = [name for text in source for name in re.findall(r"(\w+)\(", text) if name in functions]
    return CellSpec(
        tag=str(row["tag"]),
        title=str(row["title"]),
        source=source,
        functions=tuple(map(str, row.get("functions", dict.fromkeys(called)))),
        figures=tuple(_figure(entry) for entry in row.get("figure", ())),
        numbers=tuple(str(row.get("numbers", "")).split()),
    )


def _figure(row: dict[str, Any]) -> FigureSpec:
    values = row.get("value", ())
    vector = tuple(map(float, values if isinstance(values, (list, tuple)) else (values,)))
    figure = FigureSpec(**{**row, "value": vector})
    if figure.relation not in RELATIONS or not (figure.label or figure.pattern):
        raise ValueError(f"figure {figure.key!r}")
    re.compile(figure.pattern)
    return figure
