"""`batch` and `report` as an instructor types them: what goes, what stays and what is said of a class that changes."""

import csv
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from grades import mixed, perfect
from small_class import RIGHT, WRONG, class_in, spec_in

from grader.classes.class_grading import Finished, Task, grade_class
from grader.commands.whole_class import publish_changed, say_unmade
from grader.model.results import Grade, SubmissionInfo, Ungraded
from grader.publishing.class_pages import publish_class
from grader.publishing.page_maker import PageMaker
from grader.publishing.submission_files import publish_outcome
from grader.sandbox.helper import Helper, Overrun
from grader.store.database import FILE_NAME, Store
from grader.store.writer_lock import only_writer
from reports.overview.pages import class_pages

OFF = ("--similarity", "off", "--sandbox", "limits")


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


@pytest.mark.slow
def test_changed_points_and_dates_are_applied_without_running_code(batch, grader, tmp_path):
    (tmp_path / "in" / "grader.toml").write_text("[deadline]\ndue = 2020-01-01T00:00:00Z\nweak_times = true\n")
    batch("-o", tmp_path / "out")
    rubric = tmp_path / "tiny" / "rubric.toml"
    rubric.write_text(rubric.read_text().replace("= 6", "= 12").replace("total = 10", "total = 16"))
    for main in (tmp_path / "in").glob("*/main.py"):
        main.chmod(0o644)
    with Store.open_existing(tmp_path / "out") as store:
        started = {each.name: each.started for each in store.outcomes()}
    err = batch("-o", tmp_path / "out")[1]
    assert "bob: 4 of 16" in err
    with Store.open_existing(tmp_path / "out") as store:
        assert {each.name: each.started for each in store.outcomes()} == started
        assert [(each.score, each.max_score) for each in store.outcomes()] == [(16, 16), (4, 16)]
    said = grader("diff", tmp_path / "out")[1]
    assert "The rubric's points were changed." in said
    assert "  test_tiny.py::test_double: 6 → 12 points" in said
    assert "test_halve" not in said
    assert "ada: 10 → 16 (+6)" in said
    assert batch("-o", tmp_path / "out")[1].count("unchanged") == 2
    (tmp_path / "in" / "grader.toml").write_text(
        "[deadline]\ndue = 2020-01-01T00:00:00Z\nweak_times = true\npenalty_per_day = 1\nmax = 3\n"
    )
    batch("-o", tmp_path / "out")
    said = grader("diff", tmp_path / "out")[1]
    assert "The deadline changed from " in said
    assert "ada: 16 → 13 (by the checks 16) (-3)" in said


@pytest.mark.slow
def test_one_student_is_graded_again_and_all_others_stay(batch, tmp_path):
    batch("-o", tmp_path / "out")
    code, err = batch("-o", tmp_path / "out", "--only", "BOB")
    assert code == 0
    assert re.findall(r"^\[\d/\d\] .*", err, re.MULTILINE) == ["[1/1] bob: 4 of 10"]
    assert "No longer among" not in err
    assert all(name in (tmp_path / "out" / "grades.csv").read_text() for name in ("ada", "bob"))
    assert batch("-o", tmp_path / "out", "--only", "bob", "--strict")[0] == 1
    code, err = batch("-o", tmp_path / "out", "--only", "eve")
    assert (code, "No submission or student is called 'eve'." in err) == (2, True)


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


def spoil(folder, name, text):
    """Replaces what a store holds of a submission."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db, db:
        db.execute("UPDATE outcome SET json = ? WHERE name = ?", (text, name))


@pytest.mark.parametrize("text", ["{}", "no JSON", "[" * 100_000, '{"schema": 99}', b"\x00\xff"])
def test_stored_grade_that_cannot_be_read_is_named_and_stops_nobody(grader, graded, text):
    names = [path.name for path in sorted((graded / "submissions").iterdir())]
    spoil(graded, names[0], text)
    assert grader("report", graded)[0] == 0
    table = (graded / "grades.csv").read_text(encoding="utf-8-sig")
    assert f"What is stored of {names[0]} cannot be read" in table
    assert all(name in table and name in (graded / "index.html").read_text() for name in names)
    assert (graded / "submissions" / names[1] / "report.html").is_file()
    code, out, err = grader("export", graded, "--to", "csv")
    assert "Traceback" not in out + err
    assert code in (0, 1, 3), err


def test_submission_that_no_page_of_the_class_can_show_is_left_out_alone(graded, monkeypatch):
    odd = sorted(path.name for path in (graded / "submissions").iterdir())[0]
    honest = class_pages

    def fragile(entries, *arguments):
        def looked_at():
            for entry in entries:
                if isinstance(entry.grade, Grade) and entry.grade.submission.name == odd:
                    raise RecursionError
                yield entry

        yield from honest(looked_at(), *arguments)

    monkeypatch.setattr("grader.publishing.class_pages.class_pages", fragile)
    with Store.open_existing(graded) as store:
        publish_class(graded, store)
    table = (graded / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert ["cannot be shown" in line for line in table[1:]] == [True] + [False] * (len(table) - 2)


def test_class_is_not_graded_as_one_submission(grader, tmp_path):
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", {"ada": RIGHT, "bob": WRONG})
    words = ("grade", tmp_path / "in", "-o", tmp_path / "out", "--assignment", spec.assignment, "--sandbox", "limits")
    code, _, err = grader(*words)
    assert code == 2
    assert "in holds several submissions, each with answer files of its own: ada, bob. If it is a class" in err


def test_pages_that_could_not_be_made_are_named(tmp_path, monkeypatch, capsys):
    def ask(*_):
        raise Overrun("takes too long")

    monkeypatch.setattr(Helper, "ask", ask)
    with Store(tmp_path) as store:
        store.begin_run("{}", "")
        store.save("", mixed())
        store.save("", Ungraded("bob", "no file"))
        publish_changed(tmp_path, store)
        say_unmade(tmp_path, store)
    (report,) = tmp_path.glob("submissions/*/report.html")
    words = f"Pages that could not be made (1): {report.relative_to(tmp_path)}. Each says why; the grades stand."
    assert capsys.readouterr().err.splitlines() == [words]


def test_grade_that_no_store_takes_and_page_that_cannot_be_written_stop_nobody(tmp_path, monkeypatch, capsys):
    (tmp_path / "out").mkdir()
    tasks = [Task(name, tmp_path) for name in ("ada", "bob")]

    def executor(tasks, spec):
        for task in tasks:
            yield Finished(task.name, "", Ungraded(task.name, "\ud800" if task.name == "ada" else "no reason"))

    told = []
    with Store(tmp_path / "out") as store:
        store.begin_run("{}", "")
        save = store.save
        monkeypatch.setattr(store, "save", lambda key, outcome: save(key, outcome.reason.encode() and outcome))
        grade_class(tasks, None, store, executor, told.append)
        assert ["UnicodeEncodeError" in outcome.reason for outcome in store.outcomes()] == [True, False]
        make = PageMaker.pages
        monkeypatch.setattr(
            PageMaker, "pages", lambda maker, outcome, about: make(maker, outcome) if outcome.name == "bob" else 1 / 0
        )
        publish_changed(tmp_path / "out", store)
        assert store.unpublished() == ["ada"]
    assert "The pages of ada could not be written (ZeroDivisionError" in capsys.readouterr().err
    assert (tmp_path / "out" / "submissions" / "bob" / "ungraded.txt").is_file()


@pytest.mark.slow
def test_index_page_says_what_was_found_and_what_was_skipped(batch, tmp_path):
    (tmp_path / "in" / "<b>.md").write_text("")
    err = batch("-o", tmp_path / "out")[1]
    assert "Skipped 1 of 3 entries" in err
    index = (tmp_path / "out" / "index.html").read_text()
    assert "Skipped 1 of 3 entries, not recognised as submissions: &lt;b&gt;.md." in index
    counted = "3 entries in the folder: 2 submissions (2 graded) and 1 skipped."
    assert counted in err
    assert counted in index


@pytest.mark.slow
def test_students_of_the_roster_without_a_submission_are_on_the_page_and_in_the_tables(batch, grader, tmp_path):
    roster = "Name,SID,Email,Role\nAda,1,ada,Student\n=Eve <b>,2,e@x,Student\nBob,3,bob,\nTea Cher,4,t@x,TA\n"
    (tmp_path / "in" / "class.csv").write_text(roster)
    (tmp_path / "in" / "gus.rar").write_bytes(b"Rar!\x1a\x07\x00")
    (tmp_path / "in" / "grader.toml").write_text('[roster]\nfile = "class.csv"\n')
    out = tmp_path / "out"
    err = batch("-o", out)[1]
    counted = "3 entries in the folder: 3 submissions (2 graded and 1 not graded) and 0 skipped. 1 student on the "
    assert counted + "roster without a submission." in err
    index = (out / "index.html").read_text()
    assert counted in index
    assert "=Eve &lt;b&gt;" in index
    assert "Tea Cher" not in index
    (row,) = [
        row for row in csv.DictReader((out / "grades.csv").read_text("utf-8-sig").splitlines()) if not row["name"]
    ]
    assert (row["student"], row["score"], row["complete"], row["note"]) == ("'=Eve <b>", "", "no", "No submission")
    grader("export", out, "--to", "json")
    data = json.loads((out / "grades.json").read_text())
    assert [student["sis_id"] for student in data["without_submission"]] == ["2"]
    assert len(data["submissions"]) == 3
