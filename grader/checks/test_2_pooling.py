"""What the notebook's cells judge of max pooling, on their own inputs and on drawn ones."""

import pytest

from grader.judging import Golden, Record, Remark, Student, assert_gradients, assert_output, cases, rel_error

from .layer_pairs import POOL
from .windows import pool_out_shapes, pool_regions

pytestmark = pytest.mark.section("Max pooling")

#: the notebook asks for a difference "on the order of e-8", so below the next one
ORDER_OF_E8 = 1e-7
#: the notebook asks for "on the order of e-12"; nothing is added up here, so a right gradient is exact
ORDER_OF_E12 = 1e-11


@pytest.mark.function("max_pool_forward_naive")
@cases("notebook", "tiles", "drawn1")
def test_max_pool_forward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """max_pool_forward_naive takes the largest value of each window, as in the notebook."""
    case = golden(f"max_pool_forward_naive/{case_id}")
    # The notebook compares with an output printed to eight decimals.
    expected = case.inputs.get("correct_out", case.expected["out"])
    assert_output(
        POOL,
        case,
        student,
        record_measure,
        remark=remark,
        expected=expected,
        error=rel_error,
        limit=ORDER_OF_E8,
        figure="difference",
        shapes=pool_out_shapes(case),
    )


@pytest.mark.function("max_pool_backward_naive")
@cases("notebook", "tiles", "drawn1")
def test_max_pool_backward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """max_pool_backward_naive sends the gradient to the largest value of each window, as in the notebook."""
    case = golden(f"max_pool_backward_naive/{case_id}")
    assert_gradients(
        POOL,
        case,
        student,
        record_measure,
        remark,
        error=rel_error,
        limit=ORDER_OF_E12,
        own_derivative=case_id == "notebook",
        dx_options={"regions": pool_regions(case)},
    )
