"""What the documented contract of ThreeLayerConvNet includes beyond the notebook's inputs."""

import numpy as np
import pytest

from grader.judging import ROUGHLY, SINGLE, Golden, Record, Remark, Student, WrongAnswer, cases, changed_in_place

from .network_calls import assert_network_gradients, assert_shapes, call_of, new_model, params_of, trained_model

NEEDS = ("affine_forward", "relu_forward", "softmax_loss", "affine_backward", "relu_backward")

pytestmark = [
    pytest.mark.section("General inputs"),
    pytest.mark.function("ThreeLayerConvNet"),
    pytest.mark.needs(*NEEDS),
]


@cases("wide-image", "tall-image", "filter1", "filter5", "filter7", "drawn-general")
def test_network_general(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """ThreeLayerConvNet is right for images that are not square and for any odd filter size."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    shapes = {name: value.shape for name, value in case.inputs["params"].items()}
    assert_shapes(params_of(new_model(student, case)), shapes, case, strict=False)
    assert_network_gradients(case, student, record_measure, remark)


@cases("regularised-gradients", "drawn-regularised")
def test_network_regularised_gradients(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """ThreeLayerConvNet.loss(X, y) has the regulariser in the gradients of the weights too."""
    # Its share of the loss is judged by itself.
    case = golden(f"ThreeLayerConvNet/{case_id}")
    assert_network_gradients(case, student, record_measure, remark, loss_too=False)


@cases("float32")
def test_network_float32(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """ThreeLayerConvNet is right to single precision with float32 parameters and float64 images."""
    assert_network_gradients(golden(f"ThreeLayerConvNet/{case_id}"), student, record_measure, remark, limit=SINGLE)


@cases("shapes")
def test_network_shapes(case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark) -> None:
    """ThreeLayerConvNet has parameters and gradients in exactly the documented shapes."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    shapes = {name: value.shape for name, value in case.inputs["params"].items()}
    assert_shapes(params_of(new_model(student, case)), shapes, case, strict=True)
    assert_network_gradients(case, student, record_measure, remark, strict=True)


def test_network_leaves_inputs_alone(student: Student, golden: Golden, record_measure: Record, remark: Remark) -> None:
    """ThreeLayerConvNet.loss leaves the images and the parameters as they are."""
    case = golden("ThreeLayerConvNet/shapes")
    assert_network_gradients(case, student, record_measure, remark, limit=ROUGHLY)
    model, images = trained_model(student, case), student.put(case.inputs["X"])
    model.call("loss", images, case.inputs["y"])
    after = {"X": student.fetch(images), **params_of(model)}
    for name, value in {"X": case.inputs["X"], **case.inputs["params"]}.items():
        if not np.array_equal(after[name], value):
            hint = "The solver updates the parameters; loss only reads them."
            message = f"{name} is changed by loss(X, y) [{call_of(case)}]."
            raise WrongAnswer(message, "" if name == "X" else hint, changed_in_place((name,)))
