"""`batch` and `report` as an instructor types them: what goes, what stays and what is said of a class that changes."""

import json
from dataclasses import replace

import pytest
from grades import mixed, perfect
from small_class import RIGHT, WRONG, class_in, spec_in

from grader.batch import Finished, grade_class
from grader.classes.lock import only_writer
from grader.publish import publish_outcome
from grader.results import SubmissionInfo, Ungraded
from grader.store import Store

OFF = ("--training", "off", "--speed", "off", "--notebook", "off", "--similarity", "off", "--sandbox", "limits")


@pytest.fixture
def batch(grader, tmp_path):
    """Grades the class `in` with the tiny assignment; returns (exit code, standard error)."""
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", {"ada": RIGHT, "bob": WRONG})

    def run(*words):
        code, _, err = grader("batch", tmp_path / "in", "--assignment", spec.assignment, *OFF, "-j", 1, *words)
        return code, err

    return run


@pytest.mark.slow
def test_submission_that_is_gone_is_named_and_its_pages_go(batch, tmp_path):
    out = tmp_path / "out"
    batch("-o", out)
    (out / "submissions" / "bob" / "my notes.txt").write_text("ask him")
    (tmp_path / "in" / "bob").rename(tmp_path / "bob")
    (tmp_path / "in" / "eve").symlink_to(tmp_path / "in" / "ada")
    err = batch("-o", out)[1]
    assert "No longer among the submissions (1): bob. Their grades stay in the store only." in err
    assert [path.name for path in (out / "submissions" / "bob").iterdir()] == ["my notes.txt"]
    (tmp_path / "in" / "eve").unlink()
    assert "(1): eve" in batch("-o", out)[1]
    assert not (out / "submissions" / "eve").exists()


@pytest.mark.slow
def test_grades_beside_the_submissions_are_no_submission(batch, tmp_path):
    for _ in range(2):
        err = batch("-o", tmp_path / "in" / "grades")[1]
        assert "Found 2 submissions." in err
    assert err.count("unchanged") == 2


@pytest.mark.parametrize("place", ["in", "in/../in", "in/out/grades", "in/ada/grades"])
def test_grades_among_the_submissions_are_refused(batch, tmp_path, place):
    code, err = batch("-o", tmp_path / place)
    assert code == 2
    assert "is among the submissions and would be taken for one" in err
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["ada", "bob"]


def test_fresh_grading_that_was_interrupted_goes_on(tmp_path):
    tasks = class_in(tmp_path / "in", {"ada": RIGHT, "bob": RIGHT, "eve": RIGHT})
    asked = []

    def executor(tasks, spec):
        asked.append({task.name: task.known_key for task in tasks})
        for n_done, task in enumerate(tasks):
            if n_done == stop_at:
                return
            yield Finished(task.name, "" if task.known_key == "key" else "key", Ungraded(task.name, "unreadable"))

    with Store(tmp_path / "out") as store:
        for how, stop_at in (("{}", 3), ('{"fresh": true}', 2), ('{"fresh": true}', 3), ('{"fresh": true}', 3)):
            store.begin_run(how, "")
            grade_class(tasks, None, store, executor, lambda finished: None, fresh="fresh" in how)
            if stop_at == 3:
                store.end_run()
    again, everyone = {"ada": "key", "bob": "key", "eve": ""}, dict.fromkeys(("ada", "bob", "eve"), "")
    assert asked == [everyone, everyone, again, everyone]


@pytest.fixture
def graded(tmp_path):
    """A graded class with its pages."""
    folder = tmp_path / "graded"
    with Store(folder) as store:
        store.begin_run(json.dumps({}), "2026-11-20T10:00:00+00:00")
        for name, grade in (("ada", mixed()), ("bob", perfect())):
            grade = replace(grade, submission=SubmissionInfo(name, "sha256:0"))
            store.save("1", grade)
            publish_outcome(folder / "submissions" / name, grade)
        store.end_run()
    return folder


def test_pages_without_names_never_lie_beside_those_with_names(grader, graded, tmp_path):
    before = sorted(graded.rglob("*"))
    for place in (graded, graded / "x" / ".."):
        code, _, err = grader("report", graded, "--anonymous", "-o", place)
        assert (code, "holds pages with names" in err) == (2, True)
    assert sorted(graded.rglob("*")) == before
    assert grader("report", graded, "--anonymous", "-o", tmp_path / "shown")[0] == 0


def test_report_waits_for_no_other_writer(grader, graded):
    with only_writer(graded):
        code, _, err = grader("report", graded)
    assert (code, "Another grader is at work" in err) == (2, True)
    assert grader("report", graded)[0] == 0
