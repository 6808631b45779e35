"""Prepares the rows of the report's table of notebook figures."""

import math
from dataclasses import dataclass

from grader.model.file_names import is_notebook
from grader.model.results import Grade, NotebookFigure
from reports.notebook_page import FILE_NAME
from reports.text import one_line

__all__ = ["FigureRow", "NotebookView", "notebook_view"]

MAX_ROWS = 200
#: passed -> word, sign, tone
_WORDS = {
    True: ("As expected", "✓", "good"),
    False: ("Not as expected", "✗", "bad"),
    None: ("Only shown", "·", "idle"),
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure, as text."""

    name: str
    cell: str
    expected: str
    handed_in: str
    executed: str
    word: str
    sign: str
    tone: str
    remark: str


@dataclass(frozen=True, slots=True)
class NotebookView:
    """What the report says of an executed notebook."""

    rows: tuple[FigureRow, ...]
    #: how it was executed, as a sentence
    words: str
    #: the page that shows it; empty when there is none
    href: str


def notebook_view(grade: Grade) -> NotebookView | None:
    """Returns the table of a grade; None where no notebook was executed."""
    if not grade.figures:
        return None
    words = f"Executed again here: {one_line(grade.environment.notebook, 200)}." if grade.environment.notebook else ""
    href = FILE_NAME if any(is_notebook(file.name) for file in grade.attachments) else ""
    return NotebookView(tuple(map(_row, grade.figures[:MAX_ROWS])), words, href)


def _row(figure: NotebookFigure) -> FigureRow:
    word, sign, tone = _WORDS[figure.passed]
    return FigureRow(
        name=one_line(figure.name, 100),
        cell=str(figure.cell) if figure.cell else "–",
        expected=one_line(figure.expected, 100),
        handed_in=_number(figure.handed_in, figure.handed_in_text),
        executed=_number(figure.executed, figure.executed_text),
        word=word,
        sign=sign,
        tone=tone,
        remark=one_line(figure.remark, 240),
    )


def _number(value: float | None, text: str) -> str:
    """Returns a number for a table cell: a vector as it was printed, others short."""
    if value is None:
        return "–"
    if "[" in text or "(" in text:
        return one_line(text, 80)
    if math.isfinite(value) and value == int(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.4g}"
