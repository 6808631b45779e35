"""Prepares all values of a grade's page, which its template only places."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model.people import NOTHING_KNOWN, About, comments, final_points
from grader.model.phrases import join_words
from grader.model.results import CheckResult, FunctionSource, Grade, Section, display_points
from reports.cards import DETAILS, Card, Detail, anchors_of, cards_of
from reports.claim_views import ClaimView, claim_views
from reports.code import CodeView, code_view
from reports.cost import cost_words
from reports.notebook_table import NotebookView, notebook_view
from reports.order import FunctionGroup, broken_checks, line_of, lost_groups, passed_checks, value_of
from reports.plots import PlotsView, plots_view
from reports.status_words import (
    STATUS_WORDS,
    headline,
    kept_words,
    not_final,
    passing_words,
    sandbox_words,
    scope_words,
    section_words,
    status_counts,
)
from reports.text import excerpt, one_line, plural, visible
from reports.todo import Todo, function_anchor, gain_words, todo_of

__all__ = ["FunctionView", "PageView", "PassedView", "SectionView", "bar_share", "page_view"]


#: a function shows so many cards and folds the rest away
N_OPEN = 3


@dataclass(frozen=True, slots=True)
class FunctionView:
    """A function that lost checks: what to do about it, its cards and its code."""

    anchor: str
    name: str
    #: further functions that fail for the same reason, as a sentence; empty when there are none
    others: str
    #: "up to 4 points"; empty when there are none to win
    gain: str
    #: what was lost to what is wrong here, as a sum; empty when that is nothing
    cost: str
    counts: str
    cards: tuple[Card, ...]
    #: those that are folded away
    more: tuple[Card, ...]
    #: "20 more checks"
    more_words: str
    code: tuple[CodeView, ...]


@dataclass(frozen=True, slots=True)
class PassedView:
    """The checks of one section that passed."""

    name: str
    counts: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One row of the points by section."""

    name: str
    points: str
    #: filled share of the bar; None for a section without points
    share: float | None
    counts: str


@dataclass(frozen=True, slots=True)
class PageView:
    """Everything that report.html says."""

    name: str
    #: that counts, after lateness and adjustments
    score: str
    max_score: str
    share: float
    headline: str
    #: why the grade is not final; empty for a final one
    not_final: str
    #: a sentence when only visible checks ran
    scope: str
    sections: tuple[SectionView, ...]
    claims: tuple[ClaimView, ...]
    todo: tuple[Todo, ...]
    functions: tuple[FunctionView, ...]
    #: sentences about checks that this page has no room for; empty when it shows them all
    lost_left_out: str
    broken: tuple[Card, ...]
    passed: tuple[PassedView, ...]
    passed_left_out: str
    #: None where no notebook was executed
    notebook: NotebookView | None
    plots: PlotsView
    notes: tuple[str, ...]
    #: function and unified diff, where a notebook defines otherwise what was graded from a file
    differences: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    #: points before adjustments and lateness, and what changed them; empty when nothing did
    raw: str = ""
    changes: tuple[str, ...] = ()


def page_view(grade: Grade, detail: Detail = DETAILS[0], about: About = NOTHING_KNOWN) -> PageView:
    """Returns what the page of a grade shows, at a level of detail."""
    anchors = anchors_of(grade.checks)
    groups, broken, passed = lost_groups(grade), broken_checks(grade), passed_checks(grade)
    functions = _function_views(grade, groups, anchors, detail)
    final = final_points(grade, about)
    counted = grade.score if final is None else final
    return PageView(
        name=one_line(grade.submission.name, 120),
        score=display_points(counted, grade.max_score),
        max_score=display_points(grade.max_score, grade.max_score),
        share=bar_share(counted, grade.max_score),
        headline=headline(grade),
        not_final=not_final(grade),
        scope=f"{scope_words(grade)} {kept_words(grade)}".strip(),
        sections=_section_views(grade),
        claims=claim_views(grade, detail),
        todo=todo_of(groups[: len(functions)], anchors, detail),
        functions=functions,
        lost_left_out=_left_out(sum(len(group.checks) for group in groups) - detail.n_lost),
        broken=cards_of(broken[: detail.n_lost], anchors, detail),
        passed=_passed_views(passed[: detail.n_passed], anchors, detail),
        passed_left_out=_left_out(len(passed) - detail.n_passed),
        notebook=notebook_view(grade),
        plots=plots_view(grade),
        notes=tuple(one_line(note, 300) for note in grade.notes[:20]),
        differences=_differences(grade, detail),
        facts=_facts(grade),
        raw="" if counted == grade.score else display_points(grade.score, grade.max_score),
        changes=tuple(one_line(line, 500) for line in comments(grade, about)),
    )


def bar_share(points: float, max_points: float) -> float:
    """Returns the filled share of a bar; empty and full only when they are exactly true."""
    if max_points <= 0 or points <= 0:
        return 0.0
    return 1.0 if points >= max_points else round(min(max(points / max_points, 0.015), 0.985), 4)


def _section_views(grade: Grade) -> tuple[SectionView, ...]:
    return tuple(_section_view(section, grade) for section in grade.sections[:40])


def _section_view(section: Section, grade: Grade) -> SectionView:
    points, counts = section_words(grade, section)
    share = bar_share(section.score, section.max_score) if section.max_score else None
    return SectionView(one_line(section.name, 80), points, share, counts)


def _function_views(
    grade: Grade, groups: Sequence[FunctionGroup], anchors: dict[str, str], detail: Detail
) -> tuple[FunctionView, ...]:
    views: list[FunctionView] = []
    room = detail.n_lost
    for group in groups:
        if room > 0:
            cards = cards_of(group.checks[:room], anchors, detail)
            views.append(_function_view(group, cards, cost_words(grade, group), anchors, detail))
        room -= len(group.checks)
    return tuple(views)


def _function_view(
    group: FunctionGroup, cards: tuple[Card, ...], cost: str, anchors: dict[str, str], detail: Detail
) -> FunctionView:
    # One card more costs less room than the line that folds it away.
    n_open = N_OPEN if len(cards) > N_OPEN + 1 else len(cards)
    return FunctionView(
        anchor=function_anchor(group, anchors),
        name=one_line(group.title, 120),
        others=f"Also {join_words([one_line(name, 80) for name in group.others])}." if group.others else "",
        gain=gain_words(group.points_lost),
        cost=cost,
        counts=_count_words(group),
        cards=cards[:n_open],
        more=cards[n_open:],
        more_words=plural(sum(len(card.claims) for card in cards[n_open:]), "more check"),
        code=tuple(_code(source, group, detail) for source in group.sources[:4]),
    )


def _code(source: FunctionSource, group: FunctionGroup, detail: Detail) -> CodeView:
    lines = {line_of(check, source) for check in group.checks} - {source.line}
    wrong = tuple(dict.fromkeys(filter(None, map(value_of, group.checks))))
    return code_view(source, detail.code_characters, lines, wrong[:4])


def _differences(grade: Grade, detail: Detail) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one_line(source.function, 80), excerpt(visible(source.difference), detail.code_characters).text)
        for source in grade.sources[:40]
        if source.difference
    )


def _count_words(group: FunctionGroup) -> str:
    ends = [f"{n:,} × {STATUS_WORDS[status].word.lower()}" for status, n in status_counts(group.checks)]
    return f"{passing_words(group.n_checks - len(group.checks), group.n_checks)}: {join_words(ends)}"


def _passed_views(checks: Sequence[CheckResult], anchors: dict[str, str], detail: Detail) -> tuple[PassedView, ...]:
    by_section: dict[str, list[CheckResult]] = {}
    for check in checks:
        by_section.setdefault(check.section, []).append(check)
    return tuple(
        PassedView(one_line(name, 80), plural(len(rows), "check"), cards_of(rows, anchors, detail))
        for name, rows in by_section.items()
    )


def _left_out(n_checks: int) -> str:
    if n_checks <= 0:
        return ""
    return f"{plural(n_checks, 'more check')} left out here to keep the page small; grade.json has all of them."


def _facts(grade: Grade) -> tuple[tuple[str, str], ...]:
    made = grade.environment
    facts = (
        ("Submission", grade.submission.name),
        ("Handed in as", {"files": "Python files", "notebook": "a notebook"}.get(grade.submission.kind, "")),
        ("Digest of the answer files", grade.submission.digest),
        ("Graded", grade.started),
        ("Time taken", f"{grade.seconds:,.1f} s, with the grader's own work, such as preparing the reference"),
        ("Python", made.python),
        ("NumPy", made.numpy),
        ("Sandbox", sandbox_words(made.sandbox)),
        ("Hidden checks", "judged" if made.hidden else "none: only the visible checks ran"),
        ("Golden values", made.golden),
        ("Grader", made.grader),
    )
    return tuple((label, one_line(value, 200)) for label, value in facts if value)
