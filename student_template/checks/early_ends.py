"""Tells when a network that is really trained has settled its verdict, so that the rest of the run can be left out.

Nothing here can fail a network: a run that is not settled goes on to its end. docs/training.md has the argument.
"""

import math
from collections.abc import Iterable

from grader.judging import Array, Generator, Ref, ReferenceRun, Student, WrongAnswer

from .learning import assert_follows_gradients, copy_of
from .training_runs import fits

__all__ = ["attributes_of", "is_surely_above", "may_not_turn", "parts_of"]

#: standard deviations: a share that is counted this far above a limit is below it in 3 of a million counts; a run is
#: looked at 16 times, and each time counted after every tenth of the images
DEVIATIONS = 4.5
N_PARTS = 10


def parts_of(numbers: Array) -> list[Array]:
    """Returns numbers of images, evenly spaced, in parts that are evenly spaced as well."""
    return [numbers[first::N_PARTS] for first in range(min(N_PARTS, len(numbers)))]


def is_surely_above(limit: float, counts: Iterable[tuple[float, int]]) -> bool | None:
    """Whether a share is farther from a limit than the choice of images explains; None in doubt to the last image.

    Args:
        limit: of the share.
        counts: share and number of some images after the other; no more are asked for than are needed.
    """
    n_right, n_images = 0.0, 0
    for share, n in counts:
        n_right, n_images = n_right + share * n, n_images + n
        distance = n_right / n_images - limit
        if abs(distance) > DEVIATIONS * math.sqrt(limit * (1 - limit) / n_images):
            return distance > 0
    return None


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
