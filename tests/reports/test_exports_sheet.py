"""A CSV file comes back byte for byte, but for the cells that were meant; other files are refused in a sentence."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.people import Student
from reports.exports.canvas import fill_canvas
from reports.exports.filling import number
from reports.exports.matching import GradebookRow
from reports.exports.moodle import Worksheet
from reports.exports.sheet import Sheet, WrongFile

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=5)


def written(rows, delimiter, end, quoting):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue().encode()


@given(
    ROWS,
    st.sampled_from([",", ";"]),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.booleans(),
)
def test_bytes_come_back_and_cells_read_as_the_csv_module_reads_them(rows, delimiter, end, quoting, mark):
    content = (b"\xef\xbb\xbf" if mark else b"") + written(rows, delimiter, end, quoting)
    sheet = Sheet.from_bytes(content, delimiter)
    assert sheet.to_bytes({}) == content
    if not any(cell.startswith("\ufeff") for row in rows for cell in row):
        expected = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True)
        assert [list(sheet.texts(i)) for i in range(len(sheet.raw))] == [cells or [""] for cells in expected]


@given(ROWS, CELL, st.data())
def test_a_changed_cell_reads_as_what_was_written_and_no_other_changes(rows, text, data):
    content = written(rows, ",", "\n", csv.QUOTE_ALL)
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    changed = Sheet.from_bytes(content, ",").to_bytes({(row, column): text})
    expected = [list(cells) for cells in rows]
    expected[row][column] = text
    assert list(csv.reader(io.StringIO(changed.decode(), newline=""), strict=True)) == expected


def test_a_short_row_grows_to_the_cell():
    assert Sheet.from_bytes(b"a,b,c\nx\n", ",").to_bytes({(1, 2): "5"}) == b"a,b,c\nx,,5\n"


def test_unquoted_cell_stays_unquoted_and_spaces_stay():
    content = b'    Points Possible,,"a ""b""",\r\nx,1,2'
    assert Sheet.from_bytes(content, ",").to_bytes({(1, 1): "7.5"}) == b'    Points Possible,,"a ""b""",\r\nx,7.5,2'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Student,ID\n".encode("utf-16"), "UTF-16"),
        ("Student,ID\n".encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04 a workbook", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "spreadsheet"),
        ("Student,ID\nJürgen,5\n".encode("latin-1"), "not UTF-8 (byte 13)"),
        (b'Student,ID\n"Ada,5\n', "quote in row 2"),
        (b'Student,ID\n"Ada"x,5\n', "quote in row 2"),
    ],
)
def test_other_files_are_refused_in_one_sentence(content, words):
    with pytest.raises(WrongFile) as caught:
        Sheet.from_bytes(content, ",")
    assert words in str(caught.value)
    assert "CSV UTF-8" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100.00", 100),
        ("12,5", 12.5),
        ("1.234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("", None),
        ("nan", None),
        ("x", None),
    ],
)
def test_number_of_a_cell(text, value):
    assert number(text) == value


HEADS = [
    b"Student,ID,Section,Assignment 2 (77)\n    Points Possible,,,100.00\n",
    b"LastName;FirstName;ID;SIS Login ID;Section;Assignment 2 (77)\n",
    b"Identifier,Grade,Maximum grade,Last modified (grade),Feedback comments\nParticipant 5,,100.00,-,\n",
]


@given(st.sampled_from([b"", b"\xef\xbb\xbf", *HEADS]), st.binary(max_size=60))
def test_any_bytes_are_filled_or_refused_in_a_sentence(head, rest):
    row = GradebookRow("ada", (Student(login="ada", lms_id="5"),), 50.0, 100.0, feedback="50 of 100 points.")
    for fill in (lambda: fill_canvas(head + rest, [row]), lambda: Worksheet.from_bytes(head + rest).fill([row])):
        said = ""
        try:
            assert fill().n_filled <= 1
        except WrongFile as exc:
            said = str(exc)
        assert said.isprintable()
