"""The reference is trained once for a plan and its images, and what it answers is the reference's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inprocess import ASSIGNMENT
from made_up_images import SMALL, made_up_images
from tiny import write_assignment

from grader.assignment.images import Images
from grader.assignment.reference_run import reference_run
from grader.checks.training_runs import Plan, plan_of
from reference.cs231n.classifiers.cnn import ThreeLayerConvNet
from reference.cs231n.solver import Solver


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def images() -> Images:
    return made_up_images()


@pytest.fixture(scope="module")
def plan(images: Images) -> Plan:
    return plan_of(images, SMALL, 100, 8, 5, 10)


def run_of(plan: Plan, images: Images, said: list[str], **changes: Any) -> Any:
    return reference_run(ASSIGNMENT, images, said.append, **{**plan.of_reference(), **changes})


def test_run_is_the_given_solvers_own(plan: Plan, images: Images) -> None:
    run = run_of(plan, images, [])
    model = ThreeLayerConvNet(**SMALL)
    model.params = {name: value.copy() for name, value in plan.params.items()}
    data = dict.fromkeys(("X_train", "y_train", "X_val", "y_val"), np.zeros(0))
    solver = Solver(model, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, verbose=False)
    losses = [solver.step(*images.batch(indices)) for indices in plan.batches]
    assert run.losses.tolist() == losses
    assert run.kept_at == (0, 2, 4, 6, 8)
    for name, value in model.params.items():
        np.testing.assert_array_equal(run.start[name], plan.params[name])
        np.testing.assert_array_equal(run.end[name], value)
    X, y = images.batch(np.arange(5))
    loss, grads = run.answer(run.end, X, y)
    expected_loss, expected = model.loss(X, y)
    assert loss == expected_loss
    np.testing.assert_array_equal(grads["W1"], expected["W1"])
    np.testing.assert_array_equal(run.scores(run.end, X), model.loss(X))
    shown = np.unique(plan.batches)
    right = np.argmax(model.loss(images.batch(shown)[0]), axis=1) == images.batch(shown)[1]
    assert run.accuracies[-1][0] == right.mean()


def test_run_is_computed_once_and_said_so(plan: Plan, images: Images) -> None:
    said: list[str] = []
    first, second = run_of(plan, images, said), run_of(plan, images, said)
    assert [text.partition(",")[0].partition(" (")[0] for text in said] == [
        "Training the reference",
        "The reference is trained",
    ]
    assert "8 iterations" in said[0]
    np.testing.assert_array_equal(first.end["W2"], second.end["W2"])


@pytest.mark.parametrize("part", ["settings", "batches", "images", "start"])
def test_another_plan_is_another_run(part: str, plan: Plan, images: Images) -> None:
    said: list[str] = []
    run_of(plan, images, said)
    if part == "settings":
        run_of(plan, images, said, settings={**SMALL, "reg": 0.5})
    elif part == "batches":
        run_of(plan, images, said, batches=plan.batches[::-1].copy())
    elif part == "start":
        run_of(plan, images, said, params={**plan.params, "b3": plan.params["b3"] + 1})
    else:
        other = Images(
            "",
            "",
            images.train[::-1],
            images.train_labels,
            *(getattr(images, n) for n in ("held_out", "held_out_labels", "mean")),
        )
        run_of(plan, other, said)
    assert len(said) == 4


def test_callers_random_numbers_are_left_alone(plan: Plan, images: Images) -> None:
    np.random.seed(5)
    run_of(plan, images, []).answer(plan.params, *images.batch(np.arange(3)))
    after = np.random.rand()
    np.random.seed(5)
    assert after == np.random.rand()


def test_without_the_solution_there_is_no_run(plan: Plan, images: Images, tmp_path: Path) -> None:
    kit = write_assignment(tmp_path / "tiny")
    assert reference_run(kit, images, print, **plan.of_reference()) is None


def test_answer_of_one_key_is_built_once(plan: Plan, images: Images) -> None:
    run, built = run_of(plan, images, []), []
    assert run.once("a", lambda: built.append(1) or 5) == run.once("a", lambda: 6) == 5
    assert built == [1]
