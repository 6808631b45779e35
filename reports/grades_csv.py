"""Writes the scores of a class as one CSV table."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from grader.model.people import Student
from grader.model.results import Grade, Status, Ungraded, display_points
from reports.entries import IndexEntry, called
from reports.status_words import STATUS_WORDS, not_final, status_counts
from reports.text import csv_cell

__all__ = ["CsvRow", "csv_row", "csv_row_without", "csv_text", "grades_csv"]

_FIRST_COLUMNS = ("name", "student", "score", "final", "max_score", "complete")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """What the table says of one submission: a row is kept, a grade is let go."""

    #: what stands in the first columns
    first: tuple[str, ...]
    #: points by section, in the order of the grade; empty text without a final score
    sections: dict[str, str]
    note: str


def grades_csv(entries: Iterable[IndexEntry]) -> str:
    """Returns grades.csv: UTF-8 text, comma-separated, every cell quoted, lines ending in LF.

    Columns: name, student, score (what the checks gave), final (that after adjustments and lateness), max_score,
    complete ("yes" or "no"), one a section, note. Without a final grade the scores and the sections stay empty and the
    note says why, so that no import takes the row for a zero. Points have at most four decimals and never round up to
    full marks. Cells that a spreadsheet would compute start with a quote.
    """
    return csv_text([csv_row(entry) for entry in entries])


def csv_text(rows: Iterable[CsvRow]) -> str:
    """Returns the text of grades.csv; a section is a column from the first row on that has it."""
    rows = list(rows)
    names = tuple(dict.fromkeys(name for row in rows for name in row.sections))
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([csv_cell(title) for title in (*_FIRST_COLUMNS, *names, "note")])
    writer.writerows([*row.first, *(row.sections.get(name, "") for name in names), row.note] for row in rows)
    return text.getvalue()


def csv_row(entry: IndexEntry) -> CsvRow:
    """Returns one submission's row."""
    grade, who, final = entry.grade, csv_cell(entry.about.name), entry.final
    if isinstance(grade, Ungraded):
        return CsvRow((csv_cell(grade.name), who, "", "", "", "no"), {}, csv_cell(grade.reason))
    name, most = csv_cell(grade.submission.name), _points(grade.max_score, grade.max_score)
    sections = [section for section in grade.sections if section.max_score]
    if final is None:
        note = csv_cell(not_final(grade))
        return CsvRow((name, who, "", "", most, "no"), {section.name: "" for section in sections}, note)
    won = {section.name: _points(section.score, section.max_score) for section in sections}
    first = (name, who, _points(grade.score, grade.max_score), _points(final, grade.max_score), most, "yes")
    return CsvRow(first, won, _note(grade))


def csv_row_without(student: Student) -> CsvRow:
    """Returns the row of a student of the roster who has handed in nothing: no name of a submission and no points."""
    return CsvRow(("", csv_cell(called(student)), "", "", "", "no"), {}, "No submission")


def _points(points: float, max_points: float) -> str:
    return display_points(points, max_points, digits=4)


def _note(grade: Grade) -> str:
    """Returns how many checks ended in which way, and what was granted: "2 wrong answer; np.int was put back"."""
    counts = [
        f"{n} {STATUS_WORDS[status].word.lower()}"
        for status, n in status_counts(grade.checks)
        if status is not Status.PASSED
    ]
    notes = (note.rstrip(".") for note in grade.notes)
    return csv_cell("; ".join([*([", ".join(counts)] if counts else []), *notes]))
