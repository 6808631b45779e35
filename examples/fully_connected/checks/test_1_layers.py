"""Checks of the layers: outputs, and gradients of the whole batch."""

import pytest

from grader.judging import Golden, Pair, Record, Remark, Student, assert_close, assert_gradients, assert_output, cases

pytestmark = pytest.mark.section("Layers")

AFFINE = Pair("layers", "affine_forward", "affine_backward", takes=("x", "w", "b"), gives=("dx", "dw", "db"))
RELU = Pair("layers", "relu_forward", "relu_backward", takes=("x",), gives=("dx",))


@pytest.mark.function("affine_forward")
@cases("matrix", "images", "drawn1")
def test_affine_forward(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """affine_forward flattens each example, multiplies it by w and adds b."""
    assert_output(AFFINE, golden(f"affine/{case_id}"), student, record_measure)


@pytest.mark.function("affine_backward")
@cases("matrix", "images", "drawn1")
def test_affine_backward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """affine_backward gives the gradients of x, w and b."""
    assert_gradients(AFFINE, golden(f"affine/{case_id}"), student, record_measure, remark)


@pytest.mark.function("relu_forward")
@cases("matrix", "drawn1")
def test_relu_forward(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """relu_forward keeps what is positive and puts zero elsewhere."""
    assert_output(RELU, golden(f"relu/{case_id}"), student, record_measure)


@pytest.mark.function("relu_backward")
@cases("matrix", "drawn1")
def test_relu_backward(case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark) -> None:
    """relu_backward lets the gradient through where x was positive."""
    assert_gradients(RELU, golden(f"relu/{case_id}"), student, record_measure, remark)


@pytest.mark.function("softmax_loss")
@cases("scores", "large-scores", "drawn1")
def test_softmax_loss(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """softmax_loss gives the mean loss and its gradient, whatever the size of the scores."""
    case = golden(f"softmax_loss/{case_id}")
    loss, dx = student.layers.softmax_loss(case.inputs["x"], case.inputs["y"])
    words = {"call": f"softmax_loss, {case.call}", "limit": 1e-6, "hidden": case.hidden, "record": record_measure}
    assert_close(loss, case.expected["loss"], name="loss", **words)
    assert_close(dx, case.expected["dx"], name="dx", **words)
