"""`grader export` as users type it: files where they belong, everybody left out named, one sentence for bad input."""

import csv
import io
import json
from dataclasses import replace

import pytest
from gradebooks import CanvasCourse, MoodleAssignment
from grades import incomplete, mixed, perfect

from grader.model.people import About, Lateness, Student
from grader.model.results import Grade, SubmissionInfo, Ungraded
from grader.publishing.submission_files import folder_name, publish_outcome
from grader.store.database import Store

STUDENTS = [("101", "", "ada", "Ada Lovelace", "Lovelace, Ada"), ("102", "", "o", "=O, Bö", "=O, Bö")]
CANVAS = (
    "Student,ID,SIS Login ID,Section,Assignment 2 (77)\n    Points Possible,,,,36.00\n"
    '"Lovelace, Ada",101,ada,A,\n"=""=O, Bö""",102,o,A,\n'
)
MOODLE = (
    'Identifier,"Full name",Grade,"Maximum grade","Last modified (grade)","Feedback comments"\n'
    'Participant 501,"Ada Lovelace",,36.00,-,\nParticipant 502,"=O, Bö",,36.00,-,\n'
)


@pytest.fixture
def graded(tmp_path):
    """A graded class of two, in which a grade is not final and a submission could not be read."""
    folder = tmp_path / "graded"
    outcomes = [
        named(mixed(), "lovelaceada_101"),
        named(perfect(), "=O, Bö"),
        named(incomplete(), "inc"),
        Ungraded("none", "no layers.py in it"),
    ]
    with Store(folder) as store:
        for outcome in outcomes:
            store.save("key", outcome)
            name = outcome.submission.name if isinstance(outcome, Grade) else outcome.name
            publish_outcome(folder / "submissions" / folder_name(name), outcome)
        ada = Student(lms_id="101", platform="canvas", squashed="lovelaceada")
        store.tell({"lovelaceada_101": About((ada,), lateness=Lateness("", "", late_days=1, penalty=4.5))})
    (tmp_path / "canvas.csv").write_text(CANVAS)
    (tmp_path / "moodle.csv").write_text(MOODLE)
    return folder


def named(grade, name):
    return replace(grade, submission=SubmissionInfo(name, "sha256:0"))


def test_canvas_gradebook_is_filled_and_the_rest_is_named(grader, graded, tmp_path):
    code, out, err = grader("export", graded, "--to", "canvas", "--into", tmp_path / "canvas.csv")
    assert code == 1
    assert "Exported 2 submissions" in out
    assert [line.split(":")[1].strip() for line in err.splitlines()] == ["inc", "none"]
    course = CanvasCourse(STUDENTS, {"77": "Assignment 2"})
    course.read((graded / "canvas.csv").read_bytes())
    assert course.grades == {"Assignment 2 (77)": {"101": "10", "102": "36"}}
    assert (tmp_path / "canvas.csv").read_text() == CANVAS


def test_moodle_worksheet_and_its_feedback_go_where_they_are_told(grader, graded, tmp_path):
    rows = ("export", graded, "--into", tmp_path / "moodle.csv")
    # Canvas's number says nothing in Moodle, so the one student who is known by name is filled in.
    assert grader(*rows, "--to", "moodle", "-o", tmp_path / "out.csv")[0] == 1
    assert grader(*rows, "--to", "moodle-feedback", "-o", tmp_path / "out.zip")[0] == 1
    moodle = MoodleAssignment({"501", "502"}, 36.0)
    moodle.read((tmp_path / "out.csv").read_bytes())
    moodle.read_feedback((tmp_path / "out.zip").read_bytes())
    assert moodle.grades == {"502": 36.0}
    assert moodle.comments["502"].startswith("36 of 36 points.")
    report = graded / "submissions" / folder_name("=O, Bö") / "report.html"
    assert moodle.files == {"502": {"report.html": report.read_bytes()}}


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("gradescope", "gradescope/results.json"),
        ("prairielearn", "prairielearn/results.json"),
        ("classroom", "classroom.json"),
        ("json", "grade.json"),
        ("junit", "junit.xml"),
    ],
)
def test_a_file_for_each_submission(grader, graded, form, file):
    code, _, err = grader("export", graded, "--to", form)
    assert code == 1
    assert "Left out: none: no layers.py in it" in err
    assert (graded / "submissions" / folder_name("=O, Bö") / file).is_file()
    assert not (graded / "submissions" / "none" / file).exists()


@pytest.mark.parametrize(
    ("form", "file"),
    [("gradescope", "gradescope/results.json"), ("classroom", "classroom.json"), ("junit", "junit.xml")],
)
def test_file_of_an_earlier_grade_goes_when_the_submission_is_left_out(grader, graded, form, file):
    grader("export", graded, "--to", form)
    path = graded / "submissions" / "lovelaceada_101" / file
    assert path.is_file()
    with Store(graded) as store:
        store.save("later", Ungraded("lovelaceada_101", "the new zip is damaged"))
    assert "Left out: lovelaceada_101" in grader("export", graded, "--to", form)[2]
    assert not path.exists()


def test_lateness_reaches_gradescope_with_its_reason(grader, graded):
    grader("export", graded, "--to", "gradescope")
    file = graded / "submissions" / "lovelaceada_101" / "gradescope" / "results.json"
    data = json.loads(file.read_text())
    assert data["score"] == 10.0
    assert "Late by 1 day: 4.5 points off." in data["output"]


def test_gradescope_gets_no_file_for_a_grade_that_is_not_final(grader, graded):
    assert "not final" in grader("export", graded, "--to", "gradescope")[2]
    assert not (graded / "submissions" / "inc" / "gradescope").exists()


def test_whole_class_as_csv_and_json(grader, graded, tmp_path):
    assert grader("export", graded, "--to", "csv", "-o", tmp_path / "all.csv")[0] == 0
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text("utf-8-sig")))}
    assert {name: row["score"] for name, row in rows.items()} == {
        "lovelaceada_101": "14.5", "'=O, Bö": "36", "inc": "", "none": "",
    }  # fmt: skip
    assert [row["final"] for row in rows.values()] == ["36", "", "10", ""]
    grader("export", graded, "--to", "json")
    rows = {row["name"]: row for row in json.loads((graded / "grades.json").read_text())["submissions"]}
    assert {name: row["final"] for name, row in rows.items()} == {
        "lovelaceada_101": 10.0, "=O, Bö": 36.0, "inc": None, "none": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "canvas"), "needs --into FILE"),
        (("--to", "csv", "--into", "canvas.csv"), "takes no --into"),
        (("--to", "junit", "-o", "x"), "leave -o out"),
        (("--to", "canvas", "--into", "nowhere.csv"), "nowhere.csv cannot be read: No such file"),
        (("--to", "canvas", "--into", "."), "cannot be read"),
        (("--to", "canvas", "--into", "moodle.csv"), "not a Canvas gradebook"),
        (("--to", "moodle", "--into", "canvas.csv"), "not a Moodle grading worksheet"),
        (("--to", "moodle-feedback", "--into", "canvas.csv"), "not a Moodle grading worksheet"),
        (("--to", "canvas", "--into", "canvas.csv", "--column", "Essay"), 'no column "Essay"'),
        (("--to", "canvas", "--into", "canvas.csv", "-o", "canvas.csv"), "choose another with -o"),
        (("--to", "canvas", "--into", "canvas.csv", "-o", "graded/../canvas.csv"), "choose another with -o"),
        (("--to", "canvas", "--into", "canvas.csv", "-o", "link/canvas.csv"), "choose another with -o"),
        (("--to", "canvas", "--into", "utf16.csv"), "UTF-16"),
        (("--to", "canvas", "--into", "strangers.csv"), "No graded submission belongs to a student"),
        (("--to", "moodle-feedback", "--into", "nobody.csv"), "No graded submission belongs to a student"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(grader, graded, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "utf16.csv").write_bytes(CANVAS.encode("utf-16"))
    (tmp_path / "strangers.csv").write_text(CANVAS.splitlines()[0] + '\n"Else, Someone",9,s,A,\n')
    (tmp_path / "nobody.csv").write_text(MOODLE.splitlines()[0] + "\n")
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    code, out, err = grader("export", graded, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


def test_feedback_without_its_report_says_what_to_run(grader, graded, tmp_path):
    (graded / "submissions" / folder_name("=O, Bö") / "report.html").unlink()
    words = ("export", graded, "--to", "moodle-feedback", "--into", tmp_path / "moodle.csv")
    code, _, err = grader(*words)
    assert code == 2
    assert "grader report" in err
    assert not list(graded.glob("*moodle-feedback*"))


def test_file_in_a_folder_that_is_not_there_is_a_slip(grader, graded, tmp_path):
    code, _, err = grader("export", graded, "--to", "csv", "-o", tmp_path / "nowhere" / "x.csv")
    assert code == 2
    assert "nowhere is not a folder that exists" in err
    assert not (tmp_path / "nowhere").exists()


def test_misconceptions_of_a_class(grader, graded, tmp_path):
    code, out, _ = grader("export", graded, "--to", "misconceptions")
    assert (code, out.split(":")[0].split()[0]) == (0, "Exported")
    assert (graded / "misconceptions.csv").read_text(encoding="utf-8-sig").startswith('"mistake","says","functions"')
    code, _, err = grader("export", graded, "--to", "misconceptions", "-o", tmp_path / "nowhere" / "m.csv")
    assert code == 2
    assert "is not a folder that exists" in err
