"""A class list of any platform says who is who; what is late costs what grader.toml says, and no more is guessed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grader.classes.lateness import Deadline, due_times, lateness
from grader.classes.roster import read_roster
from grader.classes.roster_matching import with_roster
from grader.model.errors import UnusableInput
from grader.model.people import About, Student, Submitted, comments
from grader.model.results import Ungraded

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,A2 (9)\n"
    "    Points Possible,,,,,100\n"
    '"Lovelace, Ada",11,u1,ada@x.edu,CS231N-01,\n"de la Cruz, Ana María",12,u2,ana,CS231N-02,\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Last modified (submission)\n"
    'Participant 101,Ada Lovelace,ada@x.edu,Submitted,,"Friday, 20 November 2026, 11:59 PM"\n'
    "Participant 102,Grace Hopper,grace@x.edu,No submission,,-\n"
)
DUE = datetime.fromisoformat("2026-11-20T23:59:00-08:00")


def roster(folder, text):
    (folder / "list.csv").write_text(text, encoding="utf-8-sig")
    return read_roster(folder / "list.csv")


def test_canvas_gradebook_is_a_roster(tmp_path):
    ada, ana = (each.student for each in roster(tmp_path, CANVAS))
    assert ada == Student("Ada Lovelace", "u1", "ada@x.edu", "ada@x.edu", "CS231N-01", "11", "canvas")
    assert ana.name == "Ana María de la Cruz"


def test_moodle_worksheet_is_a_roster_with_times(tmp_path):
    ada, grace = roster(tmp_path, MOODLE)
    assert ada.student == Student("Ada Lovelace", email="ada@x.edu", lms_id="101", platform="moodle")
    assert ada.submitted == "2026-11-20T23:59:00"
    assert grace.submitted == ""


def test_plain_tables_are_rosters(tmp_path):
    (ada,) = roster(tmp_path, "First Name;Last Name;SID;Email\nAda;Lovelace;u1;ada@x.edu\n")
    assert ada.student == Student("Ada Lovelace", "u1", email="ada@x.edu")
    (bob,) = roster(tmp_path, "login,name,submitted\nbob7,Bob,2026-11-21T10:00:00-08:00\n")
    assert (bob.student.login, bob.submitted) == ("bob7", "2026-11-21T10:00:00-08:00")


def test_of_two_columns_for_one_thing_the_first_that_says_anything_counts(tmp_path):
    table = "Name,Student,Email,Notes\nAda Lovelace,,ada@x.edu,\n,Grace Hopper,grace@x.edu,\nAnn,Bob,ann@x.edu,\n"
    assert [each.student.name for each in roster(tmp_path, table)] == ["Ada Lovelace", "Grace Hopper", "Ann"]


def test_canvas_names_are_read_however_they_are_written(tmp_path):
    text = 'Student,ID,Section\n"=""=Evil, Bo""",1,A\n"Núñez, José, Jr.",2,A\n"Student, Test",3,A\n'
    assert [each.student.name for each in roster(tmp_path, text)] == ["Bo =Evil", "José Núñez, Jr."]
    text = (
        "LastName,FirstName,ID,SIS User ID,Section\n    Points Possible,,,,\nLovelace,Ada,11,u1,A\nStudent,Test,9,,A\n"
    )
    (ada,) = roster(tmp_path, text)
    assert ada.student == Student("Ada Lovelace", "u1", section="A", lms_id="11", platform="canvas")


def test_names_with_a_comma_that_are_spoken_so_stay(tmp_path):
    (jose,) = roster(tmp_path, 'Identifier,Full name,Grade\nParticipant 3,"José Núñez, Jr.",\n')
    assert jose.student.name == "José Núñez, Jr."
    names = [each.student.name for each in roster(tmp_path, 'name|id\n"Ada King, Jr."|1\nLovelace, Ada|2\n')]
    assert names == ["Ada King, Jr.", "Ada Lovelace"]


def test_github_classroom_s_roster_has_an_identifier_of_the_teacher_s(tmp_path):
    text = '"identifier","github_username","github_id","name"\n"Ada L","adal","1",""\n"bob@x.edu","bo","2","Bob B"\n'
    ada, bob = (each.student for each in roster(tmp_path, text))
    assert (ada.name, ada.login, ada.platform) == ("Ada L", "adal", "")
    assert (bob.name, bob.login, bob.email) == ("Bob B", "bo", "bob@x.edu")


def test_staff_are_nobody_s_missing_submission(tmp_path):
    listed = roster(
        tmp_path,
        "First Name,Last Name,SID,Email,Role,Section\nAda,King,11,ada@x,Student,A\nBo,Lee,12,bo@x,Student,A\n"
        "Bo,Lee,12,bo@x,Student,B\nTea,Cher,,tea@x,Instructor,\nTed,Ay,,ted@x,TA,\nGra,Der,,g@x,Teaching Assistant,\n",
    )
    assert [(each.student.name, each.student.section) for each in listed] == [("Ada King", "A"), ("Bo Lee", "A, B")]
    known, said = with_roster({"ada": About(), "bo-lee": About()}, listed)
    assert [known[name].name for name in known] == ["", "Bo Lee"]
    assert said[0] == "On the roster without a submission (1): Ada King."


@pytest.mark.parametrize("role", ["TA", "UTA", "Lehrende", "Student Assistant", "TeacherEnrollment", "Section Leader"])
@pytest.mark.parametrize("others", ["Student", "StudentEnrollment", "Teilnehmer/in", ""])
def test_no_role_of_the_staff_is_a_missing_submission(tmp_path, role, others):
    listed = roster(tmp_path, f"Name,SID,Role\nAda,1,{others}\nTed,2,{role}\nBo,3,\n")
    assert [each.student.name for each in listed] == ["Ada", "Bo"]


def test_any_other_role_beside_students_is_staff_and_alone_is_not(tmp_path):
    beside = roster(tmp_path, 'Name,SID,Role\nAda,1,Student\nTed,2,Guru\nBo,3,"TA, Student"\n')
    assert [each.student.name for each in beside] == ["Ada", "Bo"]
    assert len(roster(tmp_path, "Name,SID,Role\nAda,1,Member\nTed,2,Guru\n")) == 2


def test_only_rows_that_agree_are_one_student(tmp_path):
    table = "name,id,email\nKim Lee,1,kim@x\nKim Lee,1,\nKim Lee,2,\nKim Li,1,\nKim Lee,,\n"
    assert [each.student.sis_id for each in roster(tmp_path, table)] == ["1", "2", "1", ""]


@pytest.mark.parametrize("word", ["Teilnehmer/in ", "Teilnehmer/in", "Participante ", "Uczestnik ", "受講者番号 "])
def test_moodle_numbers_of_any_language_are_no_university_ids(tmp_path, word):
    (ada, bo) = roster(tmp_path, f"ID,Vollständiger Name,E-Mail-Adresse\n{word}11,Ada King,a@x\n{word}12,Bo Lee,b@x\n")
    assert ada.student == Student("Ada King", email="a@x", lms_id="11", platform="moodle")
    assert bo.student.sis_id == ""


@pytest.mark.parametrize(
    "ids", [("u11", "u12"), ("Matr-11", "Matr-12"), ("11", "12"), ("x1", "teilnehmer 2"), ("student11", "student12")]
)
def test_ids_of_a_university_stay(tmp_path, ids):
    listed = roster(tmp_path, "ID,Name\n{},Ada King\n{},Bo Lee\n".format(*ids))
    assert [each.student.sis_id for each in listed] == list(ids)


@pytest.mark.parametrize("written", ["King, Ada", "King,Ada", "Ada King"])
def test_last_first_is_first_last(tmp_path, written):
    listed = roster(tmp_path, f'Name,SID\n"{written}",11\nBo Lee,12\n')
    assert with_roster({"ada-king": About()}, listed)[0]["ada-king"].students[0].sis_id == "11"
    listed = roster(tmp_path, f'Identifier,Full name\nParticipant 1,"{written}"\nParticipant 2,"Lee, Bo"\n')
    assert with_roster({"bo-lee": About()}, listed)[0]["bo-lee"].students[0].lms_id in ("2", "")


def test_times_that_cannot_be_read_are_named(tmp_path):
    listed = roster(tmp_path, "name,submitted\nAda,20/11/2026\nBob,-\nEve,\n")
    assert [each.submitted for each in listed] == ["", "", ""]
    said = with_roster({name: About() for name in ("Ada", "Bob", "Eve")}, listed)[1]
    assert said == ("Times on the roster that cannot be read, so that they cost nothing (1): Ada (20/11/2026).",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'name,id\n"Ada,1\nBob,2\n', "unexpected end of data"),
        (b"a,b\n1,2\n", "no column"),
        (b"", "no column"),
        ("name\nJürgen\n".encode("latin-1"), "not a table in UTF-8"),
    ],
)
def test_file_that_is_no_roster_is_one_sentence(tmp_path, content, words):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(UnusableInput, match=words):
        read_roster(tmp_path / "list.csv")
    with pytest.raises(UnusableInput, match="cannot be read"):
        read_roster(tmp_path / "nowhere.csv")


def test_students_are_found_by_number_squashed_name_login_or_name(tmp_path):
    listed = roster(tmp_path, CANVAS)
    abouts = {
        "lovelaceada_11": About((Student(lms_id="11", platform="canvas", squashed="lovelaceada"),)),
        "delacruzanamaría_99": About((Student(squashed="delacruzanamaría"),)),
        "ana": About(),
        "Ada-Lovelace": About(),
        "stranger": About(),
        "11": About((Student(lms_id="11", platform="moodle"),)),
    }
    known, said = with_roster(abouts, listed)
    assert [known[name].name for name in abouts] == [
        "Ada Lovelace", "Ana María de la Cruz", "Ana María de la Cruz", "Ada Lovelace", "", "",
    ]  # fmt: skip
    assert said == (
        "Not on the roster (2): stranger, 11.",
        "Several submissions of one student, each with a grade of its own (2): Ada Lovelace (lovelaceada_11, "
        "Ada-Lovelace), Ana María de la Cruz (delacruzanamaría_99, ana).",
    )


def test_class_list_tells_which_end_of_a_clones_name_is_the_login(tmp_path):
    listed = roster(tmp_path, "name,login\nAnna K,anna-k\nAnna M,anna-m\nBo,bo\nKo,m\n")
    abouts = {f"hw-2-{who}": About((Student(login=who.rpartition("-")[2]),)) for who in ("anna-k", "anna-m", "bo")}
    known, said = with_roster(abouts, listed)
    assert [about.name for about in known.values()] == ["Anna K", "", "Bo"]
    assert "Several on the roster fit, so none was taken (1): hw-2-anna-m." in said


def test_two_students_of_one_name_are_not_mixed_up(tmp_path):
    listed = roster(tmp_path, "name,id\nKim Lee,1\nKim Lee,2\n")
    known, said = with_roster({"Kim Lee": About()}, listed)
    assert known["Kim Lee"].students == ()
    assert said == (
        "On the roster without a submission (2): Kim Lee, Kim Lee.",
        "Several on the roster fit, so none was taken (1): Kim Lee.",
    )


def late(time, **rules):
    return lateness(Submitted(time, "Gradescope's metadata"), Deadline(DUE, **rules))


def test_begun_days_cost_points_after_grace_and_free_days():
    assert late("2026-11-21T07:59:00+00:00").late_days == 0
    assert late("2026-11-21T00:03:00-08:00", grace=5).late_days == 0
    rules = {"penalty_per_day": 10.0, "late_days": 1, "grace": 5}
    one, three = late("2026-11-21T00:05:00-08:00", **rules), late("2026-11-23T10:00:00-08:00", **rules)
    assert (one.late_days, one.free_days, one.penalty) == (1, 1, 0.0)
    assert (three.late_days, three.free_days, three.penalty) == (3, 1, 20.0)
    assert late("2026-12-23T10:00:00-08:00", **rules, max=50).penalty == 50


def test_grace_holds_on_each_late_day():
    assert late("2026-11-22T00:04:00-08:00", grace=5).late_days == 1
    assert late("2026-11-22T00:04:01-08:00", grace=5).late_days == 2
    assert late("0001-01-01T00:00:00+14:00") is None


@pytest.mark.parametrize(
    ("due", "time", "days"),
    [
        # Clocks go back on 1 November 2026 at 2:00, so that this day has 25 hours.
        ("2026-10-31T23:59", "2026-11-01T23:59:00", 1),
        ("2026-10-31T23:59", "2026-11-01T23:59:00-08:00", 1),
        ("2026-10-31T23:59", "2026-11-02T08:00:00+00:00", 2),
        # They go forward on 14 March 2027, which has 23.
        ("2027-03-13T23:59", "2027-03-14T23:59:00", 1),
        ("2027-03-13T23:59", "2027-03-14T23:59:30-07:00", 2),
        ("2027-03-13T23:59", "2027-03-14T00:00:00", 1),
        # 1:30 comes twice: the second time it is an hour late.
        ("2026-11-01T01:30", "2026-11-01T01:30:00-07:00", 0),
        ("2026-11-01T01:30", "2026-11-01T01:30:00-08:00", 1),
    ],
)
def test_late_day_ends_at_the_due_time_of_day_whatever_clocks_do(due, time, days):
    due = datetime.fromisoformat(due).replace(tzinfo=ZoneInfo("America/Los_Angeles"))
    assert lateness(Submitted(time, "Moodle"), Deadline(due)).late_days == days


def test_time_without_an_offset_is_the_course_s_own():
    assert late("2026-11-20T23:59:00").late_days == 0
    assert late("2026-11-20T23:59:01").late_days == 1


def test_a_file_s_own_time_costs_nothing_unless_the_course_says_so():
    copied = Submitted("2026-12-24T00:00:00+00:00", "Canvas; the files' own time", weak=True)
    assert lateness(copied, Deadline(DUE, penalty_per_day=10)) is None
    assert lateness(copied, Deadline(DUE, penalty_per_day=1, weak_times=True)).late_days == 33
    marked = lateness(Submitted(source="Canvas", marked_late=True), Deadline(DUE, penalty_per_day=10))
    assert marked.penalty == 0
    assert "Canvas marks this submission as late" in marked.remark


def test_extension_moves_the_due_time_of_one_student_and_is_said():
    abouts = {"ada": About(students=(Student("Ada Lovelace", email="ada@x.edu"),)), "bob": About()}
    due, said = due_times({"ADA@x.edu": DUE + timedelta(days=5), "eve": DUE}, abouts)
    assert due == {"ada": DUE + timedelta(days=5)}
    assert said[0].startswith("Extended due times: ada until 25 November")
    assert said[1] == "An extension has no effect: No submission or student is called 'eve'."
    rules = Deadline(DUE, penalty_per_day=10, late_days=1)
    late = Submitted("2026-11-27T10:00:00-08:00", "Moodle")
    assert lateness(late, rules).penalty == 60
    extended = lateness(late, rules, due["ada"])
    assert (extended.penalty, extended.extended) == (10, True)
    words = comments(Ungraded("ada", ""), About(lateness=extended))
    assert words[-1].startswith("The due time was extended to 2026-11-25")
