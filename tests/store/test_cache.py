"""What is expensive is built once, whole or not at all, and again when it is damaged."""

import multiprocessing
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from grader.store.cache import MAX_ENTRIES, cache_folder, kept_arrays, key_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """Counts how often it builds."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self) -> dict[str, Any]:
        self.built += 1
        return {"a": np.arange(6.0).reshape(2, 3), "b": np.array([self.built])}


def test_second_question_is_answered_from_disk() -> None:
    build = Builder()
    first, second = kept_arrays("x", "k", build), kept_arrays("x", "k", build)
    assert build.built == 1
    for arrays in (first, second):
        assert type(arrays["a"]) is np.ndarray
        assert not arrays["a"].flags.writeable
        np.testing.assert_array_equal(arrays["a"], [[0, 1, 2], [3, 4, 5]])


def test_what_a_killed_process_left_of_an_entry_goes_when_it_is_built_again(folder: Path) -> None:
    for left in (".new-x-k-abc", ".new-x-other-abc"):
        (folder / left).mkdir(parents=True)
        (folder / left / "a.npy").write_bytes(b"half of it")
    kept_arrays("x", "k", Builder())
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [".new-x-other-abc", "x-k"]


def test_another_key_or_name_is_another_entry() -> None:
    build = Builder()
    for name, key in (("x", "k"), ("x", "l"), ("y", "k")):
        kept_arrays(name, key, build)
    assert build.built == 3


@pytest.mark.parametrize("damage", ["content", "missing", "manifest", "cut", "pickle", "format"])
def test_damaged_entry_is_built_anew(folder: Path, damage: str) -> None:
    build = Builder()
    kept_arrays("x", "k", build)
    file, manifest = folder / "x-k" / "a.npy", folder / "x-k" / "manifest.json"
    if damage == "content":
        file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    elif damage == "missing":
        file.unlink()
    elif damage == "manifest":
        manifest.write_text("{")
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    elif damage == "pickle":
        np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    else:
        manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))
    assert kept_arrays("x", "k", build)["b"].tolist() == [2]
    assert kept_arrays("x", "k", build)["b"].tolist() == [2]


def test_build_that_fails_leaves_nothing(folder: Path) -> None:
    def fail() -> dict[str, Any]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        kept_arrays("x", "k", fail)
    assert [path.suffix for path in folder.iterdir()] == [".lock"]
    assert kept_arrays("x", "k", Builder())["b"].tolist() == [1]


def test_without_a_place_arrays_are_returned_as_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "file"))
    assert kept_arrays("x", "k", Builder())["b"].tolist() == [1]


def test_only_the_latest_entries_of_a_name_stay(folder: Path) -> None:
    kept_arrays("other", "k", Builder())
    for number in range(MAX_ENTRIES + 2):
        kept_arrays("x", f"k{number}", Builder())
        os.utime(folder / f"x-k{number}", (number, number))
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        "other-k",
        *(f"x-k{number}" for number in range(2, MAX_ENTRIES + 2)),
    ]


def build_slowly(mark: str) -> dict[str, Any]:
    with open(mark, "a") as file:
        file.write("built\n")
    return {"a": np.zeros(200_000)}


def ask(mark: str) -> None:
    kept_arrays("x", "k", lambda: build_slowly(mark))


@pytest.mark.slow
def test_runners_side_by_side_build_once(tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    context = multiprocessing.get_context("spawn")
    runners = [context.Process(target=ask, args=(mark,)) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
    assert [runner.exitcode for runner in runners] == [0, 0, 0]
    assert Path(mark).read_text() == "built\n"


def test_who_waits_for_another_process_is_told(folder: Path) -> None:
    told: list[str] = []
    lock = FileLock(folder / f"x-{key_of(1)[:32]}.lock")
    folder.mkdir(parents=True, exist_ok=True)
    lock.acquire()

    def on_wait() -> None:
        told.append("waiting")
        lock.release()

    assert kept_arrays("x", key_of(1), lambda: {"a": np.ones(2)}, on_wait)["a"].tolist() == [1, 1]
    kept_arrays("x", key_of(1), dict, on_wait)
    assert told == ["waiting"]


def test_folder_is_the_users_own_place_for_caches(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    assert cache_folder() == folder
    monkeypatch.delenv("GRADER_CACHE")
    assert "convnet-grader" in str(cache_folder())


def test_key_tells_values_types_and_shapes_apart() -> None:
    zeros = np.zeros(4, np.float32)
    parts: list[Any] = [zeros, zeros.astype(np.float64), zeros.reshape(2, 2), zeros + 1, "a", {"a": 1}, {"a": 2}]
    assert len({key_of(part) for part in parts}) == len(parts)
    assert key_of(zeros, 1) == key_of(zeros.copy(), 1)
