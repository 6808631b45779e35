"""A picture is a PNG that others read, with every pixel in its place."""

import io

import numpy as np

from grader.judging.pictures import png_of


def read(png):
    """Returns what matplotlib reads of a PNG, as whole numbers."""
    from matplotlib.image import imread

    return np.round(imread(io.BytesIO(png)) * 255).astype(int)


def test_pixels_come_back():
    pixels = np.random.RandomState(0).randint(0, 256, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(read(png_of(pixels)), pixels)
