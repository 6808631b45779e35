"""Submissions of a class in, one CSV table of their scores out."""

import csv
import io
from collections.abc import Sequence

from grader.results import Grade, Status, Ungraded, display_points
from reports.entries import IndexEntry, section_names, standing
from reports.text import csv_cell
from reports.words import STATUS_WORDS, not_final, status_counts

__all__ = ["grades_csv"]

_FIRST_COLUMNS = ("name", "score", "max_score", "complete")


def grades_csv(entries: Sequence[IndexEntry]) -> str:
    """Returns grades.csv: UTF-8 text, comma-separated, every cell quoted, lines ending in LF.

    Columns: name, score, max_score, complete ("yes" or "no"), one a section, note. Without a final grade the score
    and the sections stay empty and the note says why, so that no import takes the row for a zero. Points have at
    most four decimals and never round up to full marks. Cells that a spreadsheet would compute start with a quote.
    """
    names = section_names(entries)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([csv_cell(title) for title in (*_FIRST_COLUMNS, *names, "note")])
    writer.writerows(_row(entry, names) for entry in entries)
    return text.getvalue()


def _row(entry: IndexEntry, names: Sequence[str]) -> list[str]:
    grade = entry.grade
    if isinstance(grade, Ungraded):
        return [csv_cell(grade.name), "", "", "no", *("" for _ in names), csv_cell(grade.reason)]
    name, most = csv_cell(grade.submission.name), _points(grade.max_score, grade.max_score)
    if standing(entry) != "final":
        return [name, "", most, "no", *("" for _ in names), csv_cell(not_final(grade))]
    won = {section.name: _points(section.score, section.max_score) for section in grade.sections}
    return [name, _points(grade.score, grade.max_score), most, "yes", *(won.get(n, "") for n in names), _note(grade)]


def _points(points: float, max_points: float) -> str:
    return display_points(points, max_points, digits=4)


def _note(grade: Grade) -> str:
    """Returns how many checks ended in which way, and what was granted: "2 wrong answer; np.int was put back"."""
    counts = [
        f"{n} {STATUS_WORDS[status].word.lower()}"
        for status, n in status_counts(grade.checks)
        if status is not Status.PASSED
    ]
    return csv_cell("; ".join([*([", ".join(counts)] if counts else []), *grade.notes]))
