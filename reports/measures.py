"""Prepares measures for showing: name, number, limit and distance."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from grader.model.results import Measure
from reports.distance import distance_words, number, told_apart
from reports.scale import Strip, strip_of
from reports.text import one_line

__all__ = ["Figure", "FigureRow", "figure_of", "rows_of"]

_RELATION_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure, ready to be shown."""

    name: str
    value: str
    #: "below 1e-08"; empty for a figure that decides nothing
    limit: str
    #: "20,000 times the limit"
    distance: str
    passed: bool
    strip: Strip | None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """Figures that share a scale and a limit, and so a strip."""

    figures: tuple[Figure, ...]
    strip: Strip | None


def figure_of(measure: Measure) -> Figure:
    """Returns what a report shows of a measure."""
    name, strip = one_line(measure.name, 80), strip_of(measure)
    if strip is None or measure.limit is None:
        return Figure(name, number(measure.value), "", "", measure.passed, None)
    value, limit = told_apart(measure.value, measure.limit)
    limit_words = f"{_RELATION_WORDS[measure.relation]} {limit}"
    return Figure(name, value, limit_words, distance_words(measure), measure.passed, strip)


def rows_of(measures: Iterable[Measure]) -> tuple[FigureRow, ...]:
    """Returns the figures in order, neighbours on one log scale with one limit as one row."""
    figures = enumerate(map(figure_of, measures))
    groups = (tuple(figure for _, figure in same) for _, same in groupby(figures, key=_row_key))
    return tuple(FigureRow(same, _joint(same)) for same in groups)


def _row_key(numbered: tuple[int, Figure]) -> object:
    place, figure = numbered
    if figure.strip is None or not figure.strip.is_log:
        return place
    return figure.limit, replace(figure.strip, dots=())


def _joint(figures: tuple[Figure, ...]) -> Strip | None:
    first = figures[0].strip
    return first and replace(first, dots=tuple(dot for figure in figures if figure.strip for dot in figure.strip.dots))
