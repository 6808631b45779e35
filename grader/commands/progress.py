"""Shows a progress bar for the checks of one submission, on terminals only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from grader.model.results import CheckResult

__all__ = ["check_progress"]


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


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console)
