"""Every case is legal, repeats itself, follows its seed, and the notebook's own are those of the notebook."""

import numpy as np
import pytest
from reference_cases import CASES

from grader.judging import describe, generator
from grader.model.case_names import is_drawn
from reference.cases import KINDS
from reference.cases.kinds import double

NAMES = [f"{function}/{case_id}" for function, kind in KINDS.items() for case_id in kind.draws]


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    else:
        yield path, value


def same(first, second):
    pairs = list(zip(leaves(first), leaves(second), strict=True))
    return all(a[0] == b[0] and np.array_equal(a[1], b[1]) for a, b in pairs)


@pytest.mark.parametrize("name", NAMES)
def test_case_repeats_itself(name):
    assert same(CASES.inputs(name, 5), CASES.inputs(name, 5))


@pytest.mark.parametrize("name", CASES.names(drawn=True))
def test_hidden_case_follows_its_seed(name):
    drawn = [CASES.inputs(name, seed) for seed in range(1, 7)]
    shapes = [{path: np.shape(value) for path, value in leaves(inputs)} for inputs in drawn]
    values = [repr(sorted((path, np.asarray(value).tolist()) for path, value in leaves(inputs))) for inputs in drawn]
    assert len(set(values)) == len(values)
    # Few sizes are drawn, so two seeds often draw the same.
    assert any(shape != shapes[0] for shape in shapes) or "ThreeLayer" in name or "ties" in name


def test_unknown_case_is_named():
    with pytest.raises(KeyError, match="conv_forward_naive/nothing"):
        CASES.inputs("conv_forward_naive/nothing", 1)


def test_hidden_names_begin_with_drawn():
    assert is_drawn("relu/drawn-general")
    assert not is_drawn("relu/notebook")
    assert {is_drawn(name) for name in CASES.names(drawn=False)} == {False}


def test_cases_of_the_notebook_have_its_stream():
    np.random.seed(231)
    inputs = CASES.inputs("conv_backward_naive/notebook", 99)
    for name, shape in (("x", (4, 3, 5, 5)), ("w", (2, 3, 3, 3)), ("b", (2,)), ("dout", (4, 2, 5, 5))):
        assert np.array_equal(inputs[name], np.random.randn(*shape)), name
    assert inputs["conv_param"] == {"stride": 1, "pad": 1}


def test_pooling_case_of_the_notebook_has_its_stream():
    np.random.seed(231)
    inputs = CASES.inputs("max_pool_backward_naive/notebook", 99)
    assert np.array_equal(inputs["x"], np.random.randn(3, 2, 8, 8))
    assert np.array_equal(inputs["dout"], np.random.randn(3, 2, 4, 4))


def test_batchnorm_cases_of_the_notebook_have_its_stream():
    np.random.seed(231)
    assert np.array_equal(
        CASES.inputs("spatial_batchnorm_forward/notebook", 0)["x"], 4 * np.random.randn(2, 3, 4, 5) + 10
    )
    np.random.seed(231)
    inputs = CASES.inputs("spatial_batchnorm_backward/notebook", 0)
    assert np.array_equal(inputs["x"], 5 * np.random.randn(2, 3, 4, 5) + 12)
    for name, shape in (("gamma", (3,)), ("beta", (3,)), ("dout", (2, 3, 4, 5))):
        assert np.array_equal(inputs[name], np.random.randn(*shape)), name


def test_groupnorm_cases_of_the_notebook_have_its_stream():
    np.random.seed(231)
    assert np.array_equal(
        CASES.inputs("spatial_groupnorm_forward/notebook", 0)["x"], 4 * np.random.randn(2, 6, 4, 5) + 10
    )
    np.random.seed(231)
    inputs = CASES.inputs("spatial_groupnorm_backward/notebook", 0)
    assert np.array_equal(inputs["x"], 5 * np.random.randn(2, 6, 4, 5) + 12)
    for name, shape in (("gamma", (1, 6, 1, 1)), ("beta", (1, 6, 1, 1)), ("dout", (2, 6, 4, 5))):
        assert np.array_equal(inputs[name], np.random.randn(*shape)), name


def test_network_case_of_the_notebook_has_its_stream():
    from reference.cs231n.classifiers.cnn import ThreeLayerConvNet

    np.random.seed(231)
    inputs = CASES.inputs("ThreeLayerConvNet/notebook", 0)
    assert np.array_equal(inputs["X"], np.random.randn(2, 3, 16, 16))
    assert np.array_equal(inputs["y"], np.random.randint(10, size=2))
    model = ThreeLayerConvNet(num_filters=3, filter_size=3, input_dim=(3, 16, 16), hidden_dim=7, dtype=np.float64)
    assert same(dict(sorted(inputs["params"].items())), dict(sorted(model.params.items())))


def test_forward_cases_of_the_notebook_are_its_ramps():
    conv, pool = CASES.inputs("conv_forward_naive/notebook", 0), CASES.inputs("max_pool_forward_naive/notebook", 0)
    assert (conv["x"].min(), conv["x"].max(), conv["x"].shape) == (-0.1, 0.5, (2, 3, 4, 4))
    assert (conv["w"].min(), conv["w"].max(), conv["w"].shape) == (-0.2, 0.3, (3, 3, 4, 4))
    assert (conv["b"].tolist(), conv["conv_param"]) == (np.linspace(-0.1, 0.2, 3).tolist(), {"stride": 2, "pad": 1})
    assert (pool["x"].min(), pool["x"].max(), pool["x"].shape) == (-0.3, 0.4, (2, 3, 4, 4))
    assert conv["correct_out"][1, 2, 1, 1] == 2.38247847
    assert pool["correct_out"][0, 0, 0, 0] == -0.26315789


@pytest.mark.parametrize("function", ["conv_forward_naive", "conv_backward_naive"])
def test_every_convolution_is_legal(function):
    for case_id in KINDS[function].draws:
        for seed in range(20):
            inputs = CASES.inputs(f"{function}/{case_id}", seed)
            stride, pad = inputs["conv_param"]["stride"], inputs["conv_param"]["pad"]
            for side, length in zip(inputs["x"].shape[2:], inputs["w"].shape[2:], strict=True):
                assert side + 2 * pad >= length, case_id
                assert (side + 2 * pad - length) % stride == 0, case_id


@pytest.mark.parametrize("function", ["max_pool_forward_naive", "max_pool_backward_naive"])
def test_every_pooling_is_legal(function):
    for case_id in KINDS[function].draws:
        for seed in range(20):
            inputs = CASES.inputs(f"{function}/{case_id}", seed)
            param, x = inputs["pool_param"], inputs["x"]
            for side, length in zip(x.shape[2:], (param["pool_height"], param["pool_width"]), strict=True):
                assert side >= length, case_id
                assert (side - length) % param["stride"] == 0, case_id
            if "ties" not in case_id:
                assert len(np.unique(x)) == x.size, case_id


def test_hidden_cases_of_the_notebook_stay_inside_what_it_judges():
    for seed in range(30):
        for number in "12":
            inputs = CASES.inputs(f"conv_backward_naive/drawn{number}", seed)
            assert inputs["conv_param"]["pad"] == 1
            assert inputs["conv_param"]["stride"] in (1, 2)
            assert inputs["x"].shape[2] == inputs["x"].shape[3]
            assert inputs["w"].shape[2] == inputs["w"].shape[3]
        inputs = CASES.inputs("max_pool_backward_naive/drawn1", seed)
        assert inputs["pool_param"] == {"pool_height": 2, "pool_width": 2, "stride": 2}
        assert inputs["x"].shape[2] == inputs["x"].shape[3]
        _, H, W = CASES.inputs("ThreeLayerConvNet/drawn1", seed)["model"]["input_dim"]
        assert (H, H % 2) == (W, 0)


def test_ties_lie_in_windows_that_tile_the_image():
    for name in ("ties", "ties3x3", "drawn-ties"):
        inputs = CASES.inputs(f"max_pool_backward_naive/{name}", 3)
        param = inputs["pool_param"]
        assert param["stride"] == param["pool_height"] == param["pool_width"]
        assert inputs["x"].shape[2] % param["stride"] == inputs["x"].shape[3] % param["stride"] == 0
        assert len(np.unique(inputs["x"])) <= 3


def test_cases_are_described_by_settings_and_shapes():
    words = describe(CASES.inputs("conv_forward_naive/notebook", 0))
    assert words == "stride=2, pad=1, x (2, 3, 4, 4), w (3, 3, 4, 4)"
    kind = KINDS["spatial_groupnorm_forward"]
    words = describe(CASES.inputs("spatial_groupnorm_forward/float32", 0), kind.told)
    assert words == "G=2, x (2, 4, 3, 5) float32"


def test_cases_are_small_enough_for_naive_layers():
    for name in NAMES:
        inputs = CASES.inputs(name, 1)
        if "w" in inputs and "conv_param" in inputs:
            F, C, HH, WW = inputs["w"].shape
            stride, pad = inputs["conv_param"]["stride"], inputs["conv_param"]["pad"]
            N, _, H, W = inputs["x"].shape
            n_out = (1 + (H + 2 * pad - HH) // stride) * (1 + (W + 2 * pad - WW) // stride)
            # Seven nested Python loops take about 0.2 microseconds times this, twice for a backward pass.
            assert N * F * n_out * C * HH * WW < 150_000, name


def test_double_widens_single_precision_only():
    inputs = {"x": np.ones(2, dtype=np.float32), "b": np.array([1, 2]), "G": 2}
    assert double(inputs)["x"].dtype == np.float64
    assert double(inputs)["b"] is inputs["b"]
    assert double(inputs)["G"] == 2


def test_each_case_has_a_stream_of_its_own():
    first, second = (generator(f"relu/{name}", 4, 231).randn() for name in ("matrix", "images"))
    assert first != second
