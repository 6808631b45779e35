"""Trains the solution by an assignment's plans and keeps the runs with it; says where kept ones are out of date."""

from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.images import Images, Notify
from grader.assignment.own_modules import load_module
from grader.assignment.reference_run import ReferenceRun, accuracies_of, plan_key, trained_run
from grader.assignment.solution import has_module, solution_module
from grader.model.errors import UnusableAssignment

__all__ = ["keep_runs", "run_differences"]

#: images, from the first on, by which others of the same kind are told from them
N_FIRST = 500
#: iterations that are run again, and how far their losses may be off: other BLAS libraries sum in another order
N_AGAIN, SAME_LOSS = 3, 1e-3
#: how far an accuracy may be off: one image in a hundred hangs on rounding
SAME_ACCURACY = 0.01


def keep_runs(assignment: Assignment, images: Images, notify: Notify, progress: Notify) -> Path:
    """Trains the solution on these images and writes its runs where it lies; returns the file.

    Raises:
        UnusableAssignment: the assignment names no plans, or its solution is not here or keeps no runs.
    """
    if not has_module(assignment, "kept_runs"):
        raise UnusableAssignment("The solution has no module 'kept_runs', or is not installed here.")
    solution, store = (solution_module(assignment, name) for name in ("training", "kept_runs"))
    images, rows = images.whole(), {}
    for name, plan in plans_of(assignment, images).items():
        run = trained_run(solution, images, notify, progress, plan)
        rows[name] = {
            "plan": plan_key(plan),
            "end": run.packed,
            "kept_at": run.kept_at,
            "losses": run.losses,
            "accuracies": run.accuracies,
        }
    place: Path = store.write_runs(images.kind, images.mean, images.train[np.arange(N_FIRST)], rows)
    return place


def run_differences(assignment: Assignment, images: Images) -> list[str]:
    """Returns one sentence for each kept run of these images that is not what the solution would do now.

    The first iterations are run again, and accuracies at the end are counted again.
    """
    if not assignment.runs or not has_module(assignment, "kept_runs"):
        return []
    solution = solution_module(assignment, "training")
    known, images = images, images.whole()
    sentences = (
        [] if np.array_equal(known.mean, images.mean) else [f"The mean that is kept of {images.words} is another."]
    )
    for name, plan in plans_of(assignment, images).items():
        kept = [run for run in solution.kept_runs(plan_key(plan)) if np.array_equal(run.mean, images.mean)]
        if not kept:
            sentences.append(f"No run {name!r} is kept for {images.words}; `grader golden train` makes it.")
            continue
        run = ReferenceRun.of(plan, solution, kept[0].end, kept[0].losses, kept[0].accuracies)
        sentences += _differences(name, run, plan, images)
    return sentences


def plans_of(assignment: Assignment, images: Images) -> dict[str, Any]:
    """Returns the plans of an assignment by name."""
    if not assignment.runs:
        raise UnusableAssignment("assignment.toml names no file of plans: its entry `runs` is missing.")
    plans: dict[str, Any] = load_module(assignment.folder / assignment.runs).plans(images)
    return plans


def _differences(name: str, run: ReferenceRun, plan: dict[str, Any], images: Images) -> list[str]:
    losses, sentences = run.run_again(plan, images, N_AGAIN), []
    off = float(np.max(np.abs(losses / run.losses[: len(losses)] - 1)))
    # Written so that NaN is a difference.
    if not off < SAME_LOSS:
        sentences.append(f"The kept run {name!r} begins with other losses than the solution has now, by {off:.1e}.")
    off = float(np.max(np.abs(np.array(accuracies_of(run, plan, images)) - run.accuracies[-1])))
    if not off < SAME_ACCURACY:
        sentences.append(f"The kept run {name!r} ends with other accuracies than the solution has there, by {off:.3f}.")
    return sentences
