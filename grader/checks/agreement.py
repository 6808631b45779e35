"""Finds the first point of a training run where the student's network and the reference differ.

Why agreement here means the same training run, and what it does not show, is in docs/training.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.judging import Array, Generator, Images, Record, Ref, ReferenceRun, Secret, Student, WrongAnswer

from .initial import biases_off_zero, distances
from .training_runs import even, fits, number_of, set_params

__all__ = ["AGREE", "Moment", "Sample", "difference", "disagreement", "moments_of"]

#: of a gradient's norm, or of the loss: right networks in float32 differ by 2e-6, whatever the order of their sums, one
#: that rounds to half precision anywhere by 1e-4 or more (docs/training.md)
AGREE = 2e-5
#: a ReLU or a maximum that hangs on rounding moves a gradient by up to a thousandth, in one batch of ten; then other
#: batches are asked at the same parameters, and so many of so many must agree
UNDECIDED, MUST_AGREE, FURTHER = 5e-3, 2, 4
#: states between start and end that are drawn for a grade
N_BETWEEN = 3
#: held-out images whose scores are compared, in batches as Solver.check_accuracy makes them
N_HELD_OUT, AT_ONCE = 500, 100
#: calls of a small network after which it must still answer as at first: more than the run has
N_CALLS = 1000
SMALL: dict[str, Any] = {"input_dim": (1, 4, 4), "num_filters": 2, "filter_size": 3, "hidden_dim": 3, "num_classes": 3}

Params = dict[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A batch, and what the reference answers to it."""

    X: Array
    y: Array
    loss: float
    grads: Params


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A moment of the run."""

    #: in words
    when: str
    params: Params
    #: number of a batch -> the batch with right answers
    sample: Callable[[int], Sample]


def moments_of(run: ReferenceRun, images: Images, secret: Secret, batch_size: int) -> list[Moment]:
    """Returns the start, drawn moments between, and the end of a run, with drawn batches."""
    last = len(run.states) - 1
    rng = secret("moments")
    # A run answers for grades of several seeds.
    token = secret("token").bytes(16)
    moments = [("at the start", 0, 0.0), *(("on the way", k, rng.uniform(0.05, 0.95)) for k in _stretches(rng, last))]
    moments.append(("at the end", last, 0.0))
    made = []
    for number, (when, stretch, share) in enumerate(moments):
        params = run.states[stretch]
        if share:
            after = run.states[stretch + 1]
            params = {name: value + np.float32(share) * (after[name] - value) for name, value in params.items()}

        def sample(batch: int, number: int = number, params: Params = params) -> Sample:
            def draw() -> Sample:
                chosen = secret(f"batch {batch} of moment {number}").randint(len(images.train), size=batch_size)
                X, y = images.batch(chosen)
                return Sample(X, y, *run.answer(params, X, y))

            return run.once((token, number, batch), draw)

        made.append(Moment(when, params, sample))
    return made


def disagreement(student: Student, run: ReferenceRun, images: Images, moments: list[Moment], record: Record) -> str:
    """Returns in what a student's network differs from the reference along a run, "" when in nothing.

    Raises:
        StudentError: the network raises, loops or answers with nothing, so that it cannot be trained either.
    """
    model = student.cnn.ThreeLayerConvNet(**run.settings)
    return (
        _of_start(model, run)
        or _of_moments(model, moments, record)
        or _of_scores(model, run, images, record)
        or _of_many_calls(student)
    )


def difference(loss: Any, grads: Any, sample: Sample) -> float:
    """Returns the largest difference of loss and gradients from a sample's, each as a share of its norm.

    Infinity where one of them is missing or has another shape.
    """
    number = number_of(loss)
    if number is None or not isinstance(grads, dict):
        return float("inf")
    worst = abs(number - sample.loss) / abs(sample.loss)
    for name, right in sample.grads.items():
        found = grads.get(name)
        if not isinstance(found, np.ndarray) or found.shape != right.shape or found.dtype.kind != "f":
            return float("inf")
        # Wrong values may be huge.
        with np.errstate(all="ignore"):
            error = float(np.linalg.norm(found - right)) / (float(np.linalg.norm(right)) or 1.0)
        # Written so that NaN counts.
        worst = error if not error < worst else worst
    return worst


def _of_start(model: Ref, run: ReferenceRun) -> str:
    """Returns what is other about a new network: the names, shapes or distribution of its parameters."""
    params = model.get("params")
    if not fits(params, run.states[0]):
        return "its parameters have other names or shapes"
    for name, value in run.states[0].items():
        if params[name].dtype != value.dtype:
            return f"its {name} is not {value.dtype}"
    if off := biases_off_zero(params):
        return f"its {off[0]} does not start at zero"
    for distance in distances(params, run.settings["weight_scale"]):
        if not distance.error < distance.limit:
            return f"it starts from other weights ({distance.figure} is {distance.error:.2g} off)"
    return ""


def _of_moments(model: Ref, moments: list[Moment], record: Record) -> str:
    worst, found = 0.0, ""
    for moment in moments:
        set_params(model, moment.params)
        error = _error(model, moment.sample(0))
        # An honest network may differ where a decision hangs on rounding, but not in most batches.
        if AGREE <= error < UNDECIDED:
            others = sorted(_error(model, moment.sample(1 + number)) for number in range(FURTHER))
            error = others[MUST_AGREE - 1]
        worst = error if not error < worst else worst
        if not error < AGREE:
            found = f"its loss or gradients differ from the reference's {moment.when} of the run, by {error:.1e}"
            break
    record("difference from the reference's loss and gradients", worst, AGREE)
    return found


def _error(model: Ref, sample: Sample) -> float:
    return difference(*_loss_and_grads(model, sample.X, sample.y), sample)


def _loss_and_grads(model: Ref, X: Array, y: Array) -> tuple[Any, Any]:
    answer: Any = model.call("loss", X, y)
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise WrongAnswer("ThreeLayerConvNet.loss(X, y) should return (loss, grads).")
    return answer[0], answer[1]


def _of_scores(model: Ref, run: ReferenceRun, images: Images, record: Record) -> str:
    """Returns how scores differ with the parameters that are set; a loss that changes parameters shows here."""
    chosen = even(N_HELD_OUT, len(images.held_out))
    right = run.once("scores", lambda: run.scores(run.states[-1], images.held_out_batch(chosen)[0]))
    error = 0.0
    for start in range(0, len(chosen), AT_ONCE):
        X, _ = images.held_out_batch(chosen[start : start + AT_ONCE])
        scores, wanted = model.call("loss", X), right[start : start + AT_ONCE]
        if not isinstance(scores, np.ndarray) or scores.shape != wanted.shape:
            return "its scores have another shape"
        if scores.dtype.kind != "f":
            return f"its scores are of type {scores.dtype}"
        with np.errstate(all="ignore"):
            each = float(np.linalg.norm(scores - wanted) / np.linalg.norm(wanted))
        # Written so that NaN counts.
        error = each if not each < error else error
    record("difference from the reference's scores", error, AGREE)
    return "" if error < AGREE else f"its scores differ from the reference's at the end of the run, by {error:.1e}"


def _of_many_calls(student: Student) -> str:
    """Returns whether a network answers otherwise once it has been called as often as a run calls it."""
    rng = np.random.RandomState(0)
    X, y = rng.standard_normal((2, *SMALL["input_dim"])).astype(np.float32), np.array([0, 2])
    model = student.cnn.ThreeLayerConvNet(**SMALL)
    first = last = number_of(_loss_and_grads(model, X, y)[0])
    for _ in range(N_CALLS):
        last = number_of(_loss_and_grads(model, X, y)[0])
    if first is None:
        return "its loss is not a number"
    return "" if last == first else f"its loss is another one after {N_CALLS} calls"


def _stretches(rng: Generator, count: int) -> list[int]:
    """Returns some of the stretches between two kept states, in the order of the run."""
    return sorted(int(stretch) for stretch in rng.choice(count, min(N_BETWEEN, count), replace=False))
