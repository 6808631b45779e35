"""The sandwich layers and ThreeLayerConvNet: parameters, scores, loss, and every gradient against the numeric one."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reference.cs231n import layer_utils, layers
from reference.cs231n.classifiers import cnn
from reference.cs231n.classifiers.cnn import ThreeLayerConvNet
from reference.cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array


def randn(*shape, seed=0):
    return np.random.default_rng(seed + sum(shape)).standard_normal(shape)


# --- sandwich layers

CONV = {"stride": 2, "pad": 1}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 1}
CONV_ARRAYS = (randn(2, 2, 5, 7), randn(3, 2, 3, 3), randn(3))


def conv_bn_relu(*arrays):
    return layer_utils.conv_bn_relu_forward(*arrays, CONV, {"mode": "train"})


#: name: (forward of the arrays alone, backward, arrays)
SANDWICHES = {
    "affine_relu": (
        layer_utils.affine_relu_forward,
        layer_utils.affine_relu_backward,
        (randn(3, 2, 4), randn(8, 5), randn(5)),
    ),
    "conv_relu": (
        partial(layer_utils.conv_relu_forward, conv_param=CONV),
        layer_utils.conv_relu_backward,
        CONV_ARRAYS,
    ),
    "conv_bn_relu": (
        conv_bn_relu,
        layer_utils.conv_bn_relu_backward,
        (*CONV_ARRAYS, randn(3, seed=1), randn(3, seed=2)),
    ),
    "conv_relu_pool": (
        partial(layer_utils.conv_relu_pool_forward, conv_param=CONV, pool_param=POOL),
        layer_utils.conv_relu_pool_backward,
        CONV_ARRAYS,
    ),
}


@pytest.mark.parametrize(("forward", "backward", "arrays"), SANDWICHES.values(), ids=SANDWICHES)
def test_sandwich_gradients_are_the_numeric_ones(forward, backward, arrays):
    out, cache = forward(*arrays)
    dout = randn(*out.shape, seed=1)
    for position, grad in enumerate(backward(dout, cache)):

        def of_one(value, position=position):
            return forward(*arrays[:position], value, *arrays[position + 1 :])[0]

        numeric = eval_numerical_gradient_array(of_one, arrays[position], dout)
        assert_allclose(grad, numeric, rtol=1e-6, atol=1e-8, err_msg=f"gradient {position}")


def test_conv_relu_pool_is_its_three_layers():
    x, w, b = CONV_ARRAYS
    a, _ = layers.conv_forward_naive(x, w, b, CONV)
    expected, _ = layers.max_pool_forward_naive(layers.relu_forward(a)[0], POOL)
    assert_allclose(layer_utils.conv_relu_pool_forward(x, w, b, CONV, POOL)[0], expected, rtol=1e-12, atol=1e-12)


def test_a_layer_file_without_our_aliases_serves_the_given_files(tmp_path):
    """A student's own layers.py may lack every name of ours but the functions."""
    source = Path(layer_utils.__file__).read_text()
    namespace = {"__name__": "given"}
    exec(re.sub(r"^from \..*$", "", source, flags=re.MULTILINE), namespace)
    assert "conv_relu_pool_forward" in namespace


# --- the network


def small_net(**changes):
    settings = {
        "input_dim": (2, 6, 4),
        "num_filters": 3,
        "filter_size": 3,
        "hidden_dim": 5,
        "num_classes": 4,
        "weight_scale": 0.3,
        "dtype": np.float64,
    }
    return ThreeLayerConvNet(**(settings | changes))


def small_batch(N=3):
    return randn(N, 2, 6, 4), np.arange(N) % 4


def test_parameters_have_the_documented_names_and_shapes():
    assert {name: value.shape for name, value in ThreeLayerConvNet().params.items()} == {
        "W1": (32, 3, 7, 7),
        "b1": (32,),
        "W2": (32 * 16 * 16, 100),
        "b2": (100,),
        "W3": (100, 10),
        "b3": (10,),
    }


def test_weights_are_drawn_in_order_from_the_global_generator():
    np.random.seed(231)
    model = small_net(weight_scale=0.5)
    np.random.seed(231)
    for name in ("W1", "W2", "W3"):
        assert_array_equal(model.params[name], 0.5 * np.random.randn(*model.params[name].shape))
    after = np.random.rand()
    np.random.seed(231)
    small_net()
    assert np.random.rand() == after  # nothing else was drawn


def test_weights_are_gaussian_with_weight_scale_and_biases_zero():
    np.random.seed(231)
    params = ThreeLayerConvNet(weight_scale=0.02).params
    assert params["W2"].std() == pytest.approx(0.02, rel=0.01)
    assert params["W2"].mean() == pytest.approx(0, abs=1e-4)
    assert not any(params[name].any() for name in ("b1", "b2", "b3"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_has_the_type_of_the_network_whatever_the_images_are(dtype):
    model = small_net(dtype=dtype, reg=np.float64(0.1))
    X, y = small_batch()
    loss, grads = model.loss(X.astype(np.float64), y)
    assert {value.dtype for value in [*model.params.values(), *grads.values()]} == {np.dtype(dtype)}
    assert model.loss(X).dtype == dtype
    assert type(loss) is float


def test_scores_are_those_of_the_layers_one_by_one():
    model = small_net()
    X, _ = small_batch()
    p = model.params
    a, _ = layers.conv_forward_naive(X, p["W1"], p["b1"], {"stride": 1, "pad": 1})
    pooled, _ = layers.max_pool_forward_naive(np.maximum(a, 0), {"pool_height": 2, "pool_width": 2, "stride": 2})
    hidden = np.maximum(pooled.reshape(3, -1) @ p["W2"] + p["b2"], 0)
    assert_allclose(model.loss(X), hidden @ p["W3"] + p["b3"], rtol=1e-10)


def test_loss_of_a_new_network_is_log_of_the_number_of_classes():
    model = small_net(weight_scale=1e-3, num_classes=7)
    X, y = small_batch(20)
    assert model.loss(X, y)[0] == pytest.approx(np.log(7), abs=1e-4)


def test_regularisation_adds_half_of_reg_times_squared_weights_and_no_biases():
    model = small_net()
    model.params["b1"] += 1.0
    X, y = small_batch()
    plain = model.loss(X, y)[0]
    model.reg = 0.8
    squares = sum(np.sum(model.params[name] ** 2) for name in ("W1", "W2", "W3"))
    assert model.loss(X, y)[0] - plain == pytest.approx(0.4 * squares)


@pytest.mark.parametrize("reg", [0.0, 0.7])
@pytest.mark.parametrize(
    ("input_dim", "filter_size"),
    [((2, 6, 4), 3), ((1, 4, 8), 5), ((3, 4, 4), 1), ((1, 5, 7), 3)],
    ids=["tall", "wide", "1x1 filters", "odd sizes"],
)
def test_gradients_are_the_numeric_ones(input_dim, filter_size, reg):
    np.random.seed(231)
    model = small_net(input_dim=input_dim, filter_size=filter_size, reg=reg)
    X, y = randn(2, *input_dim), np.array([3, 1])
    _, grads = model.loss(X, y)
    assert grads.keys() == model.params.keys()
    for name, param in model.params.items():
        numeric = eval_numerical_gradient(lambda _: model.loss(X, y)[0], param, verbose=False)
        assert_allclose(grads[name], numeric, rtol=1e-5, atol=1e-8, err_msg=name)


def test_loss_leaves_images_labels_and_parameters_alone_and_prints_nothing(capfd):
    model = small_net(reg=0.1)
    X, y = small_batch()
    for array in (X, y, *model.params.values()):
        array.flags.writeable = False
    _, grads = model.loss(X, y)
    assert not any(np.shares_memory(grad, model.params[name]) for name, grad in grads.items())
    assert capfd.readouterr() == ("", "")


def test_without_the_marked_bodies_the_network_has_no_parameters_and_returns_none():
    body = re.compile(r"^( *)# >>> YOUR CODE: (.*)\n(?:.*\n)*?\1# <<< YOUR CODE\n", re.MULTILINE)
    template = {"__name__": cnn.__name__, "__package__": cnn.__package__}
    exec(body.sub(r"\1\2\n", Path(cnn.__file__).read_text()), template)
    model = template["ThreeLayerConvNet"]()
    X, y = small_batch()
    assert model.params == {}
    assert model.loss(X) is None
    assert model.loss(X, y) == (None, None)
