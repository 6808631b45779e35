"""Results as they come in, a progress display out: a bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from grader.batch import Finished
from grader.results import CheckResult, Grade, display_points
from reports.text import one_line

__all__ = ["check_progress", "class_progress"]


@contextmanager
def check_progress() -> Iterator[Callable[[CheckResult, int], None]]:
    """Yields what to call with each check's result; shows nothing where nobody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda result, count: None
        return
    with _bar(console) as bar:
        task = bar.add_task("checks", total=None)
        yield lambda result, count: bar.update(task, advance=1, total=count, description=escape(result.section))


@contextmanager
def class_progress(count: int) -> Iterator[Callable[[Finished], None]]:
    """Yields what to call with each finished submission of `count`."""
    console = Console(stderr=True)
    if not console.is_terminal:
        done = 0

        def line(finished: Finished) -> None:
            nonlocal done
            done += 1
            console.print(
                f"[{done}/{count}] {one_line(finished.name)}: {_summary(finished)}", markup=False, soft_wrap=True
            )

        yield line
        return
    with _bar(console) as bar:
        task = bar.add_task("submissions", total=count)

        def step(finished: Finished) -> None:
            bar.console.print(f"{one_line(finished.name)}: {_summary(finished)}", markup=False)
            bar.update(task, advance=1)

        yield step


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console)


def _summary(finished: Finished) -> str:
    outcome = finished.outcome
    if outcome is None:
        return "unchanged"
    if not isinstance(outcome, Grade):
        return f"not graded: {one_line(outcome.reason)}"
    points = (
        f"{display_points(outcome.score, outcome.max_score)} of {display_points(outcome.max_score, outcome.max_score)}"
    )
    return points if outcome.complete else f"{points}, incomplete: a check of ours is broken"
