"""Measures training: steps of the assignment's network by our layers, by the usual im2col, by PyTorch.

Each rival runs in processes of its own, since a library decides about its threads when it is loaded; they take turns.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from clock import seconds

__all__ = ["rows"]

#: of an epoch of 49,000 images in batches of 50
STEPS_OF_EPOCH = 980
BATCH, N_STEPS, WARM_UP = 50, 12, 2
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def rows(repeat: int, torch: object) -> Iterator[tuple[str, ...]]:
    """Yields a row for one thread and one for two, and one for the usual im2col beside ours."""
    rivals = ["ours", "usual", *(["torch"] if torch is not None else [])]
    for threads in (1, 2):
        times: dict[str, list[float]] = {name: [] for name in rivals}
        for _ in range(repeat):
            for name in rivals:
                times[name].append(_in_process(name, threads))
        middle = {name: statistics.median(taken) * STEPS_OF_EPOCH for name, taken in times.items()}
        what = f"One epoch of the network, {threads} thread{'s' if threads > 1 else ''}"
        for name, aim in (("torch", "< 1.2"), ("usual", "< 1")):
            if name in middle:
                beside = f"{'PyTorch' if name == 'torch' else 'usual im2col'}: {seconds(middle[name])}"
                yield what, seconds(middle["ours"]), beside, f"{middle['ours'] / middle[name]:.2f}", aim


def _in_process(name: str, threads: int) -> float:
    """Returns seconds per step, of a process with so many threads."""
    env = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), env.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, __file__, name, str(threads)], env=env, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def _ours(usual: bool) -> Callable[[], object]:
    """Returns a step of the reference's Solver; with the usual fast layers in place of ours if asked."""
    from reference.cs231n import layer_utils
    from reference.cs231n.classifiers.cnn import ThreeLayerConvNet
    from reference.cs231n.solver import Solver

    if usual:
        import usual as rival

        for function in ("conv_forward_fast", "conv_backward_fast", "max_pool_forward_fast", "max_pool_backward_fast"):
            setattr(layer_utils, function, getattr(rival, function))
    X, y = _images()
    np.random.seed(231)
    model = ThreeLayerConvNet(weight_scale=1e-3, hidden_dim=500, reg=1e-3)
    data = {"X_train": X, "y_train": y, "X_val": X[:1], "y_val": y[:1]}
    solver = Solver(model, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, verbose=False)
    return lambda: solver.step(X, y)


def _torch(threads: int) -> Callable[[], object]:
    """Returns a step of the same network in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    layers: tuple[Any, ...] = (nn.Conv2d(3, 32, 7, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    net = nn.Sequential(*layers, nn.Linear(8192, 500), nn.ReLU(), nn.Linear(500, 10))
    # What the regulariser adds to the gradients is what PyTorch calls weight decay.
    decayed = [net[0].weight, net[4].weight, net[6].weight]
    others = [net[0].bias, net[4].bias, net[6].bias]
    optimiser = torch.optim.Adam([{"params": decayed, "weight_decay": 1e-3}, {"params": others}], lr=1e-3)
    X, y = map(torch.from_numpy, _images())
    loss = nn.CrossEntropyLoss()

    def step() -> None:
        optimiser.zero_grad()
        loss(net(X), y).backward()
        optimiser.step()

    return step


def _images() -> tuple[Any, Any]:
    rng = np.random.default_rng(231)
    return rng.standard_normal((BATCH, 3, 32, 32)).astype(np.float32), rng.integers(10, size=BATCH)


def main() -> None:
    """Prints the seconds of one step, the median of a few."""
    name, threads = sys.argv[1], int(sys.argv[2])
    step = _torch(threads) if name == "torch" else _ours(usual=name == "usual")
    taken = []
    for number in range(WARM_UP + N_STEPS):
        start = time.perf_counter()
        step()
        if number >= WARM_UP:
            taken.append(time.perf_counter() - start)
    print(statistics.median(taken))


if __name__ == "__main__":
    main()
