"""The reference's training run and the student's network in, the first point in which they are two functions out.

Why agreement here means the same training run, and what it does not show, is in docs/training.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.asserting import Array, WrongAnswer

from .network import initial_statistics, params_of
from .training import EPOCH, accuracy, set_params

__all__ = ["AGREE", "Sample", "disagreement", "samples_of"]

#: of a gradient's norm, or of the loss: a right network in float32 differs by 3e-6 at most, whatever the order of its
#: sums, one that computes in half precision by 1e-4 or more (docs/training.md)
AGREE = 2e-5
#: parameters moved by this much, as rounding moves sums, must not move a gradient by a third of AGREE: where they do,
#: a ReLU or a maximum is undecided, and right networks differ there
ROUNDING = 3e-7
#: states between start and end that are drawn for a grade
N_BETWEEN = 3
#: draws for one sample before the least undecided is taken
MAX_DRAWS = 8
#: calls of a small network after which it must still answer as at first
N_CALLS = 1000
#: as many standard errors as in the check of the initial values
SIGMAS = 5.0

Draw = Callable[[str], Any]
Record = Callable[..., float]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Parameters at some moment of the run, a batch, and what the reference answers."""

    #: the moment, in words
    when: str
    params: dict[str, Array]
    X: Array
    y: Array
    loss: float
    grads: dict[str, Array]


def samples_of(run: Any, images: Any, secret: Draw, batch_size: int) -> list[Sample]:
    """Returns the start, drawn moments between, and the end of a run, each with a drawn batch and the right answers."""
    rng = secret("certificate")
    moments: list[tuple[str, Callable[[], dict[str, Array]]]] = [("at the start", lambda: run.states[0])]
    stretches = rng.permutation(len(run.states) - 1)[:N_BETWEEN]
    for stretch in sorted(stretches):
        moments.append(("on the way", lambda stretch=stretch: _between(run, stretch, rng.uniform(0.05, 0.95))))
    moments.append(("at the end", lambda: run.states[-1]))
    return [_sample(when, draw_params, run, images, rng, batch_size) for when, draw_params in moments]


def disagreement(student: Any, run: Any, images: Any, samples: list[Sample], record: Record) -> str:
    """Returns in what a student's network differs from the reference along a run, "" when in nothing.

    Raises:
        StudentError: the network raises, loops or answers with nothing, so that it cannot be trained either.
    """
    model = student.cnn.ThreeLayerConvNet(**run.settings)
    for found in (
        _initial(model, run),
        _along_the_run(model, samples, record),
        _at_the_end(model, run, images),
        _after_many_calls(student, samples[0]),
    ):
        if found:
            return found
    return ""


def _initial(model: Any, run: Any) -> Iterator[str]:
    ...
