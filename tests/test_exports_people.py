"""Who is who: by the surest thing that is known, and never by a guess."""

import pytest
from grades import HOSTILE, incomplete, mixed

from grader.results import Ungraded
from reports.exports.people import GradebookRow, Person, Target, gradebook_row, match, person_named

ADA = {"lms_id": "101", "sis_id": "S1", "login": "ada", "email": "ada@x.edu", "name": "Lovelace, Ada"}
ALAN = {"lms_id": "102", "sis_id": "S2", "login": "alan", "email": "alan@x.edu", "name": "Turing, Alan"}
ALAN2 = {"lms_id": "103", "sis_id": "S3", "login": "aturing", "email": "turing@x.edu", "name": "Turing, Alan"}
TARGETS = [Target(row, keys) for row, keys in enumerate((ADA, ALAN, ALAN2), 2)]


def row(person, name="their-zip"):
    return GradebookRow(name, (person,), 5.0, 10.0)


@pytest.mark.parametrize(
    "person",
    [
        Person(lms_id="101", platform="canvas"),
        Person(lms_id="101"),
        Person(sis_id="s1"),
        Person(login="ADA"),
        Person(email="Ada@X.edu"),
        Person(name="Ada Lovelace"),
        Person(name="lovelace,  ada"),
        Person(squashed="lovelaceada"),
        Person(label="ada"),
        Person(label="ada@x.edu"),
        Person(label="Ada Lovelace"),
        Person(lms_id="999", platform="canvas", name="Ada Lovelace"),
        person_named("lovelaceada_LATE_101_555_a2.zip"),
        person_named("lovelaceada_999_555_a2.zip"),
        person_named("Ada Lovelace_7_assignsubmission_file_"),
    ],
)
def test_each_thing_that_is_known_finds_the_student(person):
    assert list(match([row(person)], TARGETS, "canvas").found) == [2]


def test_the_surer_thing_wins():
    assert list(match([row(Person(login="alan", name="Ada Lovelace"))], TARGETS, "canvas").found) == [3]


def test_a_name_that_two_have_is_listed_and_not_guessed():
    matches = match([row(Person(name="Alan Turing"), "at.zip")], TARGETS, "canvas")
    assert matches.found == {}
    assert matches.problems == ("at.zip (Alan Turing): 2 students in the file have this name, so none was filled in.",)


def test_a_number_of_another_platform_says_nothing():
    matches = match([row(Person(lms_id="101", platform="moodle"))], TARGETS, "canvas")
    assert matches.found == {}
    assert "no student" in matches.problems[0]


def test_an_id_is_not_taken_for_the_platforms_number():
    assert match([row(Person(label="101"))], TARGETS, "canvas").found == {}


def test_two_submissions_of_one_student_are_both_left_out():
    matches = match([row(Person(login="ada"), "one"), row(Person(sis_id="S1"), "two")], TARGETS, "canvas")
    assert matches.found == {}
    assert matches.problems[0].startswith("one and two: they belong to the same student (row 3)")


def test_a_group_fills_all_its_students():
    group = GradebookRow("group", (Person(login="ada"), Person(login="alan"), Person(login="nobody")), 5.0, 10.0)
    matches = match([group], TARGETS, "canvas")
    assert sorted(matches.found) == [2, 3]
    assert len(matches.problems) == 1


def test_accents_written_in_two_ways_are_one_name():
    targets = [Target(1, {"name": "Zoë Ångström"})]
    assert list(match([row(Person(name="Zoe\u0308 A\u030angstro\u0308m"))], targets, "moodle").found) == [1]
    assert match([row(Person(name="Zoe Angstrom"))], targets, "moodle").found == {}


def test_without_a_final_grade_there_are_no_points_but_a_reason():
    for outcome in (incomplete(), Ungraded("x", "no layers.py")):
        made = gradebook_row(outcome)
        assert made.points is None
        assert made.reason
        matches = match([made], TARGETS, "canvas")
        assert matches.found == {}
        assert "no final grade" in matches.problems[0]


def test_points_after_lateness_come_with_the_checks_own():
    made = gradebook_row(mixed(), final=10.0, comments=["Two days late.", "=1+1\nx"])
    assert made.points == 10.0
    assert made.feedback.startswith("10 of 36 points. The checks gave 14.5. Convolution 6.5 of 10")
    assert made.feedback.endswith("Two days late. =1+1 x")


def test_hostile_names_stay_on_one_line():
    matches = match([row(Person(name=HOSTILE), HOSTILE)], TARGETS, "canvas")
    assert matches.problems[0].isprintable()
