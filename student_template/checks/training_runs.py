"""Trains the student's network in the worker and counts its accuracy here."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from grader.judging import Array, Generator, Images, Ref, Student, StudentError, WrongAnswer

__all__ = [
    "BATCH",
    "EPOCH",
    "OVERFIT",
    "Curves",
    "Plan",
    "accuracy",
    "epoch_plan",
    "even",
    "fits",
    "not_by_naive_layers",
    "number_of",
    "numbers_of",
    "overfit_plan",
    "plan_of",
    "plans",
    "set_params",
    "solver_of",
    "train",
]

#: the notebook's seed, which also draws the start and the order of the batches: the same for every grade
SEED = 231
#: settings of the notebook's two networks
OVERFIT: dict[str, Any] = {"weight_scale": 1e-2}
EPOCH: dict[str, Any] = {"weight_scale": 1e-3, "hidden_dim": 500, "reg": 1e-3}
#: what the network's constructor takes where nothing is said
DEFAULTS = {"num_filters": 32, "filter_size": 7, "hidden_dim": 100, "num_classes": 10}
#: the notebook's update rule, as arguments of Solver
ADAM: dict[str, Any] = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
#: the notebook's batches
BATCH = 50
#: images that are scored at once, which limits memory
AT_ONCE = 100
#: start of a run that is drawn at once, in numbers: few enough that the wider ones do not count
DRAWN_AT_ONCE = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One training run, all of it set by the grader."""

    #: arguments of the network's constructor
    settings: dict[str, Any]
    #: parameters by their documented names, float32: where the run starts
    params: dict[str, Array]
    #: numbers of the training images of each iteration, (iterations, batch size)
    batches: Array
    #: numbers of iterations after which the reference's accuracies are counted, rising from 0 to the last
    keep: tuple[int, ...]

    def of_reference(self) -> dict[str, Any]:
        """Returns the plan as arguments of the fixture `training_run`."""
        names = ("settings", "params", "batches", "keep")
        return {**{name: getattr(self, name) for name in names}, "solver": ADAM}


@dataclass(slots=True)
class Curves:
    """What was seen while a network was trained."""

    losses: list[float] = field(default_factory=list)
    #: iterations after which accuracies were counted
    at: list[int] = field(default_factory=list)
    train: list[float] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)

    def count(self, done: int, train: float, held_out: float) -> None:
        """Notes the accuracies after so many iterations."""
        self.at.append(done)
        self.train.append(train)
        self.held_out.append(held_out)


def plans(images: Images) -> dict[str, dict[str, Any]]:
    """Returns the plans of the notebook's two runs on these images by name, as arguments of `training_run`."""
    return {"overfit": overfit_plan(images, OVERFIT).of_reference(), "epoch": epoch_plan(images, EPOCH).of_reference()}


def overfit_plan(images: Images, settings: dict[str, Any]) -> Plan:
    """Returns the notebook's fifteen epochs over the first hundred images."""
    return plan_of(images, settings, n_images=100, n_iterations=30, n_states=6, size=BATCH)


def epoch_plan(images: Images, settings: dict[str, Any]) -> Plan:
    """Returns the notebook's epoch over all images."""
    n_images = len(images.train)
    return plan_of(images, settings, n_images=n_images, n_iterations=n_images // BATCH, n_states=9, size=BATCH)


def plan_of(
    images: Images, settings: dict[str, Any], n_images: int, n_iterations: int, n_states: int, size: int
) -> Plan:
    """Returns a plan for the first n images in batches of `size`, drawn with replacement as Solver draws them."""
    return _plan(images.train.shape[1:], tuple(settings.items()), n_images, n_iterations, n_states, size)


@lru_cache(maxsize=4)  # the same plan for every submission of a class
def _plan(
    image: tuple[int, ...],
    items: tuple[tuple[str, Any], ...],
    n_images: int,
    n_iterations: int,
    n_states: int,
    size: int,
) -> Plan:
    rng, settings = np.random.RandomState(SEED), dict(items)
    weights = _shapes(image, {**DEFAULTS, **settings})
    params = {name: _normal(rng, settings["weight_scale"], shape) for name, shape in weights.items()}
    for name, shape in weights.items():
        params[f"b{name[1:]}"] = np.zeros(shape[0] if name == "W1" else shape[1], np.float32)
    for value in params.values():
        value.setflags(write=False)
    batches = rng.randint(n_images, size=(n_iterations, size))
    keep = tuple(round(share * n_iterations) for share in np.linspace(0, 1, n_states))
    return Plan(settings, params, batches, keep)


def _normal(rng: Generator, scale: float, shape: tuple[int, ...]) -> Array:
    """Returns what `rng.normal(0, scale, shape)` gives, in single precision and never all of it in double."""
    drawn = np.empty(math.prod(shape), np.float32)
    for start in range(0, drawn.size, DRAWN_AT_ONCE):
        part = drawn[start : start + DRAWN_AT_ONCE]
        part[:] = rng.normal(0.0, scale, part.size)
    return drawn.reshape(shape)


def solver_of(student: Student, model: Ref) -> Any:
    """Returns a Ref to a given Solver of a model in the worker; images come with each step."""
    nothing = np.zeros(0)
    data = dict.fromkeys(("X_train", "y_train", "X_val", "y_val"), nothing)
    return student.solver.Solver(model, data, verbose=False, **ADAM)


def train(
    solver: Ref,
    plan: Plan,
    images: Images,
    every: int,
    look: Callable[[int, Curves], bool | None],
) -> Curves:
    """Returns the curves of a run: one step a batch, in the worker.

    Args:
        solver: Ref to a Solver.
        plan: gives the batches.
        images: the fixture.
        every: iterations between two looks; there is one before the first and one after the last iteration too.
        look: called with the number of iterations done and the curves so far; true ends the run, as raising does.

    Raises:
        WrongAnswer: the loss is not a finite number.
    """
    curves = Curves()
    look(0, curves)
    for number, indices in enumerate(plan.batches, 1):
        given = solver.call("step", *images.batch(indices))
        loss = number_of(given)
        if loss is None or not math.isfinite(loss):
            shown = f"{loss:g}" if loss is not None else "not a number"
            raise WrongAnswer(
                f"The loss is {shown} in iteration {number} of {len(plan.batches)}.",
                "Does the softmax overflow for large scores, or is there a logarithm of zero?",
            )
        curves.losses.append(loss)
        if (number % every == 0 or number == len(plan.batches)) and look(number, curves):
            break
    return curves


def accuracy(model: Ref, X: Array, y: Array) -> float:
    """Returns the share of images that a network names right, from its scores; labels stay here.

    Raises:
        WrongAnswer: scores are not one row for each image.
    """
    n_right = 0
    for start in range(0, len(X), AT_ONCE):
        wanted = y[start : start + AT_ONCE]
        scores = model.call("loss", X[start : start + AT_ONCE])
        if not isinstance(scores, np.ndarray) or scores.ndim != 2 or len(scores) != len(wanted) or not scores.size:
            shape = f"of shape {scores.shape}" if isinstance(scores, np.ndarray) else f"a {type(scores).__name__}"
            raise WrongAnswer(
                f"ThreeLayerConvNet.loss(X) returned {shape}, should be one row of scores for each image."
            )
        # A row that holds NaN names nothing.
        n_right += int(np.sum((np.argmax(scores, axis=1) == wanted) & np.isfinite(scores).all(axis=1)))
    return n_right / len(X)


def number_of(value: Any) -> float | None:
    """Returns a floating-point number, also one that comes as an array without axes; None for anything else."""
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value.item()
    return value if isinstance(value, float) else None


def even(n_chosen: int, n_images: int) -> Array:
    """Returns numbers of images, evenly from all of them."""
    return np.linspace(0, n_images - 1, min(n_chosen, n_images)).astype(int)


@contextmanager
def not_by_naive_layers() -> Iterator[None]:
    """Says of a network that runs into a time limit what the usual cause is."""
    try:
        yield
    except StudentError as exc:
        if exc.status == "timeout":
            exc.hint = "Naive layers are too slow to train with; layer_utils combines the fast ones."
        raise


def fits(params: Any, documented: dict[str, Array]) -> bool:
    """Whether parameters have the documented names and shapes, and no others."""
    if not isinstance(params, dict) or params.keys() != documented.keys():
        return False
    return all(getattr(params[name], "shape", None) == value.shape for name, value in documented.items())


def numbers_of(model: Ref) -> dict[str, Array]:
    """Returns the parameters of a network by name; raises WrongAnswer unless each is an array of numbers."""
    params = model.get("params")
    if not isinstance(params, dict) or not params or not all(map(_is_numbers, params.values())):
        raise WrongAnswer("self.params should be a dictionary of arrays by name.")
    return params


def _is_numbers(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def set_params(model: Ref, params: dict[str, Array]) -> None:
    """Sets parameters of a network by name."""
    model.set_items("params", values=params)


def _shapes(image: tuple[int, ...], settings: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    C, H, W = image
    F, side, hidden = settings["num_filters"], settings["filter_size"], settings["hidden_dim"]
    return {"W1": (F, C, side, side), "W2": (F * (H // 2) * (W // 2), hidden), "W3": (hidden, settings["num_classes"])}
