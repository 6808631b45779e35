"""Judges once more what uses wrong functions, with right ones in their places: a mistake costs once.

This comes after all other checks: what a right function returns must be known to no check of that function.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.assignment.definition import Assignment
from grader.grading.check_run import CheckRun
from grader.grading.right_functions import RightFunctions
from grader.model.phrases import join_words
from grader.model.results import CheckResult, Status

__all__ = ["foretell", "judge_again", "may_be_judged_again"]

#: by a limit, or with its process
ENDED = (Status.TIMEOUT, Status.CRASHED, Status.MEMORY)


def judge_again(run: CheckRun, assignment: Assignment, right: RightFunctions) -> None:
    """Gives checks their points that pass with right functions in place of wrong ones, and says so in their results.

    Args:
        run: of one submission's checks, when it is over.
        assignment: whose they are.
        right: answers calls of wrong functions.

    Raises:
        GraderFault: our own worker does not start.
    """
    for result in tuple(run.results):
        provided, wrong = _replaceable(result, run.results, assignment)
        if not wrong:
            continue
        with right.answering(provided, run.limits_of(result.id)) as answers:
            passes = run.passes_with(answers, result.id)
        # One that calls none of the wrong functions has failed by itself, whatever it does now.
        if passes and (called := [name for name in wrong if name in answers.called]):
            run.replace_result(_right_but_for(result, called))


def foretell(run: CheckRun, assignment: Assignment) -> None:
    """Says in results that they are judged again where the solution is: here it is not, in a student's kit."""
    for result in tuple(run.results):
        _, wrong = _replaceable(result, run.results, assignment)
        if wrong and result.status is Status.BLOCKED:
            says = "When this is handed in, it is tried once more with right ones in their places."
            run.results[run.results.index(result)] = replace(result, hint=f"{result.hint} {says}".lstrip())


def may_be_judged_again(result: CheckResult, assignment: Assignment) -> bool:
    """Whether a check has lost points that it may have with right functions in place of others that are wrong."""
    if _is_kept(result) or result.status in (Status.MISSING, Status.BROKEN):
        return False
    return bool(_provided_for(result, assignment))


def _replaceable(
    result: CheckResult, results: Sequence[CheckResult], assignment: Assignment
) -> tuple[list[str], list[str]]:
    """Returns functions that right ones may stand in for while a check is judged again, and which of them are wrong.

    These are functions of other modules and, where it says that it needs them, its own module's of earlier assignments.
    """
    if not _may_be_right(result, results, assignment):
        return [], []
    provided = _provided_for(result, assignment)
    lost = [other for other in results if not other.passed and not other.follows_from]
    if result.status in ENDED:
        # It has ended by itself unless what it uses ends in the same way.
        lost = [other for other in lost if other.status is result.status]
    wrong = {other.function for other in lost}
    return provided, [name for name in provided if name in wrong]


def _provided_for(result: CheckResult, assignment: Assignment) -> list[str]:
    specs = assignment.functions
    if result.function not in specs:
        return []
    module = specs[result.function].module
    earlier = assignment.provided.get(module, ()) if result.status is Status.BLOCKED else ()
    # What gives nothing but something to keep is a class.
    return [
        name
        for name, spec in specs.items()
        if set(spec.keep) != set(spec.returns) and (spec.module != module or name in earlier)
    ]


def _may_be_right(result: CheckResult, results: Iterable[CheckResult], assignment: Assignment) -> bool:
    """Whether a check that lost points may pass with right functions."""
    if _is_kept(result) or result.status in (Status.MISSING, Status.BROKEN):
        return False
    if result.section not in assignment.optional:
        return True
    # These take long: only of a function that is right in all else.
    own = [other for other in results if other.function == result.function]
    return all(_is_kept(other) for other in own if other.section not in assignment.optional)


def _is_kept(result: CheckResult) -> bool:
    return result.passed or result.points == result.max_points


def _right_but_for(result: CheckResult, wrong: list[str]) -> CheckResult:
    """Returns the result of a check that passes with right functions: all its points, and what stands in its way."""
    names = join_words(wrong)
    verb, them, right, places = ("is", "it", "a right one", "its place")
    if len(wrong) > 1:
        verb, them, right, places = ("are", "them", "right ones", "their places")
    return replace(
        result,
        status=Status.BLOCKED,
        points=result.max_points,
        message=f"{names} {verb} not right yet, and this uses {them}. With {right} in {places} it passes, so it keeps "
        "all of its points.",
        hint=f"Look at {names} first.",
        follows_from=tuple(wrong),
    )
