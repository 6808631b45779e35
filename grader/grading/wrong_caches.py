"""Gives a backward function its share that is right but for the cache which a wrong forward function made.

What such a cache holds is the student's own affair, so no right one can be made for it. Where the mistake in the
forward function is known, the solution with that mistake says what a right backward function gives over its cache.
"""

from dataclasses import replace

from grader.assignment.definition import Assignment
from grader.assignment.suite import check_id
from grader.grading.check_run import CheckRun
from grader.grading.mistake_effects import Effects
from grader.judging.fingerprints import Evidence
from grader.model.results import CheckResult

__all__ = ["with_shares"]


def with_shares(
    run: CheckRun, assignment: Assignment, effects: Effects, results: tuple[CheckResult, ...]
) -> tuple[CheckResult, ...]:
    """Returns the results; checks of such backward functions keep what follows correctly from a mistake.

    Args:
        run: of one submission's checks, when it is over.
        assignment: whose they are.
        effects: what these checks make of known mistakes.
        results: of the run, with the names of the mistakes that were recognised.
    """
    items = {check_id(item): item for item in run.chosen.items}
    names: dict[str, set[str]] = {}
    for result in results:
        names.setdefault(result.function, set()).update(result.mistakes)

    def is_expected(check: str, forward: str, wrong: Evidence) -> bool:
        known = (suspect for suspect in effects.suspects(forward) if suspect.name in names.get(forward, ()))
        made = (effects.over_cache(suspect.key, items[check], run.chosen.infos[check]) for suspect in known)
        return any(_same(wrong, one) for one in made if one)

    share = assignment.rubric.follows_through
    found = []
    for result in results:
        forward, wrong = run.over_caches.get(result.id, ("", {}))
        if wrong and result.max_points and not result.points and is_expected(result.id, forward, wrong):
            says = f"Over the cache of your own {forward} a right one gives the same, so it keeps"
            result = replace(
                result,
                points=result.max_points * share,
                message=f"{result.message} {says} {share:.0%} of its points.",
                follows_from=(forward,),
            )
        found.append(result)
    return tuple(found)


def _same(wrong: Evidence, made: Evidence) -> bool:
    return wrong.keys() == made.keys() and all(wrong[value].same(made[value]) for value in made)
