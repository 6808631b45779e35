"""Writes the scores of a class as one CSV table."""

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from grader.model.people import Student, change_words
from grader.model.results import Grade, Status, Ungraded, display_points
from reports.entries import IndexEntry, called
from reports.status_words import STATUS_WORDS, not_final, status_counts
from reports.text import csv_cell

__all__ = ["CsvRow", "csv_row", "csv_row_without", "csv_text", "grades_csv"]

_WHO_COLUMNS = ("name", "student")
_SCORE_COLUMNS = ("score", "final", "max_score", "complete")
#: by which Excel knows that a file is UTF-8
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """What the table says of one submission: a row is kept, a grade is let go."""

    #: the submission's and the students' names
    who: tuple[str, str]
    score: tuple[str, str, str, str]
    #: points by section, in the order of the grade; empty text without a final score
    sections: dict[str, str]
    note: str
    #: what else is known of the students and of the score: column -> text
    ids: dict[str, str]
    changes: dict[str, str]


def grades_csv(entries: Iterable[IndexEntry]) -> str:
    """Returns grades.csv: text with a byte order mark, comma-separated, every cell quoted, lines ending in LF.

    Columns: name, student, score (what the checks gave), final (that after adjustments and lateness), max_score,
    complete ("yes" or "no"), one a section, note; and where any row has one id, login, email, class_section and changes
    ("late by 2 days; adjusted by +3"). Without a final grade the scores and the sections stay empty and the note says
    why, so that no import takes the row for a zero. Points have at most four decimals and never round up to full marks.
    Cells that a spreadsheet would compute start with a quote.
    """
    return csv_text([csv_row(entry) for entry in entries])


def csv_text(rows: Iterable[CsvRow]) -> str:
    """Returns the text of grades.csv; what only some rows have is a column from the first of them on."""
    rows = list(rows)
    ids, changes = _names(row.ids for row in rows), _names(row.changes for row in rows)
    sections = _names(row.sections for row in rows)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    titles = (*_WHO_COLUMNS, *ids, *_SCORE_COLUMNS, *changes, *sections, "note")
    writer.writerow([csv_cell(title) for title in titles])
    for row in rows:
        known, changed = _cells(row.ids, ids), _cells(row.changes, changes)
        writer.writerow([*row.who, *known, *row.score, *changed, *_cells(row.sections, sections), row.note])
    return f"{_MARK}{text.getvalue()}"


def _names(rows: Iterable[dict[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _cells(row: dict[str, str], names: Iterable[str]) -> list[str]:
    return [row.get(name, "") for name in names]


def csv_row(entry: IndexEntry) -> CsvRow:
    """Returns one submission's row."""
    grade, final = entry.grade, entry.final
    name = grade.name if isinstance(grade, Ungraded) else grade.submission.name
    row = CsvRow(
        who=(csv_cell(name), csv_cell(entry.about.name)),
        score=("", "", "", "no"),
        sections={},
        note="",
        ids=_ids(entry.about.students),
        changes={"changes": csv_cell(words)} if (words := "; ".join(change_words(grade, entry.about))) else {},
    )
    if isinstance(grade, Ungraded):
        return replace(row, note=csv_cell(grade.reason))
    most = _points(grade.max_score, grade.max_score)
    sections = [section for section in grade.sections if section.max_score]
    if final is None:
        open_ = {section.name: "" for section in sections}
        return replace(row, score=("", "", most, "no"), sections=open_, note=csv_cell(not_final(grade)))
    won = {section.name: _points(section.score, section.max_score) for section in sections}
    score = _points(grade.score, grade.max_score), _points(final, grade.max_score), most, "yes"
    return replace(row, score=score, sections=won, note=_note(grade))


def csv_row_without(student: Student) -> CsvRow:
    """Returns the row of a student of the roster who has handed in nothing: no name of a submission and no points."""
    who = ("", csv_cell(called(student)))
    return CsvRow(who, ("", "", "", "no"), {}, "No submission", _ids([student]), {})


def _ids(students: Collection[Student]) -> dict[str, str]:
    columns = {"id": "sis_id", "login": "login", "email": "email", "class_section": "section"}
    known = {name: [getattr(each, field) for each in students] for name, field in columns.items()}
    return {name: csv_cell(", ".join(filter(None, texts))) for name, texts in known.items() if any(texts)}


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
