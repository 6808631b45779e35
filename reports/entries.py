"""Submissions of a class in, rows for its table out: graded, not final, or not graded at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from grader.people import NOTHING_KNOWN, About, final_points
from grader.results import Grade, Status, Ungraded, display_points
from reports.text import join_words, one_line, plural
from reports.views import bar_share
from reports.words import STATUS_WORDS, StatusWord, not_final, status_counts

__all__ = ["IndexEntry", "IndexRow", "IndexView", "index_view", "safe_href", "section_names", "standing"]

#: where a class has more sections than this the table shows the first ones
N_SECTIONS = 24


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One submission of a class."""

    grade: Grade | Ungraded
    #: path of its report, relative to the index page and percent-encoded; None when there is none
    href: str | None
    #: whose it is, when it came, and what people changed about its points
    about: About = NOTHING_KNOWN

    @property
    def final(self) -> float | None:
        """Returns the points after adjustments and lateness; None when there is no final grade."""
        return final_points(self.grade, self.about) if standing(self) == "final" else None


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and the number it sorts by; None sorts last."""

    text: str
    sort: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many checks of a submission ended in one status."""

    status: StatusWord
    n_checks: int


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One submission in the table."""

    name: str
    href: str | None
    #: "final", "not-final" or "ungraded"
    standing: str
    score: Cell
    share: float | None
    sections: tuple[Cell, ...]
    tallies: tuple[Tally, ...]
    n_lost: int
    #: why there is no score; empty for a final grade
    reason: str


@dataclass(frozen=True, slots=True)
class IndexView:
    """Everything that index.html says."""

    title: str
    summary: str
    sections: tuple[str, ...]
    rows: tuple[IndexRow, ...]


def index_view(entries: Sequence[IndexEntry], title: str) -> IndexView:
    """Returns what the page of a class shows: grades that are not final first, the rest as given."""
    names = section_names(entries)[:N_SECTIONS]
    ordered = sorted(entries, key=lambda entry: standing(entry) == "final")
    return IndexView(
        title=one_line(title, 120),
        summary=_summary(entries),
        sections=tuple(one_line(name, 60) for name in names),
        rows=tuple(_row(entry, names) for entry in ordered),
    )


def section_names(entries: Iterable[IndexEntry]) -> tuple[str, ...]:
    """Returns the sections with points of all grades, each once, in the order in which they first appear."""
    grades = [entry.grade for entry in entries if isinstance(entry.grade, Grade)]
    return tuple(dict.fromkeys(section.name for grade in grades for section in grade.sections if section.max_score))


def standing(entry: IndexEntry) -> str:
    """Returns "final", "not-final" or "ungraded"; only a final grade has a score."""
    if isinstance(entry.grade, Ungraded):
        return "ungraded"
    return "not-final" if not_final(entry.grade) else "final"


def _summary(entries: Sequence[IndexEntry]) -> str:
    standings = [standing(entry) for entry in entries]
    kinds = (("final", "graded"), ("not-final", "not final"), ("ungraded", "not graded"))
    words = [f"{standings.count(kind):,} {word}" for kind, word in kinds if kind in standings]
    if not words:
        return "No submissions."
    final = [e.grade for e in entries if isinstance(e.grade, Grade) and standing(e) == "final"]
    sentence = f"{plural(len(entries), 'submission')}: {join_words(words)}."
    if len(final) < 2:
        return sentence
    middle, most = median(grade.score for grade in final), max(grade.max_score for grade in final)
    return f"{sentence} The median is {display_points(middle, most)} of {display_points(most, most)} points."


def _row(entry: IndexEntry, names: Sequence[str]) -> IndexRow:
    grade = entry.grade
    if isinstance(grade, Ungraded):
        name, reason = one_line(grade.name, 120), one_line(grade.reason, 400)
        empty = Cell("", None)
        return IndexRow(name, safe_href(entry.href), "ungraded", empty, None, (empty,) * len(names), (), 0, reason)
    lost = [check for check in grade.checks if not check.passed and check.status is not Status.BROKEN]
    is_final = standing(entry) == "final"
    return IndexRow(
        name=one_line(grade.submission.name, 120),
        href=safe_href(entry.href),
        standing=standing(entry),
        score=_cell(grade.score, grade.max_score) if is_final else Cell("", None),
        share=bar_share(grade.score, grade.max_score) if is_final else None,
        sections=tuple(_section_cell(grade, name) for name in names),
        tallies=tuple(Tally(STATUS_WORDS[status], n) for status, n in status_counts(grade.checks)),
        n_lost=len(lost),
        reason=not_final(grade),
    )


def _cell(points: float, max_points: float) -> Cell:
    return Cell(display_points(points, max_points), round(points, 6))


def _section_cell(grade: Grade, name: str) -> Cell:
    for section in grade.sections:
        if section.name == name:
            return _cell(section.score, section.max_score)
    return Cell("", None)


def safe_href(href: str | None) -> str | None:
    """Returns the address only when it stays beside the page: no scheme, no host."""
    if href is None:
        return None
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    is_foreign = parts.scheme or parts.netloc or href.lstrip().startswith(("/", "\\")) or not href.isprintable()
    return None if is_foreign else href
