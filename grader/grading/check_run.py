"""Runs the checks of one submission and turns what happens in each into a result."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.points_and_limits import Budget, Limits
from grader.assignment.suite import CheckInfo, Chosen, check_id, claim
from grader.grading.check_limits import (
    AGAIN_CPU_SECONDS,
    AGAIN_WALL_SECONDS,
    BUDGET_SHARE,
    HURRY_CPU_SECONDS,
    HURRY_WALL_SECONDS,
)
from grader.grading.needed_modules import NeededModules
from grader.grading.right_functions import RightAnswers
from grader.grading.sessions import SharedSessions
from grader.grading.solution_answers import SolutionAnswers
from grader.grading.student import NotThere, Student, Where, as_it_is, no_text
from grader.grading.verdicts import Verdict, place_of, unjudged, verdict
from grader.judging.error_maps import WrongEntries
from grader.judging.fingerprints import Evidence
from grader.model.case_names import is_fixed
from grader.model.errors import GraderError, NotImported, WrongAnswer
from grader.model.phrases import join_words
from grader.model.results import CheckResult, Measure, Picture, Series, Status
from grader.sandbox.worker import Session, Worker

__all__ = ["CheckRun", "Record"]


@dataclass(slots=True)
class Record:
    """What one running check has produced so far."""

    measures: list[Measure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    #: the exception that is no verdict, once student code has been asked: its kind and line
    fault: str = ""
    #: whether it called a module that it was not given
    lacks_module: bool = False


@dataclass(frozen=True, slots=True)
class _Answerer:
    """Whose answers checks get."""

    worker: Worker | SolutionAnswers
    sessions: SharedSessions
    #: workspace paths that there are
    files: Collection[str]


class CheckRun:
    """The checks of one submission, one after the other; `results` fills as they end.

    Args:
        assignment: what is graded.
        worker: with the submission in it.
        files: workspace paths that the submission has.
        chosen: its checks.
        stateless: whether the submission is proven to keep no state, so that its checks may share a fork.
        beside: module -> others whose import changes nothing for its functions; no others come with it.
        secret: whether the inputs of all but the notebook's own cases are known to nobody.
        where: names the places that messages mention.
        text_of: gives the text of a workspace file, "" where there is none.
        on_result: called with each result as it comes, and the number of checks.
        kept: check -> its result in an earlier check, where that still holds.
    """

    def __init__(
        self,
        assignment: Assignment,
        worker: Worker | SolutionAnswers,
        files: Collection[str],
        chosen: Chosen,
        *,
        stateless: bool = False,
        beside: Mapping[str, Collection[str]] = MappingProxyType({}),
        secret: bool = False,
        where: Where = as_it_is,
        text_of: Callable[[str], str] = no_text,
        on_result: Callable[[CheckResult, int], None] | None = None,
        kept: Mapping[str, CheckResult] = MappingProxyType({}),
    ) -> None:
        #: check -> its result in an earlier check, which stands in its place
        self.kept = kept
        #: function that is judged -> the functions that its checks have called
        self.called: dict[str, set[str]] = {}
        #: functions that were judged in a way that their code alone does not decide
        self.undecided: set[str] = set()
        #: what is made once -> the function for which it was made first
        self._first_users: dict[Any, str] = {}
        self.results: list[CheckResult] = []
        #: of the check that runs now
        self.record = Record()
        #: for the instructor
        self.notes: list[str] = []
        #: check that did not pass -> what is kept of its wrong values; empty where it was no wrong value that ended it
        self.evidence: dict[str, Evidence] = {}
        #: check that did not pass -> which entries of a value are wrong
        self.places: dict[str, WrongEntries] = {}
        #: blocked check -> where to begin, in a sentence
        self.look_first: dict[str, str] = {}
        #: check -> the student's own wrong function over whose cache values came, and what is kept of each
        self.over_caches: dict[str, tuple[str, Evidence]] = {}
        self._assignment = assignment
        sessions = SharedSessions(worker, assignment.public_seed, stateless=stateless)
        self._answerer = _Answerer(worker, sessions, files)
        self._secret, self._stateless = secret, stateless
        #: answers calls of the check that runs now, where it is judged with right functions
        self._answers: RightAnswers | None = None
        self._needed = NeededModules(assignment, beside)
        #: the modules that the last check was given
        self._given = frozenset[str]()
        self.chosen = chosen
        self._where, self._text_of = where, text_of
        self._on_result = on_result
        self._loops: Counter[str] = Counter()
        self._item: pytest.Item | None = None

    def run(self) -> None:
        """Runs every check; those of a function that has run into a limit come last: no other loses by it."""
        items = self.chosen.items
        order = {check_id(item): place for place, item in enumerate(items)}
        try:
            postponed = self._run(self._needed.grouped(items), postpone=True)
            self._run(self._needed.grouped(postponed), postpone=False)
        finally:
            self._answerer.sessions.end()
        self.results.sort(key=lambda result: order[result.id])

    def _run(self, items: Sequence[pytest.Item], *, postpone: bool) -> list[pytest.Item]:
        """Runs checks in turn; returns those that are to come later."""
        postponed = []
        following = [*(item for item in items if check_id(item) not in self.kept), None][::-1]
        for item in items:
            if kept := self.kept.get(check_id(item)):
                self._end_with(kept)
                continue
            following.pop()
            nextitem = following[-1]
            if postpone and self._comes_last(item):
                postponed.append(item)
                # Pytest was told that this one comes next.
                item.config.hook.pytest_runtest_teardown(item=item, nextitem=None)
            else:
                self._judge(item, nextitem)
        return postponed

    def student(self) -> Student:
        """Returns the student's code for the check that runs, in a fork that only what may see its traces shares."""
        item = self._running()
        limits = self._limits(item)
        return self._student(item, lambda: self._answerer.sessions.session(claim(item), limits))

    def student_within(self, sessions: ExitStack, **others: Any) -> Student:
        """Returns the student's code, in a fork of its own within other limits; the caller's stack ends it.

        The one that the stack has held ends first: what a session uses is counted by all that the worker runs.
        """
        item = self._running()
        limits = self._limits(item)
        own = limits if self._hurries(item) else replace(limits, **others)
        self._answerer.sessions.end()
        sessions.close()
        if others and own is not limits:
            # What a check asks for beyond the limits is no part of any other's budget.
            self._turn_to(item, check_id(item), Budget(own.cpu_seconds, own.wall_seconds))
        seed = self._assignment.public_seed
        return self._student(item, lambda: sessions.enter_context(self._answerer.worker.session(seed, own)))

    def student_again(self, check: str, sessions: ExitStack) -> Student:
        """Returns the student's code once all checks are over, in a fork of its own, to show what goes wrong.

        It has a second, of the budget of the check's function; the caller's stack ends it.
        """
        item = next(item for item in self.chosen.items if check_id(item) == check)
        self._give_modules(item)
        self._turn_to(item, *self._own_budget(item))
        self.record = Record()
        limits = replace(self._limits(item), cpu_seconds=AGAIN_CPU_SECONDS, wall_seconds=AGAIN_WALL_SECONDS)
        seed = self._assignment.public_seed
        return self._student(item, lambda: sessions.enter_context(self._answerer.worker.session(seed, limits)))

    def passes_with(self, answers: RightAnswers, check: str) -> bool:
        """Returns whether a check passes where calls of some functions are answered; nothing is kept of how it went."""
        item = next(item for item in self.chosen.items if check_id(item) == check)
        results, before = self.results, (dict(self.evidence), dict(self.places), dict(self.look_first))
        over_caches = dict(self.over_caches)
        self._answerer.sessions.end()
        self.results, self._answers = [], answers
        try:
            self._attempt(item, None)
            return self.results[-1].passed
        finally:
            self._answerer.sessions.end()
            self.results, self._answers = results, None
            self.evidence, self.places, self.look_first = before
            self.over_caches = over_caches

    def limits_of(self, check: str) -> Limits:
        """Returns the limits of a check."""
        return self._limits(next(item for item in self.chosen.items if check_id(item) == check))

    def replace_result(self, result: CheckResult) -> None:
        """Puts another result in the place of a check's; where its values were wrong is shown no more."""
        self.results = [result if other.id == result.id else other for other in self.results]
        self.places.pop(result.id, None)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Returns what an earlier check has made under a name, where the submission is proven to keep no state."""
        function = self._info(self._running()).function
        # What the function has called for which it was made first, the others have called by it.
        self._called_by(function).update(self._called_by(self._first_users.setdefault(name, function)))
        return self._answerer.sessions.once(name, make)

    def conclude(self, item: pytest.Item, error: BaseException | None) -> None:
        """Turns what happened into a CheckResult; a failing teardown replaces the result it belongs to."""
        record, info = self.record, self._info(item)
        status, message, hint = verdict(error, self._assignment, secret=self._is_secret(info))
        # No answer can be the cause of these.
        ours = isinstance(error, (GraderError, OSError, pytest.FixtureLookupError))
        if status is Status.BROKEN and record.sessions and not ours:
            record.fault = place_of(error, self._assignment) if error else ""
        record.lacks_module |= isinstance(error, NotThere)
        blockable = status in (Status.FAILED, Status.RAISED) and not isinstance(error, NotImported)
        blockers = self._blockers(item) if blockable else ()
        if blockers:
            status = Status.BLOCKED
            verb, them = ("is", "it") if len(blockers) == 1 else ("are", "them")
            message = f"{join_words(blockers)} {verb} not right yet, and this needs {them}. {message}"
            # A cause that was recognised is worth more than the place where to begin, so it comes first.
            self.look_first[info.id] = f"Look at {join_words(blockers)} first."
            hint = f"{hint} {self.look_first[info.id]}".lstrip()
        share, follows_from = float(status is Status.PASSED), tuple(blockers)
        if isinstance(error, WrongAnswer) and error.follows_from and info.max_points:
            # One mistake costs once: what follows correctly from it keeps most of its points.
            share, follows_from = self._assignment.rubric.follows_through, (error.follows_from,)
            message = f"{message} It is right for your own {error.follows_from}, so it keeps {share:.0%} of its points."
        self.evidence.pop(info.id, None)
        self.places.pop(info.id, None)
        self.over_caches.pop(info.id, None)
        if isinstance(error, WrongAnswer) and error.over_cache[1]:
            self.over_caches[info.id] = error.over_cache
        if isinstance(error, WrongAnswer) and error.places is not None:
            self.places[info.id] = error.places
        if status is not Status.PASSED:
            self.evidence[info.id] = error.evidence if isinstance(error, WrongAnswer) else {}
        result = CheckResult(
            **{name: getattr(info, name) for name in CheckInfo.__slots__},
            status=status,
            points=info.max_points * share,
            measures=tuple(record.measures),
            message=message,
            hint=hint,
            follows_from=follows_from,
            remarks=tuple(record.remarks),
            series=tuple(record.series),
            pictures=tuple(record.pictures),
            output="".join(session.output() for session in record.sessions),
            seconds=round(time.monotonic() - record.started, 4),
        )
        if self.results and self.results[-1].id == info.id:
            result = replace(result, output=self.results.pop().output)
        self.results.append(result)

    def _judge(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Runs one check; once more, in a fork of its own, when it did not pass in one that another case had used."""
        self._attempt(item, nextitem)
        if self.record.lacks_module:
            self._needed.give_all(item)
            self._answerer.sessions.end()
            self.results.pop()
            self._attempt(item, nextitem)
        if self._answerer.sessions.may_be_repeated and not self.results[-1].passed:
            self._answerer.sessions.end()
            self.results.pop()
            self._attempt(item, nextitem)
        if self.record.fault:
            self._answerer.sessions.end()
            self.results.append(self._decided(self.results.pop(), item, nextitem))
        result = self.results[-1]
        if not result.passed or nextitem is None:
            self._answerer.sessions.end()
        else:
            self._answerer.sessions.end_unless_shared(claim(item), claim(nextitem))
        self._loops[result.function] += result.status is Status.TIMEOUT
        if self._on_result:
            self._on_result(result, len(self.chosen.items))

    def _end_with(self, kept: CheckResult) -> None:
        """Has a check end as it did in an earlier check."""
        self.results.append(kept)
        if self._on_result:
            self._on_result(kept, len(self.chosen.items))

    def _decided(self, result: CheckResult, item: pytest.Item, nextitem: pytest.Item | None) -> CheckResult:
        """Returns whose fault it is that a check could not judge: ours only where right answers end it as well."""
        place = self.record.fault
        self.undecided.add(result.function)
        right = SolutionAnswers.of(self._assignment)
        if right is None:
            return _with_verdict(result, unjudged(place, known=False))
        sessions = SharedSessions(right, self._assignment.public_seed)
        own, record = self._answerer, self.record
        self._answerer = _Answerer(right, sessions, tuple(self._assignment.modules.values()))
        try:
            self._attempt(item, nextitem)
        finally:
            sessions.end()
            self._answerer, self.record = own, record
        if self.results.pop().status is Status.BROKEN:
            return result
        self.notes.append(
            f"For the instructor: {result.id} ends with {place} for these answers, and not for the solution's; "
            "the check could say what is wrong with them."
        )
        return _with_verdict(result, unjudged(place, known=True))

    def _is_secret(self, info: CheckInfo) -> bool:
        return self._secret and not is_fixed(info.id.partition("[")[2])

    def _attempt(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        self._give_modules(item)
        self._answerer.sessions.begin()
        self._turn_to(item, *self._own_budget(item))
        self.record, self._item = Record(), item
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)

    def _give_modules(self, item: pytest.Item) -> None:
        """Has the worker import the modules that a check is given."""
        modules = self._needed.of(item)
        if modules != self._given:
            self._answerer.sessions.end()
            self._answerer.worker.import_only(modules)
            self._given = modules

    def _own_budget(self, item: pytest.Item) -> tuple[str, Budget | None]:
        """Returns the section of a check and its budget, where it has one of its own."""
        section = self._info(item).section
        own = self._assignment.rubric.section_budgets.get(section)
        return (section if own else ""), own

    def _turn_to(self, item: pytest.Item, section: str, budget: Budget | None) -> None:
        """Has what is used from now on charged to the function that a check judges."""
        self._answerer.worker.meter.turn_to(self._purpose(item), section, budget)

    def _info(self, item: pytest.Item) -> CheckInfo:
        return self.chosen.infos[check_id(item)]

    def _purpose(self, item: pytest.Item) -> str:
        """Returns what the time of a check is charged to: the function that it judges."""
        return self._info(item).function or claim(item)

    def _running(self) -> pytest.Item:
        assert self._item is not None, "only a check that runs has student code"
        return self._item

    def _student(self, item: pytest.Item, open_session: Callable[[], Session]) -> Student:
        """Returns the student's code; what it prints becomes part of the check's output."""
        sessions, function = self.record.sessions, self._info(item).function

        def opened() -> Session:
            session = open_session()
            sessions.append(session)
            if self._answers is not None:
                self._answers.join(session)
            return session

        return Student(
            opened,
            self._assignment,
            self._answerer.files,
            self._where,
            text_of=self._text_of,
            stateless=self._stateless,
            on_call=self._called_by(function).add,
        )

    def _called_by(self, function: str) -> set[str]:
        return self.called.setdefault(function, set())

    def _limits(self, item: pytest.Item) -> Limits:
        """Returns the limits of a check: shorter ones once its function has run into them."""
        named = item.get_closest_marker("limit")
        limits = replace(self._assignment.rubric.limits, **named.kwargs) if named else self._assignment.rubric.limits
        if not self._hurries(item):
            return limits
        return replace(limits, cpu_seconds=HURRY_CPU_SECONDS, wall_seconds=HURRY_WALL_SECONDS)

    def _comes_last(self, item: pytest.Item) -> bool:
        """Whether the check's function has run into a limit, or has used more than its share of the budget."""
        return self._hurries(item) or self._answerer.worker.meter.share_of(self._purpose(item)) > BUDGET_SHARE

    def _hurries(self, item: pytest.Item) -> bool:
        """Whether the check's function has run into a limit before."""
        function = self._info(item).function
        return bool(function) and self._loops[function] > 0

    def _blockers(self, item: pytest.Item) -> tuple[str, ...]:
        """Returns the functions that this check needs and that are not right, in the order in which it names them."""
        needs = item.get_closest_marker("needs")
        wrong = {name: result.function for result in self.results if not result.passed for name in _names(result)}
        return tuple(dict.fromkeys(wrong[name] for name in (needs.args if needs else ()) if name in wrong))


def _with_verdict(result: CheckResult, verdict: Verdict) -> CheckResult:
    status, message, hint = verdict
    return replace(result, status=status, message=message, hint=hint)


def _names(result: CheckResult) -> tuple[str, str, str]:
    """Returns what a check is needed by: the function that it judges, its own name, and that with its case."""
    name = result.id.partition("::")[2]
    return result.function, name.partition("[")[0], name
