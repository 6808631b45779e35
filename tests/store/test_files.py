"""A file is there whole or not at all, and what a killed writer leaves is cleared away."""

import errno
import os
import re
import time

import pytest

from grader.model.errors import UnusableInput
from grader.store.files import PART, whole_file, write_whole
from grader.store.writer_lock import only_writer


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "page.html"
    with whole_file(path) as file:
        file.write(b"half")
        assert [other.suffix for other in path.parent.iterdir()] == [PART]
    assert path.read_bytes() == b"half"
    assert [*path.parent.iterdir()] == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_whole(tmp_path / "page.html", "old")
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "page.html") as file:
        file.write(b"new" * (1 // 0))
    assert (tmp_path / "page.html").read_text() == "old"
    assert len([*tmp_path.iterdir()]) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableInput, match=r"page\.html cannot be written"):
        write_whole(tmp_path / "file" / "page.html", "")


def test_a_full_disk_is_no_reason_for_another_folder(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    words = "cannot be written: No space left on device. Make room and run the same again"
    with pytest.raises(UnusableInput, match=re.escape(words)), whole_file(tmp_path / "page.html"):
        raise full
    assert not [*tmp_path.iterdir()]


def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path):
    kept = [tmp_path / name for name in (".lock", ".hidden", "page.html", f"own{PART}", f".now{PART}")]
    left = [tmp_path / f".page.html.x{PART}", tmp_path / "submissions" / "ada" / f".report.html.y{PART}"]
    left[1].parent.mkdir(parents=True)
    for path in (*kept, *left):
        path.write_text("half")
        if path.name != f".now{PART}":
            os.utime(path, (time.time() - 3600,) * 2)
    with only_writer(tmp_path):
        assert [path.exists() for path in left] == [False, False]
        assert all(path.exists() for path in kept)
