"""Folders on both sides of the wall: whatever student code leaves in one is gone afterwards, and nothing beside it."""

import os

import pytest

from grader.sandbox.tidy import remove_folder
from grader.sandbox.workspace import Workspace


def test_folder_is_removed_with_whatever_is_in_it(tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    (outside / "kept").write_text("x")
    (folder / "a" / "locked").mkdir()
    (folder / "a" / "locked" / "file").write_text("x")
    (folder / "a" / "line\nbreak \x1b[0m").write_text("x")
    (folder / "link").symlink_to(outside)
    (folder / "a" / "b" / "link").symlink_to(outside / "kept")
    os.mkfifo(folder / "pipe")
    (folder / "a" / "locked").chmod(0)
    (folder / "a").chmod(0o500)
    remove_folder(str(folder))
    assert not folder.exists()
    assert (outside / "kept").read_text() == "x"


def test_depth_is_no_obstacle(tmp_path):
    folder, here = tmp_path / "folder", os.getcwd()
    folder.mkdir()
    try:
        os.chdir(folder)
        for _ in range(3000):
            os.mkdir("deeper")
            os.chdir("deeper")
    finally:
        os.chdir(here)
    remove_folder(str(folder))
    assert not folder.exists()


def test_missing_folder_is_no_error(tmp_path):
    remove_folder(str(tmp_path / "nothing"))


def test_workspace_can_be_read_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        with Workspace.lay({"a/b.py": b"x"}, {}) as workspace:
            assert (workspace.tree / "a").stat().st_mode & 0o777 == 0o755
            assert (workspace.tree / "a/b.py").stat().st_mode & 0o777 == 0o644
            assert workspace.root.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_scratch_folder_is_fresh_and_its_owners(tmp_path):
    with Workspace.lay({}, {}) as workspace:
        workspace.fresh_scratch(None)
        (workspace.scratch / "old").write_text("x")
        workspace.fresh_scratch(None)
        assert list(workspace.scratch.iterdir()) == []
        if os.geteuid() == 0:
            workspace.fresh_scratch(70_000)
            assert (workspace.scratch.stat().st_uid, workspace.root.stat().st_gid) == (70_000, 70_000)
            assert workspace.root.stat().st_mode & 0o777 == 0o710


def test_workspace_that_cannot_be_laid_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(ValueError, match="no path inside"):
        Workspace.lay({"../x": b""}, {})
    assert list(tmp_path.iterdir()) == []
