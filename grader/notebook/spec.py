"""Reads notebook.toml, which lists the cells and figures of the course's notebook."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.model.errors import UnusableAssignment
from grader.model.options import NotebookData

__all__ = ["FILE_NAME", "CellSpec", "FigureSpec", "NotebookLimits", "NotebookSpec"]

FILE_NAME = "notebook.toml"
RELATIONS = ("", "<", ">", "within", "near")


@dataclass(frozen=True, slots=True)
class NotebookLimits:
    """What the execution of one notebook may use."""

    #: of one cell, on the clock
    cell_seconds: float = 120.0
    #: the same where the training cells run on all images
    full_cell_seconds: float = 900.0
    #: the course's own notebook holds 1.25 GB of images as float64
    memory_mb: int = 4096
    processes: int = 32

    def with_data(self, data: NotebookData) -> "NotebookLimits":
        """Returns the limits that hold with a choice of data."""
        if data is NotebookData.SMALL:
            return self
        return replace(self, cell_seconds=self.full_cell_seconds)


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
class NotebookSpec:
    """All of notebook.toml."""

    limits: NotebookLimits = NotebookLimits()
    cells: tuple[CellSpec, ...] = ()
    #: function that is given in a cell -> texts that its code holds, blanks apart
    helpers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

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
            return cls(limits, cells, MappingProxyType(helpers))
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, re.error) as exc:
            raise UnusableAssignment(f"{path} has an entry that is missing or of the wrong kind: {exc}.") from exc

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
