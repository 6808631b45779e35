"""Windows of images as columns of a matrix, and back: older versions of the assignment bring these functions.

Nothing here uses them. They are given so that an answer file that imports them can be imported.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]
_Indices = tuple[_Array, _Array, _Array]


def get_im2col_indices(
    x_shape: tuple[int, int, int, int], field_height: int, field_width: int, padding: int = 1, stride: int = 1
) -> _Indices:
    """Return k, i, j: channel, row and column of each entry of the columns in the padded images.

    k (C*field_height*field_width, 1); i and j (C*field_height*field_width, H'*W').

    Raises:
        AssertionError: the windows do not fit the padded images.
    """
    _, C, H, W = x_shape
    assert (H + 2 * padding - field_height) % stride == 0
    assert (W + 2 * padding - field_width) % stride == 0
    out_height = (H + 2 * padding - field_height) // stride + 1
    out_width = (W + 2 * padding - field_width) // stride + 1
    channel, row, column = (part.reshape(-1, 1) for part in np.indices((C, field_height, field_width)))
    top, left = (stride * part.reshape(1, -1) for part in np.indices((out_height, out_width)))
    return channel, row + top, column + left


def im2col_indices(x: _Array, field_height: int, field_width: int, padding: int = 1, stride: int = 1) -> _Array:
    """Return the windows of x (N, C, H, W) as columns, (C*field_height*field_width, H'*W'*N); images vary fastest."""
    k, i, j = get_im2col_indices(x.shape, field_height, field_width, padding, stride)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = padded[:, k, i, j]
    return columns.transpose(1, 2, 0).reshape(k.shape[0], -1)


def col2im_indices(
    cols: _Array,
    x_shape: tuple[int, int, int, int],
    field_height: int = 3,
    field_width: int = 3,
    padding: int = 1,
    stride: int = 1,
) -> _Array:
    """Return images of shape x_shape in which each entry is the sum of the entries of cols that come from it."""
    N, C, H, W = x_shape
    k, i, j = get_im2col_indices(x_shape, field_height, field_width, padding, stride)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    columns = cols.reshape(k.shape[0], -1, N).transpose(2, 0, 1)
    # NumPy's types know no index of slices and arrays here.
    places: Any = (slice(None), k, i, j)
    np.add.at(padded, places, columns)
    return padded[:, :, padding : padding + H, padding : padding + W]
