"""Computes and plots the distribution of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from grader.model.results import display_points
from reports.drawing import COLOURS, new_figure, svg_of
from reports.overview.statistics import ScoreFigures

__all__ = ["Bin", "distribution_svg", "score_bins"]

N_BINS = 20


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
    from matplotlib.ticker import MaxNLocator

    ink, bar, mark, grid = (COLOURS[name] for name in ("ink", "bar", "mark", "grid"))
    with matplotlib.rc_context({"font.size": 9, "text.color": ink}):
        figure = new_figure(7.2, 2.4)
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
        return svg_of(figure, "scores")
