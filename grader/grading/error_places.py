"""Adds where the value is wrong to a failed check of each cause, the first that shows it."""

from dataclasses import replace

from grader.assignment.definition import Assignment
from grader.grading.check_run import CheckRun
from grader.judging.error_maps import error_map
from grader.model.results import CheckResult, ErrorMap

__all__ = ["with_places"]


def with_places(run: CheckRun, assignment: Assignment, results: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """Returns the results of a run that is over, with a map of the errors for each function, value and likely cause."""
    maps: dict[object, tuple[str, ErrorMap]] = {}
    for result in results:
        places = run.places.get(result.id)
        cause = (result.function, places.name, result.hint, result.mistakes) if places is not None else None
        if places is None or cause in maps:
            continue
        # A case in which every entry is wrong shows nothing; another one of the same cause may.
        if found := error_map(places, assignment.axes.get(places.name, ())):
            maps[cause] = result.id, found
    shown = dict(maps.values())
    return tuple(
        result if result.id in run.kept else replace(result, error_map=shown.get(result.id)) for result in results
    )
