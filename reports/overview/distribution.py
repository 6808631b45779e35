"""Scores in, their distribution out: in steps, and as a plot in inline SVG that takes its colours from the page."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from markupsafe import Markup

from grader.results import display_points
from reports.overview.statistics import ScoreFigures

__all__ = ["Bin", "distribution_svg", "score_bins"]

N_BINS = 20
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
#: colours that the plot is drawn with, and the class of the page's style sheet that takes the place of each
_CLASSES = {"#010101": "plot-ink", "#020202": "plot-bar", "#030303": "plot-mark", "#040404": "plot-grid"}
_KEPT = {"fill", "stroke", "stroke-width", "stroke-dasharray", "text-anchor", "font-size"}


@dataclass(frozen=True, slots=True)
class Bin:
    """How many students scored from one number to the next."""

    low: float
    high: float
    n_students: int


def score_bins(scores: Sequence[float], max_score: float) -> tuple[Bin, ...]:
    """Returns N_BINS equal steps from 0 to max_score; each includes its lower end, the last one all that is above."""
    most = max_score or 1.0
    # Bonus points lead past the maximum.
    counts, edges = np.histogram(np.clip(scores, 0.0, most), bins=N_BINS, range=(0.0, most))
    return tuple(
        Bin(float(low), float(high), int(n)) for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
    )


def distribution_svg(bins: Sequence[Bin], figures: ScoreFigures) -> Markup:
    """Returns the histogram with the median marked, as an SVG element without styles, ids or text of a submission."""
    # The library takes a third of a second to import; only the pages of a class need it.
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    ink, bar, mark, grid = _CLASSES
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "class", "font.size": 9, "text.color": ink}):
        figure = Figure(figsize=(7.2, 2.4), layout="constrained")
        axes = figure.add_subplot()
        axes.bar(
            [each.low for each in bins], [each.n_students for each in bins], bins[0].high - bins[0].low,
            align="edge", color=bar, edgecolor=grid, linewidth=1,
        )  # fmt: skip
        median = f"median {display_points(figures.median, figures.max_score)}"
        axes.axvline(figures.median, color=mark, linewidth=1.5, linestyle=(0, (4, 3)))
        is_right = figures.median > figures.max_score / 2
        axes.annotate(
            median, (figures.median, 1.0), xycoords=("data", "axes fraction"), xytext=(-4 if is_right else 4, -2),
            textcoords="offset points", ha="right" if is_right else "left", va="top", color=mark,
        )  # fmt: skip
        axes.set(xlim=(0, figures.max_score), xlabel="points", ylabel="students")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.tick_params(colors=ink, color=ink, length=3)
        axes.xaxis.label.set_color(ink)
        axes.yaxis.label.set_color(ink)
        axes.grid(axis="y", color=grid, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.margins(y=0.18)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(ink)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _for_page(text.getvalue())


def _for_page(svg: str) -> Markup:
    """Returns the drawing as a part of a page whose policy forbids style attributes: colours become classes."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style") or _is_blank(child):
                parent.remove(child)
    for element in root.iter():
        _restyle(element)
        # Ticks are drawn once and used again; only those links and their ids stay. HTML knows no namespace of links.
        if link := element.attrib.pop(f"{{{_XLINK}}}href", ""):
            element.set("href", link)
        if element.tag == f"{{{_SVG}}}g":
            element.attrib.pop("id", None)
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.attrib |= {"class": "plot", "aria-hidden": "true"}
    text = ElementTree.tostring(root, encoding="unicode")
    return Markup(re.sub(r">\s+<", "><", re.sub(r'\b(id="|url\(#|href="#)', r"\1plot-", text)))


def _is_blank(element: ElementTree.Element) -> bool:
    return "fill: none" in element.get("style", "") and "stroke" not in element.get("style", "")


def _restyle(element: ElementTree.Element) -> None:
    style = dict(part.split(":", 1) for part in element.attrib.pop("style", "").split(";") if ":" in part)
    classes = []
    for name, value in ((name.strip(), value.strip()) for name, value in style.items()):
        if value.lower() in _CLASSES:
            classes.append(f"{_CLASSES[value.lower()]}-{name}")
        elif name == "font":
            element.set("font-size", value.split()[0])
        elif name in _KEPT:
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))
