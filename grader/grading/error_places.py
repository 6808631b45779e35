"""Adds to the first failed check of each cause where the value is wrong."""

from dataclasses import replace

from grader.assignment.definition import Assignment
from grader.grading.check_run import CheckRun
from grader.judging.error_maps import error_map
from grader.model.results import CheckResult

__all__ = ["with_places"]


def with_places(run: CheckRun, assignment: Assignment, results: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """Returns the results of a run that is over, with a map of the errors for each function, value and likely cause."""
    first: dict[object, str] = {}
    for result in results:
        if (places := run.places.get(result.id)) is not None:
            first.setdefault((result.function, places.name, result.hint, result.mistakes), result.id)
    shown = {check: run.places[check] for check in first.values()}
    maps = {check: error_map(places, assignment.axes.get(places.name, ())) for check, places in shown.items()}
    return tuple(replace(result, error_map=maps.get(result.id)) for result in results)
