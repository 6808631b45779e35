"""Matches graded submissions with the students of a downloaded file."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.model.people import Student, comments
from grader.model.phrases import join_words
from grader.model.results import Grade, Ungraded, display_points
from reports.entries import IndexEntry
from reports.status_words import not_final
from reports.text import one_line

__all__ = ["GradebookRow", "Matches", "Target", "gradebook_row", "match"]

#: by what a student is known, the surest first; a match by one is never weighed against a weaker one
_KINDS = ("lms_id", "sis_id", "login", "email", "name", "squashed")


@dataclass(frozen=True, slots=True)
class GradebookRow:
    """One submission as a gradebook takes it."""

    #: name of the submission
    submission: str
    #: whose it is, several for a group; none where only the name of the submission is known
    students: tuple[Student, ...]
    #: after adjustments and lateness; None when there is no final grade, which is never a zero
    points: float | None
    max_points: float
    #: why there are no points; empty when there are
    reason: str = ""
    #: one line for the student, plain text
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One student's row in a downloaded file."""

    row: int
    #: kind -> what the file says
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Matches:
    """Which row of the file each submission belongs to, and a sentence for each that belongs to none for sure."""

    found: Mapping[int, GradebookRow] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def gradebook_row(entry: IndexEntry) -> GradebookRow:
    """Returns the row of one submission, with its points after adjustments and lateness."""
    outcome, students = entry.grade, entry.about.students
    if isinstance(outcome, Ungraded):
        return GradebookRow(outcome.name, students, None, 0.0, one_line(outcome.reason, 300))
    name, points = outcome.submission.name, entry.final
    if points is None:
        return GradebookRow(name, students, None, outcome.max_score, one_line(not_final(outcome), 300))
    words = _feedback(outcome, points, comments(outcome, entry.about))
    return GradebookRow(name, students, points, outcome.max_score, feedback=words)


def match(rows: Iterable[GradebookRow], targets: Sequence[Target], platform: str) -> Matches:
    """Returns which submission belongs into which row; one that fits none, or several, is named and left out.

    Args:
        rows: of the class; those without points are named with their reason.
        targets: the students of the file.
        platform: "canvas" or "moodle"; numbers of another platform say nothing here.
    """
    index = _index(targets)
    claims: dict[int, list[GradebookRow]] = {}
    problems: list[str] = []
    for row in rows:
        if row.points is None:
            problems.append(f"{one_line(row.submission, 80)}: no final grade. {row.reason}")
            continue
        for student in row.students or (Student(),):
            # The submission's name may be a login or an id; of a group it is nobody's.
            label = row.submission if len(row.students) < 2 else ""
            places, kind = _places(student, label, index, platform)
            if len(places) == 1:
                claims.setdefault(next(iter(places)), []).append(row)
            else:
                problems.append(_no_single(row, student, len(places), kind))
    for row_number, claimants in claims.items():
        if len(claimants) > 1:
            names = join_words(sorted(one_line(row.submission, 80) for row in claimants))
            problems.append(f"{names}: they belong to the same student (row {row_number + 1}), so none was filled in.")
    found = {place: claimants[0] for place, claimants in claims.items() if len(claimants) == 1}
    return Matches(found, tuple(problems))


def _index(targets: Sequence[Target]) -> dict[tuple[str, str], set[int]]:
    index: dict[tuple[str, str], set[int]] = {}
    for target in targets:
        for kind, text in target.keys.items():
            for key in _forms(kind, text):
                index.setdefault((kind, key), set()).add(target.row)
        for key in _forms("squashed", target.keys.get("name", "")):
            index.setdefault(("squashed", key), set()).add(target.row)
    return index


def _places(
    student: Student, label: str, index: Mapping[tuple[str, str], set[int]], platform: str
) -> tuple[set[int], str]:
    """Returns the rows that a student may be, by the surest thing that is known, and what that is."""
    for kind in _KINDS:
        if kind == "lms_id" and student.platform not in ("", platform):
            continue
        if places := _having(index, kind, getattr(student, kind)):
            return places, kind
    for kind in _KINDS[1:]:
        if places := _having(index, kind, label):
            return places, kind
    return set(), ""


def _having(index: Mapping[tuple[str, str], set[int]], kind: str, text: str) -> set[int]:
    return set().union(*(index.get((kind, key), set()) for key in _forms(kind, text)))


def _forms(kind: str, text: str) -> set[str]:
    """Returns the forms in which one text is the same: letter case, spaces, accents as one sign or two, name order."""
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if not plain:
        return set()
    if kind == "squashed":
        return {"".join(char for char in plain if char.isalnum())} - {""}
    if kind != "name":
        return {plain}
    last, comma, first = plain.partition(", ")
    return {plain, f"{first} {last}"} if comma else {plain}


def _no_single(row: GradebookRow, student: Student, n_places: int, kind: str) -> str:
    who = one_line(row.submission, 80)
    if student.name and student.name != row.submission:
        who = f"{who} ({one_line(student.name, 80)})"
    if not n_places:
        return f"{who}: no student in the file has this id, login, e-mail or name."
    words = {"lms_id": "id", "sis_id": "SIS id", "squashed": "name"}
    return f"{who}: {n_places} students in the file have this {words.get(kind, kind)}, so none was filled in."


def _feedback(grade: Grade, points: float, sentences: Sequence[str]) -> str:
    """Returns "81.5 of 100 points. Layers 20 of 20, …": it starts with a digit, so it is no formula."""
    total = f"{_of(points, grade.max_score)} points."
    graded = "" if points == grade.score else f" The checks gave {display_points(grade.score, grade.max_score)}."
    sections = [
        f"{one_line(section.name, 60)} {_of(section.score, section.max_score)}"
        for section in grade.sections
        if section.max_score
    ]
    shares = f" {', '.join(sections)}." if sections else ""
    words = "".join(f" {_sentence(comment)}" for comment in sentences)
    return f"{total}{graded}{shares}{words}"


def _sentence(text: str) -> str:
    line = one_line(text, 500)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def _of(points: float, max_points: float) -> str:
    return f"{display_points(points, max_points)} of {display_points(max_points, max_points)}"
