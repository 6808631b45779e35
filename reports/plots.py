"""Plots the curves, pairs of figures and pictures of a grade, each with its description.

What is drawn follows from the names that checks give: curves whose names end with the same word share axes, what begins
with "reference" is dashed, and a figure that has another one "in the notebook" beside it becomes a pair of bars.
"""

import base64
import binascii
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from markupsafe import Markup

from grader.model.results import CheckResult, Grade, Series
from reports.drawing import COLOURS, new_figure, svg_of
from reports.text import one_line

__all__ = ["PictureView", "Plot", "PlotsView", "plots_view"]

#: what the name of a figure ends with that another one of the check is drawn beside
PRINTED = " in the notebook"
#: what a curve begins with that is not the student's
REFERENCE = "reference "
#: points of a curve; of a longer one each point is the mean of several
MOST_POINTS = 200
MOST_PLOTS, MOST_PICTURES, MOST_CURVES = 6, 4, 12
#: axes beside each other, more kinds than which share one; and drawings of bars
MOST_SIDES, MOST_BARS = 2, 2
#: largest value beside the smallest one from which on bars are drawn to powers of ten
WIDE = 20.0
#: characters of a picture, base64: all pictures of a page together stay well below its size
MOST_CHARACTERS = 20_000
_STYLES = (("bar", "-"), ("other", "-"), ("mark", "-"), ("ink", "-"))


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing and what stands below it."""

    svg: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture and its title."""

    #: data address of a PNG
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class PlotsView:
    """Everything of a grade that is shown as a drawing; empty for most grades."""

    plots: tuple[Plot, ...] = ()
    pictures: tuple[PictureView, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plots or self.pictures)


def plots_view(grade: Grade) -> PlotsView:
    """Returns curves, pairs of figures as bars, and pictures of a grade's checks."""
    curves = [check for check in grade.checks if any(map(_points, check.series[:MOST_CURVES]))]
    plots = [_curves_plot(check, number) for number, check in enumerate(curves[: MOST_PLOTS - 1])]
    plots += [_bars_plot(name, rows, number) for number, (name, rows) in enumerate(_pairs(grade.checks)[:MOST_BARS])]
    pictures = [picture for check in grade.checks for picture in check.pictures if _is_png(picture.png)]
    shown = tuple(
        PictureView(f"data:image/png;base64,{picture.png}", one_line(picture.title, 160))
        for picture in pictures[:MOST_PICTURES]
    )
    return PlotsView(tuple(plots), shown)


def _curves_plot(check: CheckResult, number: int) -> Plot:
    """Draws the curves of a check, those of one kind beside those of another, the reference's dashed."""
    series = [each for each in check.series[:MOST_CURVES] if _points(each)]
    kinds: dict[str, list[Series]] = {}
    for each in series:
        kinds.setdefault(one_line((each.name.split() or [""])[-1], 40), []).append(each)
    sides = list(kinds.items()) if len(kinds) <= MOST_SIDES else [("", series)]
    figure = new_figure(7.2, 2.6)
    for place, (label, curves) in enumerate(sides):
        axes = figure.add_subplot(1, len(sides), place + 1)
        names = list(dict.fromkeys(_bare(each.name) for each in curves))
        for each in curves:
            x, y = zip(*_points(each), strict=True)
            colour = COLOURS[_STYLES[names.index(_bare(each.name)) % len(_STYLES)][0]]
            dashes = (0, (4, 2.5)) if each.name.startswith(REFERENCE) else "-"
            axes.plot(x, y, color=colour, linestyle=dashes, linewidth=1.4, label=one_line(each.name, 40))
        if all(0 <= y <= 1 for each in curves for _, y in _points(each)):
            axes.set_ylim(0, 1)
        _dress(axes, "iterations", label)
        axes.legend(frameon=False, fontsize=8, labelcolor=COLOURS["ink"], handlelength=2.4)
    title = f"Curves: {one_line(check.title, 120)}"
    return Plot(svg_of(figure, f"curves{number}", title, _ends(series)), f"{title}. {_ends(series)}")


def _ends(series: Sequence[Series]) -> str:
    """Returns in a sentence where each curve begins and ends."""
    parts = []
    for each in series:
        points = _points(each)
        parts.append(f"{one_line(each.name, 40)} from {points[0][1]:.2f} to {points[-1][1]:.2f}")
    dashed = " Dashed curves are the reference's." if any(each.name.startswith(REFERENCE) for each in series) else ""
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}.{dashed}"


def _bars_plot(name: str, rows: Sequence[tuple[str, float, float]], number: int) -> Plot:
    """Draws a figure of several functions, each beside that of the notebook."""
    figure = new_figure(7.2, 0.8 + 0.5 * len(rows))
    axes = figure.add_subplot()
    places = range(len(rows))[::-1]
    values = [value for row in rows for value in row[1:]]
    wide = max(values) > WIDE * min(values)
    least = min(1.0, min(values)) if wide else 0.0
    for offset, column, colour, label in ((0.2, 1, "bar", "here"), (-0.2, 2, "faint", "in the notebook")):
        heights = [float(row[column]) for row in rows]
        axes.barh([place + offset for place in places], heights, 0.36, left=least, color=COLOURS[colour], label=label)
        for place, value in zip(places, heights, strict=True):
            axes.annotate(
                f"{value:,.4g}", (value + least, place + offset), xytext=(4, 0), textcoords="offset points",
                va="center", fontsize=8, color=COLOURS["ink"],
            )  # fmt: skip
    if wide:
        axes.set_xscale("log")
    axes.set_yticks(places, [function for function, _, _ in rows])
    axes.set_xlim(least, (6 if wide else 1.2) * max(values))
    _dress(axes, f"{name}, each step ten times the one before" if wide else name, "", along="x")
    axes.legend(frameon=False, fontsize=8, labelcolor=COLOURS["ink"], loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    title = f"{name[:1].upper()}{name[1:]}, here and in the notebook"
    words = "; ".join(f"{function} {here:,.4g}, {printed:,.4g} in the notebook" for function, here, printed in rows)
    return Plot(svg_of(figure, f"bars{number}", title, f"{words}."), f"{title}. {words}.")


def _pairs(checks: Sequence[CheckResult]) -> list[tuple[str, list[tuple[str, float, float]]]]:
    """Returns by name the figures that have one of the notebook beside them: function, value, and the notebook's."""
    found: dict[str, list[tuple[str, float, float]]] = {}
    for check in checks:
        figures = {measure.name: measure.value for measure in check.measures}
        for name, here in figures.items():
            printed = figures.get(f"{name}{PRINTED}", math.nan)
            if 0 < here < 1e9 and 0 < printed < 1e9:
                found.setdefault(one_line(name, 40), []).append((one_line(check.function, 40), here, printed))
    return [(name, rows[:MOST_CURVES]) for name, rows in found.items()]


def _dress(axes: Any, x_label: str, y_label: str, along: str = "y") -> None:
    """Gives axes the page's colours and leaves away what says nothing."""
    ink, grid = COLOURS["ink"], COLOURS["grid"]
    axes.set_xlabel(x_label, color=ink, fontsize=8)
    axes.set_ylabel(y_label, color=ink, fontsize=8)
    axes.tick_params(which="both", colors=ink, color=ink, length=3, labelsize=8)
    axes.grid(axis=along, color=grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(ink)


def _bare(name: str) -> str:
    return name.removeprefix(REFERENCE)


def _points(series: Series) -> list[tuple[float, float]]:
    """Returns the finite points of a curve, means where there are many; empty when none is left."""
    pairs = [(x, y) for x, y in zip(series.x, series.y, strict=False) if abs(x) < 1e12 and abs(y) < 1e12]
    step = max(-(-len(pairs) // MOST_POINTS), 1)
    parts = [pairs[start : start + step] for start in range(0, len(pairs), step)]
    return [(fmean(x for x, _ in part), fmean(y for _, y in part)) for part in parts]


def _is_png(text: str) -> bool:
    if len(text) > MOST_CHARACTERS or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text):
        return False
    try:
        return base64.b64decode(text, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    except binascii.Error:
        return False
