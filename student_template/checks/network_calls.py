"""Calls the student's network class and judges its scores, loss and gradients."""

from typing import Any

import numpy as np

from grader.judging import (
    Array,
    Case,
    Missing,
    Record,
    Ref,
    Remark,
    Student,
    WrongAnswer,
    accept_all,
    assert_array,
    compare,
    join_words,
)

__all__ = [
    "NETWORK",
    "arrays_of",
    "assert_network_gradients",
    "assert_shapes",
    "call_of",
    "loss_and_grads",
    "loss_of",
    "new_model",
    "params_of",
    "scores_of",
    "trained_model",
]

NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")

#: float64: a right network is right to 1e-12; a guard such as log(p + 1e-8) in the softmax moves it by 1e-7
NETWORK = 1e-6
#: no parameter of a case has a third as many
MOST_ENTRIES = 2_500_000


def call_of(case: Case) -> str:
    """Returns the words for a call of a case's network."""
    return f"ThreeLayerConvNet, {case.call}"


def new_model(student: Student, case: Case) -> Any:
    """Returns a Ref to a network with the case's settings, as its constructor leaves it."""
    settings = dict(case.inputs["model"])
    if "dtype" in settings:
        settings["dtype"] = np.dtype(settings["dtype"]).type
    return student.cnn.ThreeLayerConvNet(**settings)


def params_of(model: Ref) -> dict[str, Any]:
    """Returns the parameters of a network by name.

    Raises:
        Missing: there are none, so the constructor is not written yet.
        WrongAnswer: they are no dictionary, or one of the six is not there.
    """
    params = model.get("params")
    if _is_empty(params):
        raise Missing("ThreeLayerConvNet leaves self.params empty: is __init__ implemented?")
    _require(params, "self.params")
    return dict(params)


def arrays_of(params: dict[str, Any]) -> dict[str, Array]:
    """Returns the six parameters; raises WrongAnswer unless each is an array, and not far larger than any is to be."""
    for name in NAMES:
        if not isinstance(params[name], np.ndarray):
            raise WrongAnswer(f"self.params[{name!r}] is {_kind(params[name])}, should be an array.")
        if params[name].size > MOST_ENTRIES:
            raise WrongAnswer(f"{name}.shape is {params[name].shape}, which is far too large.")
    return {name: params[name] for name in NAMES}


def trained_model(student: Student, case: Case) -> Any:
    """Returns a Ref to a network with the case's settings and parameters."""
    model = new_model(student, case)
    params_of(model)
    model.set_items("params", values=case.inputs["params"])
    return model


def assert_shapes(params: dict[str, Any], shapes: dict[str, tuple[int, ...]], case: Case, *, strict: bool) -> list[str]:
    """Raises WrongAnswer unless the parameters have the documented shapes; returns remarks on axes of length one.

    Args:
        strict: whether a bias of shape (1, D) is wrong.
    """
    remarks = []
    for name, shape in shapes.items():
        found = params[name]
        if not strict and isinstance(found, np.ndarray) and len(shape) == 1 and found.shape == (1, *shape):
            remarks.append(f"{name} has shape {found.shape}; documented is {shape}.")
            found = found.reshape(shape)
        assert_array(found, shape, name=name, call=call_of(case))
    return remarks


def scores_of(model: Ref, case: Case) -> Any:
    """Returns loss(X): the scores.

    Raises:
        Missing: it returns None.
    """
    scores = model.call("loss", case.inputs["X"])
    if scores is None:
        raise Missing("ThreeLayerConvNet.loss(X) returned None, should be scores: is the forward pass implemented?")
    return scores


def loss_and_grads(model: Ref, case: Case) -> tuple[Any, dict[str, Any]]:
    """Returns loss(X, y): the loss, and the gradients by name.

    Raises:
        Missing: they are None, or still what they are set to before any code of the student's.
        WrongAnswer: it is no pair, the gradients are no dictionary, or one of the six is not there.
    """
    return loss_of(model, case.inputs["X"], case.inputs["y"])


def loss_of(model: Ref, X: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """Returns loss(X, y) as `loss_and_grads` does, for any images and labels."""
    result = model.call("loss", X, y)
    if result is None:
        raise Missing("ThreeLayerConvNet.loss(X, y) returned None, should be (loss, grads): is it implemented?")
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise WrongAnswer(f"ThreeLayerConvNet.loss(X, y) returned {_kind(result)}, should be (loss, grads).")
    loss, grads = result
    if _is_empty(grads) and (loss is None or (isinstance(loss, (int, float)) and loss == 0)):
        raise Missing("ThreeLayerConvNet.loss(X, y) gives neither loss nor gradients: is it implemented?")
    _require(grads, "grads")
    return loss, grads


def assert_network_gradients(
    case: Case,
    student: Student,
    record_measure: Record,
    remark: Remark,
    *,
    limit: float = NETWORK,
    strict: bool = False,
    loss_too: bool = True,
) -> None:
    """Raises a StudentError unless loss(X, y) gives the right loss and gradients.

    Args:
        limit: for each of them, as a share of its largest value.
        strict: whether gradients must have the documented shapes, axes of length one included.
        loss_too: whether the loss is judged.
    """
    loss, grads = loss_and_grads(trained_model(student, case), case)
    words: dict[str, Any] = {"call": call_of(case), "hidden": case.hidden, "limit": limit}
    judgements = {}
    if loss_too:
        judgements["loss"] = compare(loss, case.expected["loss"], name="loss", **words)
    for name in NAMES:
        right = case.expected["grads"][name]
        judgements[name] = compare(
            grads[name],
            right,
            name=f"grads[{name!r}]",
            figure=f"{name} error",
            flexible=not strict,
            **words,
        )
    for found in filter(None, accept_all(judgements, record_measure)):
        remark(found)


def _require(values: Any, what: str) -> None:
    if not isinstance(values, dict):
        raise WrongAnswer(f"{what} is {_kind(values)}, should be a dictionary of arrays by name.")
    if absent := [name for name in NAMES if name not in values]:
        had = ", ".join(sorted(str(name)[:20] for name in values)[:12])
        raise WrongAnswer(
            f"{what} lacks {join_words(absent)}; it has {had}.", "Names count: they are in the class's docstring."
        )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (dict, list, tuple)) and not value)


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"{len(value)} values" if isinstance(value, (tuple, list)) else _KINDS.get(type(value), "another value")


_KINDS = {bool: "a bool", int: "a number", float: "a number", str: "a string", dict: "a dictionary"}
