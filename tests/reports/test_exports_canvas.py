"""A gradebook that Canvas exported is filled in; Canvas's own rules read it back as it was meant."""

import csv
import io

import pytest
from gradebooks import CanvasCourse
from hypothesis import given
from hypothesis import strategies as st

from grader.model.people import Student
from reports.exports.canvas import fill_canvas
from reports.exports.matching import GradebookRow
from reports.exports.sheet import WrongFile

COLUMN = "Assignment 2 (77)"
STUDENTS = [
    ("101", "S1", "ada", "Ada Lovelace", "Lovelace, Ada"),
    ("102", "S2", "alan@x.edu", 'Alan "T" Turing', 'Turing, Alan "T"'),
    ("103", "S3", "zoe", "Zoë =Ångström", "=Ångström, Zoë"),
    ("104", "S4", "li", "李 明", "李 明"),
    ("105", "S5", "ex", "Exa Excused", "Excused, Exa"),
    ("106", "S6", "na", "Nora Absent", "Absent, Nora"),
]
ASSIGNMENTS = {"76": "Assignment 1", "77": "Assignment 2"}
HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Notes", "Assignment 1 (76)", COLUMN, "Final Score"]


def canvas_name(name):
    return f'="{name}"' if name.lstrip().startswith("=") else name


def exported(points="100.00", cells=("", "55.00", "", "", "EX", "N/A"), delimiter=",", end="\n", head=HEAD):
    """Returns a gradebook as the exporter writes it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(head)
    writer.writerow([""] * 7 + ["Manual Posting", ""])
    writer.writerow(["    Points Possible", "", "", "", "", "", "10.00", points, "(read only)"])
    for (number, sis, login, _, sortable), cell in zip(STUDENTS, cells, strict=True):
        writer.writerow([canvas_name(sortable), number, sis, login, "A and B", "a, note", "9.50", cell, "88.1"])
    return text.getvalue().encode()


def row(label, points, most=100.0, **known):
    return GradebookRow(label, (Student(**known),), points, most)


CLASS = [row("ada", 87.5), row("alan@x.edu", 99.999), row("Zoë =Ångström", 0.0), row("li", None), row("nobody", 3.0)]


def imported(content):
    course = CanvasCourse(STUDENTS, ASSIGNMENTS, custom_columns=("Notes",))
    course.read(content)
    return course


def test_canvas_reads_the_points_back_for_the_right_students():
    filled = fill_canvas(exported(), CLASS, COLUMN, overwrite=True)
    course = imported(filled.content)
    assert course.grades[COLUMN] == {
        "101": "87.5", "102": "99.99", "103": "0", "104": "", "105": "EX", "106": "N/A",
    }  # fmt: skip
    assert set(course.grades["Assignment 1 (76)"].values()) == {"9.50"}
    assert course.points_possible[COLUMN] == "100.00"
    assert filled.n_filled == 3


def test_every_byte_outside_the_column_stays():
    content = b"\xef\xbb\xbf" + exported(end="\r\n")
    filled = fill_canvas(content, CLASS, COLUMN, overwrite=True).content
    before, after = content.split(b"\r\n"), filled.split(b"\r\n")
    assert [line for line, other in zip(before, after, strict=True) if line == other] == before[:3] + before[6:]
    assert after[3] == before[3].replace(b"9.50,,", b"9.50,87.5,")
    assert filled.startswith(b"\xef\xbb\xbf")


def test_whoever_is_left_out_is_named_and_nobody_gets_a_zero():
    filled = fill_canvas(exported(), CLASS, COLUMN, overwrite=True)
    assert [problem.split(":")[0] for problem in filled.problems] == ["li", "nobody"]
    assert filled.remarks[-1] == "3 students of the file without a graded submission: nothing was filled in."


def test_excused_and_unassigned_students_stay_as_they_are():
    filled = fill_canvas(exported(), [row("ex", 5.0), row("na", 5.0)], COLUMN)
    assert filled.content == exported()
    assert filled.n_filled == 0
    assert "excused in Canvas" in filled.problems[0]
    assert "N/A" in filled.problems[1]


def test_points_are_scaled_to_what_canvas_gives_and_this_is_said():
    filled = fill_canvas(exported(points="20.00"), [row("ada", 99.99999)], COLUMN)
    assert imported(filled.content).grades[COLUMN]["101"] == "19.99"
    assert "Points of 100 were scaled to the 20 that the file gives." in filled.remarks


def test_points_that_canvas_holds_stay_unless_they_may_go():
    kept = fill_canvas(exported(), CLASS, COLUMN)
    assert imported(kept.content).grades[COLUMN]["102"] == "55.00"
    assert "alan@x.edu: has other points in the file already (55.00, here 99.99)." in kept.problems
    sentence = (
        "1 student had other points in the file, which stay as they are; --overwrite replaces them: alan@x.edu (55.00)."
    )
    assert (kept.n_filled, kept.n_kept, kept.remarks[0]) == (2, 1, sentence)
    gone = fill_canvas(exported(), CLASS, COLUMN, overwrite=True)
    assert "1 student had other points in the file, which were replaced: alan@x.edu (55.00)." in gone.remarks
    same = fill_canvas(exported(cells=("87,50", "99.99", "-", "", "EX", "N/A")), CLASS, COLUMN)
    assert (same.n_filled, same.n_kept) == (3, 0)


def test_only_the_filled_column_is_written_where_that_is_asked_for():
    filled = fill_canvas(exported(end="\r\n"), CLASS, COLUMN, only_column=True)
    rows = list(csv.reader(io.StringIO(filled.content.decode(), newline="")))
    assert rows[0] == [*HEAD[:5], COLUMN]
    assert rows[2] == ["    Points Possible", "", "", "", "", "100.00"]
    course = imported(filled.content)
    assert course.grades.keys() == {COLUMN}
    assert course.grades[COLUMN]["101"] == "87.5"
    assert filled.content.count(b"\r\n") == len(rows)


def test_bonus_points_stay_in_canvas():
    assert imported(fill_canvas(exported(), [row("ada", 104.0)], COLUMN).content).grades[COLUMN]["101"] == "104"


@pytest.mark.parametrize("column", [COLUMN, "Assignment 2", "77"])
def test_column_is_found_by_title_or_id(column):
    assert imported(fill_canvas(exported(), CLASS, column).content).grades[COLUMN]["101"] == "87.5"


def test_only_assignment_needs_no_name():
    head = ["Assignment one" if title == "Assignment 1 (76)" else title for title in HEAD]
    filled = fill_canvas(exported(head=head), CLASS)
    assert b"87.5" in filled.content


def test_semicolons_and_decimal_commas_of_another_locale():
    content = exported(points="50,00", cells=("", "55,00", "", "", "EX", "N/A"), delimiter=";")
    course = imported(fill_canvas(content, CLASS, COLUMN).content)
    assert course.grades[COLUMN]["101"] == "43.75"
    assert course.points_possible[COLUMN] == "50.00"


def test_last_and_first_names_in_columns_of_their_own():
    content = (
        b"LastName,FirstName,ID,SIS Login ID,Section,Assignment 2 (77)\n"
        b"    Points Possible,,,,,100.00\n"
        b'Lovelace,Ada,101,ada,A,\nTuring,"Alan ""T""",102,alan@x.edu,A,\n'
    )
    filled = fill_canvas(content, [row("Ada Lovelace", 5.0), row('Alan "T" Turing', 6.0)])
    assert imported(filled.content).grades[COLUMN] == {"101": "5", "102": "6"}


@pytest.mark.parametrize(
    ("content", "column", "words"),
    [
        (b"", "", "not a Canvas gradebook"),
        (b"Identifier,Full name,Grade\nParticipant 5,Ada,\n", "", "not a Canvas gradebook"),
        (b'Identifier,"Full name",Grade\n"Participant 5","Ada",\n', "", "worksheet of Moodle; use --to moodle"),
        (b'"ID","Name","Note"\n"Teilnehmer/in5","Ada",\n', "", "a grading worksheet of Moodle; use --to moodle"),
        (b"OrgDefinedId,Username,End-of-Line Indicator\n", "", "a grades file of Brightspace"),
        (b'"Last Name","First Name",Username,"Student ID"\n', "", "a gradebook of Blackboard"),
        (b"First Name,Last Name,SID,Email,Total Score\n", "", "a file of Gradescope"),
        (b'"name","student","score","final"\n', "", "a table that this grader has written"),
        (b'a,"b\nc,d\n', "", "not a Canvas gradebook"),
        (exported() + b'"x,1\n', COLUMN, "is not closed"),
        (exported(), "", 'more than one assignment\'s column; name one of these with --column: "Assignment 1 (76)"'),
        (exported(), "Assignment 3", 'no column "Assignment 3"'),
        (exported(), "Final Score", 'no column "Final Score"'),
        (exported(head=[*HEAD[:6], COLUMN, COLUMN, "x"]), COLUMN, "more than one column"),
        (exported(points="(read only)"), COLUMN, "read-only"),
        (exported().decode().encode("utf-16"), COLUMN, "UTF-16"),
    ],
)  # fmt: skip
def test_wrong_file_or_column_is_one_sentence(content, column, words):
    with pytest.raises(WrongFile) as caught:
        fill_canvas(content, CLASS, column)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), min_size=1, max_size=15).filter(str.strip)


@given(st.lists(NAMES, min_size=1, max_size=5, unique_by=lambda name: " ".join(name.casefold().split())), st.data())
def test_hostile_names_survive_and_get_their_own_points(names, data):
    text = io.StringIO()
    writer = csv.writer(
        text, lineterminator="\n", quoting=data.draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    )
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", COLUMN])
    writer.writerow(["    Points Possible", "", "", "", "100.00"])
    writer.writerows([canvas_name(name), i, f"login{i}", "A", ""] for i, name in enumerate(names))
    rows = [
        GradebookRow(name, (Student(name=name, login=f"login{i}"),), float(i), 100.0) for i, name in enumerate(names)
    ]
    filled = fill_canvas(text.getvalue().encode(), rows)
    read = list(csv.reader(io.StringIO(filled.content.decode(), newline=""), strict=True))
    assert [line[0] for line in read[2:]] == [canvas_name(name) for name in names]
    assert [line[4] for line in read[2:]] == [str(i) for i in range(len(names))]
