"""What the notebook's cells judge of the convolution, on their own inputs and on drawn ones."""

import pytest

from grader.judging import Golden, Record, Remark, Student, assert_gradients, assert_output, cases, rel_error

from .layer_pairs import CONV
from .windows import conv_dx_shapes, conv_out_shapes, conv_regions

pytestmark = pytest.mark.section("Convolution")

#: the notebook asks for differences "around e-8": of that order, so below the next one
AROUND_E8 = 1e-7


@pytest.mark.function("conv_forward_naive")
@cases("notebook", "image-filters", "drawn1", "drawn2")
def test_conv_forward(case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark) -> None:
    """conv_forward_naive slides the filters over the padded images, as in the notebook."""
    case = golden(f"conv_forward_naive/{case_id}")
    # The notebook compares with an output printed to eight decimals.
    expected = case.inputs.get("correct_out", case.expected["out"])
    assert_output(
        CONV,
        case,
        student,
        record_measure,
        remark=remark,
        expected=expected,
        error=rel_error,
        limit=AROUND_E8,
        figure="difference",
        shapes=conv_out_shapes(case),
        regions=conv_regions(case),
    )


@pytest.mark.function("conv_backward_naive")
@cases("notebook", "stride2", "drawn1", "drawn2")
def test_conv_backward(case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark) -> None:
    """conv_backward_naive gives the gradients of x, w and b, as in the notebook's gradient check."""
    case = golden(f"conv_backward_naive/{case_id}")
    assert_gradients(
        CONV,
        case,
        student,
        record_measure,
        remark,
        error=rel_error,
        limit=AROUND_E8,
        own_derivative=case_id == "notebook",
        dx_options={"shapes": conv_dx_shapes(case)},
    )
