"""What the notebook's two training runs show: a hundred images can be overfitted, and an epoch is learned from."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from grader.judging import (
    Array,
    Generator,
    Images,
    Options,
    Progress,
    Record,
    RecordPicture,
    RecordSeries,
    Ref,
    ReferenceRun,
    Remark,
    Secret,
    Student,
    StudentWithin,
    TrainingRun,
    WrongAnswer,
)

from .agreement import N_CALLS, disagreement, moments_of
from .early_ends import attributes_of, is_surely_above, may_not_turn, parts_of
from .filters import filters_png
from .learning import assert_follows_gradients, assert_follows_pixels, assert_knows_by_parameters, blurred, copy_of
from .training_runs import (
    BATCH,
    EPOCH,
    OVERFIT,
    Curves,
    Plan,
    accuracy,
    epoch_plan,
    even,
    fits,
    not_by_naive_layers,
    numbers_of,
    overfit_plan,
    set_params,
    solver_of,
    train,
)

pytestmark = [pytest.mark.section("Training"), pytest.mark.function("ThreeLayerConvNet")]

#: the epoch's gradients or parameters take 17 MB, twice that in float64
GRADIENTS_MB = 48
#: accuracy on the hundred images; the notebook's log ends at 0.99, the reference at 0.9 or more (docs/training.md)
BY_HEART = 0.8
#: the last epochs' loss as a share of the first ones'; the reference ends below a sixth
FALLEN = 0.5
#: the assignment's own threshold
LEARNED = 0.40
#: of images that were never trained on: a network that only remembers its images knows nothing of these
NOT_BY_HEART = 0.35
#: the reference must clear the threshold by this much before a certificate speaks for it: two runs that differ by
#: rounding only end that far apart
MARGIN = 0.02
#: said of a network that the reference's run does not speak for
_UNCERTIFIED = "Really trained, since there is no certificate: {}."
#: said of a network that it does speak for
_CERTIFIED = (
    "Certified on {}: your network gives the reference's loss, gradients and scores all along its training run, so it "
    "was not trained again."
)
_CERTIFIED_BUT_FOR_LOSS = (
    "Certified on {}: your network gives the reference's gradients and scores all along its training run, and no step "
    "depends on its loss, which is another one; so it was not trained again."
)
#: images of a count that decides, of those that are trained on and of others
N_COUNTED, N_UNSEEN_COUNTED = 4000, 1000
#: looks that are left out after one that was in doubt to the last image
PAUSE = 2
#: accuracy after a fifth of the epoch below which a network does not learn; guessing gives 0.1, the reference has 0.35
HOPELESS = 0.15


# Thirty steps and 5,000 images that are only scored: a second and a half of the reference, and a slow right network may
# take ten times that.
@pytest.mark.limit(cpu_seconds=60, wall_seconds=180, value_mb=GRADIENTS_MB)
@pytest.mark.needs("test_network_scores", "test_network_gradients")
def test_overfit(
    student: Student,
    student_within: StudentWithin,
    images: Images,
    training_run: TrainingRun,
    secret: Secret,
    options: Options,
    record_measure: Record,
    record_series: RecordSeries,
    remark: Remark,
) -> None:
    """ThreeLayerConvNet overfits a hundred training images in 15 epochs."""
    plan = overfit_plan(images, OVERFIT)
    if options["training"] == "certified":
        run = training_run("overfit", **plan.of_reference())
        with not_by_naive_layers():
            reason = _no_certificate(student, run, images, secret, "overfit", _by_heart, record_measure)
        if run is not None and not reason:
            record_measure("train accuracy, certified", _reached(run), BY_HEART, ">")
            record_measure("loss at the end, as a share of the first, certified", _fallen(run.losses), FALLEN)
            record_measure("validation accuracy, certified", float(run.accuracies[-1][1]))
            _record_reference(run, record_series)
            remark(_CERTIFIED.format("a hundred images"))
            return
        remark(_UNCERTIFIED.format(reason))
    model = student.cnn.ThreeLayerConvNet(**plan.settings)
    # A network that is built otherwise starts from its own weights.
    if fits(model.get("params"), plan.params):
        set_params(model, plan.params)
    start = numbers_of(model)
    X, y = images.batch(np.arange(100))
    held_out = images.held_out_batch(even(100, len(images.held_out)))

    def look(done: int, curves: Curves) -> None:
        curves.count(done, accuracy(model, X, y), accuracy(model, *held_out))

    with not_by_naive_layers():
        curves = train(solver_of(student, model), plan, images, 2, look)
    _record_curves(curves, record_series)
    if (run := training_run("overfit", **plan.of_reference())) is not None:
        _record_reference(run, record_series)
    end = numbers_of(model)
    # In a process of its own, which has seen neither images nor labels: what was learnt lies in the parameters.
    copy = copy_of(student_within(), plan.settings, end)
    known, fallen = accuracy(copy, blurred(X, secret("noise")), y), _fallen(curves.losses)
    record_measure("train accuracy", known, BY_HEART, ">")
    record_measure("loss at the end, as a share of the first", fallen, FALLEN)
    record_measure("validation accuracy", curves.held_out[-1])
    if not known > BY_HEART:
        learnt = "A network that cannot overfit a hundred images has a wrong gradient somewhere."
        elsewhere = f"While it was trained it named {curves.train[-1]:.0%} right: what it knows is not in self.params."
        raise WrongAnswer(
            f"Train accuracy is {known:.2f} after 15 epochs on 100 images, should be over {BY_HEART:g}.",
            elsewhere if curves.train[-1] > BY_HEART else learnt,
        )
    if not fallen < FALLEN:
        raise WrongAnswer(
            f"The loss ends at {fallen:.0%} of what it begins with, should be below {FALLEN:.0%}.",
            "Accuracy grows, so the gradients may be right and the loss itself not.",
        )
    _assert_learnt(copy, start, end, (X, y), secret("moment of the hundred images"))


def _by_heart(run: ReferenceRun) -> str:
    """Returns why the reference's run is too near to a limit to speak for others, "" when it is not."""
    if not _reached(run) > BY_HEART + MARGIN:
        return f"the reference itself ends at {_reached(run):.2f}, too near to the threshold"
    fallen = _fallen(run.losses)
    return "" if fallen < FALLEN - MARGIN else f"the reference's own loss ends at {fallen:.0%} of what it begins with"


def _fallen(losses: Sequence[float] | Array) -> float:
    return float(np.mean(losses[-4:]) / np.mean(losses[:4]))


def _assert_learnt(
    copy: Ref, start: dict[str, Array], end: dict[str, Array], batch: tuple[Array, Array], random: Generator
) -> None:
    """Raises WrongAnswer unless a copy of a trained network knows by its parameters and learns by its gradients."""
    X, y = batch
    if not fits(end, start):
        raise WrongAnswer("self.params has other names or shapes after training than before.")
    assert_knows_by_parameters(copy, end, X, y, random)
    assert_follows_gradients(copy, start, end, X[:50], y[:50], random)
    assert_follows_pixels(copy, X)


# A certificate takes a second of the reference's network; a run has limits of its own.
@pytest.mark.limit(cpu_seconds=30, wall_seconds=90, value_mb=GRADIENTS_MB)
@pytest.mark.needs("test_network_scores", "test_network_gradients")
def test_epoch(
    student: Student,
    student_within: StudentWithin,
    images: Images,
    training_run: TrainingRun,
    secret: Secret,
    options: Options,
    record_measure: Record,
    record_series: RecordSeries,
    remark: Remark,
    progress: Progress,
    record_picture: RecordPicture,
) -> None:
    """ThreeLayerConvNet reaches over 40 % accuracy on the training images in one epoch."""
    plan = epoch_plan(images, EPOCH)
    if options["training"] == "certified":
        run = training_run("epoch", **plan.of_reference())
        with not_by_naive_layers():
            reason = _no_certificate(student, run, images, secret, "epoch", _learned, record_measure)
            words = _CERTIFIED
            if (
                reason
                and run is not None
                and not _no_certificate(student, run, images, secret, "epoch", _learned, record_measure, of_loss=False)
            ):
                reason, words = "", _CERTIFIED_BUT_FOR_LOSS
                copy = copy_of(student_within(), plan.settings, run.end)
                # What remains to be asked of its loss after a real run.
                _assert_learnt(copy, run.start, run.end, images.batch(np.arange(400)), secret("moment of the epoch"))
        if run is not None and not reason:
            record_measure("train accuracy, certified", _reached(run), LEARNED, ">")
            record_measure("validation accuracy, certified", float(run.accuracies[-1][1]))
            _record_reference(run, record_series)
            remark(words.format(images.words))
            _show_filters(run.end, "of the reference, which yours equals, after one epoch", record_picture)
            return
        remark(_UNCERTIFIED.format(reason))
    images = images.whole()
    # Within this check's own limits: what takes half a minute for one batch takes hours for an epoch.
    with not_by_naive_layers():
        student.cnn.ThreeLayerConvNet(**plan.settings).call("loss", *images.batch(plan.batches[0]))
    # Who asks for full training gets all of it.
    run = training_run("epoch", **plan.of_reference()) if options["training"] == "certified" else None
    params = _train_an_epoch(student_within, plan, run, images, secret, record_measure, record_series, remark, progress)
    if fits(params, plan.params):
        _show_filters(params, "after one epoch", record_picture)


def _no_certificate(
    student: Student,
    run: ReferenceRun | None,
    images: Images,
    secret: Secret,
    name: str,
    too_near: Callable[[ReferenceRun], str],
    record_measure: Record,
    *,
    of_loss: bool = True,
) -> str:
    """Returns why the reference's run of a name does not speak for a network, "" when it does.

    Args:
        of_loss: whether the network's own loss has to agree, too.
    """
    if run is None:
        return "the reference is not installed here"
    if near := too_near(run):
        return near
    moments = moments_of(run, images, secret, name)
    return disagreement(student, run, images, moments, N_CALLS[name], record_measure, of_loss=of_loss)


def _learned(run: ReferenceRun) -> str:
    """Returns why the reference's epoch is too near to the threshold to speak for others, "" when it is not."""
    if _reached(run) > LEARNED + MARGIN:
        return ""
    return f"the reference itself ends at {_reached(run):.3f}, too near to the threshold"


def _reached(run: ReferenceRun) -> float:
    return float(run.accuracies[-1][0])


def _train_an_epoch(
    student_within: StudentWithin,
    plan: Plan,
    run: ReferenceRun | None,
    images: Images,
    secret: Secret,
    record_measure: Record,
    record_series: RecordSeries,
    remark: Remark,
    progress: Progress,
) -> dict[str, Array]:
    """Trains the network from its own start; returns its parameters, or raises a StudentError unless it learns.

    Args:
        run: the reference's, by which a run that has settled its verdict may end early; without it none does.
    """
    # Twenty times what the reference takes.
    student, total = student_within(cpu_seconds=1200, wall_seconds=3600), len(plan.batches)
    model = student.cnn.ThreeLayerConvNet(**plan.settings)
    start, before = numbers_of(model), attributes_of(student, model)
    some, held_out = (
        images.batch(even(400, len(images.train))),
        images.held_out_batch(even(400, len(images.held_out))),
    )
    many, unseen_many = even(N_COUNTED, len(images.train)), even(N_UNSEEN_COUNTED, len(images.held_out))
    pause = 0

    def look(done: int, curves: Curves) -> bool:
        curves.count(done, accuracy(model, *some), accuracy(model, *held_out))
        if done:
            loss = float(np.mean(curves.losses[-50:]))
            progress(f"Training: {done} of {total} iterations, loss {loss:.2f}, validation {curves.held_out[-1]:.2f}.")
        if total / 5 <= done < total and max(curves.held_out[-1], curves.train[-1]) < HOPELESS:
            raise WrongAnswer(
                f"After {done} of {total} iterations it names {curves.train[-1]:.0%} of the training images right, "
                "as one that guesses does; it was not trained further.",
                "Does the loss fall at all when a few images are trained on?",
            )
        nonlocal pause
        pause -= 1
        # Without a run of the reference's none ends early.
        return run is not None and total / 5 <= done < total and pause < 0 and is_settled()

    def is_settled() -> bool:
        nonlocal pause
        for numbers, batch_of, limit in (
            (many, images.batch, LEARNED),
            (unseen_many, images.held_out_batch, NOT_BY_HEART),
        ):
            batches = (batch_of(part) for part in parts_of(numbers))
            above = is_surely_above(limit, ((accuracy(model, X, y), len(y)) for X, y in batches))
            if not above:
                pause = 0 if above is False else PAUSE
                return False
        batch = some[0][:BATCH], some[1][:BATCH]
        return may_not_turn(student, model, before, run, batch, secret("late moment of the epoch"))

    curves = train(solver_of(student, model), plan, images, -(-total // 20), look)
    end = numbers_of(model)
    copy = copy_of(student_within(), plan.settings, end)
    reached = accuracy(copy, *images.batch(many))
    unseen = accuracy(copy, *images.held_out_batch(unseen_many))
    _record_curves(curves, record_series)
    record_measure("train accuracy, trained", reached, LEARNED, ">")
    record_measure("validation accuracy, trained", unseen, NOT_BY_HEART, ">")
    done = len(curves.losses)
    part = "" if done == total else f": {done} of {total} iterations, after which no doubt was left"
    remark(f"Really trained for one epoch on {images.words}{part}.")
    if not reached > LEARNED:
        raise WrongAnswer(f"Train accuracy is {reached:.3f} after one epoch, should be over {LEARNED:g}.")
    if not unseen > NOT_BY_HEART:
        raise WrongAnswer(
            f"Train accuracy is {reached:.3f}, but only {unseen:.3f} of images that were never shown are named right."
        )
    _assert_learnt(copy, start, end, some, secret("moment of the epoch"))
    return end


def _show_filters(params: dict[str, Array], which: str, record_picture: RecordPicture) -> None:
    """Records the first layer's filters where they are by their documented name."""
    filters = params.get("W1")
    if isinstance(filters, np.ndarray) and filters.ndim == 4 and filters.dtype.kind == "f" and filters.size:
        record_picture(f"Filters of the first layer {which}", filters_png(filters))


def _record_curves(curves: Curves, record_series: RecordSeries) -> None:
    record_series("loss", range(1, len(curves.losses) + 1), curves.losses)
    record_series("train accuracy", curves.at, curves.train)
    record_series("validation accuracy", curves.at, curves.held_out)


def _record_reference(run: ReferenceRun, record_series: RecordSeries) -> None:
    record_series("reference loss", range(1, len(run.losses) + 1), run.losses)
    record_series("reference train accuracy", run.kept_at, [row[0] for row in run.accuracies])
    record_series("reference validation accuracy", run.kept_at, [row[1] for row in run.accuracies])
