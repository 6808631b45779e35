"""Loads CIFAR-10 from a folder, or generates a stand-in of the same shapes.

CIFAR-10: Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; the "python version" of
https://www.cs.toronto.edu/~kriz/cifar.html, which is six pickled batches.

Where there is none, images are made up. Each is smooth blobs of colour, a few stripes, noise, and two signs of its
class, of random strength: a layout of colours, which two classes share, and stripes of a direction and width, which
tell the two apart. Stripes begin anywhere, so no linear model sees them. Some images show the signs of another class.
Strengths are chosen so that the assignment's network learns from them about as fast and as much as from CIFAR-10 in an
epoch. The same images come out on every machine: random numbers are integers, sums are exact or in a fixed order.
"""

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["data_source", "get_CIFAR10_data"]

Array = NDArray[Any]

_TRAINING = [f"data_batch_{number}" for number in range(1, 6)]
_TEST = ["test_batch"]
_SMALL_TRAINING = 2000  # images, where the environment variable GRADER_NOTEBOOK_DATA is "small"

# Of the images that are made up:
_SEED = 231
_SIDE = 32  # pixels
_BLOCK = 500  # images that are made at once; image n does not depend on how many are asked for
_FIRST_TEST_BLOCK = 1_000_000
_TRUE_PERCENT = 85  # images that show the signs of their own class; the others those of a class drawn at random
_BLOBS = {2: (60, 18), 4: (60, 18), 8: (36, 9), 16: (24, 0)}  # blobs a side: strength in brightness, in colour
_LAYOUT_STRENGTH = (-8, 36)  # drawn from this range; below zero is zero
_SIGN_STRENGTH = (-100, 104)
_STRIPE_STRENGTH = (0, 30)  # of stripes that mean nothing
_STRIPE_RADIUS = 24  # pixels
_NOISE = 8
# periods over 64 pixels to the right and down, one pair for each class
_STRIPES = np.array([(6, 0), (0, 6), (4, 4), (4, -4), (12, 0), (0, 12), (8, 8), (8, -8), (10, 4), (4, 10)], np.int32)
_WAVE = np.rint(127 * np.cos(2 * np.pi * np.arange(64) / 64)).astype(np.float32) / 128
_LAYOUTS = np.random.default_rng(_SEED).integers(-8, 9, (5, 3, 4, 4)).astype(np.float32) / 8


def get_CIFAR10_data(  # noqa: N802  # the course's name
    num_training: int = 49000,
    num_validation: int = 1000,
    num_test: int = 1000,
    subtract_mean: bool = True,
    cifar10_dir: str | os.PathLike[str] | None = None,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """Return images in training, validation and test sets, the mean training image subtracted from each.

    Args:
        num_training, num_validation: sizes of the sets that are cut, in this order, from the 50,000 training images.
            Where the environment variable GRADER_NOTEBOOK_DATA is "small", training gets 2,000 of them at most.
        num_test: size of the set that is cut from the 10,000 test images.
        subtract_mean: False leaves pixels as they are, 0 to 255.
        cifar10_dir: the folder cifar-10-batches-py, or the folder that it is in; None takes what the environment
            variable CIFAR10_DIR names, or without it the stand-in.
        dtype: type of the images. In float64, as in the course, the full sets take 1.25 GB; in float32 half of that;
            in uint8, which holds pixels as they are and no mean image, an eighth.

    Returns:
        X_train (num_training, 3, 32, 32), y_train (num_training,), X_val, y_val, X_test, y_test; labels are 0 to 9.

    Raises:
        FileNotFoundError: a folder was named that has no batches.
        ValueError: a batch is not what CIFAR-10's are, or there are fewer images than asked for.
    """
    folder = _find_folder(cifar10_dir)
    if os.environ.get("GRADER_NOTEBOOK_DATA") == "small":
        num_training = min(num_training, _SMALL_TRAINING)
    n_training = num_training + num_validation
    images, labels = _read(folder, _TRAINING, n_training) if folder else _make_up(n_training, 0)
    X_test, y_test = _read(folder, _TEST, num_test) if folder else _make_up(num_test, _FIRST_TEST_BLOCK)
    mean_image = np.zeros(images.shape[1:])
    if subtract_mean and num_training:
        mean_image = images[:num_training].sum(axis=0, dtype=np.int64) / num_training

    def centred(pixels: Array) -> Array:
        if not subtract_mean:
            return pixels.astype(dtype, copy=False)
        # straight from bytes: no second copy as large as the result
        return np.subtract(pixels, mean_image, dtype=dtype, casting="same_kind")

    return {
        "X_train": centred(images[:num_training]),
        "y_train": labels[:num_training],
        "X_val": centred(images[num_training:]),
        "y_val": labels[num_training:],
        "X_test": centred(X_test),
        "y_test": y_test,
    }


def data_source(cifar10_dir: str | os.PathLike[str] | None = None) -> str:
    """Return in words which images `get_CIFAR10_data` would return for the same argument; reads none.

    Raises:
        FileNotFoundError: a folder was named that has no batches.
    """
    folder = _find_folder(cifar10_dir)
    return f"CIFAR-10 in {folder}" if folder else f"generated stand-in for CIFAR-10, seed {_SEED}"


def _find_folder(named: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder that holds the batches, or None if no folder is named: then, and only then, data is made up."""
    named = named or os.environ.get("CIFAR10_DIR")
    if not named:
        return None
    for folder in (Path(named), Path(named) / "cifar-10-batches-py"):
        if (folder / _TRAINING[0]).is_file():
            return folder
    raise FileNotFoundError(f"{named} has no {_TRAINING[0]}; should be cifar-10-batches-py or the folder around it")


def _read(folder: Path, names: Sequence[str], n_images: int) -> tuple[Array, Array]:
    """Return the first n images (n, 3, 32, 32), uint8, and labels (n,), integers, of these batches."""
    images, labels = np.empty((n_images, 3, 32, 32), np.uint8), np.empty(n_images, np.int64)
    n_read = 0
    for name in names:
        if n_read == n_images:
            break
        pixels, classes = _read_batch(folder / name)
        used = min(len(classes), n_images - n_read)
        images[n_read : n_read + used] = pixels[:used]
        labels[n_read : n_read + used] = classes[:used]
        n_read += used
    if n_read < n_images:
        raise ValueError(f"{folder} holds {n_read} images in {names[0]} ... {names[-1]}, but {n_images} are asked for")
    return images, labels


def _read_batch(path: Path) -> tuple[Array, Array]:
    try:
        with path.open("rb") as file:
            batch = _BatchUnpickler(file, encoding="latin1").load()
        fields = {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in batch.items()}
        pixels, labels = fields["data"].pixels(), np.asarray(fields["labels"])
        if labels.shape != (len(pixels),) or labels.dtype.kind != "i" or not np.isin(labels, range(10)).all():
            raise ValueError("its labels are not one number from 0 to 9 for each image")
    except FileNotFoundError:
        raise
    except Exception as error:  # a broken pickle raises nearly anything
        raise ValueError(f"{path} is not a batch of CIFAR-10: {error}") from error
    return pixels, labels


class _PickledArray:
    """Takes the place of numpy.ndarray while a batch is read, so that nothing pickled reaches NumPy's own code."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, self.shape, self.dtype, self.fortran_order, self.raw = state

    def pixels(self) -> Array:
        raw = self.raw.encode("latin1") if isinstance(self.raw, str) else self.raw
        n_images = self.shape[0]
        if self.dtype != "u1" or self.fortran_order or self.shape != (n_images, 3072):
            raise ValueError(f"its data has type {self.dtype} and shape {self.shape}, should be bytes, 3072 an image")
        return np.frombuffer(raw, np.uint8).reshape(n_images, 3, 32, 32)


class _PickledType(str):
    """Takes the place of numpy.dtype: the name of a type."""

    def __setstate__(self, state: object) -> None:
        pass  # byte order, which bytes do not have


def _reconstruct(*_: object) -> _PickledArray:
    return _PickledArray()


def _dtype(name: str, *_: object) -> _PickledType:
    return _PickledType(name)


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it holds bytes encoded as {encoding!r}")
    return text.encode("latin1")


class _BatchUnpickler(pickle.Unpickler):
    """Knows the four names that a batch needs, and has our own function behind each of them."""

    _KNOWN: ClassVar[dict[tuple[str, str], Callable[..., Any] | str]] = {
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy", "ndarray"): "ndarray",
        ("numpy", "dtype"): _dtype,
        ("_codecs", "encode"): _encode,
    }

    def __init__(self, file: BinaryIO, *, encoding: str) -> None:
        super().__init__(file, encoding=encoding)

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which images do not need") from None


def _make_up(n_images: int, first_block: int) -> tuple[Array, Array]:
    images, labels = np.empty((n_images, 3, _SIDE, _SIDE), np.uint8), np.empty(n_images, np.int64)
    for start in range(0, n_images, _BLOCK):
        stop = min(start + _BLOCK, n_images)
        block_images, block_labels = _make_block(np.random.default_rng([_SEED, first_block + start // _BLOCK]))
        images[start:stop], labels[start:stop] = block_images[: stop - start], block_labels[: stop - start]
    return images, labels


def _make_block(rng: np.random.Generator) -> tuple[Array, Array]:
    labels = rng.integers(0, 10, _BLOCK)
    shown = np.where(rng.integers(0, 100, _BLOCK) < _TRUE_PERCENT, labels, rng.integers(0, 10, _BLOCK))
    images = np.full((_BLOCK, 3, _SIDE, _SIDE), 128, np.float32)
    for n_blobs, blobs in _blobs(rng):
        if n_blobs == 4:
            blobs = blobs + _strengths(rng, _LAYOUT_STRENGTH)[:, None, None, None] * _LAYOUTS[shown // 2]
        spread = _spread(n_blobs)
        images += spread @ blobs @ spread.T
    _add_stripes(images, rng, shown, _SIGN_STRENGTH)
    _add_stripes(images, rng, rng.integers(0, 10, _BLOCK), _STRIPE_STRENGTH)
    images += rng.integers(-_NOISE, _NOISE + 1, images.shape, dtype=np.int8)
    return np.clip(images, 0, 255, out=images).astype(np.uint8), labels


def _blobs(rng: np.random.Generator) -> Iterator[tuple[int, Array]]:
    """Yield coarse images (n, 3, k, k) and k: brightness that the channels share, and colour that they don't."""
    for n_blobs, (brightness, colour) in _BLOBS.items():
        shared = rng.integers(-127, 128, (_BLOCK, 1, n_blobs, n_blobs)) * brightness
        own = rng.integers(-127, 128, (_BLOCK, 3, n_blobs, n_blobs)) * colour
        yield n_blobs, (shared + own).astype(np.float32) / 128


def _spread(n_blobs: int) -> Array:
    """Return weights (32, k) that draw k values out to 32 by straight lines, all of them fractions of powers of two."""
    distance = 2 * _SIDE // n_blobs  # between blobs, in half pixels
    pixels, blobs = np.arange(_SIDE) * 2 + 1, np.arange(n_blobs) * distance + distance // 2
    distances = np.abs(pixels.clip(blobs[0], blobs[-1])[:, None] - blobs)
    return np.maximum(0, 1 - distances / np.float32(distance), dtype=np.float32)


def _strengths(rng: np.random.Generator, limits: tuple[int, int]) -> Array:
    return rng.integers(limits[0], limits[1] + 1, _BLOCK).clip(0).astype(np.float32)


def _add_stripes(images: Array, rng: np.random.Generator, classes: Array, limits: tuple[int, int]) -> None:
    """Add to each image the stripes of a class: brightest at a random place, beginning anywhere, in a random tint."""
    line = np.arange(_SIDE, dtype=np.int32)
    periods, start = _STRIPES[classes], rng.integers(0, 64, _BLOCK, dtype=np.int32)
    across, down = periods[:, :1] * line + start[:, None], periods[:, 1:] * line
    stripes = _WAVE[(across[:, None, :] + down[:, :, None]) & 63]
    fades = []
    for centre in rng.integers(4, _SIDE - 4, (2, _BLOCK, 1), dtype=np.int32):
        nearness = np.maximum(0, _STRIPE_RADIUS - np.abs(line - centre)).astype(np.float32)
        fades.append(np.minimum(1, nearness * np.float32(2 / _STRIPE_RADIUS)))
    stripes *= np.minimum(fades[0][:, None, :], fades[1][:, :, None])
    tint = rng.integers(4, 9, (_BLOCK, 3)).astype(np.float32) / 8
    tint *= (_strengths(rng, limits) * rng.choice([-1, 1], _BLOCK))[:, None]
    images += stripes[:, None] * tint[:, :, None, None].astype(np.float32)
