"""Prepares the first page of a class: figures, sections, causes and a row for each student."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from grader.model.people import NOTHING_FOUND, FolderFindings, Student
from grader.model.results import Status, display_points
from reports.entries import called
from reports.overview.counting import count_words, standing_words
from reports.overview.distribution import Bin, distribution_svg, score_bins
from reports.overview.facts import LETTERS, ClassFacts, StudentRow
from reports.overview.findings import CauseView, cause_views, percent
from reports.overview.statistics import ScoreFigures, score_figures, section_figures
from reports.status_words import STATUS_WORDS, StatusWord
from reports.text import one_line, plural
from reports.views import bar_share

__all__ = ["ClassView", "class_view"]

#: where a class has more sections than this the table shows the first ones
N_SECTIONS = 24
N_CAUSES = 5
#: fewer scores than this are read faster than drawn
FEWEST_FOR_PLOT = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and the number it sorts by; None sorts last."""

    text: str
    sort: float | None
    #: 0 to 4, from nothing won to all; None without points
    heat: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many checks of a submission ended in one status."""

    status: StatusWord
    n_checks: int


@dataclass(frozen=True, slots=True)
class RowView:
    """One submission in the table."""

    name: str
    #: how the submission is called where that is not the name; empty otherwise
    key: str
    href: str | None
    #: "final", "not-final" or "ungraded"
    standing: str
    is_full: bool
    score: Cell
    #: percent of the bar
    share: float
    sections: tuple[Cell, ...]
    tallies: tuple[Tally, ...]
    #: letters of the statuses that occur
    endings: str
    n_lost: int
    reason: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """How a section went."""

    name: str
    max_score: str
    share: float
    percent: str
    full: str


@dataclass(frozen=True, slots=True)
class ClassView:
    """Everything that index.html says."""

    summary: str
    #: label and value of each figure
    figures: tuple[tuple[str, str], ...]
    plot: Markup
    bins: tuple[Bin, ...]
    went: tuple[SectionView, ...]
    causes: tuple[CauseView, ...]
    sections: tuple[str, ...]
    #: those that some submission has, with their letter
    endings: tuple[tuple[str, StatusWord], ...]
    standings: tuple[tuple[str, str], ...]
    rows: tuple[RowView, ...]
    #: why sections are shown in percent: their points are not out of the same number everywhere; empty where they are
    maxima: str = ""
    #: what became of the entries of the folder; empty where it is not known
    counted: str = ""
    #: sentences on what was found in the folder, and what was skipped
    found: tuple[str, ...] = ()
    #: name, and what else is known, of the students of the roster who have handed in nothing
    without_submission: tuple[tuple[str, str], ...] = ()


def class_view(facts: ClassFacts, found: FolderFindings = NOTHING_FOUND) -> ClassView:
    """Returns what the page of a class shows: grades that are not final first, the rest in the order of the facts."""
    names = facts.sections[:N_SECTIONS]
    uneven, scores = _uneven(facts, names), score_figures(facts)
    bins = score_bins([row.score or 0.0 for row in facts.final], scores.max_score) if scores else ()
    drawn = scores is not None and scores.n_final >= FEWEST_FOR_PLOT
    rows = sorted(facts.rows, key=lambda row: row.standing == "final")
    occurring = {status for row in rows for status in row.counts}
    return ClassView(
        summary=_summary(facts, scores),
        figures=_figures(scores) if scores and drawn else (),
        plot=distribution_svg(bins, scores) if scores and drawn else Markup(),
        bins=bins if drawn else (),
        went=tuple(_section_views(facts)),
        causes=cause_views(facts)[:N_CAUSES],
        sections=tuple(one_line(name, 60) for name in names),
        endings=tuple((LETTERS[status], STATUS_WORDS[status]) for status in Status if status in occurring),
        standings=_standings(rows),
        rows=tuple(_row(row, names, uneven) for row in rows),
        maxima=_maxima_words(uneven),
        counted=count_words(found, [row.standing for row in rows]) if found.n_entries else "",
        found=tuple(one_line(sentence, 2000) for sentence in found.sentences),
        without_submission=tuple(map(_missing, found.without_submission)),
    )


def _uneven(facts: ClassFacts, names: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Returns the sections that are out of other points in some submissions: name -> least and greatest."""
    uneven = {}
    for name in names:
        most = [row.sections[name][1] for row in facts.rows if row.sections.get(name, (0.0, 0.0))[1]]
        if max(most) - min(most) > 0.05:
            uneven[name] = (min(most), max(most))
    return uneven


def _maxima_words(uneven: Mapping[str, tuple[float, float]]) -> str:
    """Returns why sections are shown in percent, with the one whose points differ most."""
    if not uneven:
        return ""
    name, (least, greatest) = max(uneven.items(), key=lambda item: item[1][1] - item[1][0])
    return (
        "A section in which a submission is not judged, such as the notebook's where none was handed in, leaves the "
        f"total, and the others count for more: {one_line(name, 60)} is out of {display_points(least, least)} to "
        f"{display_points(greatest, greatest)} points. Such sections are shown in percent."
    )


def _missing(student: Student) -> tuple[str, str]:
    name = called(student)
    others = (student.sis_id, student.login, student.email, student.section)
    known = [one_line(text, 120) for text in dict.fromkeys(others) if text not in ("", name)]
    return one_line(name, 120), ", ".join(known)


def _summary(facts: ClassFacts, scores: ScoreFigures | None) -> str:
    standings = [row.standing for row in facts.rows]
    if not standings:
        return "No submissions."
    sentence = f"{plural(len(standings), 'submission')}: {standing_words(standings)}."
    if scores is None or scores.n_final < 2:
        return sentence
    middle, most = scores.median, scores.max_score
    return f"{sentence} The median is {display_points(middle, most)} of {display_points(most, most)} points."


def _figures(scores: ScoreFigures) -> tuple[tuple[str, str], ...]:
    def shown(points: float) -> str:
        return display_points(points, scores.max_score)

    return (
        ("Median", shown(scores.median)),
        ("Mean", shown(scores.mean)),
        ("Middle half", f"{shown(scores.lower_quartile)} to {shown(scores.upper_quartile)}"),
        ("Full marks", f"{scores.n_full:,} of {scores.n_final:,}"),
    )


def _section_views(facts: ClassFacts) -> list[SectionView]:
    return [
        SectionView(
            one_line(section.name, 60),
            display_points(section.max_score, section.max_score),
            round(100 * bar_share(section.share, 1.0), 1),
            percent(section.share),
            f"{section.n_full:,} of {section.n_students:,}",
        )
        for section in section_figures(facts)
    ]


def _standings(rows: Sequence[StudentRow]) -> tuple[tuple[str, str], ...]:
    words = {"final": "Graded", "full": "Full marks", "not-final": "Not final", "ungraded": "Not graded"}
    present = {row.standing for row in rows} | ({"full"} if any(map(_is_full, rows)) else set())
    return tuple((key, word) for key, word in words.items() if key in present)


def _is_full(row: StudentRow) -> bool:
    return row.score is not None and row.max_score is not None and row.score >= row.max_score


def _row(row: StudentRow, names: Sequence[str], uneven: Collection[str]) -> RowView:
    lost = sum(n for status, n in row.counts.items() if status not in (Status.PASSED, Status.BROKEN))
    has_score = row.score is not None and row.max_score is not None
    return RowView(
        name=row.name,
        key=one_line(row.key, 120) if row.name != one_line(row.key, 120) else "",
        href=row.href,
        standing=row.standing,
        is_full=_is_full(row),
        score=_cell(row.score or 0.0, row.max_score or 0.0) if has_score else Cell("", None),
        share=round(100 * bar_share(row.score or 0.0, row.max_score or 0.0), 1) if has_score else 0.0,
        sections=tuple(_section_cell(row, name, in_percent=name in uneven) for name in names),
        tallies=tuple(Tally(STATUS_WORDS[status], row.counts[status]) for status in Status if row.counts[status]),
        endings="".join(LETTERS[status] for status in Status if row.counts[status]),
        n_lost=lost,
        reason=row.reason,
        tags=(*row.tags, *_raw_words(row)),
    )


def _raw_words(row: StudentRow) -> tuple[str, ...]:
    if row.score is None or row.raw is None or row.score == row.raw:
        return ()
    return (f"{display_points(row.raw, row.max_score or 0.0)} before",)


def _section_cell(row: StudentRow, name: str, *, in_percent: bool) -> Cell:
    points, most = row.sections.get(name, (0.0, 0.0))
    cell = _cell(points, most)
    # Full marks of one section look the same in all rows, whatever other sections were judged.
    return (
        replace(cell, text=percent(points / most), sort=round(100 * points / most, 6)) if most and in_percent else cell
    )


def _cell(points: float, max_points: float) -> Cell:
    if not max_points:
        return Cell("", None)
    heat = 4 if points >= max_points else min(int(4 * points / max_points), 3)
    return Cell(display_points(points, max_points), round(points, 6), heat)
