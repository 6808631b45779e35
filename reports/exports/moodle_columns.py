"""Finds the columns of Moodle's grading worksheet, whatever the language of the site: by place, and by words.

The order is the same everywhere: identifier, name, …, status, grade, maximum, …, can be changed, last modified
(submission), …, last modified (grade), feedback. The words are those of Moodle's language packs (grade, maxgrade,
scale, gradecanbechanged; yes and no of the core).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.exports.filling import number
from reports.exports.sheet import Sheet

__all__ = ["Columns", "find_columns", "is_no", "participant", "scale_in"]

_GRADE = {
    "grade", "bewertung", "note", "nota", "calificación", "puntuación", "valutazione", "cijfer", "betyg", "karakter",
    "arvosana", "ocena", "оценка", "оцінка", "成绩", "分数", "成績", "評点", "評定", "성적", "not", "známka", "jegy",
    "osztályzat", "qualificació", "cualificación", "kalifikazioa", "βαθμός", "hinne", "notă", "ציון",
    "الدرجة", "العلامة",
}  # fmt: skip
_MAXIMUM = {
    "maximum grade", "maximum mark", "bestwertung", "bestbewertung", "beste bewertung", "note maximale",
    "calificación máxima", "puntuación máxima", "valutazione massima", "nota máxima", "maximaal cijfer",
    "maximale cijfer",
    "maximalt betyg", "højeste karakter", "maksimal karakter", "maksymalna ocena", "максимальная оценка",
    "максимальна оцінка", "最高成绩", "最高成績", "最大評点", "최고 성적", "qualificació màxima", "nota màxima",
    "cualificación máxima",
}  # fmt: skip
_SCALE = {
    "scale", "skala", "bewertungsskala", "barème", "échelle", "escala", "scala", "schaal", "шкала", "等级", "尺度",
    "評価尺度", "척도", "ölçek", "asteikko",
}  # fmt: skip
_CHANGED = {
    "grade can be changed", "bewertung kann geändert werden", "la note peut être modifiée",
    "la calificación puede cambiarse", "la calificación puede ser cambiada", "la valutazione può essere cambiata",
    "nota pode ser alterada", "a nota pode ser alterada.", "betyg kan ändras", "оценка может быть изменена",
    "允许更改成绩", "評点変更可", "ocena se lahko spremeni.", "a cualificación pode seren cambiada",
    "يمكن تغيير العلامة",
}  # fmt: skip
_NO = {
    "no", "nein", "non", "nee", "nej", "nei", "não", "нет", "ні", "否", "いいえ", "아니오", "hayır", "ei", "nie", "ne",
    "nem", "ez", "nu", "όχι", "לא", "لا", "tidak", "không",
}  # fmt: skip
_YES = {
    "yes", "ja", "oui", "sí", "si", "sì", "sim", "да", "так", "是", "はい", "예", "evet", "kyllä", "jah", "tak", "ano",
    "áno", "igen", "bai", "da", "ναι", "כן", "نعم", "ya", "có",
}  # fmt: skip
_FEEDBACK = re.compile(
    r"feedback|comment|coment|kommentar|opmerk|rétroaction|retroaliment|反馈|回饋|フィードバック|отзыв|комментар|palaute",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a worksheet things are; -1 for a column that was not found."""

    grade: int
    most: int
    locked: int
    feedback: int
    #: a sentence on each column that the worksheet has in every language and that was not found
    doubts: tuple[str, ...] = ()


def participant(sheet: Sheet, row: int) -> str:
    """Returns the number by which Moodle knows the participant of a row; empty where there is none."""
    found = re.search(r"(\d+)\s*$", sheet.cell(row, 0), re.ASCII)
    return found[1] if found else ""


def is_no(text: str) -> bool:
    """Whether a cell says no in a language that is known."""
    return text.strip().casefold() in _NO


def find_columns(sheet: Sheet, grade: str = "", feedback: str = "") -> Columns | str:
    """Returns the columns of a worksheet, or which one is missing, in words.

    Args:
        sheet: as Moodle wrote it.
        grade: header of the grades, where somebody has named it.
        feedback: header of the comments, where somebody has named it.
    """
    header = [" ".join(title.casefold().split()) for title in sheet.texts(0)] if sheet.raw else []
    students = [row for row in range(1, len(sheet.raw)) if any(sheet.texts(row))]
    values = {place: [sheet.cell(row, place).strip() for row in students] for place in range(len(header))}
    if grade and grade not in sheet.texts(0):
        return f"column {grade!r}"
    most = _first(header, lambda place: header[place] in _MAXIMUM)
    named = sheet.texts(0).index(grade) if grade else _first(header, lambda place: header[place] in _GRADE)
    if most < 0:
        most = _first(header, lambda place: place - 1 == named and _is_maximum(values[place]))
    if named < 0:
        # Before the one number that all have, behind the words about the student.
        most = most if most > 0 else _first(header, lambda place: place > 2 and _is_maximum(values[place]))
        named = most - 1
    if named < 1:
        return "column that is known as the grades'"
    locked = _first(header, lambda place: header[place] in _CHANGED)
    if locked < 0:
        locked = _first(header, lambda place: place > named and _is_yes_or_no(values[place]))
    comments = _last(
        header, lambda place: place > max(named, most, locked) + 1 and bool(_FEEDBACK.search(header[place]))
    )
    if feedback:
        comments = sheet.texts(0).index(feedback) if feedback in sheet.texts(0) else -2
        if comments < 0:
            return f"column {feedback!r}"
    return Columns(named, most, locked, comments, _doubts(most, locked))


def scale_in(sheet: Sheet, columns: Columns) -> bool:
    """Whether the assignment is graded by a scale: the column after the grades holds its words."""
    title = " ".join(sheet.cell(0, columns.grade + 1).casefold().split())
    return title in _SCALE


def _doubts(most: int, locked: int) -> tuple[str, ...]:
    doubts = []
    if most < 0:
        doubts.append("The file has no column that is known as the maximum grade, so no points were scaled or capped.")
    if locked < 0:
        doubts.append(
            "The file has no column that is known to say which grades are locked; Moodle refuses the locked ones."
        )
    return tuple(doubts)


def _first(header: Sequence[str], fits: Callable[[int], bool]) -> int:
    return next(filter(fits, range(len(header))), -1)


def _last(header: Sequence[str], fits: Callable[[int], bool]) -> int:
    return next(filter(fits, reversed(range(len(header)))), -1)


def _is_maximum(values: Sequence[str]) -> bool:
    numbers = {number(text) for text in values}
    return len(numbers) == 1 and all((each or 0.0) > 0 for each in numbers)


def _is_yes_or_no(values: Sequence[str]) -> bool:
    said = {text.casefold() for text in values if text}
    return bool(said) and said <= _YES | _NO
