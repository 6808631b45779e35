"""Filters become a PNG that others read, with every weight in its place."""

import io

import numpy as np
import pytest

from grader.checks.filters import GAP, GREY, ZOOM, filters_png


def read(png):
    """Returns what matplotlib reads of a PNG, as whole numbers."""
    from matplotlib.image import imread

    return np.round(imread(io.BytesIO(png)) * 255).astype(int)


def test_each_filter_is_scaled_by_itself_and_stands_in_its_tile():
    w = np.random.RandomState(1).randn(5, 3, 2, 4) * np.array([1, 10, 100, 1e-3, 1]).reshape(5, 1, 1, 1)
    picture = read(filters_png(w))
    assert picture.shape == (2 * (2 * ZOOM + GAP) + GAP, 4 * (4 * ZOOM + GAP) + GAP, 3)
    assert (picture[:GAP] == GREY).all()
    first = picture[GAP : GAP + 2 * ZOOM : ZOOM, GAP : GAP + 4 * ZOOM : ZOOM]
    wanted = (w[0] - w[0].min()) / (w[0].max() - w[0].min()) * 255
    np.testing.assert_allclose(first, wanted.transpose(1, 2, 0), atol=0.51)
    below = picture[-GAP - 2 * ZOOM : -GAP, GAP : GAP + 4 * ZOOM]
    assert (below.min(), below.max()) == (0, 255)


@pytest.mark.parametrize("w", [np.zeros((1, 3, 2, 2)), np.full((4, 1, 3, 3), np.nan), np.ones((3, 5, 1, 1))])
def test_filters_without_contrast_or_colour_are_grey(w):
    picture = read(filters_png(w))
    assert (picture == picture[..., :1]).all()


@pytest.mark.parametrize("w", [np.zeros((2, 2)), np.zeros((0, 3, 2, 2))])
def test_what_is_no_filter_is_refused(w):
    with pytest.raises(ValueError, match="filters have shape"):
        filters_png(w)
