"""Finds what a class's results say about the assignment: figures of each check, frequent causes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.model.results import display_points
from reports.cards import with_code
from reports.overview.facts import CauseTally, CheckTally, ClassFacts, GroupTally, StudentRow
from reports.overview.statistics import CheckFigures
from reports.status_words import STATUS_WORDS, StatusWord
from reports.text import one_line, plural
from reports.views import bar_share

__all__ = [
    "N_BESIDE",
    "CauseView",
    "CheckView",
    "cause_views",
    "check_views",
    "missing_views",
    "most_common",
    "percent",
    "unexplained_views",
]

#: a check shows so many kinds of failure, each with so many students
N_GROUPS, N_LINKS = 3, 3
#: a cause shows so many students
N_STUDENTS = 40
#: failures without a known cause are listed from so many students on, and so many of them
FEWEST, N_UNEXPLAINED = 2, 25
#: of the mistakes that go together with one, so many are shown
N_BESIDE = 3

Person = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Failures of a check that say the same."""

    n_students: int
    status: StatusWord
    words: Markup
    students: tuple[Person, ...]
    #: how many more there are
    n_more: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check over the class."""

    id: str
    title: Markup
    section: str
    is_hidden: bool
    points: str
    #: 0 to 100, for sorting and the bar
    rate: float
    rate_words: str
    counts: str
    discrimination: float | None
    discrimination_words: str
    tone: str
    milliseconds: float
    time_words: str
    groups: tuple[GroupView, ...]
    n_failed: int
    #: "193 in 4 kinds, most often"
    failed_words: str
    #: "2 more kinds"; empty when all are shown
    more_words: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """One cause, or one kind of failure, and whom it concerns."""

    #: id on the page
    anchor: str
    words: Markup
    n_students: int
    share: float
    share_words: str
    #: "costs 3.4 points each"; empty when it costs none
    costs: str
    #: function and students
    functions: tuple[tuple[str, int], ...]
    #: of a known mistake its name; empty for any other cause
    name: str
    #: other known mistakes of the same students, and how many of them
    beside: tuple[tuple[str, int], ...]
    example: Markup
    students: tuple[Person, ...]
    n_more: int


def check_views(facts: ClassFacts, figures: Sequence[CheckFigures]) -> tuple[CheckView, ...]:
    """Returns a row for each check, in the order of facts.checks."""
    return tuple(_check(check, each, facts.rows) for check, each in zip(facts.checks, figures, strict=True))


def cause_views(facts: ClassFacts) -> tuple[CauseView, ...]:
    """Returns the known mistakes and other likely causes, those of most students first."""
    return _cause_views(facts, ((tally.hint, tally) for tally in facts.causes.values()), "cause")


def unexplained_views(facts: ClassFacts) -> tuple[CauseView, ...]:
    """Returns the most frequent failures for which no cause is known."""
    shared = ((words, tally) for (_, words), tally in facts.unexplained.items() if len(tally.rows) >= FEWEST)
    return _cause_views(facts, shared, "failure")[:N_UNEXPLAINED]


def missing_views(facts: ClassFacts) -> tuple[CauseView, ...]:
    """Returns the functions that are not written yet, those of most students first."""
    return _cause_views(facts, ((f"`{function}`", tally) for function, tally in facts.missing.items()), "missing")


def percent(share: float) -> str:
    """Returns "54 %"; 0 and 100 are shown only when they are exactly true."""
    return f"{display_points(100 * share, 100.0, digits=0)} %"


def _check(check: CheckTally, figures: CheckFigures, rows: Sequence[StudentRow]) -> CheckView:
    groups = sorted(check.groups.values(), key=lambda group: -group.n_students)
    words = {id(group): text for text, group in check.groups.items()}
    r = figures.discrimination
    left_out = len(groups) - N_GROUPS
    return CheckView(
        id=one_line(check.id, 200),
        title=with_code(check.title),
        section=one_line(check.section, 60),
        is_hidden=not check.visible,
        points=display_points(check.max_points, check.max_points, digits=2),
        rate=round(100 * bar_share(figures.pass_rate, 1.0), 1),
        rate_words=percent(figures.pass_rate) if figures.n_judged else "–",
        counts=f"{figures.n_passed:,} of {figures.n_judged:,}",
        discrimination=None if r is None else round(r, 4),
        discrimination_words="–" if r is None else f"{r:.2f}".replace("-", "−"),
        tone="" if r is None else "bad" if r < 0 else "warn" if r < 0.2 else "good",
        milliseconds=round(1000 * figures.median_seconds, 1),
        time_words=_time(figures.median_seconds),
        groups=tuple(_group(group, words[id(group)], rows) for group in groups[:N_GROUPS]),
        n_failed=sum(group.n_students for group in groups),
        failed_words=_failed_words(groups),
        more_words=plural(left_out, "more kind") if left_out > 0 else "",
    )


def _failed_words(groups: Sequence[GroupTally]) -> str:
    n_failed = sum(group.n_students for group in groups)
    if len(groups) < 2:
        return f"{n_failed:,}" if n_failed < 2 else f"{n_failed:,} alike"
    often = ", most often" if groups[0].n_students > groups[-1].n_students else ", such as"
    return f"{n_failed:,} in {len(groups):,} kinds{often}"


def _time(seconds: float) -> str:
    if seconds >= 9.95:
        return f"{seconds:,.0f} s"
    return f"{seconds:.1f} s" if seconds >= 0.95 else f"{max(1000 * seconds, 1):.0f} ms"


def _group(group: GroupTally, words: str, rows: Sequence[StudentRow]) -> GroupView:
    students = tuple(_person(rows[row]) for row in group.rows[:N_LINKS])
    # One who is alone with a failure is best served by their own words.
    text = group.example if group.n_students == 1 else words
    return GroupView(
        group.n_students,
        STATUS_WORDS[group.status],
        with_code(one_line(text, 240)) or Markup("(without a message)"),
        students,
        group.n_students - len(students),
    )


def _cause_views(facts: ClassFacts, tallies: Iterable[tuple[str, CauseTally]], kind: str) -> tuple[CauseView, ...]:
    ranked = sorted(tallies, key=lambda item: (-len(item[1].rows), item[0]))
    n_graded = sum(row.standing != "ungraded" for row in facts.rows)
    return tuple(_cause(facts, n_graded, f"{kind}-{i}", *item) for i, item in enumerate(ranked, start=1))


def _cause(facts: ClassFacts, n_graded: int, anchor: str, words: str, tally: CauseTally) -> CauseView:
    n_students = len(tally.rows)
    each = tally.points_lost / n_students
    shown = [facts.rows[row] for row in tally.rows[:N_STUDENTS]]
    return CauseView(
        anchor=anchor,
        words=with_code(one_line(words, 400)) or Markup("(without a message)"),
        n_students=n_students,
        share=round(100 * bar_share(n_students, n_graded), 1),
        share_words=percent(n_students / n_graded),
        costs=f"costs {display_points(each, float('inf'))} points each" if each > 0 else "",
        functions=tuple((one_line(name, 80), n) for name, n in tally.functions.most_common(12)),
        name=one_line(tally.name, 80),
        beside=tuple((one_line(name, 80), n) for name, n in most_common(tally.beside)[:N_BESIDE]),
        example=with_code(tally.example),
        students=tuple(_person(row) for row in shown),
        n_more=n_students - len(shown),
    )


def most_common(names: "Counter[str]") -> list[tuple[str, int]]:
    """Returns names with their numbers, the largest first; of equal ones in the order of the alphabet."""
    return sorted(names.items(), key=lambda item: (-item[1], item[0]))


def _person(row: StudentRow) -> Person:
    return row.name, row.href
