"""Who is who: by the surest thing that is known, and never by a guess."""

import pytest
from grades import HOSTILE, incomplete, mixed

from grader.model.people import About, Adjustment, Lateness, Student
from grader.model.results import Ungraded
from reports.entries import IndexEntry
from reports.exports.matching import GradebookRow, Target, gradebook_row, match

ADA = {"lms_id": "101", "sis_id": "S1", "login": "ada", "email": "ada@x.edu", "name": "Lovelace, Ada"}
ALAN = {"lms_id": "102", "sis_id": "S2", "login": "alan", "email": "alan@x.edu", "name": "Turing, Alan"}
ALAN2 = {"lms_id": "103", "sis_id": "S3", "login": "aturing", "email": "turing@x.edu", "name": "Turing, Alan"}
TARGETS = [Target(row, keys) for row, keys in enumerate((ADA, ALAN, ALAN2), 2)]


def row(student, name="their-zip"):
    return GradebookRow(name, (student,), 5.0, 10.0)


@pytest.mark.parametrize(
    "student",
    [
        Student(lms_id="101", platform="canvas"),
        Student(lms_id="101"),
        Student(sis_id="s1"),
        Student(login="ADA"),
        Student(email="Ada@X.edu"),
        Student(name="Ada Lovelace"),
        Student(name="lovelace,  ada"),
        Student(squashed="lovelaceada"),
        Student(lms_id="999", platform="canvas", name="Ada Lovelace"),
        Student(lms_id="999", platform="canvas", squashed="lovelaceada"),
        Student(lms_id="7", platform="moodle", name="Ada Lovelace"),
    ],
)
def test_each_thing_that_is_known_finds_the_student(student):
    assert list(match([row(student)], TARGETS, "canvas").found) == [2]


@pytest.mark.parametrize("name", ["ada", "S1", "ada@x.edu", "Ada Lovelace", "lovelaceada"])
def test_the_submissions_own_name_may_be_any_of_the_students(name):
    assert list(match([GradebookRow(name, (), 5.0, 10.0)], TARGETS, "canvas").found) == [2]
    assert list(match([row(Student(), name)], TARGETS, "canvas").found) == [2]


def test_the_surer_thing_wins():
    assert list(match([row(Student(login="alan", name="Ada Lovelace"))], TARGETS, "canvas").found) == [3]


def test_a_name_that_two_have_is_listed_and_not_guessed():
    matches = match([row(Student(name="Alan Turing"), "at.zip")], TARGETS, "canvas")
    assert matches.found == {}
    assert matches.problems == ("at.zip (Alan Turing): 2 students in the file have this name, so none was filled in.",)


def test_a_number_of_another_platform_says_nothing():
    matches = match([row(Student(lms_id="101", platform="moodle"))], TARGETS, "canvas")
    assert matches.found == {}
    assert "no student" in matches.problems[0]


def test_an_id_is_not_taken_for_the_platforms_number():
    assert match([row(Student(), "101")], TARGETS, "canvas").found == {}


def test_two_submissions_of_one_student_are_both_left_out():
    matches = match([row(Student(login="ada"), "one"), row(Student(sis_id="S1"), "two")], TARGETS, "canvas")
    assert matches.found == {}
    assert matches.problems[0].startswith("one and two: they belong to the same student (row 3)")


def test_a_group_fills_all_its_students():
    group = GradebookRow("aturing", (Student(login="ada"), Student(login="alan"), Student(login="nobody")), 5.0, 10.0)
    matches = match([group], TARGETS, "canvas")
    assert sorted(matches.found) == [2, 3]
    assert len(matches.problems) == 1


def test_accents_written_in_two_ways_are_one_name():
    targets = [Target(1, {"name": "Zoë Ångström"})]
    assert list(match([row(Student(name="Zoe\u0308 A\u030angstro\u0308m"))], targets, "moodle").found) == [1]
    assert match([row(Student(name="Zoe Angstrom"))], targets, "moodle").found == {}


def test_without_a_final_grade_there_are_no_points_but_a_reason():
    for outcome in (incomplete(), Ungraded("x", "no layers.py")):
        made = gradebook_row(IndexEntry(outcome, None))
        assert made.points is None
        assert made.reason
        matches = match([made], TARGETS, "canvas")
        assert matches.found == {}
        assert "no final grade" in matches.problems[0]


def test_points_after_lateness_come_with_the_checks_own():
    adjustment = Adjustment("x", "", 1.0, "Well argued.\n=1+1", "appeal", "kim", "")
    about = About(lateness=Lateness("", "", late_days=2, penalty=5.5), adjustments=(adjustment,))
    made = gradebook_row(IndexEntry(mixed(), None, about))
    assert made.points == 10.0
    assert made.feedback.startswith("10 of 36 points. The checks gave 14.5. Convolution 6.5 of 10")
    assert "+1 points by the course staff: Well argued. =1+1. Late by 2 days: 5.5 points off." in made.feedback


def test_hostile_names_stay_on_one_line():
    matches = match([row(Student(name=HOSTILE), HOSTILE)], TARGETS, "canvas")
    assert matches.problems[0].isprintable()
