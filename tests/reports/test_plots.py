"""Curves, speedups and pictures of a grade are drawn for everyone: safely, alike each time, in words too."""

import base64
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from grades import HOSTILE, check, mixed, perfect

from grader.checks.filters import filters_png
from grader.model.results import Grade, Measure, Picture, Series
from reports.page import report_html
from reports.plots import MOST_POINTS, plots_view
from reports.report_limits import MAX_REPORT_BYTES


def falling(n_points: int, low: float = 1.4) -> tuple[float, ...]:
    noise = np.random.RandomState(0).randn(n_points) * 0.05
    return tuple(low + (2.3 - low) * np.exp(-3 * np.arange(n_points) / n_points) + noise)


def with_checks(*checks: object) -> Grade:
    """Returns the perfect grade with these checks after its own."""
    grade = perfect()
    return replace(grade, checks=(*grade.checks, *checks))


def trained(prefix: str = "", n_points: int = 980) -> tuple[Series, ...]:
    at = (0.0, 490.0, 980.0)
    return (
        Series(f"{prefix}loss", tuple(map(float, range(1, n_points + 1))), falling(n_points)),
        Series(f"{prefix}train accuracy", at, (0.1, 0.38, 0.45)),
        Series(f"{prefix}validation accuracy", at, (0.09, 0.37, 0.44)),
    )


PNG = base64.b64encode(filters_png(np.random.RandomState(0).randn(32, 3, 7, 7))).decode()


def with_everything() -> Grade:
    """Returns a grade that trained, timed and pictured."""
    timed = [
        check(
            f"{name}::test_fast",
            f"{name} agrees with the fast one",
            "Speed",
            measures=(Measure("speedup", here), Measure("speedup in the notebook", there)),
        )
        for name, here, there in (
            ("conv_forward_naive", 907.0, 231.0),
            ("conv_backward_naive", 260.0, 485.0),
            ("max_pool_forward_naive", 144.0, 35.0),
            ("max_pool_backward_naive", 742.0, 51.0),
        )
    ]
    epoch = check(
        "ThreeLayerConvNet::test_epoch",
        "ThreeLayerConvNet learns in one epoch",
        "Training",
        series=(*trained(), *trained("reference ")),
        pictures=(Picture("Filters of the first layer after one epoch", PNG),),
    )
    return with_checks(epoch, *timed)


def svgs(html: str) -> list[str]:
    return re.findall(r'<svg [^>]*class="plot".*?</svg>', html, re.DOTALL)


def test_usual_grade_has_no_plots():
    assert not plots_view(mixed())
    assert 'id="plots"' not in report_html(mixed())


def test_plots_are_named_and_described():
    html = report_html(with_everything())
    drawings = svgs(html)
    assert len(drawings) == 2
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        names = {element.tag: element for element in root if element.tag in ("title", "desc")} or {
            element.tag.rpartition("}")[2]: element for element in root
        }
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == names["title"].get("id")
        assert names["desc"].text
    assert "Train accuracy from 0.10 to 0.45" in html.replace("; train", "; Train")
    assert "conv_backward_naive 260, 485 in the notebook" in html
    assert 'alt="Filters of the first layer after one epoch"' in html


def test_reference_is_dashed_beside_the_students_curve():
    curves, _ = svgs(report_html(with_everything()))
    alone, _ = svgs(report_html(replace(with_everything(), checks=tuple(
        replace(each, series=each.series[:3]) for each in with_everything().checks
    ))))  # fmt: skip
    assert "stroke-dasharray" in curves
    assert "stroke-dasharray" not in alone


def test_plots_take_their_colours_and_nothing_else_from_the_page():
    html = report_html(with_everything())
    for drawing in svgs(html):
        assert "style=" not in drawing
        assert "<style" not in drawing
        assert not re.search(r'(fill|stroke)="#', drawing)
        assert {"plot-ink-fill", "plot-bar-fill", "plot-bar-stroke"} & set(re.findall(r"plot-[a-z-]+", drawing))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    links = re.findall(r'(?:href="#|url\(#)([^")]+)', html)
    assert set(links) <= set(ids)


def test_same_grade_gives_the_same_bytes():
    assert report_html(with_everything()) == report_html(with_everything())


def test_long_curves_are_thinned_to_their_means():
    few, many = (plots_view(with_checks(check("a::b", "t", "s", series=trained("", n)))) for n in (190, 60_000))
    assert len(many.plots[0].svg) < 2 * len(few.plots[0].svg) + 100 * MOST_POINTS


@pytest.mark.parametrize(
    "series",
    [
        Series("loss", (1.0,), (float("nan"),)),
        Series("loss", (), ()),
        Series("loss", (1.0, 2.0), (float("inf"), 1e300)),
    ],
)
def test_curve_without_a_finite_point_is_not_drawn(series):
    assert not plots_view(with_checks(check("a::b", "t", "s", series=(series,))))


def test_single_point_is_drawn():
    plot = plots_view(with_checks(check("a::b", "t", "s", series=(Series("loss", (1.0,), (2.0,)),)))).plots[0]
    assert plot.caption == "Curves: t. Loss from 2.00 to 2.00."


@pytest.mark.parametrize("png", ["x", "javascript:alert(1)", '" onerror="alert(1)', "AAAA", PNG[:-1] + "!", PNG * 99])
def test_what_is_no_small_png_is_not_shown(png):
    assert not plots_view(with_checks(check("a::b", "t", "s", pictures=(Picture("p", png),))))


def test_hostile_names_stay_text():
    checks = [
        check(
            f"a{number}::b",
            HOSTILE,
            "s",
            function=HOSTILE,
            series=tuple(Series(HOSTILE + str(k), (1.0, 2.0), (1e11, -1e11)) for k in range(30)),
            pictures=tuple(Picture(HOSTILE, PNG) for _ in range(30)),
            measures=(Measure("speedup", 1e8), Measure("speedup in the notebook", 1e-3)),
        )
        for number in range(30)
    ]
    html = report_html(with_checks(*checks))
    assert "<script" not in html
    assert "onerror=alert(2)>" not in html.replace("&gt;", "")
    assert len(html.encode()) < MAX_REPORT_BYTES
    for drawing in svgs(html):
        ElementTree.fromstring(drawing)


def test_curves_of_other_kinds_and_other_figures_are_drawn_as_well():
    series = (Series("reward", (1.0, 2.0), (-3.0, 5.0)), Series("reference reward", (1.0, 2.0), (-3.0, 6.0)))
    measures = (Measure("frames per second", 30.0), Measure("frames per second in the notebook", 24.0))
    curves, bars = plots_view(with_checks(check("a::b", "t", "s", series=series, measures=measures))).plots
    assert curves.caption.startswith("Curves: t. Reward from -3.00 to 5.00; reference reward from -3.00 to 6.00.")
    assert bars.caption == "Frames per second, here and in the notebook. a 30, 24 in the notebook."
