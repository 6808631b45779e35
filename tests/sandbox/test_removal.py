"""Folders on both sides of the wall: whatever student code leaves in one is gone afterwards, and nothing beside it."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.sandbox.removal import own_folder, remove_folder, remove_orphans
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


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_folder_of_a_living_process_is_no_orphan(place):
    folder, held = own_folder()
    assert remove_orphans(str(place)) == 0
    assert Path(folder).is_dir()
    held.close()
    assert remove_orphans(str(place)) == 1
    assert not Path(folder).exists()


def test_folder_of_a_killed_process_is_removed(place):
    words = "import sys, tempfile; tempfile.tempdir = sys.argv[1]\nfrom grader.sandbox.removal import own_folder\n"
    words += "held = own_folder(); print(held[0], flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", words, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        folder = Path(process.stdout.readline().strip())
        (folder / "workspace").mkdir()
        assert remove_orphans(str(place)) == 0
        process.kill()
    assert remove_orphans(str(place)) == 1
    assert not folder.exists()


def test_folder_without_a_lock_is_an_orphan_once_it_is_old(place):
    young, old = place / "grader-young", place / "grader-old"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    assert remove_orphans(str(place)) == 1
    assert young.is_dir()
    assert not old.exists()


def test_links_and_what_is_not_ours_are_left_alone(place, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").write_text("x")
    os.utime(elsewhere, (0, 0))
    (place / "grader-link").symlink_to(elsewhere)
    (place / "other-folder").mkdir()
    trap = place / "grader-trap"
    trap.mkdir()
    (trap / "owner").symlink_to(elsewhere / "kept")
    os.utime(place / "other-folder", (0, 0))
    assert remove_orphans(str(place)) == 0
    assert (elsewhere / "kept").read_text() == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to another user")
def test_folder_of_another_user_is_left_alone(place):
    theirs = place / "grader-theirs"
    theirs.mkdir()
    os.utime(theirs, (0, 0))
    os.chown(theirs, 12345, 12345)
    assert remove_orphans(str(place)) == 0
    assert theirs.is_dir()
