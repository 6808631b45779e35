"""Points do not hang on the secret seed: drawn cases of a check hold the same difficulties for every seed.

The functions here are right for some shapes only, or right but guarded.
`python tests/checks/test_points_of_seeds.py 200` prints the table of docs/seeds.md.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

from edits import REFERENCE, Functions
from inprocess import ASSIGNMENT, collect, points, run

from grader.assignment.golden_cases import LiveGoldens

SEEDS = (3, 11, 78, 2**40 + 7)


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


#: name -> functions, and whether all their points are kept
VARIANTS: dict[str, tuple[Functions, bool]] = {
    "right": ({}, True),
    "convolution right for 3x3 filters with pad 1 only": (conv_for_3x3_with_pad_1(), False),
    "pooling right for 2x2 outputs only": (pool_for_2x2_outputs(), False),
    "pooling whose loops end at the pool size": (pool_loops_end_at_pool_size(), False),
    "network of three channels": (network_of_three_channels(), False),
    "loss guarded by log(p + 1e-7)": (guarded(1e-7), True),
    "loss guarded by log(p + 1e-8)": (guarded(1e-8), True),
}


def chosen(items: list[Any]) -> list[Any]:
    """Returns the checks of what these functions are wrong in."""
    return [item for item in items if any(name in item.path.name for name in ("convolution", "pooling", "network"))]


def earned(items: list[Any], functions: Functions, seed: int) -> float:
    """Returns the points of functions, those of the reference where they are silent."""
    outcomes = run(chosen(items), {**REFERENCE, **functions}, LiveGoldens(ASSIGNMENT, seed))
    shares = points(items)
    return round(sum(shares[name] for name, outcome in outcomes.items() if outcome.status == "passed"), 3)


@pytest.fixture(scope="module")
def items():
    return collect()


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_every_seed_gives_the_same_points(items, name):
    functions, keeps_all = VARIANTS[name]
    found = {earned(items, functions, seed) for seed in SEEDS}
    assert len(found) == 1
    assert (found == {earned(items, {}, SEEDS[0])}) == keeps_all


if __name__ == "__main__":
    everything = collect()
    for name, (functions, _) in VARIANTS.items():
        totals = [earned(everything, functions, seed) for seed in range(int(sys.argv[1]))]
        print(f"| {name} | {min(totals)} | {max(totals)} |", flush=True)
