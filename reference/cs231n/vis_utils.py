"""Arranges small images in a grid."""

from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["visualize_grid"]

Array = NDArray[Any]


def visualize_grid(Xs: Array, ubound: float = 255.0, padding: int = 1) -> Array:
    """Return the images in a square grid, row by row, each stretched to the full range on its own.

    Args:
        Xs: images, (N, H, W, C).
        ubound: the largest value of each image becomes this, its smallest 0; an image of one value becomes 0.
        padding: black pixels between neighbours.

    Returns:
        The grid, float64, (side * H + (side - 1) * padding, side * W + (side - 1) * padding, C) with
        side = ceil(sqrt(N)); places without an image are 0.
    """
    N, H, W, C = Xs.shape
    side = ceil(sqrt(N))
    grid = np.zeros((side * (H + padding) - padding, side * (W + padding) - padding, C))
    for n in range(N):
        top, left = (n // side) * (H + padding), (n % side) * (W + padding)
        grid[top : top + H, left : left + W] = ubound * _stretch(Xs[n])
    return grid


def _stretch(image: Array) -> Array:
    low, high = float(image.min()), float(image.max())
    if low == high:
        return np.zeros(image.shape)
    return (image - low) / (high - low)
