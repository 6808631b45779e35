"""Finds the first point of a training run where the student's network and the reference differ.

Why agreement here means the same training run, and what it does not show, is in docs/training.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.judging import Array, Generator, Images, Record, Ref, ReferenceRun, Secret, Student, WrongAnswer

from .initial import biases_off_zero, distances
from .training_runs import BATCH, fits, number_of, set_params

__all__ = ["AGREE", "Moment", "Sample", "difference", "disagreement", "moments_of"]

#: of a gradient's norm, or of the loss: right networks in float32 differ by 2e-6, whatever the order of their sums, one
#: that rounds to half precision anywhere by 1e-4 or more (docs/training.md)
AGREE = 2e-5
#: a ReLU or a maximum that hangs on rounding moves a gradient by up to a thousandth, in one batch of ten; then other
#: batches are asked at the same parameters, and so many of so many must agree
UNDECIDED, MUST_AGREE, FURTHER = 5e-3, 2, 4
#: moments between start and end, each drawn from its part of the way
BETWEEN = ((0.05, 0.5), (0.5, 0.95))
#: what is added to parameters, as a share of other ones of the start: no moment has bytes that anybody has seen
NOISE = 0.3
#: images, one after another, that the batches of a grade are drawn from: those that are made up are made in blocks
N_DRAWN = 500
#: gradients of more numbers are compared by their products with so many drawn directions, which keep their norms
LARGE, N_DIRECTIONS = 100_000, 16
#: held-out images whose scores are compared, in batches as Solver.check_accuracy makes them
N_HELD_OUT, AT_ONCE = 200, 100
#: calls of a small network, by batches of the run's size, after which one that may keep values must still answer as at
#: first: more than a run has
N_CALLS = {"overfit": 50, "epoch": 1000}
SMALL: dict[str, Any] = {"input_dim": (1, 4, 4), "num_filters": 2, "filter_size": 3, "hidden_dim": 3, "num_classes": 3}

Params = dict[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """A right gradient, in a form that takes little memory."""

    shape: tuple[int, ...]
    #: it, or its products with the directions
    kept: Array
    #: (last axis, directions); None where it is kept itself
    directions: Array | None

    def difference(self, found: Any) -> float:
        """Returns how far another one is, as a share of this one's norm; infinity where it has another shape."""
        if not isinstance(found, np.ndarray) or found.shape != self.shape or found.dtype.kind != "f":
            return float("inf")
        # Wrong values may be huge.
        with np.errstate(all="ignore"):
            seen = found if self.directions is None else found @ self.directions
            return float(np.linalg.norm(seen - self.kept)) / (float(np.linalg.norm(self.kept)) or 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A batch, and what the reference answers to it."""

    X: Array
    y: Array
    loss: float
    grads: dict[str, Gradient]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A moment of the run."""

    #: under which the run keeps what it answers there, with what tells one answer from the others
    key: tuple[bytes, int]
    #: in words
    when: str
    #: makes the parameters, which are large, anew
    params: Callable[[], Params]
    #: number of a batch -> the batch with right answers
    sample: Callable[[int], Sample]


def moments_of(run: ReferenceRun, images: Images, secret: Secret, name: str) -> list[Moment]:
    """Returns the start, drawn moments between, and the end of the run of a name, with drawn batches."""
    rng = secret(f"moments of {name}")
    # A run answers for grades of several seeds.
    token = secret(f"token of {name}").bytes(16)
    first = int(rng.randint(max(len(images.train) - N_DRAWN, 1)))
    made = []
    for number, (when, share) in enumerate(
        [("at the start", 0.0), *(("on the way", float(rng.uniform(*part))) for part in BETWEEN), ("at the end", 1.0)]
    ):
        shift = int(rng.randint(1 << 30))

        def params(share: float = share, shift: int = shift) -> Params:
            return _on_the_way(run, share, shift)

        def sample(batch: int, number: int = number, params: Callable[[], Params] = params) -> Sample:
            def draw() -> Sample:
                draws = secret(f"batch {batch} of moment {number} of {name}")
                X, y = images.batch(first + draws.randint(min(N_DRAWN, len(images.train)), size=BATCH))
                loss, grads = run.answer(params(), X, y)
                return Sample(X, y, loss, {key: _gradient(value, draws) for key, value in grads.items()})

            return run.once(((token, number), batch), draw)

        made.append(Moment((token, number), when, params, sample))
    return made


def _on_the_way(run: ReferenceRun, share: float, shift: int) -> Params:
    """Returns parameters at a share of the way from start to end, with other entries of the start as noise on them."""
    end = run.end if share else {}
    params = {}
    for name, start in run.start.items():
        noise = np.roll(start.reshape(-1), shift % start.size).reshape(start.shape)
        if not share:
            # In another order they are as good a start.
            params[name] = noise
            continue
        there = end[name]
        there -= start
        there *= np.float32(share)
        there += start
        noise *= np.float32(NOISE)
        there += noise
        params[name] = there
    return params


def _gradient(right: Array, rng: Generator) -> Gradient:
    if right.size < LARGE:
        return Gradient(right.shape, right, None)
    directions = rng.standard_normal((right.shape[-1], N_DIRECTIONS)).astype(right.dtype)
    return Gradient(right.shape, right @ directions, directions)


def disagreement(
    student: Student,
    run: ReferenceRun,
    images: Images,
    moments: list[Moment],
    n_calls: int,
    record: Record,
    *,
    of_loss: bool = True,
) -> str:
    """Returns in what a student's network differs from the reference along a run, "" when in nothing.

    Args:
        n_calls: more calls than the run has.
        of_loss: whether the loss itself has to agree, too: no step of a run depends on it.

    Raises:
        StudentError: the network raises, loops or answers with nothing, so that it cannot be trained either.
    """
    model = student.cnn.ThreeLayerConvNet(**run.settings)
    before = model.attributes(but=("params",)) if student.stateless else None
    return (
        _of_start(model, run)
        or _of_moments(model, moments, record, of_loss)
        or _of_scores(model, run, moments[-1], images, record)
        or _of_state(student, model, before, n_calls)
    )


def difference(loss: Any, grads: Any, sample: Sample, *, of_loss: bool = True) -> float:
    """Returns the largest difference of loss and gradients from a sample's, each as a share of its norm.

    Infinity where one of them is missing, has another shape or, of the loss, is not finite.
    """
    number = number_of(loss)
    if number is None or not np.isfinite(number) or not isinstance(grads, dict):
        return float("inf")
    worst = abs(number - sample.loss) / abs(sample.loss) if of_loss else 0.0
    for name, right in sample.grads.items():
        error = right.difference(grads.get(name))
        # Written so that NaN counts.
        worst = error if not error < worst else worst
    return worst


def _of_start(model: Ref, run: ReferenceRun) -> str:
    """Returns what is other about a new network: the names, shapes or distribution of its parameters."""
    params = model.get("params")
    if not fits(params, run.start):
        return "its parameters have other names or shapes"
    for name, value in run.start.items():
        if params[name].dtype != value.dtype:
            return f"its {name} is not {value.dtype}"
    if off := biases_off_zero(params):
        return f"its {off[0]} does not start at zero"
    for distance in distances(params, run.settings["weight_scale"]):
        if not distance.error < distance.limit:
            return f"it starts from other weights ({distance.figure} is {distance.error:.2g} off)"
    return ""


def _of_moments(model: Ref, moments: list[Moment], record: Record, of_loss: bool) -> str:
    worst, found, compared = 0.0, "", "loss and gradients" if of_loss else "gradients"
    for moment in moments:
        set_params(model, moment.params())
        error = _error(model, moment.sample(0), of_loss)
        # An honest network may differ where a decision hangs on rounding, but not in most batches.
        if AGREE <= error < UNDECIDED:
            others = sorted(_error(model, moment.sample(1 + number), of_loss) for number in range(FURTHER))
            error = others[MUST_AGREE - 1]
        worst = error if not error < worst else worst
        if not error < AGREE:
            words = compared.replace("and", "or")
            found = f"its {words} differ from the reference's {moment.when} of the run, by {error:.1e}"
            break
    record(f"difference from the reference's {compared}", worst, AGREE)
    return found


def _error(model: Ref, sample: Sample, of_loss: bool) -> float:
    return difference(*_loss_and_grads(model, sample.X, sample.y), sample, of_loss=of_loss)


def _loss_and_grads(model: Ref, X: Array, y: Array) -> tuple[Any, Any]:
    return _pair(model.call("loss", X, y))


def _pair(answer: Any) -> tuple[Any, Any]:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise WrongAnswer("ThreeLayerConvNet.loss(X, y) should return (loss, grads).")
    return answer[0], answer[1]


def _of_scores(model: Ref, run: ReferenceRun, end: Moment, images: Images, record: Record) -> str:
    """Returns how scores differ with the parameters that are set; a loss that changes parameters shows here."""
    count = min(N_HELD_OUT, len(images.held_out))
    X, _ = images.held_out_batch(np.arange(count))
    right = run.once((end.key, "scores"), lambda: run.scores(end.params(), X))
    error = 0.0
    for start in range(0, count, AT_ONCE):
        scores, wanted = model.call("loss", X[start : start + AT_ONCE]), right[start : start + AT_ONCE]
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


def _of_state(student: Student, model: Ref, before: str | None, n_calls: int) -> str:
    """Returns whether a network may answer otherwise once it has been called as often as a run calls it.

    Code that is proven to keep values in its instances only, and an instance in which calls by the run's own batches
    left all as it was, answer the next call as they answered the first.
    """
    if before is not None and model.attributes(but=("params",)) == before:
        return ""
    return _of_many_calls(student, n_calls)


def _of_many_calls(student: Student, n_calls: int) -> str:
    rng = np.random.RandomState(0)
    X = rng.standard_normal((BATCH, *SMALL["input_dim"])).astype(np.float32)
    y = rng.randint(SMALL["num_classes"], size=BATCH)
    model = student.cnn.ThreeLayerConvNet(**SMALL)
    first = number_of(_loss_and_grads(model, X, y)[0])
    if first is None:
        return "its loss is not a number"
    last = number_of(_pair(model.call_often(n_calls, "loss", X, y))[0])
    return "" if last == first else f"its loss is another one after {n_calls} calls"
