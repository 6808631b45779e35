"""What the notebook's cells judge of spatial group normalization, on their own inputs and on drawn ones."""

import numpy as np
import pytest

from grader.judging import Golden, Record, Remark, Student, assert_gradients, assert_output, cases

from .layer_pairs import GROUPNORM

pytestmark = pytest.mark.section("Spatial group normalization")

#: With a variance of 16 to 25, eps = 1e-5 moves outputs and gradients by 1e-6, and by up to 1e-5 where it is added to
#: the root. The notebook compares with the student's own forward pass and sees neither: how eps enters is judged under
#: "General inputs", with an eps that shows.
EPS_UNSEEN = 2e-5


@pytest.mark.function("spatial_groupnorm_forward")
@cases("notebook", "scaled", "drawn1", "drawn2")
def test_spatial_groupnorm_forward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_groupnorm_forward normalizes each group of neighbouring channels of each example."""
    case = golden(f"spatial_groupnorm_forward/{case_id}")
    out = assert_output(GROUPNORM, case, student, record_measure, limit=EPS_UNSEEN, remark=remark)
    if case_id == "notebook":
        groups = out.reshape(out.shape[0] * case.inputs["G"], -1)
        record_measure("means off by", float(np.abs(groups.mean(axis=1)).max()))
        record_measure("stds off by", float(np.abs(groups.std(axis=1) - 1).max()))


@pytest.mark.function("spatial_groupnorm_backward")
@pytest.mark.needs("spatial_groupnorm_forward")
@cases("notebook", "scaled", "drawn1")
def test_spatial_groupnorm_backward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """spatial_groupnorm_backward gives the gradients of x, gamma and beta, as in the notebook's gradient check."""
    case = golden(f"spatial_groupnorm_backward/{case_id}")
    assert_gradients(
        GROUPNORM,
        case,
        student,
        record_measure,
        remark,
        limit=EPS_UNSEEN,
        own_derivative=case_id == "notebook",
    )
