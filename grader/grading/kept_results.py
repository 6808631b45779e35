"""Decides which results of an earlier check hold for a submission as it is now, and which of this one may be kept.

Only a student's own check keeps any. A function's results are kept together, and only where reading its code has shown
all that they follow from: the code that the checks have called, with all that it can reach.
"""

import hashlib
import platform
import sys
from collections.abc import Collection
from functools import cache
from pathlib import Path

import numpy as np

import grader
from grader.assignment.definition import Assignment
from grader.assignment.suite import Chosen, check_id, claim
from grader.grading.check_run import CheckRun
from grader.grading.second_judgement import may_be_judged_again
from grader.grading.text_findings import Findings
from grader.model.errors import StudentError
from grader.model.options import Options
from grader.model.results import CheckResult, Status
from grader.reading.submission import Submission
from grader.sandbox.level import Level
from grader.sandbox.meter import Meter
from grader.sandbox.worker import Worker
from grader.store.kept_checks import KeptChecks, KeptFunction
from grader.syntax.reachable import ReachableCode

__all__ = ["KeptResults", "key_beside_code", "may_keep"]

#: how a check ends for which its function's code is the only reason
_DECIDED = (Status.PASSED, Status.FAILED, Status.RAISED, Status.MISSING)


def may_keep(submission: Submission, findings: Findings, worker: Worker, seed: int) -> bool:
    """Whether reading a submission shows all that its results follow from; imports what it consists of.

    Args:
        submission: that is checked.
        findings: what its text shows.
        worker: with the submission in it.
        seed: for the generators of random numbers.
    """
    if not findings.stateless or submission.division:
        return False
    try:
        with worker.session(seed):
            pass
    except StudentError:
        return False
    return not any(worker.imports.values()) and not worker.absent


def key_beside_code(assignment: Assignment, goldens: str, level: Level, options: Options) -> str:
    """Returns a key of all that results follow from beside the student's code.

    Args:
        assignment: whose checks run.
        goldens: digest of the golden outputs.
        level: of the sandbox.
        options: which sections are judged, and how.
    """
    given = sorted(assignment.given_bytes().items())
    system = (platform.platform(), sys.version, np.__version__)
    checks = (assignment.judging_digest(), assignment.points_digest(), goldens, level, options, given)
    return hashlib.sha256(repr((system, checks, _engine())).encode()).hexdigest()


@cache
def _engine() -> list[tuple[str, int, int]]:
    """Returns what tells one version of the grader from another, one that somebody works on included."""
    root = Path(grader.__file__).parent
    files = ((path.relative_to(root).as_posix(), path.stat()) for path in sorted(root.rglob("*.py")))
    return [(name, status.st_size, status.st_mtime_ns) for name, status in files]


class KeptResults:
    """What an earlier check has found out about a submission's functions.

    Args:
        submission: as it is now, which `may_keep`.
        assignment: whose checks they are.
        store: holds the results.
        key: of all that these follow from beside the submission's code.

    Raises:
        SyntaxError: a file, which nothing imports, is no valid Python.
        ValueError, RecursionError: the code has a number that is too long, or an expression too deep, to be written.
    """

    def __init__(self, submission: Submission, assignment: Assignment, store: KeptChecks, key: str) -> None:
        self._assignment = assignment
        self._store, self._key = store, key
        self._earlier = store.read(key)
        self._code = ReachableCode(submission.laid, assignment.given_bytes(), submission.where)

    def valid(self, chosen: Chosen, meter: Meter) -> dict[str, CheckResult]:
        """Returns the results that still hold, by check, of functions all of whose checks are chosen.

        Args:
            chosen: the checks.
            meter: is charged with what they have used, so that no other function has more time than in a fresh run.
        """
        by_function: dict[str, set[str]] = {}
        for info in chosen.infos.values():
            by_function.setdefault(info.function, set()).add(info.id)
        valid: dict[str, CheckResult] = {}
        for function, checks in by_function.items():
            kept = self._earlier.get(function)
            if kept and {result.id for result in kept.results} == checks and self._holds(kept):
                valid |= {result.id: result for result in kept.results}
                meter.add(function, kept.cpu_seconds)
        return valid

    def keep(self, run: CheckRun, results: Collection[CheckResult], meter: Meter) -> None:
        """Keeps the results of a run of all checks, as far as a later check may use them."""
        by_function: dict[str, list[CheckResult]] = {}
        for result in results:
            by_function.setdefault(result.function, []).append(result)
        found = []
        for function, own in by_function.items():
            if all(result.id in run.kept for result in own):
                found.append(self._earlier[function])
            elif function and function not in run.undecided and all(map(self._is_decided, own)):
                found.append(self._kept(function, own, run, meter))
        if found != [*self._earlier.values()]:
            self._store.write(self._key, found)

    def _holds(self, kept: KeptFunction) -> bool:
        return self._code.digest(kept.called, placed=kept.is_placed) == kept.code

    def _is_decided(self, result: CheckResult) -> bool:
        """Whether a result follows from the code of its function alone, and from no clock."""
        is_plain = result.status in _DECIDED and result.section not in self._assignment.optional
        return is_plain and not may_be_judged_again(result, self._assignment)

    def _kept(self, function: str, results: list[CheckResult], run: CheckRun, meter: Meter) -> KeptFunction:
        called = self._called_by(function, run)
        is_clean = all(result.passed and not result.output for result in results)
        if not is_clean:
            # A check that fails is blocked where what it needs fails, too.
            called = called.union(*(self._called_by(needed, run) for needed in _needed(function, run.chosen)))
        code = self._code.digest(called, placed=not is_clean)
        names, seconds = tuple(sorted(called)), meter.cpu_of(function)
        return KeptFunction(function, names, code, not is_clean, tuple(results), seconds)

    def _called_by(self, function: str, run: CheckRun) -> set[str]:
        """Returns a function and those that its checks have called, in this run or in that whose results are kept."""
        earlier = self._earlier[function].called if function in self._earlier else ()
        return {function, *run.called.get(function, earlier)}


def _needed(function: str, chosen: Chosen) -> set[str]:
    """Returns the functions that checks of a function name as what they need, by their own name or that of a check."""
    names: dict[str, str] = {}
    for item in chosen.items:
        info = chosen.infos[check_id(item)]
        names |= dict.fromkeys((info.function, claim(item).partition("::")[2], item.name), info.function)
    marks = [
        item.get_closest_marker("needs") for item in chosen.items if chosen.infos[check_id(item)].function == function
    ]
    return {names[name] for needs in marks if needs for name in needs.args if name in names}
