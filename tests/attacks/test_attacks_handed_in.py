"""What is handed in is data: never run, unpacked nowhere, refused in a sentence or graded for what it holds."""

import os
import resource
import time
from pathlib import Path

import arena
import pytest
from attack import ASSIGNMENT
from handed_in import HANDED_IN

from grader.model.errors import UnusableSubmission
from grader.reading.submission import Submission
from grader.sandbox.level import available_levels
from grader.sandbox.removal import remove_folder

pytestmark = pytest.mark.slow

LEVEL = available_levels()[0]


@pytest.fixture(scope="module")
def honest_points():
    outcome = arena.run("honest", LEVEL)
    assert all(check.passed for check in outcome.grade.checks)
    return outcome.grade.score


@pytest.fixture
def folder(tmp_path):
    """A folder that is removed by means that its depth does not stop; pytest's own are not among them."""
    yield tmp_path
    remove_folder(str(tmp_path))


@pytest.mark.parametrize("hand_in", HANDED_IN, ids=lambda hand_in: hand_in.name)
def test_what_is_handed_in_stays_data(hand_in, honest_points, folder):
    if hand_in.needs_root and os.geteuid() != 0:
        pytest.skip("only root can make this")
    (folder / "outside").mkdir()
    (folder / "outside").chmod(0o777)
    path = hand_in.make(folder)
    before = beside(folder)
    memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        submission = Submission.from_path(path, ASSIGNMENT)
    except UnusableSubmission as exc:
        submission, said = None, str(exc)
    # Seconds and kilobytes on any machine; an unpacked bomb takes minutes and gigabytes.
    assert time.process_time() - started < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 700_000
    if submission is None:
        assert hand_in.graded is not True, said
        assert said.isprintable()
        assert len(said) < 1000
        assert "root:x:0" not in said
    else:
        assert hand_in.graded is not False, (submission.notes, list(submission.files))
        assert set(submission.files).isdisjoint(ASSIGNMENT.given_files)
        assert all(note.isprintable() for note in submission.notes), submission.notes
        grade = arena.grade(submission, LEVEL)
        assert grade.complete
        assert grade.score == honest_points, [check.message for check in grade.checks]
        assert "root:x:0" not in grade.to_json()
    assert beside(folder) == before
    assert not Path("/tmp/ran.py").exists()


def beside(folder):
    """Returns what lies around a submission, where it could have been unpacked to."""
    return sorted(os.listdir(folder)), os.listdir(folder / "outside"), sorted(os.listdir(folder.parent))
