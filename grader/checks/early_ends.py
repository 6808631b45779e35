"""Tells when a network that is really trained has settled its verdict, so that the rest of the run can be left out.

Nothing here can fail a network: a run that is not settled goes on to its end. docs/training.md has the argument.
"""

import math

from grader.judging import Array, Generator, Ref, ReferenceRun, Student, WrongAnswer

from .learning import assert_follows_gradients, copy_of
from .training_runs import fits

__all__ = ["attributes_of", "may_not_turn", "surely_above"]

#: standard deviations: a share that is counted this far above a limit is below it in 3 of 100,000 counts, and a run is
#: looked at 20 times
DEVIATIONS = 4.0


def surely_above(share: float, n_images: int, limit: float) -> bool:
    """Whether a share counted on so many images is farther above a limit than the choice of images explains."""
    return share - DEVIATIONS * math.sqrt(limit * (1 - limit) / n_images) > limit


def attributes_of(student: Student, model: Ref) -> str | None:
    """Returns a text of what a network holds besides its parameters; None where its code may keep values elsewhere."""
    return model.attributes(but=("params",)) if student.stateless else None


def may_not_turn(
    student: Student,
    model: Ref,
    before: str | None,
    run: ReferenceRun | None,
    batch: tuple[Array, Array],
    random: Generator,
) -> bool:
    """Whether a network will answer later in its run as it has answered until now.

    It does when it is a function of its parameters, and follows its gradients where the reference's run ends, too.

    Args:
        student: whose network it is.
        model: in training.
        before: its attributes before that.
        run: the reference's, None where there is none.
        batch: some training images and their labels.
        random: draws the point.
    """
    if run is None or before is None or model.attributes(but=("params",)) != before:
        return False
    copy = copy_of(student, run.settings, run.end)
    if not fits(copy.get("params"), run.start):
        return False
    try:
        assert_follows_gradients(copy, run.start, run.end, *batch, random)
        assert_follows_gradients(copy, run.end, run.end, *batch, random)
    except WrongAnswer:
        return False
    return True
