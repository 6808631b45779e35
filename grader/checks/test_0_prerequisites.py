"""Layers of earlier notebooks, for no points: what fails because of them says so."""

from typing import Any

import pytest

from grader.judging import (
    DOUBLE,
    Golden,
    Record,
    Remark,
    Student,
    accept_all,
    assert_close,
    assert_gradients,
    assert_output,
    cases,
    compare,
    stored_in,
)

from .layer_pairs import AFFINE, BATCHNORM, BATCHNORM_ALT, RELU

pytestmark = pytest.mark.section("Prerequisites")


@pytest.mark.function("affine_forward")
@cases("matrix", "images")
def test_affine_forward(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """affine_forward multiplies by the weights and adds the biases."""
    assert_output(AFFINE, golden(f"affine/{case_id}"), student, record_measure)


@pytest.mark.function("affine_backward")
@cases("matrix", "images")
def test_affine_backward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """affine_backward gives the gradients of x, w and b."""
    assert_gradients(AFFINE, golden(f"affine/{case_id}"), student, record_measure, remark)


@pytest.mark.function("relu_forward")
@cases("matrix", "images")
def test_relu_forward(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """relu_forward replaces negative values by zero."""
    assert_output(RELU, golden(f"relu/{case_id}"), student, record_measure)


@pytest.mark.function("relu_backward")
@cases("matrix", "images")
def test_relu_backward(case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark) -> None:
    """relu_backward lets the gradient through where x is positive."""
    case = golden(f"relu/{case_id}")
    assert_gradients(RELU, case, student, record_measure, remark)
    _, cache = student.layers.relu_forward(case.inputs["x"])
    dout = student.put(case.inputs["dout"])
    student.layers.relu_backward(dout, cache)
    if not compare(student.fetch(dout), case.inputs["dout"], name="dout", call=case.call, limit=1e-15).right:
        remark("relu_backward writes into dout: whoever uses dout again finds it changed.")


@pytest.mark.function("softmax_loss")
@cases("scores")
def test_softmax_loss(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """softmax_loss gives the mean loss and the gradient of the scores."""
    case = golden(f"softmax_loss/{case_id}")
    call = f"softmax_loss, {case.call}"
    loss, dx = student.layers.softmax_loss(case.inputs["x"], case.inputs["y"])
    # A guard such as log(p + 1e-8) moves the loss by about 1e-7.
    words: dict[str, Any] = {"call": call, "limit": 1e-6, "record": record_measure, "hidden": case.hidden}
    assert_close(loss, case.expected["loss"], name="loss", **words)
    assert_close(dx, case.expected["dx"], name="dx", **words)


@pytest.mark.function("batchnorm_forward")
@cases("train", "train-settings", "test-mode")
def test_batchnorm_forward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """batchnorm_forward normalizes each feature and keeps running statistics."""
    case = golden(f"batchnorm/{case_id}")
    bn_param = student.put(case.inputs["bn_param"])
    assert_output(BATCHNORM, case, student, record_measure, refs={"bn_param": bn_param})
    call = f"batchnorm_forward, {case.call}"
    after = stored_in(student.fetch(bn_param), call)
    words: dict[str, Any] = {"call": call, "limit": DOUBLE, "hidden": case.hidden}
    judgements = {
        name: compare(after.get(name), case.expected[name], name=name, flexible=True, **words)
        for name in ("running_mean", "running_var")
    }
    for found in filter(None, accept_all(judgements, record_measure)):
        remark(found)


@pytest.mark.function("batchnorm_backward")
@pytest.mark.needs("batchnorm_forward")
@cases("train", "train-settings")
def test_batchnorm_backward(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """batchnorm_backward gives the gradients of x, gamma and beta."""
    assert_gradients(BATCHNORM, golden(f"batchnorm/{case_id}"), student, record_measure, remark)


@pytest.mark.function("batchnorm_backward_alt")
@pytest.mark.needs("batchnorm_forward")
@cases("train", "train-settings")
def test_batchnorm_backward_alt(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """batchnorm_backward_alt gives the gradients of x, gamma and beta."""
    assert_gradients(BATCHNORM_ALT, golden(f"batchnorm/{case_id}"), student, record_measure, remark)
