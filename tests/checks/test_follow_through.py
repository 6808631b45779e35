"""One mistake costs once: a backward function that is right for the own wrong forward function keeps its share."""

import math

import numpy as np
import pytest
from edits import REFERENCE, edited, twice, zeros_pair
from inprocess import ASSIGNMENT, collect, run
from near_misses import NEAR_MISSES

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.grading.runner import Runner
from grader.judging.gradient_attempts import resemblance
from grader.model.results import Status, display_points
from grader.reading.submission import Submission
from grader.sandbox.level import Level
from reports.cost import cost_words
from reports.order import lost_groups

PAIRS = ("conv_", "max_pool_", "spatial_batchnorm_", "spatial_groupnorm_")


@pytest.fixture(scope="module")
def checks():
    wanted = [item for item in collect() if item.get_closest_marker("section").args[0] not in ASSIGNMENT.optional]
    return [item for item in wanted if "backward" in item.get_closest_marker("function").args[0]]


def follows(checks, functions, prefix, seed=7):
    """Returns the checks of a backward function that did not pass, and from which function each follows."""
    own = [item for item in checks if item.get_closest_marker("function").args[0].startswith(prefix)]
    outcomes = run(own, functions, LiveGoldens(ASSIGNMENT, seed))
    return {name: outcome.follows_from for name, outcome in outcomes.items() if outcome.status != "passed"}


def scaled_norm():
    """A spatial batch normalization that divides by the deviation twice over, and its derivative."""

    def forward(x, gamma, beta, bn_param):
        return REFERENCE["spatial_batchnorm_forward"](x, 2 * gamma, beta, bn_param)

    def backward(dout, cache):
        dx, dgamma, dbeta = REFERENCE["spatial_batchnorm_backward"](dout, cache)
        return dx, 2 * dgamma, dbeta

    return {**REFERENCE, "spatial_batchnorm_forward": forward, "spatial_batchnorm_backward": backward}


@pytest.mark.parametrize(
    ("functions", "prefix", "forward"),
    [
        (twice(), "conv_", "conv_forward_naive"),
        (scaled_norm(), "spatial_batchnorm_", "spatial_batchnorm_forward"),
    ],
    ids=["conv twice", "norm twice"],
)
def test_the_derivative_of_the_own_wrong_function_follows(checks, functions, prefix, forward):
    found = follows(checks, functions, prefix)
    assert len(found) > 5
    assert set(found.values()) == {forward}


def test_a_backward_function_that_is_wrong_for_both_does_not(checks):
    wrong = {**twice(), "conv_backward_naive": NEAR_MISSES["conv backward averages dw"]["conv_backward_naive"]}
    assert set(follows(checks, wrong, "conv_").values()) == {""}
    assert set(follows(checks, NEAR_MISSES["conv backward averages dw"], "conv_").values()) == {""}


@pytest.mark.parametrize(
    ("prefix", "old", "new"),
    [
        ("spatial_batchnorm_", "x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(-1, C)"),
        ("spatial_groupnorm_", "groups = x.reshape(N, G, C // G, H, W)", "groups = x.reshape(N, 1, C, H, W)"),
    ],
)
def test_a_right_backward_function_on_the_cache_of_a_wrong_one_follows_part_by_part(checks, prefix, old, new):
    """One channel, or one group of one image, at a time the forward function is right."""
    forward = f"{prefix}forward"
    wrong = edited((f"{forward}: {old}", new))
    assert set(follows(checks, {**REFERENCE, forward: wrong[forward]}, prefix).values()) == {forward}
    backward = f"{prefix}backward"
    both = {
        **REFERENCE,
        forward: wrong[forward],
        backward: lambda *args: tuple(2 * v for v in REFERENCE[backward](*args)),
    }
    assert set(follows(checks, both, prefix).values()) == {""}


# What is easy to differentiate, and no convolution, pooling or normalization


def sums(forward, backward):
    """A pair whose output is a sum of all inputs, everywhere."""

    def out_of(*args):
        right, _ = REFERENCE[forward](*args)
        arrays = [value for value in args if isinstance(value, np.ndarray)]
        return np.full(right.shape, sum(value.sum() for value in arrays)), arrays

    def gradients(dout, arrays):
        found = tuple(np.full(value.shape, dout.sum()) for value in arrays)
        return found if len(found) > 1 else found[0]

    return {forward: out_of, backward: gradients}


def scaled(forward, backward):
    """A normalization that only scales and shifts each channel, and its derivative."""

    def out_of(x, gamma, beta, *rest):
        shape = (1, -1, 1, 1)
        return gamma.reshape(shape) * x + beta.reshape(shape), (x, gamma)

    def gradients(dout, cache):
        x, gamma = cache
        given = gamma.shape
        axes = (0, 2, 3)
        dgamma, dbeta = (dout * x).sum(axis=axes).reshape(given), dout.sum(axis=axes).reshape(given)
        return dout * gamma.reshape(1, -1, 1, 1), dgamma, dbeta

    return {forward: out_of, backward: gradients}


def means():
    """A pooling that takes the mean, and its derivative."""

    def windows(x, pool_param):
        h, w, s = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
        rows, cols = 1 + (x.shape[2] - h) // s, 1 + (x.shape[3] - w) // s
        return [(i, j, slice(i * s, i * s + h), slice(j * s, j * s + w)) for i in range(rows) for j in range(cols)]

    def forward(x, pool_param):
        found = windows(x, pool_param)
        out = np.zeros((*x.shape[:2], found[-1][0] + 1, found[-1][1] + 1))
        for i, j, rows, cols in found:
            out[:, :, i, j] = x[:, :, rows, cols].mean(axis=(2, 3))
        return out, (x, pool_param)

    def backward(dout, cache):
        x, pool_param = cache
        dx = np.zeros(x.shape)
        for i, j, rows, cols in windows(x, pool_param):
            n = pool_param["pool_height"] * pool_param["pool_width"]
            dx[:, :, rows, cols] += dout[:, :, i, j, None, None] / n
        return dx

    return {"max_pool_forward_naive": forward, "max_pool_backward_naive": backward}


EASY = {
    "zeros": zeros_pair(),
    "sums": {
        **REFERENCE,
        **sums("conv_forward_naive", "conv_backward_naive"),
        **sums("max_pool_forward_naive", "max_pool_backward_naive"),
    },
    "scales and means": {
        **REFERENCE,
        **scaled("spatial_batchnorm_forward", "spatial_batchnorm_backward"),
        **scaled("spatial_groupnorm_forward", "spatial_groupnorm_backward"),
        **means(),
    },
}


@pytest.mark.parametrize("name", EASY)
def test_a_function_of_another_kind_keeps_nothing(checks, name):
    for prefix in PAIRS:
        assert set(follows(checks, EASY[name], prefix).values()) <= {""}, prefix


def test_resemblance_is_that_of_the_deviations():
    rng = np.random.RandomState(0)
    right = rng.randn(3, 4)
    assert resemblance(5 - 2 * right, right) == pytest.approx(1.0)
    assert resemblance(rng.randn(3, 4), right) < 0.9
    for none in (np.zeros((3, 4)), right[:2], right.tolist(), right * np.nan):
        assert resemblance(none, right) == 0.0


# Points, through the wall


@pytest.mark.slow
def test_one_planted_mistake_costs_the_forward_function_and_a_fifth_of_the_backward_one(tmp_path):
    """The convolution, forward and backward, times two."""
    assignment = Assignment.load()
    root = tmp_path / "ada"
    for module, place in assignment.modules.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        text = assignment.solved_text(place)
        if module == "layers":
            text += (
                "\n\n_right, _back = conv_forward_naive, conv_backward_naive\n\n\n"
                "def conv_forward_naive(x, w, b, conv_param):\n"
                "    return 2 * _right(x, w, b, conv_param)[0], (x, w, b, conv_param)\n\n\n"
                "def conv_backward_naive(dout, cache):\n    return tuple(2 * part for part in _back(dout, cache))\n"
            )
        (root / place).write_text(text)
    with Runner(assignment, LiveGoldens(assignment, 7), Level.LIMITS, 7, "conv_") as runner:
        grade = runner.grade(Submission.from_path(root, assignment))
    by_function = {}
    for check in grade.checks:
        by_function.setdefault(check.function, []).append(check)
    backward = by_function["conv_backward_naive"]
    kept = [
        check for check in backward if check.status is not Status.PASSED and "keeps 80% of its points" in check.message
    ]
    lost = math.fsum(check.max_points - check.points for check in backward)
    assert len(kept) > 10
    assert all(check.status is not Status.PASSED for check in kept)
    assert lost == pytest.approx(math.fsum(0.2 * check.max_points for check in kept))
    assert not grade.full_marks
    assert {check.follows_from for check in kept} == {("conv_forward_naive",)}
    costs = {group.function: cost_words(grade, group) for group in lost_groups(grade)}
    assert "in conv_backward_naive, which follows from it." in costs["conv_forward_naive"]
    total = math.fsum(check.max_points - check.points for check in grade.checks)
    assert f"What is wrong here costs {display_points(total, math.inf)} points: " in costs["conv_forward_naive"]
    assert all(check.points == 0 for check in by_function["conv_forward_naive"] if not check.passed)
