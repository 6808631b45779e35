"""Windows as columns: the matrix product with the filters is the convolution, and the way back is its transpose."""

import numpy as np
import pytest

from reference.cs231n.im2col import col2im_indices, im2col_indices
from reference.cs231n.layers import conv_backward_naive, conv_forward_naive

SIZES = [((2, 3, 5, 5), (4, 3, 3, 3), 1, 1), ((3, 2, 6, 9), (2, 2, 2, 5), 2, 0), ((2, 1, 5, 4), (3, 1, 3, 2), 2, 1)]


@pytest.mark.parametrize(("shape", "filters", "stride", "pad"), SIZES)
def test_columns_give_the_convolution_and_its_gradient(shape, filters, stride, pad):
    rng = np.random.RandomState(1)
    x, w, b = rng.randn(*shape), rng.randn(*filters), rng.randn(filters[0])
    out, cache = conv_forward_naive(x, w, b, {"stride": stride, "pad": pad})
    F, _, height, width = filters
    columns = im2col_indices(x, height, width, pad, stride)
    product = (w.reshape(F, -1) @ columns + b[:, None]).reshape(F, *out.shape[2:], len(x)).transpose(3, 0, 1, 2)
    np.testing.assert_allclose(product, out, rtol=1e-12)
    dout = rng.randn(*out.shape)
    dcolumns = w.reshape(F, -1).T @ dout.transpose(1, 2, 3, 0).reshape(F, -1)
    np.testing.assert_allclose(
        col2im_indices(dcolumns, shape, height, width, pad, stride), conv_backward_naive(dout, cache)[0], rtol=1e-9
    )


def test_windows_that_do_not_fit_are_refused():
    with pytest.raises(AssertionError):
        im2col_indices(np.zeros((1, 1, 4, 4)), 3, 3, padding=0, stride=2)
