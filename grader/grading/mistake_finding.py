"""Names the known mistakes of a submission in the results of the checks that it failed."""

from dataclasses import replace

from grader.assignment.definition import Assignment
from grader.assignment.suite import CheckInfo, check_id
from grader.grading.check_run import CheckRun
from grader.grading.mistake_effects import Effects
from grader.judging.recognising import Suspect, recognise
from grader.model.results import CheckResult

__all__ = ["may_show", "with_mistakes"]


def may_show(assignment: Assignment, info: CheckInfo) -> bool:
    """Whether a check can be run again for each known mistake: those of optional sections train, or take the time."""
    return bool(info.function) and info.section not in assignment.optional


def with_mistakes(run: CheckRun, assignment: Assignment, effects: Effects) -> tuple[CheckResult, ...]:
    """Returns the results of a run; failed checks have the names of the mistakes that explain them, and their hints.

    Args:
        run: of one submission's checks, when it is over.
        assignment: whose they are.
        effects: what these checks make of known mistakes.
    """
    results, chosen = tuple(run.results), run.chosen
    items = {check_id(item): item for item in chosen.items}
    found: dict[str, tuple[Suspect, ...]] = {}
    for function in dict.fromkeys(result.function for result in results if run.evidence.get(result.id)):
        own = [r for r in results if r.function == function and may_show(assignment, chosen.infos[r.id])]
        # What took the student long takes every mistake long.
        own.sort(key=lambda result: result.seconds)
        found |= recognise(
            {result.id: run.evidence.get(result.id, {}) for result in own if not result.passed},
            [result.id for result in own if result.passed],
            effects.suspects(function),
            lambda key, check: effects.of(key, items[check], chosen.infos[check]),
        )
    return tuple(_named(result, found[result.id], run) if result.id in found else result for result in results)


def _named(result: CheckResult, mistakes: tuple[Suspect, ...], run: CheckRun) -> CheckResult:
    first = run.look_first.get(result.id, "")
    hint = " ".join([*(mistake.says for mistake in mistakes), *([first] if first else [])])
    # Two that are recognised together are called "one+other".
    names = tuple(name for mistake in mistakes for name in mistake.name.split("+"))
    return replace(result, mistakes=names, hint=hint)
