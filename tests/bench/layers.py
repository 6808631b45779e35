"""Measures the given fast layers beside the naive layers and beside PyTorch on one thread."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from clock import medians, seconds

from reference.cs231n import fast_layers as fast
from reference.cs231n import layers as naive

__all__ = ["rows"]

#: what the seed's notebook printed on its machine
SEED_SPEEDUPS = {"conv forward": 231, "conv backward": 485, "pool forward": 35, "pool backward": 51}
#: images per slice on which the naive layers are timed; their time is linear in the number of images
SLICE = 5


def rows(repeat: int, torch: Any) -> Iterator[tuple[str, ...]]:
    """Yields the rows about layers; without PyTorch only those beside the naive layers."""
    yield from _beside_naive(repeat)
    if torch is None:
        yield "Fast layers beside PyTorch", "", "PyTorch is not installed here", "", ""
        return
    torch.set_num_threads(1)
    for name, x_shape, w_shape, stride, pad, dtype in (
        ("seed's conv, float64", (100, 3, 31, 31), (25, 3, 3, 3), 2, 1, np.float64),
        ("seed's conv, float32", (100, 3, 31, 31), (25, 3, 3, 3), 2, 1, np.float32),
        ("network's conv, float32", (50, 3, 32, 32), (32, 3, 7, 7), 1, 3, np.float32),
        ("wide conv, float32", (50, 32, 32, 32), (32, 32, 3, 3), 1, 1, np.float32),
    ):
        yield from _conv_beside_torch(name, x_shape, w_shape, stride, pad, dtype, repeat, torch)
    for name, x_shape, dtype in (
        ("seed's pool, float64", (100, 3, 32, 32), np.float64),
        ("network's pool, float32", (50, 32, 32, 32), np.float32),
    ):
        yield from _pool_beside_torch(name, x_shape, dtype, repeat, torch)


def _beside_naive(repeat: int) -> Iterator[tuple[str, ...]]:
    rng = np.random.default_rng(231)
    x, w, b = rng.standard_normal((100, 3, 31, 31)), rng.standard_normal((25, 3, 3, 3)), rng.standard_normal(25)
    dout, conv = rng.standard_normal((100, 25, 16, 16)), {"stride": 2, "pad": 1}
    images, dpool = rng.standard_normal((100, 3, 32, 32)), rng.standard_normal((100, 3, 16, 16))
    pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
    _, fast_cache = fast.conv_forward_fast(x, w, b, conv)
    _, naive_cache = naive.conv_forward_naive(x[:SLICE], w, b, conv)
    _, fast_pool_cache = fast.max_pool_forward_fast(images, pool)
    _, naive_pool_cache = naive.max_pool_forward_naive(images[:SLICE], pool)
    rivals: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "conv forward": (
            lambda: fast.conv_forward_fast(x, w, b, conv),
            lambda: naive.conv_forward_naive(x[:SLICE], w, b, conv),
        ),
        "conv backward": (
            lambda: fast.conv_backward_fast(dout, fast_cache),
            lambda: naive.conv_backward_naive(dout[:SLICE], naive_cache),
        ),
        "pool forward": (
            lambda: fast.max_pool_forward_fast(images, pool),
            lambda: naive.max_pool_forward_naive(images[:SLICE], pool),
        ),
        "pool backward": (
            lambda: fast.max_pool_backward_fast(dpool, fast_pool_cache),
            lambda: naive.max_pool_backward_naive(dpool[:SLICE], naive_pool_cache),
        ),
    }
    for name, pair in rivals.items():
        quick, slow = medians(pair, repeat)
        slow *= 100 / SLICE
        aim = f"{SEED_SPEEDUPS[name]}x (the seed's machine)"
        yield f"Fast {name}", seconds(quick), f"naive: {seconds(slow)}", f"{slow / quick:.0f}x", aim


def _conv_beside_torch(
    name: str,
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    stride: int,
    pad: int,
    dtype: Any,
    repeat: int,
    torch: Any,
) -> Iterator[tuple[str, ...]]:
    rng = np.random.default_rng(231)
    x, w = rng.standard_normal(x_shape).astype(dtype), rng.standard_normal(w_shape).astype(dtype)
    b, conv = rng.standard_normal(w_shape[0]).astype(dtype), {"stride": stride, "pad": pad}
    out, cache = fast.conv_forward_fast(x, w, b, conv)
    dout = rng.standard_normal(out.shape).astype(dtype)
    tx, tw, tb, tdout = (torch.from_numpy(value) for value in (x, w, b, dout))

    def torch_forward() -> object:
        return torch.nn.functional.conv2d(tx, tw, tb, stride=stride, padding=pad)

    def torch_backward() -> object:
        return torch.ops.aten.convolution_backward(
            tdout, tx, tw, [len(b)], [stride] * 2, [pad] * 2, [1, 1], False, [0, 0], 1, [True, True, True]
        )

    ours, theirs = medians([lambda: fast.conv_forward_fast(x, w, b, conv), torch_forward], 4 * repeat)
    yield _torch_row(f"{name}, forward", ours, theirs)
    ours, theirs = medians([lambda: fast.conv_backward_fast(dout, cache), torch_backward], 4 * repeat)
    yield _torch_row(f"{name}, backward", ours, theirs)


def _pool_beside_torch(
    name: str, x_shape: tuple[int, ...], dtype: Any, repeat: int, torch: Any
) -> Iterator[tuple[str, ...]]:
    rng = np.random.default_rng(231)
    x, pool = rng.standard_normal(x_shape).astype(dtype), {"pool_height": 2, "pool_width": 2, "stride": 2}
    out, cache = fast.max_pool_forward_fast(x, pool)
    dout = rng.standard_normal(out.shape).astype(dtype)
    tx, tdout = torch.from_numpy(x), torch.from_numpy(dout)
    _, indices = torch.nn.functional.max_pool2d(tx, 2, return_indices=True)

    def torch_forward() -> object:
        return torch.nn.functional.max_pool2d(tx, 2, return_indices=True)

    def torch_backward() -> object:
        return torch.ops.aten.max_pool2d_with_indices_backward(
            tdout, tx, [2, 2], [2, 2], [0, 0], [1, 1], False, indices
        )

    ours, theirs = medians([lambda: fast.max_pool_forward_fast(x, pool), torch_forward], 4 * repeat)
    yield _torch_row(f"{name}, forward", ours, theirs)
    ours, theirs = medians([lambda: fast.max_pool_backward_fast(dout, cache), torch_backward], 4 * repeat)
    yield _torch_row(f"{name}, backward", ours, theirs)


def _torch_row(name: str, ours: float, theirs: float) -> tuple[str, ...]:
    return name, seconds(ours), f"PyTorch, one thread: {seconds(theirs)}", f"{ours / theirs:.2f}", "< 2"
