"""`grader diff`: shows who gained or lost what between two runs, and why."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from grader.classes.differences import Difference, PointsChange, causes, differences, points_changes
from grader.commands.exits import ALL_POINTS, POINTS_LOST
from grader.commands.flags import folder
from grader.model.errors import UnusableInput
from grader.model.results import Grade, display_points
from grader.store.database import Outcome, Run, Store
from reports.text import one_line, plural

__all__ = ["diff"]

_SHOWN_CHECKS = 6


@click.command()
@click.argument("graded", type=folder)
@click.option("--run", "chosen", nargs=2, type=int, help="The numbers of two runs; default: the last two.")
@click.option("--runs", "listing", is_flag=True, help="List all runs and their seeds.")
def diff(graded: Path, chosen: tuple[int, int] | None, listing: bool) -> int:
    """Show who gained or lost points between two runs of a class, and on which checks.

    With --runs, list all runs with their secret seeds, which reproduce a grade.

    Exit codes: 0 nothing differs, 1 something does.
    """
    with Store.open_existing(graded) as store:
        runs = store.runs()
        if listing:
            for run in runs:
                state = "" if run.finished else "  (not finished)"
                click.echo(f"{run.number}  {run.started}  seed {json.loads(run.how).get('seed')}{state}")
            return ALL_POINTS
        before, after = _chosen(runs, chosen)
        click.echo(f"Run {before.number} ({before.started}) and run {after.number} ({after.started}).")
        for sentence in causes(before, after):
            click.echo(sentence)
        counted = store.counted_at(before.number), store.counted_at(after.number)
        return _show(differences(store.at(before.number), store.at(after.number), *counted))


def _chosen(runs: list[Run], chosen: tuple[int, int] | None) -> tuple[Run, Run]:
    numbers = {run.number: run for run in runs}
    if chosen is None:
        if len(runs) < 2:
            raise UnusableInput(
                "There is only one run, so there is nothing to compare. A run in which no points change is not kept."
            )
        return runs[-2], runs[-1]
    for number in chosen:
        if number not in numbers:
            raise UnusableInput(f"There is no run {number}; available: {', '.join(map(str, numbers))}.")
    return numbers[chosen[0]], numbers[chosen[1]]


def _show(found: Iterable[Difference]) -> int:
    gained: Counter[str] = Counter()
    rubric: tuple[PointsChange, ...] = ()
    for difference in found:
        if not rubric and (rubric := points_changes(difference.before, difference.after)):
            for change in rubric:
                click.echo(f"  {change.name}: {change.before:.3g} → {change.after:.3g} points")
            click.echo("  The other checks are scaled alike where the total is to stay the same.")
        for line in _lines(difference):
            click.echo(line)
        points = difference.points
        gained["lost" if points is not None and points < 0 else "gained" if points else "changed otherwise"] += 1
    if not gained:
        click.echo("Nothing differs.")
        return ALL_POINTS
    click.echo(", ".join(f"{count} {word}" for word, count in sorted(gained.items())) + ".")
    return POINTS_LOST


def _lines(difference: Difference) -> list[str]:
    points = difference.points
    change = "" if points is None else f" ({points:+g})"
    why = ", handed in again" if difference.resubmitted else ""
    name = one_line(difference.name, 80)
    before = _standing(difference.before, difference.counted_before)
    after = _standing(difference.after, difference.counted_after)
    lines = [f"{name}: {before} → {after}{change}{why}"]
    changes = sorted(difference.checks, key=lambda each: each.points)
    for each in changes[:_SHOWN_CHECKS]:
        before, after = (check.status if check else "absent" for check in (each.before, each.after))
        message = one_line(each.after.message, 160) if each.after and each.after.message else ""
        lines.append(f"  {each.points:+.3g} {each.id}: {before} → {after}{f'. {message}' if message else ''}")
    if len(changes) > _SHOWN_CHECKS:
        lines.append(f"  and {plural(len(changes) - _SHOWN_CHECKS, 'check')} more")
    return lines


def _standing(outcome: Outcome | None, counted: float | None) -> str:
    if outcome is None:
        return "absent"
    if not isinstance(outcome, Grade):
        return "not graded"
    raw = display_points(outcome.score, outcome.max_score, 2) + ("" if outcome.complete else " (not final)")
    if counted is None or counted == outcome.score:
        return raw
    return f"{display_points(counted, outcome.max_score, 2)} (by the checks {raw})"
