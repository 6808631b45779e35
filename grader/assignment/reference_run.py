"""Trains the reference once with the settings that checks ask for, and keeps that run."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.images import Images, Notify
from grader.assignment.solution import has_module, solution_module
from grader.store.cache import kept_arrays, key_of

__all__ = ["KEPT_AS", "ReferenceRun", "reference_run"]

Answer = TypeVar("Answer")

#: what a run is called where arrays are kept
KEPT_AS = "training-run"
#: images that an accuracy of the reference is taken from
N_SCORED = 1000


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceRun:
    """What the reference did in one training run, and what it answers at any parameters."""

    settings: dict[str, Any]
    #: iterations after which the states were taken, from 0 to the last
    kept_at: tuple[int, ...]
    #: parameters by name, at each of these; read-only
    states: tuple[dict[str, Any], ...]
    #: of each iteration
    losses: Any
    #: share of right answers at each state, (states, 2): on training images, on held-out ones
    accuracies: Any
    _solution: Any
    _answers: dict[Any, Any] = field(default_factory=dict)

    def answer(self, params: Mapping[str, Any], X: Any, y: Any) -> tuple[float, dict[str, Any]]:
        """Returns the reference's loss and gradients."""
        loss, grads = self._solution.answer(self.settings, params, X, y)
        return float(loss), dict(grads)

    def scores(self, params: Mapping[str, Any], X: Any) -> Any:
        """Returns the reference's scores."""
        return self._solution.scores(self.settings, params, X)

    def once(self, key: object, build: Callable[[], Answer]) -> Answer:
        """Returns what `build` returned when this key was first asked for: the same for every submission of a class."""
        if key not in self._answers:
            self._answers[key] = build()
        answer: Answer = self._answers[key]
        return answer


def reference_run(
    assignment: Assignment,
    images: Images,
    notify: Notify,
    *,
    progress: Notify = lambda text: None,
    settings: Mapping[str, Any],
    params: Mapping[str, Any],
    solver: Mapping[str, Any],
    batches: Any,
    keep: Sequence[int],
) -> ReferenceRun | None:
    """Returns the run of the assignment's solution, from the cache where it is there, or None without the solution.

    Args:
        assignment: names the solution, whose module `training` runs it.
        images: trained on.
        notify: told when the run has to be computed or waited for, and how long that took.
        progress: told now and then how far the run is.
        settings: of the network.
        params: where the run starts, by name.
        solver: update rule and its settings.
        batches: numbers of the images of each iteration, (iterations, batch size).
        keep: numbers of iterations after which parameters are kept, rising from 0.
    """
    if not has_module(assignment, "training"):
        return None
    solution = solution_module(assignment, "training")
    start = [(name, key_of(value)) for name, value in params.items()]
    key = key_of(solution.source_digest(), images.digest(), dict(settings), start, dict(solver), batches, tuple(keep))

    def compute() -> dict[str, Any]:
        batch = (images.batch(indices) for indices in batches)
        on_step = _announce(len(batches), notify, progress)
        states, losses = solution.run(settings, params, solver, batch, keep, on_step)
        rows = {f"{name}-{number}": value for number, state in enumerate(states) for name, value in state.items()}
        accuracies = [_accuracies(partial(solution.scores, settings, state), images) for state in states]
        return {**rows, "losses": np.array(losses), "accuracies": np.array(accuracies)}

    def wait() -> None:
        progress("waiting for the reference, which another process is training")

    arrays = kept_arrays(KEPT_AS, key, compute, wait)
    states = tuple({name: arrays[f"{name}-{number}"] for name in params} for number in range(len(keep)))
    return ReferenceRun(dict(settings), tuple(keep), states, arrays["losses"], arrays["accuracies"], solution)


def _accuracies(scores: Callable[[Any], Any], images: Images) -> tuple[float, float]:
    """Returns the share of right answers on training and on held-out images, drawn evenly from all of them."""
    shares = []
    for batch, count in ((images.batch, len(images.train)), (images.held_out_batch, len(images.held_out))):
        X, y = batch(np.linspace(0, count - 1, min(count, N_SCORED)).astype(int))
        shares.append(float(np.mean(np.argmax(scores(X), axis=1) == y)))
    return shares[0], shares[1]


def _announce(total: int, notify: Notify, progress: Notify) -> Callable[[int, float], None]:
    """Returns what is called with each iteration; it says what the wait is for, how long it is, and when it is over."""
    started = time.monotonic()
    notify(
        f"Training the reference, which happens once on this machine for these images: {total} iterations. "
        "All grading waits for it; later runs use the result."
    )
    first, step = min(20, total), max(total // 20, 1)

    def on_step(done: int, loss: float) -> None:
        seconds = time.monotonic() - started
        if done == first and done < total:
            notify(f"Training the reference will take about {_duration(seconds / done * total)}.")
        if done == total:
            notify(f"The reference is trained ({_duration(seconds)}).")
        elif done % step == 0:
            progress(
                f"training the reference, {100 * done // total} %, {_duration(seconds / done * (total - done))} left"
            )

    return on_step


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
