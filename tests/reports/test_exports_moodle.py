"""A worksheet and a feedback zip go back into Moodle by Moodle's own rules."""

import csv
import html
import io
import zipfile

import pytest
from gradebooks import MoodleAssignment
from grades import HOSTILE, mixed
from hypothesis import given
from hypothesis import strategies as st

from grader.model.people import About, Adjustment, Student
from reports.entries import IndexEntry
from reports.exports.matching import GradebookRow, gradebook_row
from reports.exports.moodle import Worksheet, feedback_owners, feedback_zip
from reports.exports.sheet import WrongFile

HEAD = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"'
)
WORKSHEET = (
    f"{HEAD}\n"
    'Participant 501,"Ada Lovelace",ada@x.edu,"Submitted for grading",,100.00,Yes,"Sunday, 22 November 2026",-,\n'
    'Participant 502,"O\'Neill, ""Bob""",bob@x.edu,"Submitted for grading",55.00,100.00,Yes,"Monday",'
    '"Monday, 23 November 2026, 10:00 AM","old, words"\n'
    'Participant 503,"=Zoë_Ångström",zoe@x.edu,"No submission",,100.00,No,-,-,\n'
    'Participant 504,"李 明",li@x.edu,"Submitted for grading",,100.00,Yes,-,-,\n'
).encode()
PARTICIPANTS = {"501", "502", "503", "504"}


def row(label, points, feedback="", **known):
    return GradebookRow(label, (Student(**known),), points, 100.0, feedback=feedback)


def imported(content):
    moodle = MoodleAssignment(PARTICIPANTS, 100.0)
    moodle.read(content)
    return moodle


def commented(words, *students):
    """Returns a grade on which the staff said something."""
    return IndexEntry(mixed(), None, About(students, adjustments=(Adjustment("x", "", 0.0, words, "why", "kim", ""),)))


def test_moodle_reads_grades_and_comments_back():
    rows = [
        row("Ada Lovelace_501_assignsubmission_file_", 87.5, "87.5 of 100 points. <b>&", lms_id="501"),
        row('O\'Neill, "Bob"', 0.0, "0 of 100 points."),
        row("li@x.edu", None),
    ]
    filled = Worksheet.from_bytes(WORKSHEET).fill(rows, overwrite=True)
    moodle = imported(filled.content)
    assert moodle.grades == {"501": 87.5, "502": 0.0}
    assert moodle.comments["501"] == "87.5 of 100 points. &lt;b&gt;&amp;"
    assert moodle.comments["502"] == "0 of 100 points."
    assert [problem.split(":")[0] for problem in filled.problems] == ["li@x.edu"]


def test_all_other_cells_stay_above_all_the_time_of_the_last_grade():
    filled = Worksheet.from_bytes(WORKSHEET).fill([row("bob@x.edu", 5.0, "new")], overwrite=True).content
    before, after = WORKSHEET.split(b"\n"), filled.split(b"\n")
    assert after == [*before[:2], before[2].replace(b"55.00", b"5").replace(b"old, words", b"new"), *before[3:]]


def test_worksheet_without_comments_gets_grades_alone():
    content = WORKSHEET.replace(b',"Feedback comments"', b"").replace(b"-,\n", b"-\n").replace(b',"old, words"', b"")
    assert imported(Worksheet.from_bytes(content).fill([row("ada@x.edu", 5.0, "words")]).content).grades["501"] == 5.0


def test_locked_grade_stays():
    filled = Worksheet.from_bytes(WORKSHEET).fill([row("zoe@x.edu", 5.0)])
    assert filled.content == WORKSHEET
    assert "locked" in filled.problems[0]


def test_grades_are_scaled_to_the_maximum():
    filled = Worksheet.from_bytes(WORKSHEET.replace(b"100.00", b"10.00")).fill([row("ada@x.edu", 87.5)])
    assert imported(filled.content).grades["501"] == 8.75
    assert "scaled" in filled.remarks[0]


def sheet_in(head, word, *rows):
    lines = [f"{word}{number},{cells}" for number, cells in zip((501, 502), rows, strict=True)]
    return "\n".join([head, *lines, ""]).encode()


GERMAN = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
    '"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"'
)
LANGUAGES = {
    "de": sheet_in(GERMAN, "Teilnehmer/in", 'Ada,a@x,x,,"50,00",Ja,-,-,', 'Bob,b@x,x,,"50,00",Nein,-,-,'),
    "fr": sheet_in(
        'Identifiant,"Nom complet","Adresse de courriel",Statut,Note,"Note maximale","La note peut être modifiée",'
        '"Dernière modification (travail remis)","Dernière modification (note)","Feedback par commentaires"',
        "Participant ", 'Ada,a@x,x,,"50,00",Oui,-,-,', 'Bob,b@x,x,,"50,00",Non,-,-,',
    ),
    "es": sheet_in(
        'Identificador,"Nombre completo","Dirección de correo",Estado,Calificación,"Calificación máxima",'
        '"La calificación puede ser cambiada","Última modificación (entrega)","Última modificación (calificación)",'
        '"Comentarios de retroalimentación"',
        "Participante ", "Ada,a@x,x,,50.00,Sí,-,-,", "Bob,b@x,x,,50.00,No,-,-,",
    ),
    "ja": sheet_in(
        "識別子,フルネーム,メールアドレス,ステータス,評点,最大評点,評点変更可,最終更新日時(提出),最終更新日時(評点),フィードバックコメント",
        "参加者", "Ada,a@x,x,,50.00,はい,-,-,", "Bob,b@x,x,,50.00,いいえ,-,-,",
    ),
    # of no language that is known: by place
    "xx": sheet_in(
        "aa,bb,cc mail,dd,ee,ff,gg,hh,ii,jj comment", "Pp ", "Ada,a@x,x,,50.00,Ja,-,-,", "Bob,b@x,x,,50.00,Ez,-,-,"
    ),
}  # fmt: skip


@pytest.mark.parametrize("content", LANGUAGES.values(), ids=LANGUAGES.keys())
@pytest.mark.parametrize("named", [False, True])
def test_maximum_and_locked_grades_are_found_in_any_language(content, named):
    title = csv.reader([content.decode().partition("\n")[0]]).__next__()[4] if named else ""
    rows = [row("a@x", 87.5, "gut"), row("b@x", 5.0, "nein")]
    filled = Worksheet.from_bytes(content, title).fill(rows)
    ada, bob = list(csv.reader(io.StringIO(filled.content.decode())))[1:]
    assert (ada[4], ada[-1]) == ("43.75", "gut")
    assert bob == list(csv.reader([content.decode().splitlines()[2]])).pop()
    assert "locked" in filled.problems[0]
    assert "Points of 100 were scaled to the 50 that the file gives." in filled.remarks


def test_columns_that_are_not_found_are_told_and_can_be_named():
    plain = 'ID,"Wer es ist",E-Mail-Adresse,Status,Punkte,"Zuletzt geändert (Bewertung)",Worte\n'
    plain += "Teilnehmer/in501,Ada,a@x,x,,-,\n"
    with pytest.raises(WrongFile, match="--column"):
        Worksheet.from_bytes(plain.encode())
    filled = Worksheet.from_bytes(plain.encode(), "Punkte", "Worte").fill([row("a@x", 5.0, "gut")])
    assert filled.content.endswith(b"Ada,a@x,x,5,-,gut\n")
    assert [remark.split(",")[0] for remark in filled.remarks] == [
        "The file has no column that is known as the maximum grade",
        "The file has no column that is known to say which grades are locked; Moodle refuses the locked ones.",
    ]


def test_points_above_the_maximum_are_entered_as_the_maximum_and_told():
    filled = Worksheet.from_bytes(WORKSHEET).fill(
        [row("ada@x.edu", 103.5, "103.5 of 100 points."), row("li@x.edu", 100.0)]
    )
    moodle = imported(filled.content)
    assert moodle.grades["501"] == 100.0
    assert moodle.comments["501"] == "103.5 of 100 points."
    assert filled.remarks[0] == (
        "1 grade above the maximum, which the platform refuses, entered as the maximum: ada@x.edu (103.5)."
    )


def test_grades_that_moodle_holds_stay_unless_they_may_go():
    rows = [row("bob@x.edu", 5.0, "new"), row("ada@x.edu", 7.0)]
    kept = Worksheet.from_bytes(WORKSHEET).fill(rows)
    assert imported(kept.content).grades == {"501": 7.0, "502": 55.0}
    assert imported(kept.content).comments["502"] == "old, words"
    assert "--overwrite" in kept.remarks[0]
    assert kept.n_kept == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a Moodle grading worksheet"),
        (b"Student,ID,Section\n", "not a Moodle grading worksheet but a gradebook of Canvas; use --to canvas"),
        (WORKSHEET.replace(b",", b";"), "Moodle reads commas"),
        (b"OrgDefinedId,Username\n", "a grades file of Brightspace"),
        (WORKSHEET.replace(b"Last modified (grade)", b"Changed"), "no column 'Last modified (grade)'"),
        (WORKSHEET.replace(b"Maximum grade", b"Scale"), "by a scale"),
        (WORKSHEET.replace(b"Participant 503", b"Hidden"), "no participant's number"),
        (WORKSHEET.decode().encode("utf-16"), "UTF-16"),
    ],
)
def test_wrong_file_is_one_sentence(content, words):
    with pytest.raises(WrongFile) as caught:
        Worksheet.from_bytes(content)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_feedback_files_reach_their_students():
    worksheet = Worksheet.from_bytes(WORKSHEET)
    rows = [row("zoe@x.edu", 5.0), row("bob@x.edu", 6.0), row("stranger", 7.0), row("ada@x.edu", None)]
    owners = list(feedback_owners(worksheet, rows))
    assert [(name, number) for name, number, _ in owners] == [('O\'Neill, "Bob"', "502"), ("=Zoë_Ångström", "503")]
    file, again = io.BytesIO(), io.BytesIO()
    members = [(name, number, "report.html", f"for {number}".encode()) for name, number, _ in owners]
    assert feedback_zip(file, members) == feedback_zip(again, members) == 2
    assert file.getvalue() == again.getvalue()
    moodle = MoodleAssignment(PARTICIPANTS, 100.0)
    moodle.read_feedback(file.getvalue())
    assert moodle.files == {number: {"report.html": f"for {number}".encode()} for number in ("502", "503")}


@given(st.text(max_size=40))
def test_no_name_leads_a_feedback_file_astray(name):
    file = io.BytesIO()
    feedback_zip(file, [(name, "501", "report.html", b"x")])
    moodle = MoodleAssignment(PARTICIPANTS, 100.0)
    moodle.read_feedback(file.getvalue())
    assert moodle.files == {"501": {"report.html": b"x"}}
    with zipfile.ZipFile(file) as archive:
        assert ".." not in archive.namelist()[0].split("/")


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_hostile_names_survive_and_comments_are_no_formulas(people):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)", "Feedback comments"])
    writer.writerows([f"Participant {i}", name, "", "36.00", "-", ""] for i, (name, _) in enumerate(people))
    rows = [
        gradebook_row(commented(words, Student(lms_id=str(i), platform="moodle")))
        for i, (_, words) in enumerate(people)
    ]
    filled = Worksheet.from_bytes(text.getvalue().encode()).fill(rows)
    moodle = MoodleAssignment({str(i) for i in range(len(people))}, 36.0)
    moodle.read(filled.content)
    assert moodle.grades == {str(i): 14.5 for i in range(len(people))}
    read = list(csv.reader(io.StringIO(filled.content.decode(), newline=""), strict=True))
    assert [line[1] for line in read[1:]] == [name for name, _ in people]
    for comment in moodle.comments.values():
        assert comment[0].isdigit()
        assert "<" not in comment


def test_hostile_comment_is_text():
    comment = gradebook_row(commented(HOSTILE)).feedback
    assert comment.isprintable()
    assert "<script>" not in html.escape(comment)
