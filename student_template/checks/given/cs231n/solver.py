"""Trains a model and records the history of its loss and accuracy."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from . import optim

__all__ = ["Model", "Solver"]

Array = NDArray[Any]


class Model(Protocol):
    """What a model must have to be trained."""

    #: arrays by name; the solver replaces them step by step
    params: dict[str, Array]

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return scores (N, C) without y, else (loss, gradients by the names of params)."""


class Solver:
    """Trains a model by gradient descent on random minibatches.

    All randomness comes from NumPy's global generator, in this order: one draw of batch_size examples for each
    iteration, and after it, if accuracy is due, one of num_train_samples and one of num_val_samples examples, each only
    where fewer examples are asked for than there are. All are drawn with replacement.

    Attributes:
        loss_history: loss of each iteration's minibatch, before its update.
        train_acc_history, val_acc_history: accuracy after the first iteration and after each epoch.
        best_val_acc, best_params: the highest validation accuracy so far, and a copy of the parameters that reached it.
        epoch: epochs that are complete.

    Source: CS231n assignment 2 for arguments, log and order of draws.
    """

    def __init__(
        self,
        model: Model,
        data: dict[str, Array],
        *,
        update_rule: str = "sgd",
        optim_config: dict[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: str | None = None,
        print_every: int = 10,
        verbose: bool = True,
        **unknown: Any,
    ) -> None:
        """Set up a run; nothing is computed or drawn yet.

        Args:
            model: what to train.
            data: X_train (N, ...), y_train (N,), X_val (M, ...), y_val (M,).
            update_rule: name of a function of `optim`.
            optim_config: its settings, `learning_rate` among them; each parameter gets a copy.
            lr_decay: factor of every learning rate after each epoch.
            batch_size: examples in a minibatch.
            num_epochs: passes over the data, of N // batch_size iterations each, but at least 1.
            num_train_samples, num_val_samples: examples that an accuracy is taken from; None takes all.
            checkpoint_name: with each accuracy, parameters and histories are saved as NAME_epoch_E.npz; None: never.
            print_every: iterations between two lines of the log.
            verbose: whether to print a log.

        Raises:
            ValueError: an argument or the update rule is unknown.
        """
        if unknown:
            raise ValueError(f"Solver got the unknown argument {', '.join(map(repr, sorted(unknown)))}")
        if update_rule not in optim.__all__:
            raise ValueError(f"update_rule is {update_rule!r}, should be one of {', '.join(optim.__all__)}")
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.update_rule = getattr(optim, update_rule)
        self.optim_configs = {name: dict(optim_config or {}) for name in model.params}
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.num_train_samples = num_train_samples
        self.num_val_samples = num_val_samples
        self.checkpoint_name = checkpoint_name
        self.print_every = print_every
        self.verbose = verbose

        self.epoch = 0
        self.best_val_acc = 0.0
        self.best_params: dict[str, Array] = {}
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []

    def train(self) -> None:
        """Run all epochs, then give the model its best parameters: those of the highest validation accuracy."""
        iterations_per_epoch = max(len(self.X_train) // self.batch_size, 1)
        num_iterations = self.num_epochs * iterations_per_epoch
        for iteration in range(1, num_iterations + 1):
            self._step()
            if (iteration - 1) % self.print_every == 0:
                self._log(f"(Iteration {iteration} / {num_iterations}) loss: {self.loss_history[-1]:f}")
            epoch_complete = iteration % iterations_per_epoch == 0
            if epoch_complete:
                self._end_epoch()
            if epoch_complete or iteration == 1:
                self._record_accuracy()
        if self.best_params:
            self.model.params = self.best_params

    def step(self, X: Array, y: Array) -> float:
        """Update the parameters by one minibatch; return its loss, which `loss_history` gets too.

        Args:
            X, y: examples (n, ...) and labels (n,).
        """
        loss, grads = self.model.loss(X, y)
        self.loss_history.append(float(loss))
        for name, w in self.model.params.items():
            self.model.params[name], self.optim_configs[name] = self.update_rule(
                w, grads[name], self.optim_configs[name]
            )
        return self.loss_history[-1]

    def check_accuracy(self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100) -> float:
        """Return the share of examples whose highest score is that of their label.

        Args:
            X, y: examples (N, ...) and labels (N,).
            num_samples: how many of them to draw, if that is fewer than N; None takes all.
            batch_size: examples that the model sees at once, which limits memory.
        """
        picked: Array | None = None
        if num_samples is not None and num_samples < len(X):
            picked = np.random.choice(len(X), num_samples)
            y = y[picked]
        n_correct = 0
        for start in range(0, len(y), batch_size):
            batch = slice(start, start + batch_size)
            scores = self.model.loss(X[batch] if picked is None else X[picked[batch]])
            n_correct += int(np.sum(np.argmax(scores, axis=1) == y[batch]))
        return n_correct / len(y)

    def _step(self) -> None:
        batch = np.random.choice(len(self.X_train), self.batch_size)
        self.step(self.X_train[batch], self.y_train[batch])

    def _end_epoch(self) -> None:
        self.epoch += 1
        for config in self.optim_configs.values():
            config["learning_rate"] *= self.lr_decay

    def _record_accuracy(self) -> None:
        train_acc = self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples)
        val_acc = self.check_accuracy(self.X_val, self.y_val, num_samples=self.num_val_samples)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        self._log(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train_acc:f}; val_acc: {val_acc:f}")
        if not self.best_params or val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self.best_params = {name: w.copy() for name, w in self.model.params.items()}
        if self.checkpoint_name is not None:
            self._save(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")

    def _save(self, path: str) -> None:
        np.savez(
            path,
            loss_history=self.loss_history,
            train_acc_history=self.train_acc_history,
            val_acc_history=self.val_acc_history,
            **self.model.params,  # type: ignore[arg-type]  # savez also has a flag among its keywords
        )

    def _log(self, line: str) -> None:
        if self.verbose:
            print(line)
