"""Images come from the given reader, once, as bytes, and say which they are."""

import dataclasses
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from image_reader import READER
from tiny import write_assignment

from grader.assignment.definition import Assignment, DataReader
from grader.assignment.images import ImageSource
from grader.model.errors import UnusableAssignment, UnusableInput
from grader.model.options import Options


@pytest.fixture
def assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    made = write_assignment(tmp_path / "tiny")
    (made.folder / "given" / "given.py").write_text(READER)
    arguments = MappingProxyType({"dtype": "uint8"})
    data = DataReader(
        "given.py", "load", "describe", arguments=arguments, words="{kind}, {n:,} of them", option="place"
    )
    return dataclasses.replace(made, data=data)


def test_images_are_bytes_with_their_mean_and_said_in_words(assignment: Assignment) -> None:
    said: list[str] = []
    source = ImageSource(assignment, Options(), said.append)
    assert source.kind == "made-up pictures, seed 3"
    assert said == []
    images = source.images
    assert images.words == "made-up pictures, seed 3, 4 of them"
    assert images.train.dtype == np.uint8
    X, y = images.batch(np.array([3, 0, 3]))
    assert (X.dtype, X.shape, y.tolist()) == (np.float32, (3, 3, 2, 2), [1, 0, 1])
    assert X[:, 0, 0, 0].tolist() == [18, -18, 18]
    assert images.held_out_batch(np.array([1]))[0][0, 0, 0, 0] == -6
    assert len(said) == 1
    assert ImageSource(assignment, Options(), said.append).images.digest() == images.digest()
    assert len(said) == 1


def test_folder_is_not_named_in_the_words_and_its_changes_are_seen(assignment: Assignment, tmp_path: Path) -> None:
    folder = tmp_path / "pictures in here"
    folder.mkdir()
    for number in range(2):
        (folder / str(number)).write_text("x")
    assert ImageSource(assignment, Options.of(place=str(folder)), print).images.words == "Pictures, 2 of them"
    (folder / "2").write_text("x")
    assert ImageSource(assignment, Options.of(place=str(folder)), print).images.words == "Pictures, 3 of them"


def test_unreadable_images_are_the_callers_affair(assignment: Assignment, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"^The images cannot be read: .*nowhere has no pictures\.$"):
        _ = ImageSource(assignment, Options.of(place=str(tmp_path / "nowhere")), print).kind
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "broken").write_text("")
    with pytest.raises(UnusableInput, match=r"^The images cannot be read: a picture is broken\.$"):
        _ = ImageSource(assignment, Options.of(place=str(folder)), print).images


def test_an_assignment_without_data_has_no_images(assignment: Assignment) -> None:
    source = ImageSource(dataclasses.replace(assignment, data=None), Options(), print)
    with pytest.raises(UnusableAssignment, match=r"assignment\.toml has no \[data\]"):
        _ = source.images
