"""Draws the filters of a network as a picture for the report."""

import math

import numpy as np

from grader.judging import Array, png_of

__all__ = ["filters_png"]

#: pixels for each weight, and between two filters
ZOOM, GAP = 6, 4
#: of the gaps: neither end of any scale
GREY = 128
MOST_FILTERS = 256


def filters_png(w: Array) -> bytes:
    """Returns filters side by side in an almost square grid, each scaled from its least to its largest weight.

    Args:
        w: (F, C, HH, WW); three channels are shown as red, green and blue, of any other number the mean is shown.

    Raises:
        ValueError: w has other axes, or none at all.
    """
    w = np.nan_to_num(np.asarray(w, dtype=np.float64))[:MOST_FILTERS]
    if w.ndim != 4 or not w.size:
        raise ValueError(f"filters have shape (F, C, HH, WW), not {w.shape}")
    F, C, HH, WW = w.shape
    channels = w if C == 3 else np.repeat(w.mean(axis=1, keepdims=True), 3, axis=1)
    low, high = (end(channels, axis=(1, 2, 3), keepdims=True) for end in (np.min, np.max))
    shades = np.round(255 * (channels - low) / np.where(high > low, high - low, 1)).astype(np.uint8)
    tiles = shades.transpose(0, 2, 3, 1).repeat(ZOOM, axis=1).repeat(ZOOM, axis=2)
    columns = max(math.ceil(math.sqrt(2 * F)), 1)
    rows, (height, width) = -(-F // columns), (HH * ZOOM + GAP, WW * ZOOM + GAP)
    picture = np.full((rows * height + GAP, columns * width + GAP, 3), GREY, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = GAP + number // columns * height, GAP + number % columns * width
        picture[top : top + HH * ZOOM, left : left + WW * ZOOM] = tile
    return png_of(picture)
