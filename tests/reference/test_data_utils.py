"""CIFAR-10 is read without letting a pickle run anything, cut as the course cuts it, and stood in for if absent."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reference.cs231n.data_utils import data_source, get_CIFAR10_data

Array = NDArray[Any]

PER_BATCH = 4


@pytest.fixture(autouse=True)
def no_folder_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CIFAR10_DIR", raising=False)


def batch_of(start: int) -> dict[Any, Any]:
    """Images whose bytes are start, start + 1, ... throughout, but for a first red pixel of 255 - start."""
    data = np.repeat(np.arange(start, start + PER_BATCH, dtype=np.uint8)[:, None], 3072, axis=1)
    data[:, 0] = 255 - start
    return {"data": data, "labels": [(start + i) % 10 for i in range(PER_BATCH)], "batch_label": f"from {start}"}


def write_folder(folder: Path, dump: Callable[[Any], bytes] = lambda batch: pickle.dumps(batch, protocol=2)) -> Path:
    folder.mkdir(parents=True)
    for number in range(1, 6):
        (folder / f"data_batch_{number}").write_bytes(dump(batch_of(10 * number)))
    (folder / "test_batch").write_bytes(dump(batch_of(100)))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "data" / "cifar-10-batches-py")


def small(folder: Path | None = None, **arguments: Any) -> dict[str, Array]:
    sizes = {"num_training": 14, "num_validation": 3, "num_test": 2}
    return get_CIFAR10_data(cifar10_dir=folder, **(sizes | arguments))


def test_sets_are_cut_in_order_and_have_the_shapes_of_the_course(folder: Path) -> None:
    data = small(folder, subtract_mean=False)
    shapes = {"X_train": (14, 3, 32, 32), "y_train": (14,), "X_val": (3, 3, 32, 32), "y_val": (3,)}
    assert {k: v.shape for k, v in data.items()} == shapes | {"X_test": (2, 3, 32, 32), "y_test": (2,)}
    assert list(data) == ["X_train", "y_train", "X_val", "y_val", "X_test", "y_test"]
    assert data["X_train"].dtype == np.float64
    expected = [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 40, 41]
    assert data["X_train"][:, 2, 31, 31].tolist() == expected
    assert data["y_train"].tolist() == [value % 10 for value in expected]
    assert data["X_val"][:, 2, 31, 31].tolist() == [42, 43, 50]
    assert data["X_test"][:, 2, 31, 31].tolist() == [100, 101]
    assert data["y_test"].tolist() == [0, 1]


def test_a_row_of_bytes_is_red_then_green_then_blue(folder: Path) -> None:
    image = small(folder, subtract_mean=False)["X_train"][0]
    assert image[0, 0, 0] == 245
    assert np.count_nonzero(image == 245) == 1


def test_mean_of_the_training_images_is_subtracted_from_every_set(folder: Path) -> None:
    plain, centred = small(folder, subtract_mean=False), small(folder)
    mean = plain["X_train"].mean(axis=0)
    for name in ("X_train", "X_val", "X_test"):
        np.testing.assert_allclose(centred[name], plain[name] - mean, rtol=0, atol=1e-12)


def test_smaller_type_gives_the_same_images(folder: Path) -> None:
    narrow = small(folder, dtype=np.float32)
    assert narrow["X_val"].dtype == np.float32
    np.testing.assert_allclose(narrow["X_val"], small(folder)["X_val"], rtol=1e-6, atol=1e-5)


def test_folder_may_be_named_by_itself_by_its_parent_or_by_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = small(folder)
    np.testing.assert_array_equal(small(folder.parent)["X_train"], named["X_train"])
    assert data_source(folder.parent) == f"CIFAR-10 in {folder}"
    monkeypatch.setenv("CIFAR10_DIR", str(folder.parent))
    np.testing.assert_array_equal(small()["X_train"], named["X_train"])
    assert data_source() == f"CIFAR-10 in {folder}"


def test_named_folder_without_batches_is_an_error_and_not_the_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no data_batch_1; should be cifar-10-batches-py or"):
        small(tmp_path)
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "absent"))
    with pytest.raises(FileNotFoundError, match="absent has no data_batch_1"):
        data_source()


def test_more_images_than_there_are_is_an_error(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"holds 20 images in data_batch_1 ... data_batch_5, but 24 are asked for"):
        small(folder, num_training=21)
    with pytest.raises(ValueError, match=r"holds 4 images in test_batch"):
        small(folder, num_test=5)


@pytest.mark.parametrize("old_name", ["numpy.core.multiarray", "numpy._core.multiarray"])
@pytest.mark.parametrize("byte_keys", [False, True])
def test_pickles_of_other_years_are_read(tmp_path: Path, old_name: str, byte_keys: bool) -> None:
    def dump(batch: dict[str, Any]) -> bytes:
        keyed = {key.encode() if byte_keys else key: value for key, value in batch.items()}
        pickled = pickle.dumps(keyed, protocol=2)
        for name in (b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"):
            pickled = pickled.replace(name, f"c{old_name}\n".encode())
        return pickled

    data = small(write_folder(tmp_path / "cifar", dump), subtract_mean=False)
    assert data["X_train"][0, 2, 31, 31] == 10


def test_python_2_pickle_with_plain_byte_strings_is_read(tmp_path: Path) -> None:
    def dump(batch: dict[str, Any]) -> bytes:
        raw, labels = batch["data"].tobytes(), "".join(f"I{label}\n" for label in batch["labels"])
        data = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        state = b"(I1\n(I%d\nI3072\ntcnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nT" % PER_BATCH
        state += len(raw).to_bytes(4, "little") + raw + b"tb"
        return b"(dS'labels'\n(l" + labels.replace("\n", "\na").encode() + b"sS'data'\n" + data + state + b"s."

    data = small(write_folder(tmp_path / "cifar", dump), subtract_mean=False)
    assert data["X_train"][5, 2, 31, 31] == 21
    assert data["y_train"][5] == 1


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(6))
def test_hostile_pickle_is_refused_and_runs_nothing(folder: Path, tmp_path: Path, protocol: int) -> None:
    trap = tmp_path / "trap"
    (folder / "data_batch_2").write_bytes(pickle.dumps({"data": Hostile(trap)}, protocol=protocol))
    with pytest.raises(ValueError, match=r"data_batch_2 is not a batch of CIFAR-10: it asks for \w+.mkdir"):
        small(folder)
    assert not trap.exists()


@pytest.mark.parametrize(
    "name",
    [b"builtins\neval", b"numpy\nload", b"numpy.core.multiarray\nscalar", b"_codecs\ndecode", b"numpy\nndarray.dump"],
)
def test_names_beside_the_four_are_refused(folder: Path, name: bytes) -> None:
    (folder / "data_batch_1").write_bytes(b"c" + name + b"\n.")
    with pytest.raises(ValueError, match="which images do not need"):
        small(folder)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (b"", "Ran out of input"),
        (b"\x80\x02}q\x00X\xff", "data_batch_1 is not a batch"),
        (pickle.dumps([1, 2]), "'list' object has no attribute 'items'"),
        (pickle.dumps({"labels": []}), "data"),
        (pickle.dumps(batch_of(0) | {"data": [1, 2]}), "'list' object has no attribute 'pixels'"),
        (pickle.dumps(batch_of(0) | {"data": np.zeros((4, 3072))}, protocol=2), "type f8"),
        (pickle.dumps(batch_of(0) | {"data": np.zeros((4, 3071), np.uint8)}, protocol=2), r"shape \(4, 3071\)"),
        (pickle.dumps(batch_of(0) | {"labels": [0, 1, 2]}, protocol=2), "one number from 0 to 9 for each image"),
        (pickle.dumps(batch_of(0) | {"labels": [0, 1, 2, 10]}, protocol=2), "one number from 0 to 9"),
        (pickle.dumps(batch_of(0) | {"labels": [0, 1, 2, "3"]}, protocol=2), "one number from 0 to 9"),
        (b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00utf-7tR.", "bytes encoded as 'utf-7'"),
    ],
    ids=["empty", "cut", "list", "no-data", "no-array", "floats", "width", "few-labels", "label-10", "text", "codec"],
)
def test_broken_batch_is_refused_with_its_reason(folder: Path, batch: bytes, message: str) -> None:
    (folder / "data_batch_1").write_bytes(batch)
    with pytest.raises(ValueError, match=r"data_batch_1 is not a batch of CIFAR-10: .*") as caught:
        small(folder)
    caught.match(message)


def test_without_a_folder_the_stand_in_is_made_and_named() -> None:
    data = small()
    assert data_source() == "generated stand-in for CIFAR-10, seed 231"
    assert data["X_train"].shape == (14, 3, 32, 32)


def test_stand_in_is_the_same_each_time_whatever_is_asked_for() -> None:
    first = small(subtract_mean=False)
    again = small(subtract_mean=False, num_training=600, num_validation=0)
    np.testing.assert_array_equal(first["X_train"], again["X_train"][:14])
    np.testing.assert_array_equal(first["y_train"], again["y_train"][:14])
    np.testing.assert_array_equal(first["X_val"], again["X_train"][14:17])
    assert not np.array_equal(first["X_test"], first["X_train"][:2])


def test_stand_in_is_the_same_on_every_machine() -> None:
    data = small(subtract_mean=False)
    assert (data["X_train"] == np.rint(data["X_train"])).all()
    assert int(data["X_train"][:5].sum()) == 2026586
    assert data["y_train"][:5].tolist() == [2, 5, 1, 8, 4]


def test_stand_in_looks_like_images_of_ten_classes() -> None:
    data = small(num_training=1000, subtract_mean=False)
    images, labels = data["X_train"], data["y_train"]
    assert images.min() == 0
    assert images.max() == 255
    assert 110 < images.mean() < 140
    assert 40 < images.std() < 70  # CIFAR-10: 64
    assert np.bincount(labels, minlength=10).min() > 60
    neighbours = np.corrcoef(images[:, :, :, :-1].ravel(), images[:, :, :, 1:].ravel())[0, 1]
    assert 0.8 < neighbours < 0.98  # smooth as photographs are; noise alone would have 0


def test_pixels_can_be_had_as_bytes(folder: Path) -> None:
    data = small(folder, subtract_mean=False, dtype=np.uint8)
    assert {data[name].dtype.name for name in ("X_train", "X_val", "X_test")} == {"uint8"}
    np.testing.assert_array_equal(data["X_train"], small(folder, subtract_mean=False)["X_train"])
    with pytest.raises(TypeError, match="casting"):
        small(folder, dtype=np.uint8)
