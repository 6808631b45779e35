"""What the notebook's cells judge of ThreeLayerConvNet: parameters, scores, loss, gradients."""

import math
from typing import Any

import numpy as np
import pytest

from grader.judging import (
    Case,
    Golden,
    Once,
    Record,
    Ref,
    Remark,
    Student,
    WrongAnswer,
    assert_array,
    assert_close,
    cases,
    fingerprint_of,
)

from .initial import biases_off_zero, distances
from .network_calls import (
    NETWORK,
    arrays_of,
    assert_network_gradients,
    assert_shapes,
    call_of,
    loss_and_grads,
    loss_of,
    new_model,
    params_of,
    scores_of,
    trained_model,
)

FORWARD = ("affine_forward", "relu_forward", "softmax_loss")
BACKWARD = (*FORWARD, "affine_backward", "relu_backward")
#: times the weights of a new network, so that its scores are of order 1
LARGE = 300.0

pytestmark = [pytest.mark.section("Three-layer network"), pytest.mark.function("ThreeLayerConvNet")]


@cases("default", "notebook", "drawn-initial")
def test_network_parameters(case_id: str, student: Student, golden: Golden, once: Once, remark: Remark) -> None:
    """ThreeLayerConvNet has parameters of the documented names, shapes and type."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    shapes = case.expected.get("shapes") or {name: value.shape for name, value in case.inputs["params"].items()}
    dtype = case.inputs["model"].get("dtype", "float32")
    params = _first_params(student, case, once)
    for found in assert_shapes(params, shapes, case, strict=False):
        remark(found)
    for name in shapes:
        if params[name].dtype != dtype:
            message = f"{name}.dtype is {params[name].dtype}, should be {dtype} [{call_of(case)}]."
            raise WrongAnswer(message, "The constructor's dtype is the type of every parameter.")


@cases("default", "drawn-initial")
def test_network_initial_values(
    case_id: str, student: Student, golden: Golden, once: Once, record_measure: Record
) -> None:
    """ThreeLayerConvNet starts with Gaussian weights of deviation weight_scale and biases of zero."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    scale = case.expected["weight_scale"]
    params = arrays_of(_first_params(student, case, once))
    for distance in distances(params, scale):
        record_measure(distance.figure, distance.error, distance.limit)
        # Written so that NaN fails.
        if not distance.error < distance.limit:
            hint = "Weights come from a Gaussian around zero with deviation weight_scale."
            evidence = {distance.figure: fingerprint_of(distance.error, np.zeros(()))}
            raise WrongAnswer(distance.message, hint, evidence)
    if off := biases_off_zero(params):
        evidence = {f"new {name}": fingerprint_of(params[name], np.zeros_like(params[name])) for name in off}
        raise WrongAnswer(f"{off[0]} is not zero in a new network [{call_of(case)}].", evidence=evidence)


@pytest.mark.needs(*BACKWARD)
@cases("initial")
def test_network_initial_loss(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """ThreeLayerConvNet starts at a loss of log(C), and regularisation adds its share."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    model, call = new_model(student, case), call_of(case)
    params = arrays_of(params_of(model))
    loss, _ = loss_and_grads(model, case)
    # Scores of a new network are of order 1e-6, and so is the distance from log(C). Where biases do not start at zero
    # it is some 0.01, which is judged with the biases, and would hang here on the label that the seed draws.
    limit = 0.05 / math.log(10)
    figure = "loss off log(C), as a share of it"
    assert_close(loss, math.log(10), name="loss", call=call, figure=figure, limit=limit, record=record_measure)
    model.set("reg", 0.5)
    regularised, _ = loss_and_grads(model, case)
    assert_array(regularised, (), name="loss", call=f"{call}, reg=0.5")
    penalty = 0.25 * sum(float(np.sum(np.square(params[name], dtype=np.float64))) for name in ("W1", "W2", "W3"))
    # The penalty is of order 1e-3 beside a loss of 2.3, which float32 holds to 1e-7.
    assert_close(
        float(regularised) - float(loss),
        penalty,
        name="what reg adds to the loss",
        figure="error of what reg adds",
        call=f"{call}, reg=0.5",
        limit=1e-3,
        record=record_measure,
    )
    with np.errstate(all="ignore"):
        large = {name: (LARGE * value).astype(value.dtype) for name, value in params.items()}
    _assert_softmax(model, large, case, record_measure)


def _first_params(student: Student, case: Case, once: Once) -> dict[str, Any]:
    """Returns the parameters of a new network: of the default size they are 819,200 weights, drawn and sent once."""
    return once(case.name, lambda: params_of(new_model(student, case)))


def _assert_softmax(model: Ref, params: dict[str, Any], case: Case, record_measure: Record) -> None:
    """Raises WrongAnswer unless the losses of an image for each label are those of probabilities, and not all equal.

    At the small weights of a new network any network starts at log(C), one that computes nothing, too.
    """
    model.set("reg", 0.0)
    call, losses = f"{call_of(case)}, weights times {LARGE:g}", []
    model.set_items("params", values=params)
    for label in (*range(10), 0):
        loss, _ = loss_of(model, case.inputs["X"], np.array([label]))
        assert_array(loss, (), name="loss", call=call)
        losses.append(float(loss))
    if not math.isclose(losses.pop(), losses[0], rel_tol=1e-9):
        raise WrongAnswer(
            f"The loss of an image is another one when it is asked again [{call}].",
            "The solver updates the parameters; loss only reads them.",
        )
    if np.ptp(losses) < 1e-3:
        raise WrongAnswer(
            f"The loss is {losses[0]:.4g} for every label [{call}].", "It should depend on the scores and the labels."
        )
    # Wrong losses may be huge.
    with np.errstate(all="ignore"):
        total = float(np.exp(-np.array(losses)).sum())
    words: dict[str, Any] = {"call": call, "record": record_measure, "hidden": case.hidden}
    hint = "The softmax loss is -log of the probability of the label."
    assert_close(total, 1.0, name="sum of exp(-loss) over the labels", limit=1e-3, hint=hint, **words)


@pytest.mark.needs(*FORWARD)
@cases("notebook", "small", "drawn1", "drawn2")
def test_network_scores(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """ThreeLayerConvNet.loss(X) gives the scores of conv - relu - pool - affine - relu - affine."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    scores = scores_of(trained_model(student, case), case)
    words: dict[str, Any] = {"call": call_of(case), "hidden": case.hidden}
    assert_close(scores, case.expected["scores"], name="scores", limit=NETWORK, record=record_measure, **words)


@pytest.mark.needs(*BACKWARD)
@cases("regularised", "drawn-regularised")
def test_network_regularised_loss(case_id: str, student: Student, golden: Golden, record_measure: Record) -> None:
    """ThreeLayerConvNet.loss(X, y) adds 0.5 * reg times the squared weights to the softmax loss."""
    case = golden(f"ThreeLayerConvNet/{case_id}")
    loss, _ = loss_and_grads(trained_model(student, case), case)
    words: dict[str, Any] = {"call": call_of(case), "hidden": case.hidden}
    assert_close(loss, case.expected["loss"], name="loss", limit=NETWORK, record=record_measure, **words)


@pytest.mark.needs(*BACKWARD)
@cases("notebook", "small", "drawn1", "drawn2")
def test_network_gradients(
    case_id: str, student: Student, golden: Golden, record_measure: Record, remark: Remark
) -> None:
    """ThreeLayerConvNet.loss(X, y) gives the loss and the gradients of all six parameters."""
    assert_network_gradients(golden(f"ThreeLayerConvNet/{case_id}"), student, record_measure, remark)
