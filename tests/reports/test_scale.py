"""A figure stands on the right side of its limit, at the right distance, and says so in words."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.results import Measure
from reports.distance import distance_words, number
from reports.measures import figure_of, rows_of
from reports.scale import TICKS, WIDTH


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (36, "36"),
        (1.0, "1"),
        (0.447, "0.447"),
        (1e-8, "1e-08"),
        (2.2121476417505994e-08, "2.21e-08"),
        (1234567.0, "1.23e+06"),
        (1234.56, "1,234.6"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers_read_as_in_numpy(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (Measure("error", 2e-4, 1e-8), "20,000 times the limit"),
        (Measure("error", 3e-8, 1e-8), "3 times the limit"),
        (Measure("error", 1.01e-8, 1e-8), "just over the limit"),
        (Measure("error", 1e-8, 1e-8), "exactly at the limit, which is not enough"),
        (Measure("error", 1e-8, 1e-8, "<="), "exactly at the limit"),
        (Measure("error", 1e-10, 1e-8), "100 times smaller than the limit"),
        (Measure("error", 0.0, 1e-8), "exactly zero"),
        (Measure("error", 0.98, 1e-9), "980 million times the limit"),
        (Measure("error", 1e10, 1e-8), "10^18 times the limit"),
        (Measure("error", 1e300, 1e-300), "more than 10^300 times the limit"),
        (Measure("error", math.nan, 1e-8), "not a number, and NaN keeps no limit"),
        (Measure("error", math.inf, 1e-8), "infinitely far past the limit"),
        (Measure("wrong entries", 36, 0, "<="), "36 above the limit"),
        (Measure("accuracy", 0.38, 0.4, ">="), "95 % of what is needed"),
        (Measure("accuracy", 0.39999, 0.4, ">="), "99 % of what is needed"),
        (Measure("accuracy", 0.447, 0.4, ">="), "0.047 above what is needed"),
        (Measure("gain", -1.0, 0.0, ">"), "1 below what is needed"),
        (Measure("seconds", 0.5), ""),
    ],
)
def test_distance_is_said_in_plain_words(measure, words):
    assert distance_words(measure) == words


def test_miss_by_a_hair_never_reads_like_a_hit():
    figure = figure_of(Measure("error", 1.00000001e-8, 1e-8))
    assert not figure.passed
    assert figure.value != figure.limit.removeprefix("below ")


def test_zero_infinity_and_nan_have_places_of_their_own():
    places = dict(TICKS)
    assert figure_of(Measure("error", 0.0, 1e-8)).strip.dots[0].x == places["0"]
    assert figure_of(Measure("error", math.inf, 1e-8)).strip.dots[0].x == places["inf"]
    assert figure_of(Measure("error", math.nan, 1e-8)).strip.dots[0].x == places["NaN"]
    assert len(set(places.values())) == len(places)


def test_log_scale_gives_each_power_of_ten_the_same_width():
    xs = [figure_of(Measure("error", 10.0**e, 1e-16)).strip.dots[0].x for e in (-12, -8, -4, 0)]
    steps = [b - a for a, b in pairwise(xs)]
    assert max(steps) - min(steps) < 0.3
    assert min(steps) > 50


@pytest.mark.parametrize(
    ("measure", "is_log"),
    [
        (Measure("relative error", 1e-9, 1e-8), True),
        (Measure("seconds", 0.4, 0.5, "<="), False),
        (Measure("accuracy", 0.447, 0.4, ">="), False),
        (Measure("wrong entries", 3, 0, "<="), False),
    ],
)
def test_errors_stand_on_a_log_scale_and_the_rest_on_a_plain_one(measure, is_log):
    assert figure_of(measure).strip.is_log is is_log


def test_figures_with_one_limit_share_a_strip():
    names = ("dx error", "dw error", "db error")
    measures = [Measure(name, value, 1e-8) for name, value in zip(names, (0.0, 1e-10, 0.5), strict=True)]
    others = [
        Measure("loss error", 1e-9, 1e-6),
        Measure("seconds", 1.0, 2.0),
        Measure("seconds", 1.0, 2.0),
        Measure("x", 1.0),
    ]
    rows = rows_of(measures + others)
    assert [len(row.figures) for row in rows] == [3, 1, 1, 1, 1]
    assert [dot.passed for dot in rows[0].strip.dots] == [True, True, False]
    assert rows[-1].strip is None


def test_figure_that_decides_nothing_has_no_strip():
    assert figure_of(Measure("seconds", 0.5)).strip is None
    assert figure_of(Measure("odd", 0.5, math.inf)).strip is None


@given(
    st.floats(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["<", "<=", ">", ">="]),
    st.sampled_from(["relative error", "seconds"]),
)
def test_every_figure_stays_on_its_strip_and_on_its_side(value, limit, relation, name):
    measure = Measure(name, value, limit, relation)
    figure = figure_of(measure)
    strip = figure.strip
    assert 0 <= strip.dots[0].x <= WIDTH
    assert strip.good_width >= 0
    assert figure.distance
    on_good_side = strip.good_x <= strip.dots[0].x <= strip.good_x + strip.good_width
    assert math.isnan(value) or on_good_side == measure.passed
