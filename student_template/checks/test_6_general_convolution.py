"""What the documented contract of the convolution includes beyond the notebook's inputs."""

import pytest

from grader.judging import (
    ROUGHLY,
    Golden,
    Record,
    Remark,
    Student,
    assert_cache_lasts,
    assert_gradients,
    assert_output,
    cases,
)

from .layer_pairs import CONV
from .windows import conv_dx_shapes, conv_out_shapes, conv_regions

pytestmark = pytest.mark.section("General inputs")

every_legal_axis = cases(
    "pad0",
    "pad0-stride2",
    "pad2",
    "stride3",
    "stride-over-filter",
    "wide-image",
    "tall-image",
    "wide-filter",
    "tall-filter",
    "filter1x1",
    "filter2x2",
    "filter-over-image",
    "one-image",
    "one-channel",
    "one-filter",
    "all-sizes-differ",
    "other-order",
    "float32",
    "drawn-general1",
    "drawn-general2",
)


@pytest.mark.function("conv_forward_naive")
@every_legal_axis
def test_conv_forward_general(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """conv_forward_naive is right for any stride, padding, image and filter that its contract allows."""
    case = golden(f"conv_forward_naive/{case_id}")
    shapes, regions = conv_out_shapes(case), conv_regions(case)
    assert_output(CONV, case, student, record_measure, shapes=shapes, regions=regions)


@pytest.mark.function("conv_forward_naive")
@cases("untouched")
def test_conv_forward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """conv_forward_naive leaves x, w and b as they are."""
    case = golden(f"conv_forward_naive/{case_id}")
    assert_output(CONV, case, student, record_measure, limit=ROUGHLY, untouched=("x", "w", "b"))


@pytest.mark.function("conv_backward_naive")
@every_legal_axis
def test_conv_backward_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """conv_backward_naive is right for any stride, padding, image and filter that its contract allows."""
    case = golden(f"conv_backward_naive/{case_id}")
    assert_gradients(CONV, case, student, record_measure, remark, dx_options={"shapes": conv_dx_shapes(case)})


@pytest.mark.function("conv_backward_naive")
@cases("shapes")
def test_conv_backward_shapes(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """conv_backward_naive returns dx, dw and db in exactly the shapes of x, w and b."""
    case = golden(f"conv_backward_naive/{case_id}")
    assert_gradients(CONV, case, student, record_measure, remark, limit=ROUGHLY, strict=True)


@pytest.mark.function("conv_backward_naive")
@cases("untouched")
def test_conv_backward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """conv_backward_naive leaves dout and the arrays in its cache as they are."""
    case = golden(f"conv_backward_naive/{case_id}")
    assert_gradients(CONV, case, student, record_measure, remark, limit=ROUGHLY, untouched=("x", "w", "b"))


@pytest.mark.function("conv_backward_naive")
@cases("called-again")
def test_conv_backward_after_another_call(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """conv_backward_naive works with its cache after conv_forward_naive was called again."""
    case = golden(f"conv_backward_naive/{case_id}")
    assert_cache_lasts(CONV, case, student, record_measure, remark, limit=ROUGHLY)
