"""Gives the run of the solution with the settings that checks ask for: kept with the solution, or trained here once."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.images import Images, Notify
from grader.assignment.solution import has_module, solution_module
from grader.store.cache import kept_arrays, key_of

__all__ = ["KEPT_AS", "ReferenceRun", "accuracies_of", "plan_key", "reference_run", "trained_run"]

Answer = TypeVar("Answer")

#: what a run is called where arrays are kept
KEPT_AS = "training-run"
#: images that an accuracy of the reference is taken from
N_SCORED = 1000
#: standard errors by which a kept run may name fewer of other images right than of its own
SIGMAS = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceRun:
    """What the reference did in one training run, and what it answers at any parameters."""

    settings: dict[str, Any]
    #: parameters by name where it starts; read-only
    start: dict[str, Any]
    #: iterations after which accuracies were counted, from 0 to the last
    kept_at: tuple[int, ...]
    #: of each iteration
    losses: Any
    #: share of right answers after these iterations, (iterations, 2): on images of the plan, on held-out ones
    accuracies: Any
    #: parameters at the end, in the form in which they are kept
    packed: dict[str, Any]
    _solution: Any
    _answers: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, plan: Mapping[str, Any], solution: ModuleType, end: dict[str, Any], losses: Any, accuracies: Any
    ) -> "ReferenceRun":
        """Returns what is known of the run of a plan."""
        return cls(dict(plan["settings"]), dict(plan["params"]), tuple(plan["keep"]), losses, accuracies, end, solution)

    @property
    def end(self) -> dict[str, Any]:
        """Parameters by name where the run ends, but for rounding; made anew each time, since they are large."""
        params: dict[str, Any] = self._solution.unpacked(self.packed)
        return params

    def answer(self, params: Mapping[str, Any], X: Any, y: Any) -> tuple[float, dict[str, Any]]:
        """Returns the reference's loss and gradients."""
        loss, grads = self._solution.answer(self.settings, params, X, y)
        return float(loss), dict(grads)

    def scores(self, params: Mapping[str, Any], X: Any) -> Any:
        """Returns the reference's scores."""
        return self._solution.scores(self.settings, params, X)

    def run_again(self, plan: Mapping[str, Any], images: Images, count: int) -> Any:
        """Returns the losses of the first iterations, as the solution has them now."""
        batches = (images.batch(indices) for indices in plan["batches"][:count])
        _, losses = self._solution.run(plan["settings"], plan["params"], plan["solver"], batches, ())
        return np.array(losses)

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
    **plan: Any,
) -> ReferenceRun | None:
    """Returns the run of the assignment's solution, or None without the solution.

    A run that is kept with the solution is taken for the images that it was trained on, and for others of which it
    names as many right. Without one the solution is trained, once on this machine.

    Args:
        assignment: names the solution, whose module `training` runs it.
        images: trained on.
        notify: told when the run has to be computed or waited for, and how long that took.
        progress: told now and then how far the run is.
        plan: `settings` of the network; `params`, where the run starts, by name; `solver`, the update rule and its
            settings; `batches`, numbers of the images of each iteration, (iterations, batch size); `keep`, numbers of
            iterations after which accuracies are counted, rising from 0 to the last.
    """
    if not has_module(assignment, "training"):
        return None
    solution = solution_module(assignment, "training")
    others = []
    for kept in solution.kept_runs(plan_key(plan)):
        run = ReferenceRun.of(plan, solution, kept.end, kept.losses, kept.accuracies)
        if np.array_equal(kept.mean, images.mean):
            return run
        others.append(run)
    for run in others:
        found = np.array(accuracies_of(run, plan, images.whole()))
        if (found >= run.accuracies[-1] - _apart(run.accuracies[-1])).all():
            return replace(run, accuracies=np.vstack([run.accuracies[:-1], found]))
    return trained_run(solution, images, notify, progress, plan)


def trained_run(
    solution: ModuleType, images: Images, notify: Notify, progress: Notify, plan: Mapping[str, Any]
) -> ReferenceRun:
    """Returns the solution's run on these images, from the cache where it is there; see `reference_run`."""
    images = images.whole()
    key = key_of(solution.source_digest(), images.digest(), plan_key(plan))

    def compute() -> dict[str, Any]:
        batch = (images.batch(indices) for indices in plan["batches"])
        on_step = _announce(len(plan["batches"]), notify, progress)
        states, losses = solution.run(
            *(plan[name] for name in ("settings", "params", "solver")), batch, plan["keep"], on_step
        )
        end = solution.packed(states[-1])
        scores = partial(solution.scores, plan["settings"])
        accuracies = [_accuracies(scores, plan, state, images) for state in [*states[:-1], solution.unpacked(end)]]
        return {**{f"end-{name}": value for name, value in end.items()}, "losses": losses, "accuracies": accuracies}

    def wait() -> None:
        progress("waiting for the reference, which another process is training")

    arrays = kept_arrays(KEPT_AS, key, compute, wait)
    end = {name.removeprefix("end-"): value for name, value in arrays.items() if name.startswith("end-")}
    return ReferenceRun.of(plan, solution, end, np.asarray(arrays["losses"]), np.asarray(arrays["accuracies"]))


def plan_key(plan: Mapping[str, Any]) -> str:
    """Returns a digest of a plan."""
    start = [(name, key_of(value)) for name, value in plan["params"].items()]
    return key_of(dict(plan["settings"]), start, dict(plan["solver"]), np.asarray(plan["batches"]), tuple(plan["keep"]))


def accuracies_of(run: ReferenceRun, plan: Mapping[str, Any], images: Images) -> tuple[float, float]:
    """Returns the share of right answers at the end of a run."""
    return _accuracies(run.scores, plan, run.end, images)


def _accuracies(
    scores: Callable[[Any, Any], Any], plan: Mapping[str, Any], params: Mapping[str, Any], images: Images
) -> tuple[float, float]:
    """Returns the share of right answers on images that the plan trains on and on held-out ones, evenly from each."""
    trained_on = np.unique(plan["batches"])
    shares = []
    for batch, numbers in ((images.batch, trained_on), (images.held_out_batch, np.arange(len(images.held_out)))):
        even = np.linspace(0, len(numbers) - 1, min(len(numbers), N_SCORED)).astype(int)
        X, y = batch(numbers[even])
        shares.append(float(np.mean(np.argmax(scores(params, X), axis=1) == y)))
    return shares[0], shares[1]


def _apart(accuracies: Any) -> Any:
    """Returns how far the accuracies on two samples of the same kind of images may lie apart by chance."""
    return SIGMAS * np.sqrt(2 * accuracies * (1 - accuracies) / N_SCORED)


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
