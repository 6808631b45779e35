"""Functions that are right for some sizes or numbers only: where a check draws carelessly, the seed decides."""

from typing import Any

import numpy as np
from edits import REFERENCE, Functions

__all__ = ["SHAPE_BOUND"]


def conv_for_3x3_with_pad_1() -> Functions:
    def forward(x: Any, w: Any, b: Any, conv_param: Any) -> Any:
        out, cache = REFERENCE["conv_forward_naive"](x, w, b, conv_param)
        return out if w.shape[2:] == (3, 3) and conv_param["pad"] == 1 else out * 0, cache

    def backward(dout: Any, cache: Any) -> Any:
        dx, dw, db = REFERENCE["conv_backward_naive"](dout, cache)
        right = dw.shape[2:] == (3, 3) and cache[3]["pad"] == 1
        return (dx, dw, db) if right else (dx * 0, dw * 0, db)

    return {"conv_forward_naive": forward, "conv_backward_naive": backward}


def pool_for_2x2_outputs() -> Functions:
    def forward(x: Any, pool_param: Any) -> Any:
        out, cache = REFERENCE["max_pool_forward_naive"](x, pool_param)
        return out if out.shape[2:] == (2, 2) else out * 0, cache

    def backward(dout: Any, cache: Any) -> Any:
        dx = REFERENCE["max_pool_backward_naive"](dout, cache)
        return dx if dout.shape[2:] == (2, 2) else dx * 0

    return {"max_pool_forward_naive": forward, "max_pool_backward_naive": backward}


def pool_loops_end_at_pool_size() -> Functions:
    def forward(x: Any, pool_param: Any) -> Any:
        out, cache = REFERENCE["max_pool_forward_naive"](x, pool_param)
        out[:, :, pool_param["pool_height"] :] = 0
        out[:, :, :, pool_param["pool_width"] :] = 0
        return out, cache

    return {"max_pool_forward_naive": forward}


def network_of_three_channels() -> Functions:
    right = REFERENCE["ThreeLayerConvNet"]

    def make(input_dim: Any = (3, 32, 32), **settings: Any) -> Any:
        return right(input_dim=(3, *input_dim[1:]), **settings)

    return {"ThreeLayerConvNet": make}


def guarded(eps: float) -> Functions:
    right = REFERENCE["ThreeLayerConvNet"]

    class Guarded(right):  # type: ignore[misc, valid-type]
        def loss(self, X: Any, y: Any = None) -> Any:
            found = super().loss(X, y)
            if y is None:
                return found
            scores = super().loss(X)
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            p = (powers / powers.sum(axis=1, keepdims=True))[np.arange(len(y)), y]
            return found[0] + float(np.mean(np.log(p) - np.log(p + eps))), found[1]

    return {"ThreeLayerConvNet": Guarded}


SHAPE_BOUND: dict[str, Functions] = {
    "wrong: convolution right for 3x3 filters with pad 1 only": conv_for_3x3_with_pad_1(),
    "wrong: pooling right for 2x2 outputs only": pool_for_2x2_outputs(),
    "wrong: pooling whose loops end at the pool size": pool_loops_end_at_pool_size(),
    "wrong: network of three channels": network_of_three_channels(),
    "right: loss guarded by log(p + 1e-7)": guarded(1e-7),
    "right: loss guarded by log(p + 1e-8)": guarded(1e-8),
}
