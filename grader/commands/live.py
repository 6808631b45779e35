"""Shows the progress of a class: a table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Protocol

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from grader.classes.class_grading import Finished, Task
from grader.model.results import Grade, display_points
from reports.text import one_line

__all__ = ["ClassView", "ClassWatch", "class_view"]

#: characters of a name, and of what is being done for it
_SHOWN, _SHOWN_DOING = 40, 60


class ClassWatch(Protocol):
    """What is told of a class that is graded."""

    def started(self, task: Task) -> None: ...

    def progress(self, name: str, text: str) -> None: ...

    def finished(self, finished: Finished, counted: float | None = None) -> None:
        """Hears of one that is finished, and which points count after lateness and adjustments; None without any."""


@contextmanager
def class_view(count: int, jobs: int) -> Iterator[ClassWatch]:
    """Yields what to tell of each task of `count`; shows it on the standard error.

    Args:
        count: of tasks.
        jobs: runners side by side, for the time left.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(count, console)
        return
    view = ClassView(count, jobs)
    with Live(view, console=console, refresh_per_second=4, transient=True) as live:
        view.tell = lambda line: live.console.print(line, markup=False, highlight=False, soft_wrap=True)
        yield view
    # The view is gone by now; what it came to stays.
    console.print(view.counts())


@dataclass(slots=True)
class _Lines:
    """A line for each submission."""

    count: int
    console: Console
    done: int = 0

    def started(self, task: Task) -> None:
        """Says nothing: a log has one line for each submission."""

    def progress(self, name: str, text: str) -> None:
        """Says what concerns all submissions, and nothing of a single one."""
        if not name:
            self.console.print(one_line(text, 300), markup=False, highlight=False, soft_wrap=True)

    def finished(self, finished: Finished, counted: float | None = None) -> None:
        self.done += 1
        line = f"[{self.done}/{self.count}] {one_line(finished.name)}: {_summary(finished, counted)}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@dataclass(slots=True)
class ClassView:
    """How far a class is, as a thing that rich can show; what is shown is of the moment in which it is shown."""

    count: int
    jobs: int
    clock: Callable[[], float] = time.monotonic
    tell: Callable[[str], None] = lambda line: None
    done: int = 0
    unchanged: int = 0
    full: int = 0
    ungraded: int = 0
    #: seconds and name of those that took longest
    slowest: list[tuple[float, str]] = field(default_factory=list)
    #: name -> when it was handed to a runner
    running: dict[str, float] = field(default_factory=dict)
    #: name -> what its runner is at
    doing: dict[str, str] = field(default_factory=dict)
    begun: float = 0.0
    graded_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.begun = self.clock()

    def started(self, task: Task) -> None:
        self.running[task.name] = self.clock()

    def progress(self, name: str, text: str) -> None:
        if not name:
            self.tell(one_line(text, 300))
        if name in self.running:
            self.doing[name] = text

    def finished(self, finished: Finished, counted: float | None = None) -> None:
        seconds = self.clock() - self.running.pop(finished.name, self.clock())
        self.doing.pop(finished.name, None)
        self.done += 1
        outcome = finished.outcome
        if outcome is None:
            self.unchanged += 1
            return
        self.graded_seconds += seconds
        if not isinstance(outcome, Grade) or not outcome.complete:
            self.ungraded += 1
            self.tell(f"{one_line(finished.name)}: {_summary(finished, counted)}")
        else:
            self.full += outcome.full_marks
        self.slowest = nlargest(3, [*self.slowest, (seconds, finished.name)])

    def seconds_left(self) -> float | None:
        """Returns an estimate from what grading took so far; None before anything was graded."""
        n_graded = self.done - self.unchanged
        if not n_graded:
            return None
        usual, now = self.graded_seconds / n_graded, self.clock()
        ahead = sum(max(usual - (now - start), 0.0) for start in self.running.values())
        return (ahead + usual * (self.count - self.done - len(self.running))) / max(self.jobs, 1)

    def counts(self) -> Text:
        """Returns how many came to what."""
        failing = self.done - self.unchanged - self.full - self.ungraded
        return Text.assemble(
            (f"{self.full} with full marks", "green"), "  ", (f"{failing} lost points", "yellow"), "  ",
            (f"{self.ungraded} without a final grade", "red"), "  ", f"{self.unchanged} unchanged",
        )  # fmt: skip

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        now = self.clock()
        left = self.seconds_left()
        head = f"{self.done} of {self.count} done, {_clock(now - self.begun)}"
        head += f", about {_clock(left)} left" if left is not None and self.done < self.count else ""
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for name, start in sorted(self.running.items(), key=lambda item: item[1])[:16]:
            doing = Text(one_line(self.doing.get(name, ""), _SHOWN_DOING), "dim")
            table.add_row(Text("grading", "cyan"), Text(one_line(name, _SHOWN)), Text(_clock(now - start)), doing)
        for seconds, name in self.slowest:
            table.add_row(Text("slowest", "dim"), Text(one_line(name, _SHOWN), "dim"), Text(_clock(seconds), "dim"))
        bar = Table.grid()  # which ends the bar's line
        bar.add_row(ProgressBar(self.count, self.done, width=min(60, options.max_width)))
        yield Group(bar, Text(head), self.counts(), table)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _summary(finished: Finished, counted: float | None) -> str:
    outcome = finished.outcome
    if outcome is None:
        return "unchanged"
    if not isinstance(outcome, Grade):
        return f"not graded: {one_line(outcome.reason)}"
    most = display_points(outcome.max_score, outcome.max_score)
    raw = display_points(outcome.score, outcome.max_score)
    if not outcome.complete:
        return f"{raw} of {most}, not final: a check failed by an internal error"
    if counted is None or counted == outcome.score:
        return f"{raw} of {most}"
    return f"{display_points(counted, outcome.max_score)} of {most} (the checks gave {raw})"
