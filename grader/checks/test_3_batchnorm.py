"""What the notebook's cells judge of spatial batch normalization, on their own inputs and on drawn ones."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from grader.judging import (
    Array,
    Golden,
    Record,
    Remark,
    Student,
    WrongAnswer,
    assert_array,
    assert_close,
    assert_gradients,
    assert_output,
    cases,
)

from .layer_pairs import SPATIAL_BATCHNORM

pytestmark = pytest.mark.section("Spatial batch normalization")

#: With a variance of 16 to 25, eps = 1e-5 moves outputs and gradients by 1e-6, and by up to 1e-5 where it is added to
#: the root. The notebook compares with the student's own forward pass and sees neither: how eps enters is judged under
#: "General inputs", with an eps that shows.
EPS_UNSEEN = 2e-5
#: out is a straight line of x in each channel, to single precision
STRAIGHT = 1e-4
BATCHS_OWN = "In test mode the running statistics take the place of the batch's own."
#: running statistics leave means of about 0.03: "noisier", as the notebook says, than the 1e-15 of a batch's own
EXACTLY_ZERO = 1e-6


@pytest.mark.function("spatial_batchnorm_forward")
@pytest.mark.needs("test_batchnorm_forward[train]")
@cases("notebook", "notebook-scaled", "scaled", "drawn1", "drawn2")
def test_spatial_batchnorm_train(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """spatial_batchnorm_forward gives each channel the mean beta and the deviation gamma in training mode."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    out = assert_output(SPATIAL_BATCHNORM, case, student, record_measure, limit=EPS_UNSEEN)
    record_measure("means off by", float(np.abs(out.mean(axis=(0, 2, 3)) - case.inputs["beta"]).max()))
    record_measure("stds off by", float(np.abs(out.std(axis=(0, 2, 3)) - np.abs(case.inputs["gamma"])).max()))


@pytest.mark.function("spatial_batchnorm_forward")
@pytest.mark.needs("batchnorm_forward")
@cases("notebook-warm-up", "warm-up", "drawn-warm-up")
def test_spatial_batchnorm_warm_up(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """spatial_batchnorm_forward normalizes in test mode with what it saw in 50 training steps."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    recipe = case.inputs
    shape, bn_param = tuple(recipe["shape"]), student.put(recipe["bn_param"])
    x = _draw_steps(recipe["seed"], shape, recipe["n_steps"] + 1, recipe["scale"], recipe["shift"])
    *trained, tested = ((step, recipe["gamma"], recipe["beta"], bn_param) for step in x)
    student.layers.spatial_batchnorm_forward.last_of(trained)
    bn_param.set_items(values={"mode": "test"})
    out, _ = student.layers.spatial_batchnorm_forward(*tested)
    words: dict[str, Any] = {
        "call": f"spatial_batchnorm_forward, mode='test' after 50 training steps, x {shape}",
        "hint": "Are the running mean and variance updated and stored in training mode, and used in test mode?",
        "record": record_measure,
        "hidden": case.hidden,
    }
    assert_array(out, shape, name="out", call=words["call"])
    means = out.mean(axis=(0, 2, 3))
    if not np.abs(means).max() > EXACTLY_ZERO:
        message = f"The means of out are zero to {np.abs(means).max():.0e}, so they are the batch's own"
        raise WrongAnswer(f"{message} [{words['call']}].", BATCHS_OWN)
    # The notebook's figures. Of 1,200 and more values per channel: means scatter by 0.03 around a bias of up to 0.04,
    # stds by 0.02; seven times that is allowed.
    stds, zeros, ones = out.std(axis=(0, 2, 3)), np.zeros(shape[1]), np.ones(shape[1])
    assert_close(means, zeros, name="mean of each channel", figure="means off by", limit=0.25, **words)
    assert_close(stds, ones, name="std of each channel", figure="stds off by", limit=0.15, **words)
    assert_follows(out, x[-1], recipe, words)
    # Images at other levels, one for each channel, must come out there: a batch's own mean would take them back.
    moved = x[-1][::-1] + recipe["scale"] * np.linspace(1, 3, shape[1]).reshape(-1, 1, 1)
    out, _ = student.layers.spatial_batchnorm_forward(moved, recipe["gamma"], recipe["beta"], bn_param)
    words |= {"call": f"{words['call']}, brighter than in training", "hint": BATCHS_OWN}
    assert_array(out, shape, name="out", call=words["call"])
    assert_follows(out, moved, recipe, words)


@pytest.mark.function("spatial_batchnorm_backward")
@pytest.mark.needs("test_spatial_batchnorm_train", "batchnorm_backward", "batchnorm_backward_alt")
@cases("notebook", "scaled", "drawn1")
def test_spatial_batchnorm_backward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_batchnorm_backward gives the gradients of x, gamma and beta, as in the notebook's gradient check."""
    case = golden(f"spatial_batchnorm_backward/{case_id}")
    assert_gradients(
        SPATIAL_BATCHNORM,
        case,
        student,
        record_measure,
        remark,
        limit=EPS_UNSEEN,
        own_derivative=case_id == "notebook",
    )


def assert_follows(out: Array, x: Array, recipe: dict[str, Any], words: dict[str, Any]) -> None:
    """Raises WrongAnswer unless out is x, moved and scaled channel by channel by about the statistics of training."""
    right = (x - recipe["shift"]) / recipe["scale"]
    mean, right_mean = (values.mean(axis=(0, 2, 3), keepdims=True) for values in (out, right))
    variance = np.square(right - right_mean).mean(axis=(0, 2, 3), keepdims=True)
    slope = ((out - mean) * (right - right_mean)).mean(axis=(0, 2, 3), keepdims=True) / variance
    offset = (mean - slope * right_mean).ravel()
    rest = float(np.abs(out - mean - slope * (right - right_mean)).max())
    words["record"]("out beside a scaled and moved x", rest, STRAIGHT)
    # Written so that NaN fails.
    if not rest < STRAIGHT:
        message = f"In some channel out is not x less one number, divided by another: {rest:.1e} is left"
        raise WrongAnswer(f"{message} [{words['call']}].", words["hint"])
    zeros, ones = np.zeros(offset.size), np.ones(offset.size)
    assert_close(offset, zeros, name="the shift of each channel", figure="moved by", limit=0.25, **words)
    assert_close(slope.ravel(), ones, name="the scale of each channel", figure="scaled by", limit=0.15, **words)


@cache
def _draw_steps(seed: int, shape: tuple[int, ...], n_steps: int, scale: float, shift: float) -> Any:
    """Returns the inputs of all steps, (n_steps, *shape), float64; the same for each submission."""
    steps = scale * np.random.RandomState(seed).randn(n_steps, *shape) + shift
    steps.flags.writeable = False
    return steps
