"""The grid of images that shows a network's filters."""

import numpy as np
from numpy.testing import assert_array_equal

from reference.cs231n.vis_utils import visualize_grid


def test_images_stand_row_by_row_each_stretched_on_its_own():
    images = np.array([[0, 1], [5, 7], [-1, 0]], dtype=np.float64).reshape(3, 1, 2, 1)
    grid = visualize_grid(images, ubound=10.0, padding=1)
    assert_array_equal(grid[:, :, 0], [[0, 10, 0, 0, 10], [0, 0, 0, 0, 0], [0, 10, 0, 0, 0]])


def test_image_of_one_value_is_black():
    assert_array_equal(visualize_grid(np.full((1, 2, 3, 3), 4.0)), np.zeros((2, 3, 3)))


def test_filters_of_the_network_make_a_six_by_six_grid():
    filters = np.random.default_rng(0).standard_normal((32, 7, 7, 3))
    grid = visualize_grid(filters)
    assert grid.shape == (6 * 7 + 5, 6 * 7 + 5, 3)
    assert (grid.min(), grid.max()) == (0, 255)
