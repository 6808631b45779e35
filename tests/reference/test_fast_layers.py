"""The fast layers agree with plain loops written here, over a table of shapes; no call disturbs another's results."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reference.cs231n import fast_layers, layer_utils
from reference.cs231n.fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)

Array = NDArray[Any]

# x (N, C, H, W), w (F, HH, WW), stride, pad
CONVOLUTIONS = {
    "seed": ((4, 3, 5, 5), (2, 3, 3), 1, 1),
    "seed-stride2": ((3, 3, 31, 31), (25, 3, 3), 2, 1),
    "network": ((3, 3, 16, 16), (4, 7, 7), 1, 3),
    "pad0": ((2, 3, 6, 7), (2, 3, 3), 1, 0),
    "pad0-stride3": ((2, 2, 9, 12), (3, 3, 3), 3, 0),
    "not-square": ((2, 2, 5, 8), (3, 2, 4), 1, 1),
    "stride-beyond-filter": ((2, 2, 9, 9), (2, 2, 1), 3, 1),
    "pad-beyond-filter": ((2, 2, 4, 5), (2, 2, 3), 1, 4),
    "stride4-pad5": ((2, 1, 8, 6), (2, 3, 2), 4, 5),
    "filter-covers-image": ((2, 3, 4, 6), (5, 4, 6), 1, 0),
    "filter-of-one-pixel": ((2, 3, 4, 5), (2, 1, 1), 1, 0),
    "unused-rows": ((2, 2, 8, 9), (2, 3, 3), 2, 0),
    "one-of-each": ((1, 1, 3, 3), (1, 2, 2), 1, 0),
    "many-channels": ((2, 17, 6, 7), (3, 3, 2), 1, 1),
    "many-channels-wide-pad": ((2, 17, 6, 7), (3, 3, 3), 1, 3),
    "many-blocks": ((70, 3, 32, 32), (4, 3, 3), 1, 1),
    "strips-and-panels": ((2, 24, 32, 24), (4, 3, 3), 1, 1),
    "no-images": ((0, 2, 5, 5), (3, 3, 3), 1, 1),
    "no-output": ((2, 2, 2, 2), (3, 3, 3), 1, 0),
}

# x (N, C, H, W), pool_height, pool_width, stride
POOLS = {
    "seed": ((3, 2, 8, 8), 2, 2, 2),
    "not-square-window": ((2, 3, 6, 9), 2, 3, 1),
    "overlapping": ((2, 2, 7, 9), 3, 3, 2),
    "gaps": ((2, 2, 8, 8), 2, 1, 3),
    "unused-rows": ((2, 2, 7, 9), 2, 2, 2),
    "window-covers-image": ((2, 2, 4, 6), 4, 6, 1),
    "window-of-one-pixel": ((2, 2, 4, 6), 1, 1, 1),
    "wide-image": ((1, 1, 3, 300), 3, 2, 1),
    "many-blocks": ((70, 3, 32, 32), 2, 2, 2),
    "no-images": ((0, 2, 4, 4), 2, 2, 2),
    "no-output": ((2, 2, 2, 2), 3, 3, 1),
}


def loop_conv(x: Array, w: Array, b: Array, stride: int, pad: int) -> Array:
    """One multiplication at a time where the image is: no padded copy, no windows."""
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    out = np.zeros((N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride)) + b[:, None, None]
    for i, j, p, q in np.ndindex(*out.shape[2:], HH, WW):
        row, col = i * stride + p - pad, j * stride + q - pad
        if 0 <= row < H and 0 <= col < W:
            out[:, :, i, j] += x[:, :, row, col] @ w[:, :, p, q].T
    return out


def loop_conv_gradients(dout: Array, x: Array, w: Array, stride: int, pad: int) -> tuple[Array, Array, Array]:
    (_, _, H, W), (_, _, HH, WW) = x.shape, w.shape
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i, j, p, q in np.ndindex(*dout.shape[2:], HH, WW):
        row, col = i * stride + p - pad, j * stride + q - pad
        if 0 <= row < H and 0 <= col < W:
            dx[:, :, row, col] += dout[:, :, i, j] @ w[:, :, p, q]
            dw[:, :, p, q] += dout[:, :, i, j].T @ x[:, :, row, col]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def loop_pool(x: Array, dout: Array | None, pool_height: int, pool_width: int, stride: int) -> tuple[Array, Array]:
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - pool_height) // stride, 1 + (W - pool_width) // stride))
    dout = np.ones(out.shape) if dout is None else dout
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*out.shape):
        places = [(i * stride + p, j * stride + q) for p in range(pool_height) for q in range(pool_width)]
        best = max(places, key=lambda place: x[n, c, *place])  # max returns the first of equals
        out[n, c, i, j] = x[n, c, *best]
        dx[n, c, *best] += dout[n, c, i, j]
    return out, dx


def conv_case(name: str, dtype: Any = np.float64) -> tuple[Array, Array, Array, Array, dict[str, int]]:
    x_shape, (F, HH, WW), stride, pad = CONVOLUTIONS[name]
    rng = np.random.default_rng(231)
    out_shape = (x_shape[0], F, 1 + (x_shape[2] + 2 * pad - HH) // stride, 1 + (x_shape[3] + 2 * pad - WW) // stride)
    shapes = (x_shape, (F, x_shape[1], HH, WW), (F,), out_shape)
    x, w, b, dout = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    return x, w, b, dout, {"stride": stride, "pad": pad}


def pool_case(name: str, dtype: Any = np.float64) -> tuple[Array, Array, dict[str, int]]:
    x_shape, pool_height, pool_width, stride = POOLS[name]
    rng = np.random.default_rng(231)
    x = rng.integers(0, 9, x_shape).astype(dtype)  # small integers: many windows with equal maxima
    out_shape = (*x_shape[:2], 1 + (x_shape[2] - pool_height) // stride, 1 + (x_shape[3] - pool_width) // stride)
    dout = rng.standard_normal(out_shape).astype(dtype)
    return x, dout, {"pool_height": pool_height, "pool_width": pool_width, "stride": stride}


def assert_near(actual: Array, expected: Array, rtol: float) -> None:
    assert actual.shape == expected.shape
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    assert float(np.abs(actual - expected).max(initial=0)) < rtol * scale


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-4)], ids=["float64", "float32"])
def test_convolution_agrees_with_plain_loops(name: str, dtype: Any, rtol: float) -> None:
    x, w, b, dout, conv_param = conv_case(name, dtype)
    copies = [array.copy() for array in (x, w, b, dout)]
    out, cache = conv_forward_fast(x, w, b, conv_param)
    gradients = conv_backward_fast(dout, cache)
    wide = [array.astype(np.float64) for array in copies]
    assert_near(out, loop_conv(*wide[:3], **conv_param), rtol)
    for actual, expected in zip(gradients, loop_conv_gradients(wide[3], *wide[:2], **conv_param), strict=True):
        assert_near(actual, expected, rtol)
    assert {array.dtype for array in (out, *gradients)} == {np.dtype(dtype)}
    for array, copy in zip((x, w, b, dout), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_pooling_agrees_with_plain_loops(name: str, dtype: Any) -> None:
    x, dout, pool_param = pool_case(name, dtype)
    copies = x.copy(), dout.copy()
    out, cache = max_pool_forward_fast(x, pool_param)
    dx = max_pool_backward_fast(dout, cache)
    expected_out, expected_dx = loop_pool(x, dout, **pool_param)
    np.testing.assert_array_equal(out, expected_out)
    assert_near(dx, expected_dx, 1e-14 if dtype is np.float64 else 1e-6)
    assert out.dtype == dx.dtype == dtype
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(dout, copies[1])


def test_convolution_of_one_window_is_the_hand_computed_sum() -> None:
    x, w = np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), np.array([[[[10.0, 20.0], [30.0, 40.0]]]])
    out, cache = conv_forward_fast(x, w, np.array([0.5]), {"stride": 1, "pad": 0})
    assert out.tolist() == [[[[1 * 10 + 2 * 20 + 3 * 30 + 4 * 40 + 0.5]]]]
    dx, dw, db = conv_backward_fast(np.array([[[[2.0]]]]), cache)
    np.testing.assert_array_equal(dx, 2 * w, strict=True)
    np.testing.assert_array_equal(dw, 2 * x, strict=True)
    np.testing.assert_array_equal(db, [2.0], strict=True)


def test_first_of_equal_maxima_gets_the_gradient() -> None:
    x = np.array([[[[1.0, 5.0], [5.0, 5.0]]]])
    _, cache = max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    assert max_pool_backward_fast(np.array([[[[3.0]]]]), cache).tolist() == [[[[0.0, 3.0], [0.0, 0.0]]]]


def test_infinite_gradient_stays_at_the_maximum() -> None:
    x = np.array([[[[1.0, 5.0], [2.0, 3.0]]]])
    _, cache = max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    assert max_pool_backward_fast(np.array([[[[np.inf]]]]), cache).tolist() == [[[[0.0, np.inf], [0.0, 0.0]]]]


def test_pooling_keeps_infinities_and_nan() -> None:
    x = np.array([[[[-np.inf, -np.inf, np.nan, 1.0], [-np.inf, -np.inf, 2.0, 0.0]]]])
    out, _ = max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(out, [[[[-np.inf, np.nan]]]])


def test_documented_cache_of_the_naive_layers_is_accepted() -> None:
    x, w, b, dout, conv_param = conv_case("not-square")
    _, cache = conv_forward_fast(x, w, b, conv_param)
    assert cache[0] is x
    assert cache[1] is w
    for a, b_ in zip(conv_backward_fast(dout, cache), conv_backward_fast(dout, (x, w, b, conv_param)), strict=True):
        np.testing.assert_array_equal(a, b_)
    x, dout, pool_param = pool_case("overlapping")
    _, pool_cache = max_pool_forward_fast(x, pool_param)
    expected = max_pool_backward_fast(dout, pool_cache)
    np.testing.assert_array_equal(max_pool_backward_fast(dout, (x, pool_param)), expected, strict=True)


def test_arrays_that_are_not_contiguous_give_the_same_results() -> None:
    x, w, b, dout, conv_param = conv_case("not-square")
    expected = [conv_forward_fast(x, w, b, conv_param)[0], *conv_backward_fast(dout, (x, w, b, conv_param))]
    x, w, dout = (np.asfortranarray(array)[::-1][::-1] for array in (x, w, dout))
    b = np.repeat(b, 2)[::2]
    actual = [conv_forward_fast(x, w, b, conv_param)[0], *conv_backward_fast(dout, (x, w, b, conv_param))]
    for a, e in zip(actual, expected, strict=True):
        assert_near(a, e, 1e-13)
    x, dout, pool_param = pool_case("overlapping")
    out, cache = max_pool_forward_fast(np.asfortranarray(x), pool_param)
    np.testing.assert_array_equal(out, max_pool_forward_fast(x, pool_param)[0])
    expected_dx = max_pool_backward_fast(dout, max_pool_forward_fast(x, pool_param)[1])
    np.testing.assert_array_equal(max_pool_backward_fast(np.asfortranarray(dout), cache), expected_dx)


def test_whole_numbers_are_computed_exactly() -> None:
    x, w, b = np.arange(16).reshape(1, 1, 4, 4), np.ones((1, 1, 2, 2), int), np.array([1])
    out, _ = conv_forward_fast(x, w, b, {"stride": 2, "pad": 0})
    np.testing.assert_array_equal(out, [[[[11, 19], [43, 51]]]], strict=True)
    out, cache = max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(out, [[[[5, 7], [13, 15]]]], strict=True)
    assert max_pool_backward_fast(np.full(out.shape, 0.5), cache).sum() == 2.0


def test_results_and_caches_outlive_other_calls() -> None:
    convolutions = [conv_case(name) for name in ("seed", "network", "many-channels", "many-blocks")]
    pools = [pool_case(name) for name in ("seed", "overlapping", "many-blocks")]
    early, copies, caches = [], [], []
    for x, w, b, dout, conv_param in convolutions:
        out, cache = conv_forward_fast(x, w, b, conv_param)
        early += [out, *conv_backward_fast(dout, cache)]
        caches.append(cache)
        copies += [array.copy() for array in early[len(copies) :]]
    for x, dout, pool_param in pools:
        out, cache = max_pool_forward_fast(x, pool_param)
        early += [out, max_pool_backward_fast(dout, cache)]
        caches.append(cache)
        copies += [array.copy() for array in early[len(copies) :]]

    late = []
    for (x, w, b, dout, conv_param), cache in zip(convolutions, caches, strict=False):
        late += [conv_forward_fast(x, w, b, conv_param)[0], *conv_backward_fast(dout, cache)]
    for (x, dout, pool_param), cache in zip(pools, caches[len(convolutions) :], strict=True):
        late += [max_pool_forward_fast(x, pool_param)[0], max_pool_backward_fast(dout, cache)]
    for array, copy, again in zip(early, copies, late, strict=True):
        np.testing.assert_array_equal(array, copy)
        np.testing.assert_array_equal(again, copy)  # to the last bit


def test_results_share_no_memory_with_inputs_or_with_each_other() -> None:
    x, w, b, dout, conv_param = conv_case("filter-of-one-pixel")
    out, cache = conv_forward_fast(x, w, b, conv_param)
    arrays = [x, w, b, dout, out, *conv_backward_fast(dout, cache)]
    x, dout, pool_param = pool_case("window-of-one-pixel")
    out, pool_cache = max_pool_forward_fast(x, pool_param)
    arrays += [x, dout, out, max_pool_backward_fast(dout, pool_cache)]
    assert not [(i, j) for i in range(len(arrays)) for j in range(i) if np.shares_memory(arrays[i], arrays[j])]


def test_calls_from_several_threads_do_not_disturb_each_other() -> None:
    cases = [conv_case(name) for name in ("seed-stride2", "network", "strips-and-panels", "many-channels")] * 8

    def run(case: Any) -> list[Array]:
        x, w, b, dout, conv_param = case
        out, cache = conv_forward_fast(x, w, b, conv_param)
        return [out, *conv_backward_fast(dout, cache)]

    expected = [run(case) for case in cases]
    with ThreadPoolExecutor(4) as threads:
        for actual, results in zip(threads.map(run, cases), expected, strict=True):
            for a, e in zip(actual, results, strict=True):
                np.testing.assert_array_equal(a, e)


@pytest.mark.parametrize("dout_size", [0, 2])
def test_dx_is_left_out_where_it_is_not_needed(dout_size):
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((dout_size, 3, 6, 6)), rng.standard_normal((4, 3, 3, 3)), rng.standard_normal(4)
    out, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
    dx, dw, db = conv_backward_fast(out, cache)
    assert dx.shape == x.shape
    nothing, same_dw, same_db = conv_backward_fast(out, cache, need_dx=False)
    assert nothing is None
    np.testing.assert_array_equal(dw, same_dw)
    np.testing.assert_array_equal(db, same_db)


OTHER_NAMES = {
    "conv_forward_fast": ["conv_forward_im2col", "conv_forward_strides"],
    "conv_backward_fast": ["conv_backward_im2col", "conv_backward_strides"],
    "max_pool_forward_fast": ["max_pool_forward_im2col", "max_pool_forward_reshape"],
    "max_pool_backward_fast": ["max_pool_backward_im2col", "max_pool_backward_reshape"],
}


@pytest.mark.parametrize(("ours", "name"), [(ours, name) for ours, names in OTHER_NAMES.items() for name in names])
def test_names_of_other_years_give_the_same(ours: str, name: str) -> None:
    rng = np.random.default_rng(5)
    x, w, b = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    args: tuple[Any, ...] = (x, w, b, {"stride": 2, "pad": 1})
    if "pool" in ours:
        args = (x, {"pool_height": 3, "pool_width": 2, "stride": 1})
    if "backward" in ours:
        out, cache = getattr(fast_layers, ours.replace("backward", "forward"))(*args)
        args = (rng.normal(size=out.shape), cache)
    expected, found = getattr(fast_layers, ours)(*args), getattr(fast_layers, name)(*args)
    pairs = zip(expected, found, strict=True) if isinstance(expected, tuple) else [(expected, found)]
    assert all(np.array_equal(a, b) for a, b in pairs if isinstance(a, np.ndarray))
    assert name in fast_layers.__all__
    assert {"im2col_indices", "col2im_indices", "get_im2col_indices"} <= set(vars(layer_utils))
