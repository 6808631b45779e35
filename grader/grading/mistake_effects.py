"""Says what checks make of known mistakes: as the archive has it, or by running them on the solution with the mistake.

Only our own code runs here, in this process. Nothing is run, read or imported before a submission fails a check.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Protocol

import pytest

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import archive_folder
from grader.assignment.known_mistakes import KnownMistake, known_mistakes
from grader.assignment.mistake_archive import MISTAKES, ShownMistake, read_mistakes
from grader.assignment.planted import planted_modules
from grader.assignment.suite import CheckInfo, Chosen
from grader.grading.check_run import CheckRun
from grader.grading.solution_answers import SolutionAnswers
from grader.grading.submission_run import CurrentRun, SubmissionRun
from grader.judging.fingerprints import Evidence
from grader.judging.recognising import Suspect

__all__ = ["ArchivedEffects", "Effects", "RunEffects", "shown_mistake"]


class Effects(Protocol):
    """What checks make of known mistakes."""

    def suspects(self, function: str) -> list[Suspect]:
        """Returns the mistakes that make a function's results wrong."""

    def of(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        """Returns what a check finds wrong with a mistake; None where the mistake passes it."""

    def over_cache(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        """Returns what a right backward function gives over the cache of a function with a mistake; None: not known."""


class ArchivedEffects:
    """Those of the visible checks with the public seed, from the assignment's archive."""

    def __init__(self, assignment: Assignment) -> None:
        self._archive = archive_folder(assignment) / MISTAKES

    @cached_property
    def mistakes(self) -> dict[str, ShownMistake]:
        return {mistake.suspect.key: mistake for mistake in read_mistakes(self._archive)}

    def suspects(self, function: str) -> list[Suspect]:
        return [mistake.suspect for mistake in self.mistakes.values() if function in mistake.functions]

    def of(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        return self.mistakes[key].effects.get(info.id)

    def over_cache(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        return None


class RunEffects:
    """Those that come of running a check on the solution with the mistake in it; kept for later submissions.

    Args:
        assignment: names the solution, whose module `mistakes` lists them.
        current: serves the check that runs.
        public: what is known of the visible checks with the public seed; which of them a mistake passes is the same
            with any seed, so that those need not be run. None to run all.
    """

    def __init__(self, assignment: Assignment, current: CurrentRun, public: ArchivedEffects | None = None) -> None:
        self._assignment = assignment
        self._current = current
        self._public = public
        self._answers: dict[tuple[str, str], SolutionAnswers] = {}
        self._found: dict[tuple[str, str], Evidence | None] = {}
        self._over: dict[tuple[str, str], Evidence | None] = {}

    @cached_property
    def mistakes(self) -> dict[str, KnownMistake]:
        return {mistake.suspect.key: mistake for mistake in known_mistakes(self._assignment)}

    def suspects(self, function: str) -> list[Suspect]:
        return [mistake.suspect for mistake in self.mistakes.values() if function in mistake.functions]

    def of(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        if (key, info.id) not in self._found:
            known = self._public.mistakes.get(key) if self._public and info.visible else None
            passes = known is not None and info.id not in known.effects
            self._found[key, info.id] = None if passes else self._run(key, item, info)
        return self._found[key, info.id]

    def over_cache(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        if (key, info.id) not in self._over:
            self._run(key, item, info)
        return self._over[key, info.id]

    def _run(self, key: str, item: pytest.Item, info: CheckInfo) -> Evidence | None:
        # A check is given the module of its function.
        place = key, self._assignment.functions[info.function].module
        if place not in self._answers:
            texts = self.mistakes[key].made.texts()
            self._answers[place] = SolutionAnswers(planted_modules(self._assignment, texts, place[1:]))
        files = tuple(self._assignment.modules.values())
        run = CheckRun(self._assignment, self._answers[place], files, Chosen((item,), {info.id: info}))
        with self._current.of(SubmissionRun(run)):
            run.run()
        self._over[key, info.id] = run.over_caches.get(info.id, ("", None))[1]
        return run.evidence.get(info.id)


def shown_mistake(effects: RunEffects, key: str, items: Iterable[tuple[pytest.Item, CheckInfo]]) -> ShownMistake:
    """Returns a known mistake with what checks make of it, for the archive."""
    mistake = effects.mistakes[key]
    own = [(info.id, effects.of(key, item, info)) for item, info in items if info.function in mistake.functions]
    made = {check: evidence for check, evidence in own if evidence is not None}
    return ShownMistake(mistake.suspect, mistake.functions, made)
