"""The reference layers against hand-computed cases, their definitions, and numeric gradients."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reference.cs231n import layers
from reference.cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array

FLOAT_TYPES = [np.float64, np.float32]


def randn(*shape, seed=0):
    return np.random.default_rng(seed + sum(shape)).standard_normal(shape)


def assert_gradients(forward, backward, arrays, rtol=1e-6, atol=1e-9):
    """backward(dout, cache) returns the numeric gradient of sum(out * dout) for each of the arrays, in its shape."""
    out, cache = forward(*arrays)
    dout = randn(*out.shape, seed=1)
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    assert len(grads) == len(arrays)
    for position, (grad, array) in enumerate(zip(grads, arrays, strict=True)):

        def of_one(value, position=position):
            return forward(*arrays[:position], value, *arrays[position + 1 :])[0]

        numeric = eval_numerical_gradient_array(of_one, array, dout)
        assert grad.shape == array.shape
        assert_allclose(grad, numeric, rtol=rtol, atol=atol, err_msg=f"gradient {position}")


# --- affine, relu, softmax


def test_affine_by_hand():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    out, cache = layers.affine_forward(x, np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]]), np.array([10.0, 20.0, 30.0]))
    assert_array_equal(out, [[11, 22, 38], [13, 24, 48]])
    dx, dw, db = layers.affine_backward(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), cache)
    assert_array_equal(dx, [[1, 0], [2, 3]])
    assert_array_equal(dw, [[1, 0, 3], [2, 0, 4]])
    assert_array_equal(db, [1, 0, 1])


@pytest.mark.parametrize("x_shape", [(4, 6), (2, 3, 4, 5), (1, 7), (3, 1, 1)], ids=str)
def test_affine_gradients_are_the_numeric_ones(x_shape):
    arrays = (randn(*x_shape), randn(int(np.prod(x_shape[1:])), 3), randn(3))
    assert_gradients(layers.affine_forward, layers.affine_backward, arrays)


def test_affine_takes_an_empty_batch():
    out, cache = layers.affine_forward(np.zeros((0, 2, 3)), randn(6, 4), randn(4))
    assert out.shape == (0, 4)
    assert [g.shape for g in layers.affine_backward(out, cache)] == [(0, 2, 3), (6, 4), (4,)]


def test_relu_by_hand():
    out, cache = layers.relu_forward(np.array([-2.0, 0.0, 3.0]))
    assert_array_equal(out, [0, 0, 3])
    assert_array_equal(layers.relu_backward(np.array([5.0, 6.0, -7.0]), cache), [0, 0, -7])


def test_softmax_loss_by_hand():
    loss, dx = layers.softmax_loss(np.array([[0.0, np.log(3.0)]]), np.array([1]))
    assert loss == pytest.approx(-np.log(0.75))
    assert_allclose(dx, [[0.25, -0.25]])


def test_softmax_loss_of_huge_scores_is_finite():
    loss, dx = layers.softmax_loss(np.array([[1e4, 0.0], [0.0, 1e4]]), np.array([0, 0]))
    assert loss == 5000
    assert_allclose(dx, [[0, 0], [-0.5, 0.5]])


def test_softmax_loss_gradient_is_the_numeric_one():
    x, y = randn(5, 4), np.array([0, 3, 3, 1, 2])
    numeric = eval_numerical_gradient(lambda x: layers.softmax_loss(x, y)[0], x, verbose=False)
    assert_allclose(layers.softmax_loss(x, y)[1], numeric, rtol=1e-6, atol=1e-9)


# --- batch, layer and group normalisation, dropout


def test_batchnorm_in_training_by_hand():
    bn_param = {"mode": "train", "eps": 0.0}
    out, _ = layers.batchnorm_forward(np.array([[1.0], [3.0]]), np.array([2.0]), np.array([5.0]), bn_param)
    assert_allclose(out, [[3], [7]])
    assert_allclose(bn_param["running_mean"], [0.2])
    assert_allclose(bn_param["running_var"], [0.1])  # 0.1 * 1: the biased variance, not 0.1 * 2


def test_batchnorm_in_test_uses_running_statistics_and_eps():
    bn_param = {"mode": "test", "eps": 1.0, "running_mean": np.array([1.0]), "running_var": np.array([3.0])}
    out, cache = layers.batchnorm_forward(np.array([[5.0], [1.0]]), np.array([3.0]), np.array([-1.0]), bn_param)
    assert_allclose(out, [[5], [-1]])
    assert cache is None
    assert_array_equal(bn_param["running_mean"], [1])
    assert_array_equal(bn_param["running_var"], [3])


def test_batchnorm_running_statistics_follow_the_momentum():
    bn_param = {"mode": "train", "momentum": 0.75, "running_mean": np.array([8.0, 0.0]), "running_var": np.ones(2)}
    before = bn_param["running_mean"]
    layers.batchnorm_forward(np.array([[0.0, 1.0], [0.0, 5.0]]), np.ones(2), np.zeros(2), bn_param)
    assert_allclose(bn_param["running_mean"], [6, 0.75])
    assert_allclose(bn_param["running_var"], [0.75, 1.75])
    assert_array_equal(before, [8, 0])  # a new array is stored, the old one is the caller's


def test_batchnorm_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match=r"'eval', should be \"train\" or \"test\""):
        layers.batchnorm_forward(np.ones((2, 2)), np.ones(2), np.ones(2), {"mode": "eval"})


@pytest.mark.parametrize("backward", [layers.batchnorm_backward, layers.batchnorm_backward_alt])
@pytest.mark.parametrize("shape", [(4, 5), (7, 1), (2, 3)], ids=str)
def test_batchnorm_gradients_are_the_numeric_ones(backward, shape):
    arrays = (5 * randn(*shape) + 12, randn(shape[1]), randn(shape[1], seed=9))
    forward = partial(layers.batchnorm_forward, bn_param={"mode": "train"})
    assert_gradients(forward, backward, arrays)


def test_batchnorm_of_a_single_example_has_no_gradient():
    _, cache = layers.batchnorm_forward(randn(1, 3), np.ones(3), np.zeros(3), {"mode": "train"})
    for backward in (layers.batchnorm_backward, layers.batchnorm_backward_alt):
        assert_array_equal(backward(np.ones((1, 3)), cache)[0], np.zeros((1, 3)))


def test_layernorm_by_hand():
    out, _ = layers.layernorm_forward(np.array([[1.0, 3.0]]), np.array([2.0, 4.0]), np.array([0.0, 1.0]), {"eps": 0.0})
    assert_allclose(out, [[-2, 5]])


@pytest.mark.parametrize("shape", [(4, 5), (1, 6), (3, 2)], ids=str)
def test_layernorm_gradients_are_the_numeric_ones(shape):
    arrays = (5 * randn(*shape) + 12, randn(shape[1]), randn(shape[1], seed=9))
    forward = partial(layers.layernorm_forward, ln_param={})
    assert_gradients(forward, layers.layernorm_backward, arrays)


def test_dropout_keeps_the_share_p_and_scales_it():
    out, _ = layers.dropout_forward(np.full(20000, 3.0), {"mode": "train", "p": 0.25, "seed": 231})
    assert set(np.unique(out)) == {0.0, 12.0}
    assert np.mean(out > 0) == pytest.approx(0.25, abs=0.01)  # 3 standard deviations of a share of 20000


def test_dropout_with_a_seed_repeats_itself():
    dropout_param = {"mode": "train", "p": 0.5, "seed": 1}
    x = np.ones((10, 10))
    assert_array_equal(layers.dropout_forward(x, dropout_param)[0], layers.dropout_forward(x, dropout_param)[0])


def test_dropout_backward_is_the_numeric_gradient():
    forward = partial(layers.dropout_forward, dropout_param={"mode": "train", "p": 0.6, "seed": 3})
    assert_gradients(forward, layers.dropout_backward, (randn(4, 5),))


def test_dropout_in_test_changes_nothing():
    x = randn(3, 4)
    out, cache = layers.dropout_forward(x, {"mode": "test", "p": 0.5})
    dx = layers.dropout_backward(x, cache)
    assert_array_equal(out, x)
    assert_array_equal(dx, x)
    assert not np.shares_memory(out, x)
    assert not np.shares_memory(dx, x)


def test_dropout_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match="should be"):
        layers.dropout_forward(np.ones(2), {"mode": None, "p": 0.5})


def test_spatial_batchnorm_is_batchnorm_over_examples_and_pixels():
    x, gamma, beta, bn_param = 3 * randn(2, 3, 4, 5) + 1, randn(3), randn(3, seed=9), {"mode": "train"}
    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta, bn_param)
    for c in range(3):
        expected = gamma[c] * (x[:, c] - x[:, c].mean()) / np.sqrt(x[:, c].var() + 1e-5) + beta[c]
        assert_allclose(out[:, c], expected, rtol=1e-12, atol=1e-12)
    assert_allclose(bn_param["running_mean"], 0.1 * x.mean(axis=(0, 2, 3)))
    assert_allclose(bn_param["running_var"], 0.1 * x.var(axis=(0, 2, 3)))


def test_spatial_batchnorm_in_test_uses_running_statistics():
    running_mean, running_var = np.array([1.0, -2.0]), np.array([4.0, 0.25])
    bn_param = {"mode": "test", "eps": 0.0, "running_mean": running_mean, "running_var": running_var}
    x = randn(1, 2, 2, 3)
    out, _ = layers.spatial_batchnorm_forward(x, np.ones(2), np.zeros(2), bn_param)
    assert_allclose(out[0, 0], (x[0, 0] - 1) / 2)
    assert_allclose(out[0, 1], (x[0, 1] + 2) / 0.5)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 2, 3, 3), (3, 1, 1, 2)], ids=str)
def test_spatial_batchnorm_gradients_are_the_numeric_ones(shape):
    arrays = (5 * randn(*shape) + 12, randn(shape[1]), randn(shape[1], seed=9))
    forward = partial(layers.spatial_batchnorm_forward, bn_param={"mode": "train"})
    assert_gradients(forward, layers.spatial_batchnorm_backward, arrays)


@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_spatial_groupnorm_normalises_each_group_of_each_example(G):
    x, gamma, beta = 3 * randn(2, 6, 4, 5) + 1, randn(1, 6, 1, 1), randn(1, 6, 1, 1, seed=9)
    out, _ = layers.spatial_groupnorm_forward(x, gamma, beta, G, {"eps": 1e-3})
    size = 6 // G
    for n in range(2):
        for c in range(6):
            group = x[n, c // size * size : c // size * size + size]
            expected = gamma[0, c] * (x[n, c] - group.mean()) / np.sqrt(group.var() + 1e-3) + beta[0, c]
            assert_allclose(out[n, c], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_spatial_groupnorm_gradients_are_the_numeric_ones(G):
    arrays = (5 * randn(2, 6, 3, 4) + 12, randn(1, 6, 1, 1), randn(1, 6, 1, 1, seed=9))

    def forward(x, gamma, beta):
        return layers.spatial_groupnorm_forward(x, gamma, beta, G, {})

    assert_gradients(forward, layers.spatial_groupnorm_backward, arrays)


# --- convolution


def conv_by_definition(x, w, b, stride, pad):
    """The sum itself, pixel by pixel; what lies outside the image counts as 0."""
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    out = np.zeros((N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride))
    for n, f, i, j in np.ndindex(out.shape):
        out[n, f, i, j] = b[f]
        for c, p, q in np.ndindex(C, HH, WW):
            row, col = i * stride + p - pad, j * stride + q - pad
            if 0 <= row < H and 0 <= col < W:
                out[n, f, i, j] += x[n, c, row, col] * w[f, c, p, q]
    return out


#: x, w, stride, pad: no padding, wide padding, long strides, wide and tall images and filters, rests that are not used
CONVOLUTIONS = [
    ((2, 3, 5, 5), (2, 3, 3, 3), 1, 1),
    ((2, 3, 4, 4), (3, 3, 4, 4), 2, 1),
    ((2, 2, 5, 5), (2, 2, 3, 3), 1, 0),
    ((2, 2, 5, 5), (2, 2, 3, 3), 2, 0),
    ((1, 1, 4, 4), (1, 1, 1, 1), 1, 0),
    ((1, 2, 3, 3), (2, 2, 3, 3), 1, 2),
    ((2, 1, 7, 4), (2, 1, 3, 2), 1, 0),
    ((1, 2, 4, 7), (3, 2, 2, 5), 1, 1),
    ((1, 2, 7, 7), (2, 2, 3, 3), 3, 1),
    ((1, 2, 3, 5), (2, 2, 3, 5), 1, 0),
    ((1, 2, 6, 5), (1, 2, 3, 2), 2, 0),
]


def test_convolution_by_hand():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    w = np.array([[[[1.0, 0.0], [0.0, -2.0]]]])
    out, cache = layers.conv_forward_naive(x, w, np.array([0.5]), {"stride": 1, "pad": 0})
    assert_array_equal(out, [[[[-7.5, -8.5], [-10.5, -11.5]]]])  # 0 - 2*4 + 0.5: the filter is not flipped
    dx, dw, db = layers.conv_backward_naive(np.array([[[[1.0, 0.0], [0.0, 10.0]]]]), cache)
    assert_array_equal(dx, [[[[1, 0, 0], [0, 8, 0], [0, 0, -20]]]])
    assert_array_equal(dw, [[[[40, 51], [73, 84]]]])
    assert_array_equal(db, [11])


def test_convolution_pads_with_zeros_on_all_sides():
    out, _ = layers.conv_forward_naive(
        np.full((1, 1, 1, 1), 7.0), np.arange(1.0, 10.0).reshape(1, 1, 3, 3), np.zeros(1), {"stride": 1, "pad": 1}
    )
    assert_array_equal(out, [[[[35]]]])


@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "pad"), CONVOLUTIONS, ids=str)
def test_convolution_is_its_definition(x_shape, w_shape, stride, pad):
    x, w, b = randn(*x_shape), randn(*w_shape), randn(w_shape[0])
    out, _ = layers.conv_forward_naive(x, w, b, {"stride": stride, "pad": pad})
    assert_allclose(out, conv_by_definition(x, w, b, stride, pad), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "pad"), CONVOLUTIONS, ids=str)
def test_convolution_gradients_are_the_numeric_ones(x_shape, w_shape, stride, pad):
    forward = partial(layers.conv_forward_naive, conv_param={"stride": stride, "pad": pad})
    arrays = (randn(*x_shape), randn(*w_shape), randn(w_shape[0]))
    assert_gradients(forward, layers.conv_backward_naive, arrays)


def test_convolution_of_integer_pixels_is_not_rounded():
    x = np.arange(9).reshape(1, 1, 3, 3)
    out, cache = layers.conv_forward_naive(x, np.full((1, 1, 3, 3), 0.1), np.array([128]), {"stride": 1, "pad": 0})
    assert_allclose(out, [[[[131.6]]]])
    assert_allclose(layers.conv_backward_naive(np.array([[[[0.5]]]]), cache)[0], np.full((1, 1, 3, 3), 0.05))


# --- max pooling

#: x, pool_height, pool_width, stride: tiles, overlaps, gaps, wide and tall windows, rests that are not used
POOLINGS = [
    ((3, 2, 8, 8), 2, 2, 2),
    ((2, 2, 5, 5), 3, 3, 2),
    ((2, 2, 4, 4), 2, 2, 1),
    ((1, 2, 7, 7), 2, 2, 3),
    ((2, 1, 6, 4), 3, 2, 1),
    ((1, 3, 4, 7), 2, 3, 2),
    ((1, 1, 3, 5), 3, 5, 1),
    ((1, 2, 3, 3), 1, 1, 1),
    ((1, 2, 5, 7), 2, 2, 2),
]


def test_max_pooling_by_hand():
    x = np.array([[[[1.0, 5.0, 2.0], [3.0, 4.0, 9.0], [-6.0, -7.0, -8.0]]]])
    out, cache = layers.max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 1})
    assert_array_equal(out, [[[[5, 9], [4, 9]]]])
    dx = layers.max_pool_backward_naive(np.array([[[[1.0, 10.0], [100.0, 1000.0]]]]), cache)
    assert_array_equal(dx, [[[[0, 1, 0], [0, 100, 1010], [0, 0, 0]]]])  # 9 is the maximum of two windows


def test_max_pooling_of_equal_values_gives_the_gradient_to_the_first():
    _, cache = layers.max_pool_forward_naive(np.ones((1, 1, 2, 4)), {"pool_height": 2, "pool_width": 2, "stride": 2})
    assert_array_equal(
        layers.max_pool_backward_naive(np.array([[[[3.0, 4.0]]]]), cache), [[[[3, 0, 4, 0], [0, 0, 0, 0]]]]
    )


@pytest.mark.parametrize(("x_shape", "pool_height", "pool_width", "stride"), POOLINGS, ids=str)
def test_max_pooling_takes_the_largest_of_each_window(x_shape, pool_height, pool_width, stride):
    x = randn(*x_shape)
    windows = np.lib.stride_tricks.sliding_window_view(x, (pool_height, pool_width), axis=(2, 3))
    expected = windows[:, :, ::stride, ::stride].max(axis=(4, 5))
    pool_param = {"pool_height": pool_height, "pool_width": pool_width, "stride": stride}
    assert_array_equal(layers.max_pool_forward_naive(x, pool_param)[0], expected)


@pytest.mark.parametrize(("x_shape", "pool_height", "pool_width", "stride"), POOLINGS, ids=str)
def test_max_pooling_gradient_is_the_numeric_one(x_shape, pool_height, pool_width, stride):
    pool_param = {"pool_height": pool_height, "pool_width": pool_width, "stride": stride}
    forward = partial(layers.max_pool_forward_naive, pool_param=pool_param)
    assert_gradients(forward, layers.max_pool_backward_naive, (randn(*x_shape),))


# --- what holds for every layer

IMAGE = (2, 4, 5, 6)
CONV = {"stride": 1, "pad": 1}
POOL = {"pool_height": 2, "pool_width": 3, "stride": 1}

#: name, forward, backward, shapes of the arrays
LAYERS = [
    ("affine", layers.affine_forward, layers.affine_backward, [(2, 3, 4), (12, 5), (5,)]),
    ("relu", layers.relu_forward, layers.relu_backward, [(3, 4)]),
    ("batchnorm", layers.batchnorm_forward, layers.batchnorm_backward, [(5, 3), (3,), (3,)]),
    ("batchnorm_alt", layers.batchnorm_forward, layers.batchnorm_backward_alt, [(5, 3), (3,), (3,)]),
    ("layernorm", layers.layernorm_forward, layers.layernorm_backward, [(5, 3), (3,), (3,)]),
    ("dropout", layers.dropout_forward, layers.dropout_backward, [(5, 3)]),
    ("conv", layers.conv_forward_naive, layers.conv_backward_naive, [IMAGE, (3, 4, 3, 3), (3,)]),
    ("max_pool", layers.max_pool_forward_naive, layers.max_pool_backward_naive, [IMAGE]),
    ("spatial_batchnorm", layers.spatial_batchnorm_forward, layers.spatial_batchnorm_backward, [IMAGE, (4,), (4,)]),
    (
        "spatial_groupnorm",
        layers.spatial_groupnorm_forward,
        layers.spatial_groupnorm_backward,
        [IMAGE, (1, 4, 1, 1), (1, 4, 1, 1)],
    ),
]


def settings_of(name, mode="train"):
    """The arguments after the arrays, new for each call; eps and the like as float64 scalars, which must not widen."""
    eps = np.float64(1e-5)
    batchnorm = {"mode": mode, "eps": eps, "momentum": np.float64(0.9)}
    return {
        "batchnorm": [batchnorm],
        "batchnorm_alt": [batchnorm],
        "spatial_batchnorm": [batchnorm],
        "layernorm": [{"eps": eps}],
        "spatial_groupnorm": [2, {"eps": eps}],
        "dropout": [{"mode": mode, "p": np.float64(0.5), "seed": 1}],
        "conv": [CONV],
        "max_pool": [POOL],
    }.get(name, [])


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
@pytest.mark.parametrize(("name", "forward", "backward", "shapes"), LAYERS, ids=[layer[0] for layer in LAYERS])
def test_a_layer_keeps_the_type_leaves_its_inputs_alone_and_prints_nothing(
    name, forward, backward, shapes, dtype, capfd
):
    arrays = [randn(*shape).astype(dtype) for shape in shapes]
    for array in arrays:
        array.flags.writeable = False  # writing into an input raises
    settings = settings_of(name)
    out, cache = forward(*arrays, *settings)
    dout = randn(*out.shape).astype(dtype)
    dout.flags.writeable = False
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)

    assert [result.dtype for result in (out, *grads)] == [dtype] * (1 + len(grads))
    assert [grad.shape for grad in grads] == shapes
    assert not any(np.shares_memory(result, given) for result in (out, *grads) for given in (*arrays, dout))
    if "batchnorm" in name:
        assert [settings[0][key].dtype for key in ("running_mean", "running_var")] == [dtype, dtype]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_softmax_loss_keeps_the_type_and_leaves_scores_and_labels_alone(dtype):
    x, y = randn(4, 3).astype(dtype), np.array([0, 2, 1, 1])
    x.flags.writeable = y.flags.writeable = False
    loss, dx = layers.softmax_loss(x, y)
    assert type(loss) is float
    assert dx.dtype == dtype


@pytest.mark.parametrize("name", ["batchnorm", "spatial_batchnorm", "dropout"])
def test_float32_is_kept_in_test_mode(name):
    forward, shapes = next((layer[1], layer[3]) for layer in LAYERS if layer[0] == name)
    arrays = [randn(*shape).astype(np.float32) for shape in shapes]
    assert forward(*arrays, *settings_of(name, "test"))[0].dtype == np.float32


# --- the marked bodies, which become the student template

BODY = re.compile(r"^( *)# >>> YOUR CODE: (.*)\n(?:.*\n)*?\1# <<< YOUR CODE\n", re.MULTILINE)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_without_the_marked_bodies_every_layer_returns_none_and_none_raises(mode):
    template: dict = {}
    exec(BODY.sub(r"\1\2\n", Path(layers.__file__).read_text()), template)
    for name, forward, backward, shapes in LAYERS:
        arrays = [randn(*shape) for shape in shapes]
        out, cache = template[forward.__name__](*arrays, *settings_of(name, mode))
        grads = template[backward.__name__](np.ones(3), cache)
        assert out is None
        assert grads is None or set(grads) == {None}
    assert template["softmax_loss"](np.ones((2, 2)), np.array([0, 1])) == (None, None)


def test_the_marked_bodies_are_the_only_code_that_computes():
    source = Path(layers.__file__).read_text()
    functions = re.findall(r"^def (\w+)", source, re.MULTILINE)
    assert len(BODY.findall(source)) == len(functions) + 2  # two modes of batch norm, two of dropout
    assert not [name for name in functions if name.startswith("_")]
