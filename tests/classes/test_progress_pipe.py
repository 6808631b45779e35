"""What runners say reaches the coordinator whole or not at all, and nobody waits for it."""

import pytest
from small_class import RIGHT, class_in, spec_in, wait_patiently

from grader.classes import progress_pipe
from grader.classes.pool import local_pool
from grader.classes.progress_pipe import ProgressPipe, ProgressWriter


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(progress_pipe, "PAUSE_SECONDS", 0.0)


def test_sentences_arrive_in_order(no_pause):
    with ProgressPipe() as line:
        writer = ProgressWriter(line.sender)
        writer.tell("ada", "1 of 2 checks")
        writer.tell("zoë\n", "2 of 2 checks")
        assert list(line.heard()) == [("ada", "1 of 2 checks"), ("zoë\n", "2 of 2 checks")]
        assert list(line.heard()) == []


def test_full_pipe_drops_sentences_and_breaks_none(no_pause):
    with ProgressPipe() as line:
        writer = ProgressWriter(line.sender)
        for _ in range(5000):
            writer.tell("ada", "x" * 250)
        heard = list(line.heard())
        assert 0 < len(heard) < 5000
        assert set(heard) == {("ada", "x" * 250)}
        writer.tell("bob", "again")
        assert list(line.heard()) == [("bob", "again")]


def test_only_so_much_is_said():
    with ProgressPipe() as line:
        writer = ProgressWriter(line.sender)
        for _ in range(100):
            writer.tell("ada", "again")
        assert len(list(line.heard())) == 1


def test_what_concerns_all_is_said_whatever_was_said_a_moment_ago():
    with ProgressPipe() as line:
        writer = ProgressWriter(line.sender)
        writer.tell("ada", "1 of 2 checks")
        writer.announce("The reference is trained.")
        assert list(line.heard()) == [("ada", "1 of 2 checks"), ("", "The reference is trained.")]


def test_name_that_is_too_long_is_not_said(no_pause):
    with ProgressPipe() as line:
        ProgressWriter(line.sender).tell("\N{SNOWMAN}" * 1000, "1 of 2 checks")
        assert list(line.heard()) == []


@pytest.mark.slow
def test_pool_tells_what_its_runners_are_at(tmp_path):
    # The second check of each waits until the first one's end was heard of both.
    said, heard = {("ada", "1 of 2 checks"), ("bob", "1 of 2 checks")}, set()
    until = f"    import os, time\n    while not os.path.exists({str(tmp_path / 'heard')!r}): time.sleep(0.01)\n"
    waiting = RIGHT.replace("    return 2 * x", f"{until}    return 2 * x")

    def hear(*words):
        heard.add(words)
        if said <= heard:
            (tmp_path / "heard").touch()

    spec = spec_in(tmp_path)
    wait_patiently(tmp_path)
    tasks = class_in(tmp_path / "in", {"ada": waiting, "bob": waiting})
    finished = list(local_pool(2, on_progress=hear)(tasks, spec))
    assert {each.name: each.outcome.full_marks for each in finished} == {"ada": True, "bob": True}
    assert said <= heard
