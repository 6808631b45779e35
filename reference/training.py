"""The reference's own training run, and its answers at any parameters."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.cs231n.classifiers.cnn import ThreeLayerConvNet
from reference.cs231n.solver import Solver
from reference.kept_runs import kept_runs, packed, unpacked

__all__ = ["answer", "kept_runs", "packed", "run", "scores", "source_digest", "unpacked"]

Array = NDArray[Any]
Params = dict[str, Array]

#: images that are scored at once, which limits memory
AT_ONCE = 100


def run(
    settings: Mapping[str, Any],
    params: Mapping[str, Array],
    solver: Mapping[str, Any],
    batches: Collection[tuple[Array, Array]],
    keep: Collection[int],
    on_step: Callable[[int, float], None] = lambda done, loss: None,
) -> tuple[list[Params], list[float]]:
    """Returns the parameters along a training run, and its losses.

    Args:
        settings: of ThreeLayerConvNet.
        params: where it starts.
        solver: update rule and its settings, for Solver.
        batches: images and labels of each iteration; any sequence, taken one at a time.
        keep: numbers of iterations after which parameters are kept; 0 is the start.
        on_step: called after each iteration with its number and its loss.
    """
    model = _model(settings, params)
    nothing = np.zeros(0)
    trainer = Solver(model, dict.fromkeys(("X_train", "y_train", "X_val", "y_val"), nothing), verbose=False, **solver)
    states = [_copy(model)] if 0 in keep else []
    for number, (X, y) in enumerate(batches, 1):
        on_step(number, trainer.step(X, y))
        if number in keep:
            states.append(_copy(model))
    return states, trainer.loss_history


def answer(settings: Mapping[str, Any], params: Mapping[str, Array], X: Array, y: Array) -> tuple[float, Params]:
    """Returns loss and gradients of the reference with these parameters."""
    loss, grads = _model(settings, params).loss(X, y)
    return float(loss), grads


def scores(settings: Mapping[str, Any], params: Mapping[str, Array], X: Array) -> Array:
    """Returns the scores (N, classes) of the reference with these parameters."""
    model = _model(settings, params)
    return np.concatenate([model.loss(X[start : start + AT_ONCE]) for start in range(0, len(X), AT_ONCE)])


def source_digest() -> str:
    """Returns a digest of the files that a run depends on."""
    root, digest = Path(__file__).parent / "cs231n", hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(root.rglob("*.py")):
        if path.name != "data_utils.py":  # the images have a digest of their own
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _model(settings: Mapping[str, Any], params: Mapping[str, Array]) -> ThreeLayerConvNet:
    # The weights that the constructor draws are replaced at once, so it draws few (4 million take 0.05 s); the caller's
    # random numbers stay as they are.
    drawn = np.random.get_state()
    model = ThreeLayerConvNet(**{**settings, "num_filters": 1, "hidden_dim": 1})
    np.random.set_state(drawn)
    model.params = {name: np.array(value) for name, value in params.items()}
    return model


def _copy(model: ThreeLayerConvNet) -> Params:
    return {name: value.copy() for name, value in model.params.items()}
