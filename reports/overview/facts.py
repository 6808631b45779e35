"""Gathers the facts of a class from its submissions, one at a time.

Of a grade only a letter a check, its points and seconds are kept, and of its messages those that are new, so that the
memory of whoever writes the pages hardly grows with the class.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from grader.model.people import change_words
from grader.model.results import CheckResult, Grade, Status, Ungraded
from reports.entries import IndexEntry, safe_href, standing
from reports.lookalikes import lookalike_words
from reports.overview.wording import general_words
from reports.status_words import not_final
from reports.text import one_line, sentence_and_lines

__all__ = ["ABSENT", "LETTERS", "CauseTally", "CheckTally", "ClassFacts", "GroupTally", "StudentRow", "gather"]

#: one letter a status, in the order of Status
LETTERS: dict[Status, str] = dict(zip(Status, "pfmrtcybx", strict=True))
#: a check that was not part of this grade
ABSENT = "-"

#: a group of failures names so many students
N_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class StudentRow:
    """What the pages of a class keep of one submission."""

    #: as the submission is called in the store
    key: str
    #: as it is shown: the student's name where it is known
    name: str
    href: str | None
    #: "final", "not-final" or "ungraded"
    standing: str
    #: final points, after adjustments and lateness; None without a final grade
    score: float | None
    #: points of the checks alone
    raw: float | None
    max_score: float | None
    #: points by name of the section
    sections: dict[str, tuple[float, float]]
    #: a letter a check, in the order of ClassFacts.checks
    letters: str
    #: points a check, in the same order
    points: "array[float]"
    #: how many checks ended in each status
    counts: "Counter[Status]"
    #: why there is no final score
    reason: str
    #: what was changed about the score, in words: "late by 2 days"
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class GroupTally:
    """Failures that say the same."""

    #: one whole message, as a student reads it
    example: str
    status: Status
    n_students: int = 0
    #: rows of the first students
    rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class CheckTally:
    """One check over the whole class."""

    id: str
    title: str
    section: str
    function: str
    max_points: float
    visible: bool
    seconds: "array[float]" = field(default_factory=lambda: array("f"))
    #: words of the failure -> tally
    groups: dict[str, GroupTally] = field(default_factory=dict)


@dataclass(slots=True)
class CauseTally:
    """One likely cause, over all checks of all students."""

    #: what to look at; empty where no cause is known
    hint: str
    #: one message, as a student reads it
    example: str
    #: its students
    rows: list[int] = field(default_factory=list)
    points_lost: float = 0.0
    #: function -> students
    functions: "Counter[str]" = field(default_factory=Counter)
    #: of a known mistake its name; empty for any other cause
    name: str = ""
    #: other known mistakes -> students who make both
    beside: "Counter[str]" = field(default_factory=Counter)
    #: function -> the student counted last
    _last: dict[str, int] = field(default_factory=dict)

    def add(self, check: CheckResult, row: int) -> None:
        """Counts a check of a student; the checks of one student come one after the other."""
        self.points_lost += max(check.max_points - check.points, 0.0)
        if self.rows[-1:] != [row]:
            self.rows.append(row)
        if self._last.get(check.function) != row:
            self._last[check.function] = row
            self.functions[check.function] += 1


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """All that the pages of a class are made of."""

    rows: tuple[StudentRow, ...]
    checks: tuple[CheckTally, ...]
    #: known mistakes by name, and other likely causes by hint
    causes: dict[str, CauseTally]
    #: failures without a hint: (function, words) -> tally
    unexplained: dict[tuple[str, str], CauseTally]
    #: functions that are not written yet -> tally
    missing: dict[str, CauseTally]
    #: every section, in the order of the grades
    order: tuple[str, ...]

    @property
    def sections(self) -> tuple[str, ...]:
        """Returns the sections with points, each once, in the order of the grades."""
        return tuple(name for name in self.order if any(row.sections.get(name, (0.0, 0.0))[1] for row in self.rows))

    @property
    def final(self) -> tuple[StudentRow, ...]:
        """Returns the rows that have a score."""
        return tuple(row for row in self.rows if row.standing == "final")


def gather(entries: Iterable[IndexEntry]) -> ClassFacts:
    """Returns the facts of a class; each submission is let go before the next one is read.

    Args:
        entries: in the order in which a table shows them.
    """
    gathering = _Gathering()
    for entry in entries:
        gathering.add(entry)
    return gathering.facts()


class _Gathering:
    """The tallies while they grow."""

    def __init__(self) -> None:
        self._rows: list[StudentRow] = []
        self._checks: dict[str, CheckTally] = {}
        self._places: dict[str, int] = {}
        self._causes: dict[str, CauseTally] = {}
        self._unexplained: dict[tuple[str, str], CauseTally] = {}
        self._missing: dict[str, CauseTally] = {}

    def add(self, entry: IndexEntry) -> None:
        self._rows.append(self._graded(entry, entry.grade) if isinstance(entry.grade, Grade) else _ungraded(entry))

    def facts(self) -> ClassFacts:
        """Returns all tallies, the checks ordered by section as the grades have them."""
        sections = _merged([tuple(row.sections) for row in self._rows])
        rank = {name: i for i, name in enumerate(sections)}
        order = sorted(self._checks.values(), key=lambda check: rank.get(check.section, len(rank)))
        places = [self._places[check.id] for check in order]
        rows = tuple(_in_order(row, places) for row in self._rows)
        return ClassFacts(rows, tuple(order), self._causes, self._unexplained, self._missing, sections)

    def _graded(self, entry: IndexEntry, grade: Grade) -> StudentRow:
        letters, points = [ABSENT] * len(self._checks), [0.0] * len(self._checks)
        for check in grade.checks:
            place = self._place(check)
            # A check that no earlier submission had adds a column.
            if place >= len(letters):
                letters.append(ABSENT)
                points.append(0.0)
            letters[place], points[place] = LETTERS[check.status], check.points
            self._checks[check.id].seconds.append(check.seconds)
            if not check.passed:
                self._count(check, len(self._rows))
        self._explain(grade, len(self._rows))
        is_final = standing(entry) == "final"
        return StudentRow(
            key=grade.submission.name,
            name=_name(entry, grade.submission.name),
            href=safe_href(entry.href),
            standing=standing(entry),
            score=entry.final,
            raw=grade.score if is_final else None,
            max_score=grade.max_score if is_final else None,
            sections={one_line(section.name, 60): (section.score, section.max_score) for section in grade.sections},
            letters="".join(letters),
            points=array("f", points),
            counts=Counter(check.status for check in grade.checks),
            reason=not_final(grade),
            tags=(*_at_once(grade), *_tags(entry)),
        )

    def _place(self, check: CheckResult) -> int:
        if check.id not in self._places:
            self._places[check.id] = len(self._places)
            self._checks[check.id] = CheckTally(
                check.id,
                one_line(check.title, 240),
                one_line(check.section, 60),
                one_line(check.function, 80),
                check.max_points,
                check.visible,
            )
        return self._places[check.id]

    def _count(self, check: CheckResult, row: int) -> None:
        """Counts a lost check among those of the class that say the same."""
        words = general_words(check.message)
        group = self._checks[check.id].groups.setdefault(words, GroupTally(_example(check), check.status))
        group.n_students += 1
        if len(group.rows) < N_EXAMPLES:
            group.rows.append(row)

    def _explain(self, grade: Grade, row: int) -> None:
        """Counts why a student's functions fail: each function once, for the cause that most of its checks name.

        Known mistakes come first: a function in which one was recognised has no other cause.
        """
        lost: dict[str, list[CheckResult]] = {}
        named = _named(grade)
        for check in grade.checks:
            if check.status is Status.MISSING:
                self._missing.setdefault(check.function, CauseTally("", _example(check))).add(check, row)
            elif check.function in named:
                continue
            # A check that waits for another one says nothing of its own, and one that broke is ours.
            elif not check.passed and check.status not in (Status.BLOCKED, Status.BROKEN):
                lost.setdefault(check.function, []).append(check)
        for checks in lost.values():
            self._explain_function(checks, row)
        self._count_mistakes(named, row)

    def _count_mistakes(self, named: dict[str, dict[str, list[CheckResult]]], row: int) -> None:
        """Counts the known mistakes of a student; `named` has the checks that each costs, by function."""
        names = {name for mistakes in named.values() for name in mistakes}
        for mistakes in named.values():
            for name, checks in mistakes.items():
                tally = self._causes.setdefault(name, CauseTally("", "", name=name))
                for check in checks:
                    # A check that two mistakes share, or that waits for another one, says more than this sentence.
                    if name in check.mistakes and (not tally.hint or len(check.hint) < len(tally.hint)):
                        tally.hint, tally.example = one_line(check.hint, 400), _example(check)
                    tally.add(check, row)
        for name in names:
            self._causes[name].beside.update(names - {name})

    def _explain_function(self, checks: Sequence[CheckResult], row: int) -> None:
        tally = self._tally([check for check in checks if general_words(check.hint)] or checks)
        for check in checks:
            tally.add(check, row)

    def _tally(self, checks: Sequence[CheckResult]) -> CauseTally:
        """Returns what most of the checks of one function name: a likely cause, or the same words."""
        said = [general_words(check.hint) or general_words(check.message) for check in checks]
        words = Counter(said).most_common(1)[0][0]
        first = checks[said.index(words)]
        if general_words(first.hint):
            return self._causes.setdefault(words, CauseTally(one_line(first.hint, 400), _example(first)))
        return self._unexplained.setdefault((first.function, words), CauseTally("", _example(first)))


def _named(grade: Grade) -> dict[str, dict[str, list[CheckResult]]]:
    """Returns the known mistakes of a grade: function -> name -> checks that it costs.

    A failed check of the function that names none goes with what most of the others name.
    """
    functions: dict[str, list[CheckResult]] = {}
    for check in grade.checks:
        if not check.passed and check.status not in (Status.MISSING, Status.BROKEN):
            functions.setdefault(check.function, []).append(check)
    found = {}
    for function, checks in functions.items():
        frequent = Counter(name for check in checks for name in check.mistakes)
        if frequent:
            mistakes: dict[str, list[CheckResult]] = {}
            for check in checks:
                for name in check.mistakes or (frequent.most_common(1)[0][0],):
                    mistakes.setdefault(name, []).append(check)
            found[function] = mistakes
    return found


def _example(check: CheckResult) -> str:
    return one_line(sentence_and_lines(check.message, 1000)[0], 400)


def _merged(orders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Returns every name once; one that only some have stands behind the name that it follows there."""
    merged: list[str] = []
    for order in dict.fromkeys(orders):
        for place, name in enumerate(order):
            if name not in merged:
                merged.insert(merged.index(order[place - 1]) + 1 if place else 0, name)
    return tuple(merged)


def _at_once(grade: Grade) -> tuple[str, ...]:
    """Returns a tag where one cause costs everything, as a file that cannot be imported: whom to write to first."""
    if len(grade.checks) > 1 and all(check.status is Status.RAISED for check in grade.checks):
        return ("nothing runs",)
    return ()


def _ungraded(entry: IndexEntry) -> StudentRow:
    assert isinstance(entry.grade, Ungraded)
    return StudentRow(
        key=entry.grade.name,
        name=_name(entry, entry.grade.name),
        href=safe_href(entry.href),
        standing="ungraded",
        score=None,
        raw=None,
        max_score=None,
        sections={},
        letters="",
        points=array("f"),
        counts=Counter(),
        reason=one_line(entry.grade.reason, 400),
        tags=_tags(entry),
    )


def _tags(entry: IndexEntry) -> tuple[str, ...]:
    """Returns what stands beside a name: what people changed, and whether the name may be taken for another."""
    grade = entry.grade
    names = (entry.about.name, grade.submission.name if isinstance(grade, Grade) else grade.name)
    alike = dict.fromkeys(filter(None, map(lookalike_words, names)))
    return (*(one_line(words, 60) for words in change_words(grade, entry.about)), *alike)


def _name(entry: IndexEntry, name: str) -> str:
    return one_line(entry.about.name or name, 120)


def _in_order(row: StudentRow, places: list[int]) -> StudentRow:
    """Returns the row with its checks in the order of the places, absent ones filled in."""
    if row.standing == "ungraded":
        return row
    n_known = len(row.letters)
    letters = "".join(row.letters[place] if place < n_known else ABSENT for place in places)
    points = array("f", (row.points[place] if place < n_known else 0.0 for place in places))
    return replace(row, letters=letters, points=points)
