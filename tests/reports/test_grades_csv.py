"""grades.csv is read back as it was meant, and no row without a grade looks like a zero."""

import csv
import io
import re
from dataclasses import replace

from grades import HOSTILE, hostile, incomplete, mixed, perfect

from grader.model.people import About, Lateness, Student
from grader.model.results import Grade, Section, SubmissionInfo, Ungraded
from reports.entries import IndexEntry
from reports.grades_csv import grades_csv


def read(*grades: Grade | Ungraded) -> list[dict[str, str]]:
    return table([IndexEntry(grade, None) for grade in grades])


def table(entries: list[IndexEntry]) -> list[dict[str, str]]:
    text = grades_csv(entries)
    assert text.startswith("\ufeff")  # without it Excel shows "Zoë" as "ZoÃ«"
    return list(csv.DictReader(io.StringIO(text[1:]), strict=True))


def named(grade: Grade, name: str) -> Grade:
    return replace(grade, submission=SubmissionInfo(name, "sha256:0"))


def test_graded_row_holds_score_and_sections():
    row = read(mixed())[0]
    assert row["name"] == "Grace Hopper"
    assert (row["score"], row["max_score"], row["complete"]) == ("14.5", "36", "yes")
    assert (row["Convolution"], row["Network"], row["General inputs"]) == ("6.5", "4", "0")
    assert "4 wrong answer" in row["note"]
    assert "np.int was put back" in row["note"]


def test_what_is_known_of_students_and_changed_has_columns_where_anything_is():
    late = Lateness("2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z", late_days=1, penalty=2.0)
    ada = About((Student("Ada", sis_id="0042", login="ada", email="=ada@x"),), lateness=late)
    first, second = table([IndexEntry(perfect(), None, ada), IndexEntry(mixed(), None)])
    assert (first["id"], first["login"], first["email"]) == ("0042", "ada", "'=ada@x")
    assert first["changes"] == "late by 1 day"
    assert (second["id"], second["changes"]) == ("", "")
    assert list(first)[:4] == ["name", "student", "id", "login"]
    assert not {"id", "login", "changes", "class_section"} & set(read(mixed())[0])


def test_note_is_one_list():
    note = read(replace(mixed(), notes=("a.py was left out: it is a link.", "np.int was put back.")))[0]["note"]
    assert note.endswith("; a.py was left out: it is a link; np.int was put back")


def test_full_marks_need_no_note():
    assert read(perfect())[0]["note"] == ""


def test_sections_without_points_have_no_column():
    assert "Prerequisites" not in read(mixed())[0]


def test_rows_without_a_final_grade_have_a_reason_and_no_number():
    unread, open_row = read(Ungraded("Barbara", "no layers.py in it"), incomplete())
    assert (unread["score"], unread["complete"], unread["note"]) == ("", "no", "no layers.py in it")
    assert (open_row["score"], open_row["complete"]) == ("", "no")
    assert "not final" in open_row["note"]
    for row in (unread, open_row):
        assert {row[name] for name in ("Convolution", "Network", "Max pooling")} == {""}


def test_sections_of_all_grades_share_one_header():
    other = replace(perfect(), sections=(Section("Training", 1.0, 2.0),))
    first, second = read(mixed(), other)
    assert (first["Training"], second["Training"], second["Convolution"]) == ("", "1", "")


def test_a_lost_point_never_rounds_up_to_full_marks():
    assert read(replace(mixed(), score=99.999999, max_score=100.0))[0]["score"] == "99.9999"


def test_names_survive_the_round_trip():
    names = ['O\'Neill, "Bob"', "Zoë; Ångström", "李 明", "'t Hooft", "=A1", "'=A1", "-5", "''@x", "a\tb"]
    cells = [row["name"] for row in read(*(named(perfect(), name) for name in names))]
    assert [re.sub(r"^'('*[-=+@])", r"\1", cell) for cell in cells] == [*names[:-1], "a b"]


def test_no_cell_is_a_formula_whatever_a_submission_is_called():
    text = grades_csv([IndexEntry(grade, None) for grade in (hostile(), Ungraded(HOSTILE, HOSTILE))])
    cells = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    for row in cells:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert cell.isprintable()
