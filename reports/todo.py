"""Makes the list of what to fix first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from grader.model.results import display_points
from reports.cards import Detail, with_code
from reports.order import FunctionGroup
from reports.text import one_line, sentence_and_lines

__all__ = ["Todo", "function_anchor", "gain_words", "todo_of"]


_START = "Start here: prerequisites carry no points, but other functions depend on them and may pass once they do."
_WAIT = "Fix the functions above first; these checks depend on them."


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: functions that fail for the same reason."""

    #: anchor and name of each function
    functions: tuple[tuple[str, str], ...]
    gain: str
    lead: Markup
    advice: str


def todo_of(groups: Sequence[FunctionGroup], anchors: dict[str, str], detail: Detail) -> tuple[Todo, ...]:
    """Returns what to do, first things first; neighbours with the same reason are one item."""
    todos: list[Todo] = []
    said = ""
    for lead, same in groupby(groups, key=lambda group: _lead(group, detail)):
        together = tuple(same)
        advice = _START if all(group.is_prerequisite for group in together) and lead != _WAIT else ""
        # Advice is said once: the list is read from the top.
        todos.append(_todo(together, lead, "" if advice == said else advice, anchors))
        said = advice
    return tuple(todos)


def function_anchor(group: FunctionGroup, anchors: dict[str, str]) -> str:
    """Returns the HTML id of a function's part of the page."""
    return f"function-{anchors[group.checks[0].id].removeprefix('check-')}"


def gain_words(points: float) -> str:
    """Returns "up to 4 points"; empty when there are none to win."""
    if points <= 0:
        return ""
    shown = display_points(points, float("inf"))
    return f"up to {shown} {'point' if shown == '1' else 'points'}"


def _todo(groups: Sequence[FunctionGroup], lead: str, advice: str, anchors: dict[str, str]) -> Todo:
    functions = tuple((function_anchor(group, anchors), one_line(group.title, 120)) for group in groups)
    return Todo(functions, gain_words(math.fsum(group.points_lost for group in groups)), with_code(lead), advice)


def _lead(group: FunctionGroup, detail: Detail) -> str:
    if group.only_waits:
        return _WAIT
    first = group.checks[0]
    lead = sentence_and_lines(first.message, 1000)[0] or first.title
    return one_line(lead, min(240, detail.message_characters))
