"""Shows that a network has learnt: what it knows lies in its parameters, and its own gradients brought it there.

Each condition holds for every network that computes its scores from the pixels and its gradients from its loss, right
or not, in whatever precision; docs/training.md says what each is for.
"""

from typing import Any

import numpy as np

from grader.judging import Array, Generator, Ref, Student, WrongAnswer

from .training_runs import accuracy, number_of, set_params

__all__ = ["assert_follows_gradients", "assert_follows_pixels", "assert_knows_by_parameters", "blurred", "copy_of"]

#: of images named right after the parameters were shuffled; guessing gives 0.1, always one class up to 0.2
GUESSED = 0.35
#: noise on the images as a share of their deviation: no trained network notices
NOISE = 1e-3
#: what a step along the gradient is meant to add to the loss, as a share of it; and what it must add at least, for
#: gradients that are a few hundred times too large
STEP, RISES = 1e-2, 1e-4
#: way to another image; twice that must move the scores about twice as far, but for a few ReLUs that switch
AWAY, TWICE = 1e-2, (1.5, 2.5)
N_FOLLOWED = 10

Params = dict[str, Array]


def copy_of(student: Student, settings: dict[str, Any], params: Params) -> Any:
    """Returns a Ref to a network with these parameters, in a process that has seen no image."""
    model = student.cnn.ThreeLayerConvNet(**settings)
    set_params(model, params)
    return model


def blurred(X: Array, random: Generator) -> Array:
    """Returns images with a little noise, which nobody has seen before."""
    noise = random.standard_normal(X.shape) * (NOISE * float(X.std()))
    return np.asarray(X + noise.astype(X.dtype))


def assert_knows_by_parameters(model: Ref, params: Params, X: Array, y: Array, random: Generator) -> None:
    """Raises WrongAnswer when a network still names images right after its parameters were shuffled."""
    shuffled = {name: random.permutation(value.ravel()).reshape(value.shape) for name, value in params.items()}
    set_params(model, shuffled)
    named = accuracy(model, X, y)
    set_params(model, params)
    if named > GUESSED:
        raise WrongAnswer(
            f"It names {named:.0%} of the training images right even after its parameters were shuffled.",
            "What a network knows should lie in self.params: scores are computed from them and the pixels.",
        )


def assert_follows_gradients(model: Ref, start: Params, end: Params, X: Array, y: Array, random: Generator) -> None:
    """Raises WrongAnswer unless, at a point of a run, the loss rises along the gradients and falls against them.

    The network is left with the parameters there.

    Args:
        start, end: parameters of the same names and shapes.
    """
    share = random.uniform(0.3, 0.7)
    there = _moved(start, {name: end[name].astype(np.float64) - value for name, value in start.items()}, share)
    set_params(model, there)
    loss, grads = _loss_and_grads(model, X, y, there)
    if not _same(model.get("params"), there):
        hint = "The solver updates the parameters; loss only reads them."
        raise WrongAnswer("loss(X, y) changes the parameters.", hint)
    step, losses = _step(loss, grads), list[float]()
    for sign in (1, -1):
        set_params(model, _moved(there, grads, sign * step))
        losses.append(_loss_and_grads(model, X, y, there)[0])
    set_params(model, there)
    # Written so that NaN fails.
    if not losses[0] - losses[1] > RISES * STEP * abs(loss):
        raise WrongAnswer(
            f"Along its gradients the loss goes from {loss:.4g} to {losses[0]:.4g}, against them to {losses[1]:.4g}: "
            "it should rise along them and fall against them.",
            "The gradients should be those of the loss: what learns without them is no network.",
        )


def _step(loss: float, grads: Params) -> float:
    """Returns how far along the gradients the loss should grow by STEP of it; 0 where there is nothing to go by."""
    with np.errstate(all="ignore"):
        square = float(sum(np.square(grad, dtype=np.float64).sum() for grad in grads.values()))
        step = STEP * abs(loss) / square if square > 0 else 0.0
    return step if np.isfinite(step) else 0.0


def _moved(params: Params, direction: Params, share: float) -> Params:
    # Wrong values may be huge.
    with np.errstate(all="ignore"):
        return {name: (value + share * direction[name]).astype(value.dtype) for name, value in params.items()}


def assert_follows_pixels(model: Ref, X: Array) -> None:
    """Raises WrongAnswer unless scores move with the pixels, and twice as far for twice the way."""
    images = X[:N_FOLLOWED]
    towards = np.roll(images, 1, axis=0) - images
    at, near, far = (_rows(model, (images + share * towards).astype(images.dtype)) for share in (0.0, AWAY, 2 * AWAY))
    if not at.shape == near.shape == far.shape:
        raise WrongAnswer("ThreeLayerConvNet.loss(X) returns scores of another shape from call to call.")
    with np.errstate(all="ignore"):
        short, long = np.linalg.norm(near - at, axis=1), np.linalg.norm(far - at, axis=1)
        follows = (short > 0) & (long > TWICE[0] * short) & (long < TWICE[1] * short)
    if not follows.sum() > len(images) / 2:
        n_fixed = len(images) - int(follows.sum())
        raise WrongAnswer(
            f"The scores of {n_fixed} of {len(images)} images do not change when the pixels change.",
            "Scores should be computed from the pixels, not looked up.",
        )


def _loss_and_grads(model: Ref, X: Array, y: Array, params: Params) -> tuple[float, Params]:
    answer = model.call("loss", X, y)
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise WrongAnswer("ThreeLayerConvNet.loss(X, y) should return (loss, grads).")
    loss, grads = number_of(answer[0]), answer[1]
    if loss is None or not _fits(grads, params):
        raise WrongAnswer("ThreeLayerConvNet.loss(X, y) should return a number and a gradient for each parameter.")
    return loss, {name: np.reshape(grads[name], value.shape) for name, value in params.items()}


def _fits(grads: Any, params: Params) -> bool:
    if not isinstance(grads, dict) or not params.keys() <= grads.keys():
        return False
    floats = all(isinstance(grads[name], np.ndarray) and grads[name].dtype.kind == "f" for name in params)
    return floats and all(grads[name].size == value.size for name, value in params.items())


def _same(found: Any, params: Params) -> bool:
    if not isinstance(found, dict) or found.keys() != params.keys():
        return False
    return all(isinstance(found[name], np.ndarray) and np.array_equal(found[name], params[name]) for name in params)


def _rows(model: Ref, X: Array) -> Array:
    scores = model.call("loss", X)
    if not isinstance(scores, np.ndarray) or scores.ndim != 2 or len(scores) != len(X) or scores.dtype.kind != "f":
        raise WrongAnswer("ThreeLayerConvNet.loss(X) should return one row of scores for each image.")
    return scores.astype(np.float64)
