"""What the documented contract of max pooling includes beyond the notebook's inputs."""

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

from .layer_pairs import POOL
from .ties import assert_ties
from .windows import pool_out_shapes, pool_regions

pytestmark = pytest.mark.section("General inputs")

every_legal_axis = cases(
    "overlap-stride1",
    "overlap-stride2",
    "overlap-nonsquare",
    "gaps",
    "window3x3",
    "wide-window",
    "tall-window",
    "wide-image",
    "tall-image",
    "window1x1",
    "whole-image",
    "negative",
    "one-image",
    "one-channel",
    "other-order",
    "float32",
    "drawn-general",
    "drawn-overlap",
)


@pytest.mark.function("max_pool_forward_naive")
@every_legal_axis
def test_max_pool_forward_general(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """max_pool_forward_naive is right for any window, stride and image that its contract allows."""
    case = golden(f"max_pool_forward_naive/{case_id}")
    assert_output(POOL, case, student, record_measure, shapes=pool_out_shapes(case))


@pytest.mark.function("max_pool_forward_naive")
@cases("untouched")
def test_max_pool_forward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record
) -> None:
    """max_pool_forward_naive leaves x as it is."""
    case = golden(f"max_pool_forward_naive/{case_id}")
    assert_output(POOL, case, student, record_measure, limit=ROUGHLY, untouched=("x",))


@pytest.mark.function("max_pool_backward_naive")
@every_legal_axis
def test_max_pool_backward_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """max_pool_backward_naive is right for any window, stride and image that its contract allows."""
    case = golden(f"max_pool_backward_naive/{case_id}")
    options = {"regions": pool_regions(case)}
    assert_gradients(POOL, case, student, record_measure, remark, strict=True, dx_options=options)


@pytest.mark.function("max_pool_backward_naive")
@cases("ties", "ties3x3", "drawn-ties")
def test_max_pool_backward_ties(case_id: str, student: Student, golden: Golden, remark: Remark) -> None:
    """max_pool_backward_naive gives the gradient to maxima only, also where several are equal."""
    assert_ties(golden(f"max_pool_backward_naive/{case_id}"), student, remark)


@pytest.mark.function("max_pool_backward_naive")
@cases("untouched")
def test_max_pool_backward_leaves_inputs_alone(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """max_pool_backward_naive leaves dout and the x in its cache as they are."""
    case = golden(f"max_pool_backward_naive/{case_id}")
    assert_gradients(POOL, case, student, record_measure, remark, limit=ROUGHLY, untouched=("x",))


@pytest.mark.function("max_pool_backward_naive")
@cases("called-again")
def test_max_pool_backward_after_another_call(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """max_pool_backward_naive works with its cache after max_pool_forward_naive was called again."""
    case = golden(f"max_pool_backward_naive/{case_id}")
    assert_cache_lasts(POOL, case, student, record_measure, remark, limit=ROUGHLY)
