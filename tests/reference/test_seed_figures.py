"""Every figure that the seed's notebook prints for layers and network, from the same calls, against the reference.

Each cell of the notebook calls `np.random.seed(231)` and then draws its arrays; the same calls in the same order give
the same arrays, because NumPy never changes the stream of its global generator. So three kinds of figures:
- those that the arrays determine (means, shapes, the distance to 8-digit numbers) are compared to the printed digits;
- errors of a numeric gradient are rounding noise, which differs from one machine's sums to the next: they stay under
  the limit that the cell states, and under 30 times the print;
- the sanity check of the loss draws from a generator that the session had used before: near log(10) and 2.508.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reference.cs231n.classifiers.cnn import ThreeLayerConvNet
from reference.cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from reference.cs231n.layer_utils import (
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from reference.cs231n.layers import (
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)

#: The notebook's `correct_out` of the convolution, 8 decimals, (2, 3, 2, 2). The text has its brackets shuffled: read
#: in order, the 24 numbers are the rows of this array.
CONV_CORRECT_OUT = np.array(
    [
        [
            [[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]],
            [[0.21027089, 0.21661097], [0.22847626, 0.23004637]],
            [[0.50813986, 0.54309974], [0.64082444, 0.67101435]],
        ],
        [
            [[-0.98053589, -1.03143541], [-1.19128892, -1.24695841]],
            [[0.69108355, 0.66880383], [0.59480972, 0.56776003]],
            [[2.36270298, 2.36904306], [2.38090835, 2.38247847]],
        ],
    ]
)

#: The notebook's `correct_out` of max pooling, 8 decimals, (2, 3, 2, 2); its text is shuffled in the same way.
POOL_CORRECT_OUT = np.array(
    [
        [
            [[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]],
            [[-0.14526316, -0.13052632], [-0.08631579, -0.07157895]],
            [[-0.02736842, -0.01263158], [0.03157895, 0.04631579]],
        ],
        [
            [[0.09052632, 0.10526316], [0.14947368, 0.16421053]],
            [[0.20842105, 0.22315789], [0.26736842, 0.28210526]],
            [[0.32631579, 0.34105263], [0.38526316, 0.4]],
        ],
    ]
)

CONV = {"stride": 1, "pad": 1}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}

#: How far above the printed rounding noise ours may be: largest elements of noise differed by up to 10 when tried.
NOISE = 30


def rel_error(x, y):
    """The notebook's: max |x - y| / max(1e-8, |x| + |y|)."""
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def printed(values):
    """Compare to values that were printed with 8 decimals."""
    return pytest.approx(np.array(values), rel=0, abs=0.51e-8)


def gradient_errors(forward, backward, arrays, dout):
    """rel_error of each gradient against the numeric one, as the notebook's cells take them."""
    _, cache = forward(*arrays)
    errors = []
    for position, grad in enumerate(backward(dout, cache)):

        def of_one(value, position=position):
            return forward(*arrays[:position], value, *arrays[position + 1 :])[0]

        errors.append(rel_error(grad, eval_numerical_gradient_array(of_one, arrays[position], dout)))
    return errors


def assert_noise(errors, printed_errors, limit):
    assert len(errors) == len(printed_errors)
    for error, printed_error in zip(errors, printed_errors, strict=True):
        assert error < min(NOISE * printed_error, limit)


# --- convolution and pooling


def test_conv_forward_differs_from_the_printed_numbers_as_the_seed_did():
    x_shape, w_shape = (2, 3, 4, 4), (3, 3, 4, 4)
    x = np.linspace(-0.1, 0.5, num=np.prod(x_shape)).reshape(x_shape)
    w = np.linspace(-0.2, 0.3, num=np.prod(w_shape)).reshape(w_shape)
    b = np.linspace(-0.1, 0.2, num=3)
    out, _ = conv_forward_naive(x, w, b, {"stride": 2, "pad": 1})
    assert out == printed(CONV_CORRECT_OUT)
    # The figure is the rounding to 8 decimals; the sums' own rounding, 1e-16 of 0.1, leaves its first 7 digits alone.
    assert rel_error(out, CONV_CORRECT_OUT) == pytest.approx(2.2121476417505994e-08, rel=1e-7)


def test_conv_backward_errors():
    np.random.seed(231)
    x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)
    dout = np.random.randn(4, 2, 5, 5)
    errors = gradient_errors(lambda *a: conv_forward_naive(*a, CONV), conv_backward_naive, (x, w, b), dout)
    # "around e-8 or less"
    assert_noise(errors, [2.9516731319807213e-09, 5.185597891706744e-10, 2.1494023503533904e-11], limit=5e-8)


def test_max_pool_forward_differs_from_the_printed_numbers_as_the_seed_did():
    x_shape = (2, 3, 4, 4)
    x = np.linspace(-0.3, 0.4, num=np.prod(x_shape)).reshape(x_shape)
    out, _ = max_pool_forward_naive(x, POOL)
    assert out == printed(POOL_CORRECT_OUT)
    assert rel_error(out, POOL_CORRECT_OUT) == pytest.approx(4.1666665157267834e-08, rel=1e-7)


def test_max_pool_backward_error():
    np.random.seed(231)
    x, dout = np.random.randn(3, 2, 8, 8), np.random.randn(3, 2, 4, 4)

    def backward(dout, cache):
        return (max_pool_backward_naive(dout, cache),)

    errors = gradient_errors(lambda x: max_pool_forward_naive(x, POOL), backward, (x,), dout)
    # No sums, no noise: the difference quotients of single numbers, the same everywhere.
    assert errors == [pytest.approx(3.27562514223145e-12, rel=1e-6)]


# --- sandwich layers


def test_conv_relu_pool_errors():
    np.random.seed(231)
    x, w, b = np.random.randn(2, 3, 16, 16), np.random.randn(3, 3, 3, 3), np.random.randn(3)
    dout = np.random.randn(2, 3, 8, 8)
    errors = gradient_errors(
        lambda *a: conv_relu_pool_forward(*a, CONV, POOL), conv_relu_pool_backward, (x, w, b), dout
    )
    assert_noise(errors, [9.591132621921372e-09, 5.802391137330214e-09, 1.0146343411762047e-09], limit=1e-7)


def test_conv_relu_errors():
    np.random.seed(231)
    x, w, b = np.random.randn(2, 3, 8, 8), np.random.randn(3, 3, 3, 3), np.random.randn(3)
    dout = np.random.randn(2, 3, 8, 8)
    errors = gradient_errors(lambda *a: conv_relu_forward(*a, CONV), conv_relu_backward, (x, w, b), dout)
    assert_noise(errors, [1.5218619980349303e-09, 2.702022646099404e-10, 1.451272393591721e-10], limit=1e-7)


# --- network


def test_loss_of_the_new_network_is_near_log_10_and_2_508():
    np.random.seed(231)
    model = ThreeLayerConvNet()
    X, y = np.random.randn(50, 3, 32, 32), np.random.randint(10, size=50)
    assert model.loss(X, y)[0] == pytest.approx(2.3025851358028335, abs=1e-5)
    model.reg = 0.5
    # 0.25 * 0.001^2 * 824,904 weights: a chi-square sum, relative standard deviation sqrt(2 / 824904) = 0.16 %
    assert model.loss(X, y)[0] == pytest.approx(2.508403341874687, abs=5 * 0.0016 * 0.206)


@pytest.fixture(scope="module")
def network_errors():
    np.random.seed(231)
    X, y = np.random.randn(2, 3, 16, 16), np.random.randint(10, size=2)
    model = ThreeLayerConvNet(num_filters=3, filter_size=3, input_dim=(3, 16, 16), hidden_dim=7, dtype=np.float64)
    _, grads = model.loss(X, y)
    errors = {}
    for name in sorted(grads):
        numeric = eval_numerical_gradient(lambda _: model.loss(X, y)[0], model.params[name], verbose=False, h=1e-6)
        errors[name] = rel_error(numeric, grads[name])
    return errors


def test_network_gradient_error_that_a_kink_determines(network_errors):
    # Moving b2[4] by h crosses a kink of a ReLU: an error of 5e-7 in 1e-4, next to 2e-10 of noise.
    assert network_errors["b2"] == pytest.approx(2.516361e-03, rel=2e-3)


def test_network_gradient_errors_that_are_noise(network_errors):
    # The loss is near 2.3, its last bit 4e-16, so a quotient by 2e-6 comes in steps of 2e-10; a few weights have
    # gradients of 5e-9. Hence "up to the order of e-2".
    errors = [network_errors[name] for name in ("W1", "W2", "W3", "b1", "b3")]
    figures = [3.053954e-04, 1.822722e-02, 3.063999e-04, 3.394850e-06, 1.123715e-08]
    assert_noise(errors, figures, limit=1e-1)


# --- spatial batch normalisation


def channel_figures(x):
    return x.mean(axis=(0, 2, 3)), x.std(axis=(0, 2, 3))


def test_spatial_batchnorm_in_training():
    np.random.seed(231)
    x = 4 * np.random.randn(2, 3, 4, 5) + 10
    means, stds = channel_figures(x)
    assert means == printed([9.33463814, 8.90909116, 9.11056338])
    assert stds == printed([3.61447857, 3.19347686, 3.5168142])

    bn_param = {"mode": "train"}
    out, _ = spatial_batchnorm_forward(x, np.ones(3), np.zeros(3), bn_param)
    assert out.shape == (2, 3, 4, 5)
    means, stds = channel_figures(out)
    assert_allclose(means, 0, atol=NOISE * 8.88178420e-17)
    assert stds == printed([0.99999962, 0.99999951, 0.9999996])

    out, _ = spatial_batchnorm_forward(x, np.asarray([3, 4, 5]), np.asarray([6, 7, 8]), bn_param)
    assert out.shape == (2, 3, 4, 5)
    means, stds = channel_figures(out)
    assert means == printed([6, 7, 8])
    assert stds == printed([2.99999885, 3.99999804, 4.99999798])


def test_spatial_batchnorm_in_test_after_fifty_batches():
    np.random.seed(231)
    bn_param, gamma, beta = {"mode": "train"}, np.ones(4), np.zeros(4)
    for _ in range(50):
        spatial_batchnorm_forward(2.3 * np.random.randn(10, 4, 11, 12) + 13, gamma, beta, bn_param)
    bn_param["mode"] = "test"
    out, _ = spatial_batchnorm_forward(2.3 * np.random.randn(10, 4, 11, 12) + 13, gamma, beta, bn_param)
    means, stds = channel_figures(out)
    assert means == printed([-0.08034406, 0.07562881, 0.05716371, 0.04378383])
    assert stds == printed([0.96718744, 1.0299714, 1.02887624, 1.00585577])


def test_spatial_batchnorm_backward_errors():
    np.random.seed(231)
    x = 5 * np.random.randn(2, 3, 4, 5) + 12
    gamma, beta, dout = np.random.randn(3), np.random.randn(3), np.random.randn(2, 3, 4, 5)
    bn_param = {"mode": "train"}
    errors = gradient_errors(
        lambda *a: spatial_batchnorm_forward(*a, bn_param), spatial_batchnorm_backward, (x, gamma, beta), dout
    )
    # "between 1e-12 and 1e-06"
    assert_noise(errors, [3.0838468285639314e-07, 7.09738489671469e-12, 3.275608725278405e-12], limit=1e-6)


# --- spatial group normalisation


def group_figures(x):
    groups = x.reshape(4, -1)  # 2 examples, 2 groups each
    return groups.mean(axis=1), groups.std(axis=1)


def test_spatial_groupnorm_forward():
    np.random.seed(231)
    x = 4 * np.random.randn(2, 6, 4, 5) + 10
    means, stds = group_figures(x)
    assert means == printed([9.72505327, 8.51114185, 8.9147544, 9.43448077])
    assert stds == printed([3.67070958, 3.09892597, 4.27043622, 3.97521327])

    out, _ = spatial_groupnorm_forward(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), 2, {"mode": "train"})
    assert out.shape == (2, 6, 4, 5)
    means, stds = group_figures(out)
    assert_allclose(means, 0, atol=NOISE * 5.25505565e-16)
    assert stds == printed([0.99999963, 0.99999948, 0.99999973, 0.99999968])


def test_spatial_groupnorm_backward_errors_and_shapes():
    np.random.seed(231)
    x = 5 * np.random.randn(2, 6, 4, 5) + 12
    gamma, beta = np.random.randn(1, 6, 1, 1), np.random.randn(1, 6, 1, 1)
    dout = np.random.randn(2, 6, 4, 5)

    def forward(x, gamma, beta):
        return spatial_groupnorm_forward(x, gamma, beta, 2, {})

    grads = spatial_groupnorm_backward(dout, forward(x, gamma, beta)[1])
    assert [grad.shape for grad in grads] == [(2, 6, 4, 5), (1, 6, 1, 1), (1, 6, 1, 1)]
    errors = gradient_errors(forward, spatial_groupnorm_backward, (x, gamma, beta), dout)
    # "between 1e-12 and 1e-07", which the seed's own dx keeps by a third only
    assert_noise(errors, [6.345904562232329e-08, 1.0546047434202244e-11, 3.810857316122484e-12], limit=1.5e-7)
