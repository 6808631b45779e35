"""Runs kept with the solution are read as they were written, and are what the solution does now."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inprocess import ASSIGNMENT

from grader.assignment.images import Images, ImageSource
from grader.assignment.kept_run_archive import run_differences
from grader.model.options import FUNCTIONS_ONLY
from reference import kept_runs

LARGE = np.linspace(-1.0, 2.0, 120_000, dtype=np.float32).reshape(300, 400)
SMALL = np.array([0.25, -3.0], np.float32)
FIRST = np.arange(12, dtype=np.uint8).reshape(3, 4)


def row(plan: str, **changes: Any) -> dict[str, Any]:
    made = {"plan": plan, "end": kept_runs.packed({"W": LARGE, "b": SMALL}), "kept_at": (0, 4)}
    return {**made, "losses": np.array([2.0, 1.0]), "accuracies": np.full((2, 2), 0.5), **changes}


def test_runs_are_read_as_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_runs, "FOLDER", tmp_path)
    mean = np.arange(4.0)
    kept_runs.write_runs("some images, in words", mean, FIRST, {"one": row("a"), "two": row("b", losses=[3.0, 0.5])})
    (run,) = kept_runs.kept_runs("b")
    assert run.kept_at == (0, 4)
    assert run.losses.tolist() == [3.0, 0.5]
    np.testing.assert_array_equal(run.mean, mean)
    end = kept_runs.unpacked(run.end)
    assert end.keys() == {"W", "b"}
    np.testing.assert_array_equal(end["b"], SMALL)
    np.testing.assert_allclose(end["W"], LARGE, rtol=0, atol=0.51 * 2 / 127)
    assert list(kept_runs.kept_runs("c")) == []
    np.testing.assert_array_equal(kept_runs.kept_mean("some images", FIRST), mean)
    assert kept_runs.kept_mean("some images", FIRST + 1) is None
    assert kept_runs.kept_mean("others", FIRST) is None


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Images:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CIFAR10_DIR", raising=False)
        patch.setenv("GRADER_CACHE", str(tmp_path_factory.mktemp("cache")))
        images = ImageSource(ASSIGNMENT, ASSIGNMENT.chosen(FUNCTIONS_ONLY), lambda text: None).images
        images.whole()
        return images


@pytest.mark.slow
def test_images_made_when_asked_for_are_those_of_the_whole(stand_in: Images) -> None:
    whole = stand_in.whole()
    chosen = np.array([0, 499, 500, 31_007, 48_999, 3])
    assert stand_in.train is not whole.train
    np.testing.assert_array_equal(stand_in.train[chosen], whole.train[chosen])
    np.testing.assert_array_equal(stand_in.train_labels[chosen], whole.train_labels[chosen])
    np.testing.assert_array_equal(stand_in.held_out[np.arange(990, 1000)], whole.held_out[990:])
    np.testing.assert_array_equal(stand_in.mean, whole.mean)


@pytest.mark.slow
def test_kept_runs_are_those_of_the_solution(stand_in: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_differences(ASSIGNMENT, stand_in) == []
    kept = {path.name: path.read_bytes() for path in kept_runs.FOLDER.iterdir()}
    monkeypatch.setattr(kept_runs, "FOLDER", tmp_path)
    assert [words.partition(" is kept ")[0] for words in run_differences(ASSIGNMENT, stand_in)] == [
        "No run 'overfit'",
        "No run 'epoch'",
    ]
    for name, content in kept.items():
        (tmp_path / name).write_bytes(content)
        with np.load(tmp_path / name) as stored:
            arrays = {key: stored[key] for key in stored.files}
        arrays["overfit/losses"] = arrays["overfit/losses"] * 1.01
        arrays["epoch/accuracies"] = arrays["epoch/accuracies"] + 0.02
        np.savez_compressed(tmp_path / name, **arrays)
    begins, ends = run_differences(ASSIGNMENT, stand_in)
    assert begins.startswith("The kept run 'overfit' begins with other losses")
    assert ends.startswith("The kept run 'epoch' ends with other accuracies")
