"""Checks of the network: its parameters, scores, loss, gradients and training loop."""

from typing import Any

import numpy as np
import pytest

from grader.judging import Case, Golden, Record, Ref, Student, WrongAnswer, assert_array, assert_close, cases

pytestmark = [pytest.mark.section("Two-layer network"), pytest.mark.function("TwoLayerNet")]

FORWARD = ("affine_forward", "relu_forward")
ALL = (*FORWARD, "affine_backward", "relu_backward", "softmax_loss")


def words(case: Case, record: Record) -> dict[str, Any]:
    return {"call": f"TwoLayerNet, {case.call}", "limit": 1e-6, "hidden": case.hidden, "record": record}


def with_params(student: Student, case: Case) -> Ref:
    """Returns a network of the case's sizes with the case's parameters."""
    model = student.network.TwoLayerNet(**case.inputs["model"])
    model.set("params", case.inputs["params"])
    return model


@cases("plain", "drawn1")
def test_parameters(case_id: str, student: Student, golden: Golden) -> None:
    """TwoLayerNet starts with weights of deviation weight_scale and biases of zero."""
    case = golden(f"TwoLayerNet/{case_id}")
    params = student.network.TwoLayerNet(**case.inputs["model"], weight_scale=0.5).get("params")
    if not isinstance(params, dict) or set(params) != set(case.inputs["params"]):
        raise WrongAnswer("params should be a dictionary with the keys W1, b1, W2 and b2.")
    for name, value in case.inputs["params"].items():
        assert_array(params[name], value.shape, name=name, call="TwoLayerNet.__init__")
    for name in ("W1", "W2"):
        # Five standard errors of a deviation that was estimated from so many weights.
        limit = 0.5 * 5 / np.sqrt(2 * params[name].size)
        if not abs(params[name].std() - 0.5) < limit:
            raise WrongAnswer(f"{name} has a standard deviation of {params[name].std():.2g}, should be weight_scale.")
    if any(params[name].any() for name in ("b1", "b2")):
        raise WrongAnswer("A bias of a new network is not zero.")


@pytest.mark.needs(*FORWARD)
@cases("plain", "drawn1")
def test_scores(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """TwoLayerNet.loss(X) gives the scores of affine - ReLU - affine."""
    case = golden(f"TwoLayerNet/{case_id}")
    scores = with_params(student, case).call("loss", case.inputs["X"])
    assert_close(scores, case.expected["scores"], name="scores", **words(case, record_measure))


@pytest.mark.needs(*ALL)
@cases("plain", "regularised", "drawn1")
def test_loss_and_gradients(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """TwoLayerNet.loss(X, y) gives the loss with its regulariser, and the gradients of all four parameters."""
    case = golden(f"TwoLayerNet/{case_id}")
    result = with_params(student, case).call("loss", case.inputs["X"], case.inputs["y"])
    if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], dict):
        raise WrongAnswer("TwoLayerNet.loss(X, y) should return (loss, grads), with grads a dictionary.")
    loss, grads = result
    assert_close(loss, case.expected["loss"], name="loss", **words(case, record_measure))
    for name, right in case.expected["grads"].items():
        assert_close(grads.get(name), right, name=f"grads[{name!r}]", **words(case, record_measure))


@pytest.mark.needs(*ALL)
@cases("plain", "regularised", "drawn1")
def test_training(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """TwoLayerNet.train takes one step of gradient descent for each batch and returns the losses."""
    case = golden(f"TwoLayerNet/{case_id}")
    model = with_params(student, case)
    inputs = (case.inputs[name] for name in ("X", "y", "batches"))
    losses = model.call("train", *inputs, case.expected["learning_rate"])
    if not isinstance(losses, list) or not all(isinstance(loss, float) for loss in losses):
        raise WrongAnswer("TwoLayerNet.train should return a list of numbers, one loss for each batch.")
    assert_close(np.array(losses), case.expected["losses"], name="losses", **words(case, record_measure))
    params = model.get("params")
    for name, right in case.expected["trained"].items():
        assert_close(params[name], right, name=f"params[{name!r}] after training", **words(case, record_measure))
