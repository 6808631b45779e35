"""The solver trains, keeps the best parameters, logs as the course does and draws its batches in the course's order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reference.cs231n.solver import Solver

Array = NDArray[Any]


class Line:
    """Scores x * w for class 1 and 0 for class 0; the loss pulls w towards 1. Remembers what it was asked."""

    def __init__(self, w: float = 0.0) -> None:
        self.params = {"w": np.array([w])}
        self.batches: list[Array] = []
        self.asked: list[Array] = []

    def loss(self, X: Array, y: Array | None = None) -> Any:
        w = self.params["w"]
        if y is None:
            self.asked.append(X)
            return np.stack([np.zeros(len(X)), X[:, 0] * w[0]], axis=1)
        self.batches.append(X)
        return 0.5 * float((w[0] - 1) ** 2), {"w": w - 1}


def line_data(N: int = 8, M: int = 4) -> dict[str, Array]:
    X = np.arange(-N, N, 2.0)[:, None] + 1
    return {"X_train": X, "y_train": (X[:, 0] > 0).astype(int), "X_val": X[:M], "y_val": (X[:M, 0] > 0).astype(int)}


def solver_of(model: Any, data: dict[str, Array] | None = None, **arguments: Any) -> Solver:
    settings: dict[str, Any] = {"batch_size": 4, "num_epochs": 3, "verbose": False}
    settings["optim_config"] = {"learning_rate": 0.5}
    return Solver(model, data or line_data(), **(settings | arguments))


def test_histories_have_one_loss_an_iteration_and_one_accuracy_an_epoch_and_one_at_the_start() -> None:
    solver = solver_of(Line())
    solver.train()
    assert solver.loss_history == [0.5 * 0.25**i for i in range(6)]  # 3 epochs of 8 // 4 iterations, w - 1 halves
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 4
    assert solver.epoch == 3


def test_log_has_the_form_of_the_course(capsys: pytest.CaptureFixture[str]) -> None:
    solver_of(Line(), verbose=True, print_every=3).train()
    assert capsys.readouterr().out.splitlines() == [
        "(Iteration 1 / 6) loss: 0.500000",
        "(Epoch 0 / 3) train acc: 1.000000; val_acc: 1.000000",
        "(Epoch 1 / 3) train acc: 1.000000; val_acc: 1.000000",
        "(Iteration 4 / 6) loss: 0.007812",
        "(Epoch 2 / 3) train acc: 1.000000; val_acc: 1.000000",
        "(Epoch 3 / 3) train acc: 1.000000; val_acc: 1.000000",
    ]


def test_nothing_is_printed_unless_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    solver_of(Line()).train()
    assert capsys.readouterr().out == ""


def test_draws_follow_the_order_batch_then_train_then_validation_sample() -> None:
    model, data = Line(), line_data()
    np.random.seed(231)
    solver_of(model, data, num_epochs=2, num_train_samples=5, num_val_samples=3).train()
    np.random.seed(231)
    batches, asked = [], []
    for iteration in range(1, 5):
        batches.append(data["X_train"][np.random.choice(8, 4)])
        if iteration in (1, 2, 4):
            asked += [data["X_train"][np.random.choice(8, 5)], data["X_val"][np.random.choice(4, 3)]]
    np.testing.assert_array_equal(model.batches, batches)
    assert len(model.asked) == len(asked)
    for actual, expected in zip(model.asked, asked, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_accuracy_of_all_examples_draws_nothing() -> None:
    solver, data = solver_of(Line(1.0)), line_data()
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
    assert solver.check_accuracy(data["X_train"], data["y_train"], num_samples=8) == 1.0
    assert solver.check_accuracy(data["X_train"], 1 - data["y_train"]) == 0.0
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index]


def test_accuracy_counts_across_batches_with_a_short_last_one() -> None:
    model, data = Line(1.0), line_data()
    y = data["y_train"].copy()
    y[[0, -1]] ^= 1
    assert solver_of(model).check_accuracy(data["X_train"], y, batch_size=3) == 6 / 8
    assert [len(X) for X in model.asked] == [3, 3, 2]


def test_model_ends_with_the_parameters_that_were_best_on_validation() -> None:
    class Worsening(Line):
        def loss(self, X: Array, y: Array | None = None) -> Any:
            result = super().loss(X, y)
            return result if y is None else (0.0, {"w": np.ones(1)})

    model = Worsening(2.25)  # w: 1.75 after the first iteration, 1.25, 0.75, ... down to -0.75
    solver = solver_of(model, line_data(M=8))
    solver.train()
    assert solver.val_acc_history == [1.0, 1.0, 1.0, 0.0]
    assert solver.best_val_acc == 1.0
    assert model.params["w"].tolist() == [1.75]
    assert model.params is solver.best_params


def test_a_model_that_is_never_right_keeps_its_first_parameters() -> None:
    data = line_data()
    solver = solver_of(Line(), data | {"y_val": 1 - data["y_val"]})
    solver.train()
    assert solver.best_val_acc == 0.0
    assert solver.model.params["w"].tolist() == [0.5]


def test_learning_rate_decays_after_each_epoch() -> None:
    config = {"learning_rate": 0.5}
    solver = solver_of(Line(), lr_decay=0.5, optim_config=config)
    solver.train()
    assert solver.optim_configs["w"]["learning_rate"] == 0.5**4
    assert config == {"learning_rate": 0.5}


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_each_update_rule_lowers_the_loss(rule: str) -> None:
    solver = solver_of(Line(), update_rule=rule, optim_config={"learning_rate": 0.01})
    solver.train()
    assert solver.loss_history[-1] < solver.loss_history[0]


def test_batch_larger_than_the_data_makes_one_iteration_an_epoch() -> None:
    solver = solver_of(Line(), batch_size=20)
    solver.train()
    assert len(solver.loss_history) == 3


def test_checkpoints_hold_parameters_and_histories(tmp_path: Path) -> None:
    solver = solver_of(Line(), checkpoint_name=str(tmp_path / "run"), num_epochs=1)
    solver.train()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run_epoch_0.npz", "run_epoch_1.npz"]
    with np.load(tmp_path / "run_epoch_1.npz", allow_pickle=False) as saved:
        assert saved["w"].tolist() == [0.75]
        assert saved["loss_history"].tolist() == [0.5, 0.125]


def test_unknown_argument_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown argument 'num_epoch'"):
        solver_of(Line(), num_epoch=3)


def test_unknown_update_rule_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="'np', should be one of adam, rmsprop, sgd, sgd_momentum"):
        solver_of(Line(), update_rule="np")


def test_step_learns_from_the_batch_it_is_given_and_returns_its_loss() -> None:
    model = Line()
    solver = solver_of(model)
    X, y = np.array([[3.0]]), np.array([1])
    assert [solver.step(X, y), solver.step(X, y)] == [0.5, 0.125]
    assert solver.loss_history == [0.5, 0.125]
    assert model.params["w"][0] == 0.75
    assert all(batch is X for batch in model.batches)
