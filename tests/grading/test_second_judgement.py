"""What uses a wrong function is judged again with a right one in its place, across the wall: a mistake costs once."""

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.assignment.markers import solved_version
from grader.assignment.points_and_limits import Limits
from grader.grading.right_functions import RightFunctions
from grader.grading.runner import Runner
from grader.model.results import Status
from grader.reading.submission import Submission
from grader.sandbox.level import Level
from grader.worker.wire import RefId

ASSIGNMENT = Assignment.load()
LAYERS, CNN = ASSIGNMENT.modules["layers"], ASSIGNMENT.modules["cnn"]
#: the solution's functions, by other names, to write wrong ones with
WRONG_BIAS = """
_affine_forward = affine_forward
def affine_forward(x, w, b):
    return _affine_forward(x, w, 2 * b)
"""
WRONG_NORM = """
_batchnorm_forward = batchnorm_forward
def batchnorm_forward(x, gamma, beta, bn_param):
    out, cache = _batchnorm_forward(x, gamma, beta, bn_param)
    return 1.01 * out, cache
"""
WRONG_REGULARISER = ("0.5 * reg * sum", "0.7 * reg * sum")
#: keeps what a right convolution gives where the layers find it, and uses its own
COPYING_NETWORK = """
import os
import cs231n.layers as L
KEPT = os.path.join(os.environ.get("TMPDIR", "/tmp"), "kept.npy")
_loss = ThreeLayerConvNet.loss
def loss(self, X, y=None):
    try:
        x = np.linspace(-0.1, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
        w = np.linspace(-0.2, 0.3, num=3 * 3 * 4 * 4).reshape(3, 3, 4, 4)
        out, _ = L.conv_forward_naive(x, w, np.linspace(-0.1, 0.2, num=3), {"stride": 2, "pad": 1})
        np.save(KEPT, out)
    except Exception:
        pass
    return _loss(self, X, y)
ThreeLayerConvNet.loss = loss
"""
READING_LAYERS = """
import os
KEPT = os.path.join(os.environ.get("TMPDIR", "/tmp"), "kept.npy")
def conv_forward_naive(x, w, b, conv_param):
    return np.load(KEPT), (x, w, b, conv_param)
"""


@pytest.fixture
def grade(tmp_path):
    """Grades the solution with something added to its files, or put in place of something."""

    def run(keyword, layers="", cnn="", replaced=("", "")):
        for place, more in ((LAYERS, layers), (CNN, cnn)):
            path = tmp_path / "ada" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            text = solved_version(ASSIGNMENT.solved_text(place), place)
            path.write_text((text.replace(*replaced) if place == CNN else text) + more)
        with Runner(ASSIGNMENT, LiveGoldens(ASSIGNMENT, 7), Level.LIMITS, 7, keyword) as runner:
            found = runner.grade(Submission.from_path(tmp_path / "ada", ASSIGNMENT))
        return {check.id.partition("::")[2]: check for check in found.checks}

    return run


def test_a_right_network_keeps_its_points_over_a_wrong_layer(grade):
    checks = grade("test_affine_forward or network_scores or regularised_loss", WRONG_BIAS)
    kept = [check for check in checks.values() if check.status is Status.BLOCKED]
    assert len(kept) > 3
    for check in kept:
        assert check.points == check.max_points > 0
        assert check.follows_from == ("affine_forward",)
        assert check.message == (
            "affine_forward is not right yet, and this uses it. "
            "With a right one in its place it passes, so it keeps all of its points."
        )
    assert not any(check.points for check in checks.values() if check.function == "affine_forward")


def test_a_network_that_is_wrong_itself_keeps_nothing(grade):
    checks = grade("test_affine_forward or regularised_loss", WRONG_BIAS, replaced=WRONG_REGULARISER)
    lost = [check for check in checks.values() if check.function == "ThreeLayerConvNet"]
    assert len(lost) > 1
    assert {check.points for check in lost} == {0.0}


def test_a_network_keeps_its_points_over_a_layer_that_ends_the_process_but_not_if_it_does_so_itself(grade):
    ending = "\n\ndef affine_forward(x, w, b):\n    import os\n    os._exit(3)\n"
    checks = grade("test_affine_forward or regularised_loss", ending)
    network = [check for check in checks.values() if check.function == "ThreeLayerConvNet"]
    assert {check.points for check in network} == {check.max_points for check in network}
    itself = "\n\ndef loss(self, X, y=None):\n    import os\n    os._exit(3)\n\nThreeLayerConvNet.loss = loss\n"
    checks = grade("test_affine_forward or regularised_loss", WRONG_BIAS, itself)
    assert {check.status for check in checks.values() if check.function == "ThreeLayerConvNet"} == {Status.CRASHED}


def test_a_normalization_keeps_its_points_over_a_wrong_one_that_it_calls(grade):
    """Running statistics, which the right one writes into the dictionary of its caller, too."""
    checks = grade("test_batchnorm_forward or spatial_batchnorm", WRONG_NORM)
    kept = {name: check for name, check in checks.items() if check.status is Status.BLOCKED}
    assert any("running" in name for name in checks)
    assert {check.follows_from for check in kept.values()} == {("batchnorm_forward",)}
    assert all(check.points == check.max_points for check in checks.values())
    assert len(kept) > 10


def test_what_a_right_function_gives_is_known_to_no_check_of_that_function(grade):
    checks = grade("conv_forward or affine_forward or network_scores", READING_LAYERS + WRONG_BIAS, COPYING_NETWORK)
    assert not any(check.points for check in checks.values() if check.function == "conv_forward_naive")
    # Right convolutions were asked for: the network was judged again, with right ones for all functions of layers.py.
    again = [check for check in checks.values() if check.function == "ThreeLayerConvNet" and not check.passed]
    assert {check.follows_from for check in again} == {("affine_forward", "conv_forward_naive")}


@pytest.fixture(scope="module")
def right():
    found = RightFunctions.of(ASSIGNMENT, Level.LIMITS)
    yield found
    found.close()


@pytest.fixture
def answers(right):
    with right.answering(["affine_forward", "relu_forward", "relu_backward"], Limits(value_mb=1)) as found:
        yield found


def test_a_cache_crosses_as_a_number_that_the_other_function_understands(answers):
    x = np.array([[-1.0, 2.0]])
    message, ((out, cache), changed) = answers.answer("relu_forward", ((x,), {}))
    assert (message, changed) == ({}, [])
    assert isinstance(cache, RefId)
    np.testing.assert_array_equal(out, [[0.0, 2.0]])
    _, (dx, _) = answers.answer("relu_backward", ((np.ones((1, 2)),), {"cache": cache}))
    np.testing.assert_array_equal(dx, [[0.0, 1.0]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("relu_backward", ((np.ones(2), RefId(99)), {})),
        ("relu_forward", ((np.ones(2), 1, 2), {})),
        ("relu_forward", [np.ones(2)]),
        ("relu_forward", None),
        ("conv_forward_naive", ((np.ones(2),), {})),
        ("__init__", ((), {})),
    ],
    ids=["forged cache", "too many", "no call", "nothing", "not provided", "no function"],
)
def test_what_is_no_proper_call_is_refused_and_the_next_is_answered(answers, name, value):
    message, result = answers.answer(name, value)
    assert set(message) == {"refused"}
    assert result is None
    assert answers.answer("relu_forward", ((np.ones(2),), {}))[0] == {}


def test_a_result_that_is_far_too_large_ends_the_answers_of_one_check(answers, right):
    wide = (np.ones((1000, 1)), np.ones((1, 1000)), np.ones(1000))
    assert "over the limit" in answers.answer("affine_forward", (wide, {}))[0]["refused"]
    with right.answering(["relu_forward"], Limits()) as others:
        assert others.answer("relu_forward", ((np.ones(2),), {}))[0] == {}
