"""Explains wrong shapes and wrong places in the outputs of convolution and pooling."""

import numpy as np

from grader.judging import Array, Case

__all__ = ["conv_dx_shapes", "conv_out_shapes", "conv_regions", "pool_out_shapes", "pool_regions", "windows_of"]

Shapes = dict[tuple[int, ...], str]


def conv_out_shapes(case: Case) -> Shapes:
    """Returns the shapes that usual slips give to the output of a convolution, with the hint for each."""
    N, _, H, W = case.inputs["x"].shape
    F, _, HH, WW = case.inputs["w"].shape
    stride, pad = case.inputs["conv_param"]["stride"], case.inputs["conv_param"]["pad"]
    rests = (H + 2 * pad - HH, W + 2 * pad - WW)
    slips = [
        ((rests[0] + 1, rests[1] + 1), "Is the output size divided by stride?"),
        (_count(H - HH, W - WW, stride), "Is the image padded before the windows are counted?"),
        (_count(H + pad - HH, W + pad - WW, stride), "Is the padding counted on both sides?"),
        ((rests[0] // stride, rests[1] // stride), "Is one more window counted than there are strides?"),
        (_count(H + 2 * pad - WW, W + 2 * pad - HH, stride), "Are HH and WW swapped?"),
        (_count(H + 2 * pad - HH, W + 2 * pad - HH, stride), "Is the filter taken for square?"),
        (_count(H + 2 * pad - WW, W + 2 * pad - WW, stride), "Is the filter taken for square?"),
        (_count(rests[1], rests[0], stride), "Are height and width swapped?"),
    ]
    return _unlike((N, F), slips, case.expected["out"].shape)


def pool_out_shapes(case: Case) -> Shapes:
    """Returns the shapes that usual slips give to the output of a pooling, with the hint for each."""
    N, C, H, W = case.inputs["x"].shape
    height, width, stride = (case.inputs["pool_param"][key] for key in ("pool_height", "pool_width", "stride"))
    slips = [
        ((H - height + 1, W - width + 1), "Is the output size divided by stride?"),
        ((H // height, W // width), "The windows are stride apart, not pool_height and pool_width."),
        (((H - height) // stride, (W - width) // stride), "Is one more window counted than there are strides?"),
        (_count(H - width, W - height, stride), "Are pool_height and pool_width swapped?"),
        (_count(H - height, W - height, stride), "Is the window taken for square?"),
        (_count(H - width, W - width, stride), "Is the window taken for square?"),
        (_count(W - width, H - height, stride), "Are height and width swapped?"),
    ]
    return _unlike((N, C), slips, case.expected["out"].shape)


def conv_dx_shapes(case: Case) -> Shapes:
    """Returns the shape that dx has while it is padded, with its hint."""
    N, C, H, W = case.inputs["x"].shape
    pad = case.inputs["conv_param"]["pad"]
    return _unlike((N, C), [((H + 2 * pad, W + 2 * pad), "Is the padding taken off dx at the end?")], (N, C, H, W))


def conv_regions(case: Case) -> dict[str, Array]:
    """Returns the outputs whose windows reach into the padding, with the hint for them."""
    H, W = case.inputs["x"].shape[2:]
    HH, WW = case.inputs["w"].shape[2:]
    stride, pad = case.inputs["conv_param"]["stride"], case.inputs["conv_param"]["pad"]
    out = case.expected["out"]
    tops, lefts = (np.arange(n) * stride for n in out.shape[2:])
    rows = (tops < pad) | (tops + HH > pad + H)
    cols = (lefts < pad) | (lefts + WW > pad + W)
    reaching = np.broadcast_to(rows[:, None] | cols, out.shape)
    return {"Only outputs whose window reaches into the padding are wrong: the padding is zeros.": reaching}


def pool_regions(case: Case) -> dict[str, Array]:
    """Returns the pixels that lie in several windows, and those in none, with the hint for each."""
    n_windows = np.zeros(case.inputs["x"].shape, dtype=int)
    for rows, cols in windows_of(case):
        n_windows[:, :, rows, cols] += 1
    return {
        "Only pixels in several windows are wrong: there the gradients of the windows add up.": n_windows > 1,
        "Only pixels in no window are wrong: their gradient is zero.": n_windows == 0,
    }


def windows_of(case: Case) -> list[tuple[slice, slice]]:
    """Returns rows and columns of each window of a pooling, in the order of its output."""
    _, _, H, W = case.inputs["x"].shape
    height, width, stride = (case.inputs["pool_param"][key] for key in ("pool_height", "pool_width", "stride"))
    tops, lefts = range(0, H - height + 1, stride), range(0, W - width + 1, stride)
    return [(slice(top, top + height), slice(left, left + width)) for top in tops for left in lefts]


def _count(row_rest: int, col_rest: int, stride: int) -> tuple[int, int]:
    return 1 + row_rest // stride, 1 + col_rest // stride


def _unlike(head: tuple[int, int], slips: list[tuple[tuple[int, int], str]], right: tuple[int, ...]) -> Shapes:
    """Returns full shapes with their hints, without the right shape; of two hints for one shape, the first."""
    shapes: Shapes = {}
    for tail, hint in slips:
        if (*head, *tail) != right:
            shapes.setdefault((*head, *tail), hint)
    return shapes
