"""Finds and judges every figure that the course's notebook prints."""

from collections.abc import Iterable
from dataclasses import dataclass

from grader.model.results import NotebookFigure
from grader.notebook.data_flow import Flow
from grader.notebook.execute import Executed
from grader.notebook.printed import Printed, judge, read_figure, text_of
from grader.notebook.spec import CellSpec, Conditions, FigureSpec, NotebookSpec
from grader.reading.archives import shown
from grader.reading.notebook_file import Cell, Notebook

__all__ = ["MARKED", "JudgedFigure", "judge_figures", "strength_of"]

#: how surely a cell is the one of the list: by our mark, by its code, by what it calls and prints
MARKED, KNOWN, ALIKE = 3, 2, 1


@dataclass(frozen=True, slots=True)
class JudgedFigure:
    """One figure of the list, as this notebook has it."""

    spec: FigureSpec
    #: the student's functions that it is about
    functions: tuple[str, ...]
    #: as the report's table shows it
    row: NotebookFigure
    #: whether the notebook has a cell for it
    found: bool
    #: what is wrong with it, as a sentence; "" when it is as expected
    problem: str
    #: that holds for the data that the cell ran on; None where any number will do
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    """One cell that may be the one of the list."""

    place: int
    handed: Cell
    executed: Cell
    strength: int


def judge_figures(
    handed: Notebook, executed: Executed, spec: NotebookSpec, conditions: Conditions
) -> tuple[JudgedFigure, ...]:
    """Returns every figure of the list, in its order, judged by the executed outputs alone.

    Args:
        handed: the notebook as handed in; its saved outputs stand in the table and decide nothing.
        executed: the same cells, run here.
        spec: which figures, and what they should be.
        conditions: on what the cells ran.
    """
    flow = Flow(cell.source for cell in handed.code_cells)
    pairs = list(zip(handed.code_cells, executed.notebook.code_cells, strict=True))
    rows: list[JudgedFigure] = []
    for cell in spec.cells:
        matches = list(_matches(pairs, cell))
        versions = [
            tuple(_judged(match, cell, figure, executed, flow, conditions) for figure in cell.figures)
            for match in matches
        ]
        # Of a cell that was copied, the best one counts.
        best = max(range(len(matches)), key=lambda n: (_worth(versions[n]), matches[n].strength, n), default=None)
        rows += versions[best] if best is not None else (_absent(cell, figure, conditions) for figure in cell.figures)
    return tuple(rows)


def strength_of(cell: Cell, spec: CellSpec) -> int:
    """Returns how surely a cell is the one of the list: MARKED, KNOWN or ALIKE, or 0 for another cell."""
    mark = cell.metadata.get("grader")
    if isinstance(mark, dict) and mark.get("figures") == spec.tag:
        return MARKED
    code = _plain(cell.source)
    if all(_plain(text) in code for text in spec.source):
        return KNOWN
    labels = [_plain(figure.label) for figure in spec.figures if figure.label]
    names = spec.functions or tuple(spec.calls)
    alike = bool(labels) and all(f"{name.lower()}(" in code for name in names) and all(text in code for text in labels)
    return ALIKE if alike else 0


def _matches(pairs: Iterable[tuple[Cell, Cell]], spec: CellSpec) -> Iterable[_Match]:
    for place, (handed, executed) in enumerate(pairs):
        if strength := strength_of(handed, spec):
            yield _Match(place, handed, executed, strength)


def _worth(figures: tuple[JudgedFigure, ...]) -> tuple[int, int]:
    return sum(not figure.problem for figure in figures), sum(figure.row.executed is not None for figure in figures)


def _judged(
    match: _Match, cell: CellSpec, figure: FigureSpec, executed: Executed, flow: Flow, conditions: Conditions
) -> JudgedFigure:
    before = read_figure(text_of(match.handed.outputs), figure)
    now = read_figure(text_of(match.executed.outputs), figure)
    passed = judge(figure, now, conditions) if now else (None if figure.shown else False)
    problem = _problem(match, figure, now, passed, executed, conditions)
    if not figure.shown and not problem and not _is_computed(match.handed, cell, figure, flow):
        problem = f"Cell {match.handed.number} prints “{_name(figure)}”, but not what {_calls(cell)} came to."
        passed = False
    if figure.shown:
        problem = ""
    row = NotebookFigure(
        name=figure.key,
        cell=match.handed.number,
        expected=figure.expected_on(conditions),
        handed_in=before.worst(figure) if before else None,
        executed=now.worst(figure) if now else None,
        passed=passed,
        title=cell.title,
        handed_in_text=before.text if before else "",
        executed_text=now.text if now else "",
        remark=problem,
    )
    return JudgedFigure(figure, cell.functions, row, True, problem, figure.limit_on(conditions))


def _problem(
    match: _Match,
    figure: FigureSpec,
    now: Printed | None,
    passed: bool | None,
    executed: Executed,
    conditions: Conditions,
) -> str:
    number = match.handed.number
    if now is None:
        if executed.stop and (match.executed.number >= executed.stopped_at):
            return executed.stop
        error = next((output for output in match.executed.outputs if output.get("output_type") == "error"), None)
        if error is None:
            return f"Cell {number} does not print “{_name(figure)}” when it is executed again."
        said = shown(f"{error.get('ename', '')}: {error.get('evalue', '')}", 160)
        return f"Cell {number} ends in {said} before it prints “{_name(figure)}”."
    if passed is False:
        printed = shown(now.text, 100)
        expected = figure.expected_on(conditions)
        return f"Cell {number} prints “{_name(figure)}” {printed} when executed again; expected is {expected}."
    return ""


def _is_computed(handed: Cell, cell: CellSpec, figure: FigureSpec, flow: Flow) -> bool:
    """Whether the value comes from a call of what the figure is about; in doubt it does."""
    calls = cell.calls & frozenset(cell.functions) or cell.calls
    return flow.computes(handed.source, figure.label, calls) is not False


def _absent(cell: CellSpec, figure: FigureSpec, conditions: Conditions) -> JudgedFigure:
    problem = "" if figure.shown else f"The notebook has no cell that prints “{_name(figure)}” of {_calls(cell)}."
    expected, passed = figure.expected_on(conditions), None if figure.shown else False
    row = NotebookFigure(figure.key, 0, expected, None, None, passed, cell.title)
    return JudgedFigure(figure, cell.functions, row, False, problem)


def _name(figure: FigureSpec) -> str:
    return figure.label.rstrip(" :") or figure.key


def _calls(cell: CellSpec) -> str:
    names = cell.functions or tuple(sorted(cell.calls))
    return " and ".join(names[:2]) or cell.title


def _plain(text: str) -> str:
    """Returns code without blanks, with one kind of quotes, in lower case."""
    return "".join(text.split()).replace('"', "'").lower()
