"""The live view of a class says how far it is, who is being graded, who took longest and what went wrong."""

import io
from pathlib import Path

from grades import incomplete, mixed, perfect
from rich.console import Console

from grader.batch import Finished, Task
from grader.commands.live import ClassView
from grader.results import Ungraded


def shown(view):
    console = Console(file=io.StringIO(), width=100)
    console.print(view)
    return console.file.getvalue()


def test_view_counts_names_runners_and_estimates_the_rest():
    now, told = [0.0], []
    view = ClassView(10, 2, clock=lambda: now[0], tell=told.append)
    assert view.seconds_left() is None
    for name, seconds, outcome in (("ada", 4, perfect()), ("bob", 8, mixed()), ("eve", 3, incomplete())):
        view.started(Task(name, Path()))
        now[0] += seconds
        view.finished(Finished(name, "", outcome))
    view.finished(Finished("old", "k", None))
    view.finished(Finished("zip", "", Ungraded("zip", "it is \x1b[31mdamaged")))
    view.started(Task("mallory\x1b[2J", Path()))
    text = shown(view)
    assert "5 of 10 done, 0:15" in text
    assert "1 full marks  1 lost points  2 without a final grade  1 unchanged" in text
    assert "\x1b" not in text
    assert "grading  mallory" in text
    assert text.index("slowest  bob") < text.index("slowest  ada")
    # 15 seconds for four, one begun and four to come, two at a time.
    assert view.seconds_left() == (3.75 + 4 * 3.75) / 2
    assert [line.split(":")[0] for line in told] == ["eve", "zip"]
