"""How each function is called with small inputs, to show a failure in lines that a student can paste."""

import numpy as np

from grader.judging import (
    Case,
    Reproduction,
    Script,
    SmallCall,
    Student,
    StudentError,
    gradients_call,
    output_call,
    plain_call,
    value_code,
)

from .layer_pairs import AFFINE, BATCHNORM, BATCHNORM_ALT, CONV, GROUPNORM, POOL, RELU, SPATIAL_BATCHNORM
from .network_calls import arrays_of, loss_and_grads, new_model, params_of, scores_of, trained_model

__all__ = ["CALLS"]

#: gradients in the order in which they are computed
BACKWARDS = ("b3", "W3", "b2", "W2", "b1", "W1")


def _network_call(case: Case, student: Student) -> Reproduction | None:
    """Returns what goes wrong first: the scores, the loss, or a gradient."""
    settings = dict(case.inputs["model"])
    dtype = np.dtype(settings.pop("dtype")).name
    arguments = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    new = Script((f"model = ThreeLayerConvNet({arguments}, dtype=np.{dtype})",))
    try:
        own = arrays_of(params_of(new_model(student, case)))
    except StudentError as error:
        return new.ended_with(error)
    shapes = {f'model.params["{name}"].shape': (own[name].shape, case.inputs["params"][name].shape) for name in own}
    if found := new.first_wrong(shapes):
        return found
    params = [f'model.params["{name}"] = {value_code(value)}' for name, value in case.inputs["params"].items()]
    script = new.then(*params, *(f"{name} = {value_code(case.inputs[name])}" for name in ("X", "y")))
    scores = script.then("scores = model.loss(X)")
    grads = script.then("loss, grads = model.loss(X, y)")
    expected = case.expected
    try:
        model = trained_model(student, case)
        given = scores_of(model, case)
    except StudentError as error:
        return scores.ended_with(error)
    if found := scores.first_wrong({"scores": (given, expected["scores"])}):
        return found
    try:
        loss, given = loss_and_grads(model, case)
    except StudentError as error:
        return grads.ended_with(error)
    gradients = {f'grads["{name}"]': (given[name], expected["grads"][name]) for name in BACKWARDS}
    return grads.first_wrong({"loss": (loss, expected["loss"]), **gradients})


CALLS = {
    "affine_forward": output_call(AFFINE, "affine"),
    "affine_backward": gradients_call(AFFINE, "affine"),
    "relu_forward": output_call(RELU, "relu"),
    "relu_backward": gradients_call(RELU, "relu"),
    "softmax_loss": plain_call("layers", "softmax_loss", ("x", "y"), ("loss", "dx")),
    "batchnorm_forward": output_call(BATCHNORM, "batchnorm", stored="bn_param"),
    "batchnorm_backward": gradients_call(BATCHNORM, "batchnorm"),
    "batchnorm_backward_alt": gradients_call(BATCHNORM_ALT, "batchnorm"),
    "conv_forward_naive": output_call(CONV),
    "conv_backward_naive": gradients_call(CONV),
    "max_pool_forward_naive": output_call(POOL),
    "max_pool_backward_naive": gradients_call(POOL),
    "spatial_batchnorm_forward": output_call(SPATIAL_BATCHNORM, stored="bn_param"),
    "spatial_batchnorm_backward": gradients_call(SPATIAL_BATCHNORM),
    "spatial_groupnorm_forward": output_call(GROUPNORM),
    "spatial_groupnorm_backward": gradients_call(GROUPNORM),
    "ThreeLayerConvNet": SmallCall("ThreeLayerConvNet", _network_call),
}
