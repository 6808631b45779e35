"""What the notebook's cells judge of spatial batch normalization, on their own inputs and on drawn ones."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from grader.asserting import Golden, Record, Remark, WrongAnswer, assert_array, assert_close

from .judging import assert_gradients, assert_output
from .pairs import SPATIAL_BATCHNORM, cases

pytestmark = pytest.mark.section("Spatial batch normalization")

#: With a variance of 16 to 25, eps = 1e-5 moves outputs and gradients by 1e-6, and by up to 1e-5 where it is added to
#: the root. The notebook compares with the student's own forward pass and sees neither: how eps enters is judged under
#: "General inputs", with an eps that shows.
EPS_UNSEEN = 2e-5
#: running statistics leave means of about 0.03: "noisier", as the notebook says, than the 1e-15 of a batch's own
EXACTLY_ZERO = 1e-6


@pytest.mark.function("spatial_batchnorm_forward")
@pytest.mark.needs("batchnorm_forward")
@cases("notebook", "notebook-scaled", "drawn1", "drawn2")
def test_spatial_batchnorm_train(case_id: str, student: Any, golden: Golden, record_measure: Record) -> None:
    """spatial_batchnorm_forward gives each channel the mean beta and the deviation gamma in training mode."""
    case = golden(f"spatial_batchnorm_forward/{case_id}")
    out = assert_output(SPATIAL_BATCHNORM, case, student, record_measure, limit=EPS_UNSEEN)
    record_measure("means off by", float(np.abs(out.mean(axis=(0, 2, 3)) - case.inputs["beta"]).max()))
    record_measure("stds off by", float(np.abs(out.std(axis=(0, 2, 3)) - np.abs(case.inputs["gamma"])).max()))


@pytest.mark.function("spatial_batchnorm_forward")
@pytest.mark.needs("batchnorm_forward")
@cases("notebook-warm-up", "drawn-warm-up")
def test_spatial_batchnorm_warm_up(case_id: str, student: Any, golden: Golden, record_measure: Record) -> None:
    """spatial_batchnorm_forward normalizes in test mode with what it saw in 50 training steps."""
    recipe = golden(f"spatial_batchnorm_forward/{case_id}").inputs
    shape, bn_param = tuple(recipe["shape"]), student.put(recipe["bn_param"])
    x = _draw_steps(recipe["seed"], shape, recipe["n_steps"] + 1, recipe["scale"], recipe["shift"])
    *trained, tested = ((step, recipe["gamma"], recipe["beta"], bn_param) for step in x)
    student.layers.spatial_batchnorm_forward.last_of(trained)
    bn_param.set_items(values={"mode": "test"})
    out, _ = student.layers.spatial_batchnorm_forward(*tested)
    call = f"spatial_batchnorm_forward, mode='test' after 50 training steps, x {shape}"
    assert_array(out, shape, name="out", call=call)
    means, stds = out.mean(axis=(0, 2, 3)), out.std(axis=(0, 2, 3))
    hint = "Are the running mean and variance updated and stored in training mode, and used in test mode?"
    if not np.abs(means).max() > EXACTLY_ZERO:
        message = f"The means of out are zero to {np.abs(means).max():.0e}, so they are the batch's own [{call}]."
        raise WrongAnswer(message, "In test mode the running statistics take the place of the batch's own.")
    # Of 1,200 and more values per channel: means scatter by 0.03 around a bias of up to 0.04, stds by 0.02; seven times
    # that is allowed.
    words: dict[str, Any] = {
        "call": call,
        "hint": hint,
        "record": record_measure,
        "hidden": case_id.startswith("drawn"),
    }
    assert_close(means, np.zeros(shape[1]), name="mean of each channel", figure="means off by", limit=0.25, **words)
    assert_close(stds, np.ones(shape[1]), name="std of each channel", figure="stds off by", limit=0.15, **words)


@pytest.mark.function("spatial_batchnorm_backward")
@pytest.mark.needs("test_spatial_batchnorm_train", "batchnorm_backward", "batchnorm_backward_alt")
@cases("notebook", "drawn1")
def test_spatial_batchnorm_backward(
    case_id: str, student: Any, golden: Golden, record_measure: Record, remark: Remark
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


@cache
def _draw_steps(seed: int, shape: tuple[int, ...], n_steps: int, scale: float, shift: float) -> Any:
    """Returns the inputs of all steps, (n_steps, *shape), float64; the same for each submission."""
    steps = scale * np.random.RandomState(seed).randn(n_steps, *shape) + shift
    steps.flags.writeable = False
    return steps
