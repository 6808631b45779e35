"""Says how a notebook's saved outputs differ from what its cells really print.

They cost nothing: people run cells in any order, restart kernels and stop in the middle. A notebook that was run from
top to bottom gets none of them.
"""

import ast
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grader.model.phrases import cell_words
from grader.notebook.execute import Executed
from grader.notebook.figures import MARKED, JudgedFigure, strength_of
from grader.notebook.printed import text_of
from grader.notebook.sanitizing import parsed
from grader.notebook.spec import CellSpec, NotebookSpec
from grader.reading.archives import shown
from grader.reading.magics import cell_text
from grader.reading.notebook_file import Cell, Notebook

__all__ = ["again_note", "left_out_note", "saved_state_notes"]

#: another NumPy, or a given file in the place of the student's copy, moves an error by less than this
NOISE_FACTOR = 100.0
#: two runs of the same training
TRAINING_NOISE = 0.15
#: what happens here and nowhere else
OURS = ("ModuleNotFoundError", "ImportError", "PermissionError", "FileNotFoundError", "CellTimeout", "MemoryError")

# Counted, so that a long line of digits takes no time.
_NUMBERS = re.compile(r"-?(?<!\d)\d{1,3}\.\d{1,20}")


def saved_state_notes(
    handed: Notebook, executed: Executed, figures: Sequence[JudgedFigure], spec: NotebookSpec
) -> tuple[str, ...]:
    """Returns one sentence for each kind of thing that was noticed, with the numbers of the cells."""
    cells = handed.code_cells
    # Without any saved state there is nothing to compare.
    saved = [cell for cell in cells if cell.execution_count is not None or cell.outputs]
    notes = [*_order(cells), *_never_run(cells), *_errors(cells)] if saved else []
    notes += [*_not_reproduced(figures, executed, handed), *_unprinted(handed, executed), *_not_computed(figures)]
    return (*notes, *_edited(cells, spec))


def left_out_note(executed: Executed) -> tuple[str, ...]:
    """Returns the sentence on what was left out of cells because it is of no use here."""
    by_kind: dict[str, list[int]] = {}
    for number, kinds in sorted(executed.left_out.items()):
        for kind in kinds:
            by_kind.setdefault(kind, []).append(number)
    if not by_kind:
        return ()
    parts = [f"what {kind} ({cell_words(numbers)})" for kind, numbers in by_kind.items()]
    return (f"Left out when the notebook was executed, as not needed or not to be had here: {', '.join(parts)}.",)


def again_note(executed: Executed) -> tuple[str, ...]:
    """Returns the sentence on cells that were run again after the last one."""
    if not executed.again:
        return ()
    verb, it = ("was", "it uses") if len(executed.again) == 1 else ("were", "they use")
    cells = cell_words(executed.again, capital=True)
    return (f"{cells} {verb} run once more at the end, since {it} what a later cell defines.",)


def _order(cells: Sequence[Cell]) -> Iterable[str]:
    highest, back = 0, []
    for cell in cells:
        if cell.execution_count is not None:
            if cell.execution_count <= highest:
                back.append(cell.number)
            highest = max(highest, cell.execution_count)
    if back:
        verb = "was" if len(back) == 1 else "were"
        yield f"{cell_words(back, capital=True)} {verb} last run earlier than a cell above."


def _never_run(cells: Sequence[Cell]) -> Iterable[str]:
    idle = [c.number for c in cells if c.execution_count is None and not c.outputs and _has_code(c.source)]
    if idle:
        verb = "has" if len(idle) == 1 else "have"
        yield f"{cell_words(idle, capital=True)} {verb} no saved run, while others do."


def _errors(cells: Sequence[Cell]) -> Iterable[str]:
    failed = [cell.number for cell in cells if _error(cell)]
    if failed:
        yield f"The notebook was handed in with an error in {cell_words(failed)}."


def _not_reproduced(figures: Iterable[JudgedFigure], executed: Executed, handed: Notebook) -> Iterable[str]:
    """Compares saved figures with those of this run; speedups and other figures of chance are never looked at."""
    again = {cell.number: cell for cell in executed.notebook.cells}
    differing = []
    for figure in figures:
        row = figure.row
        if figure.spec.shown or row.handed_in is None or not _ran(again[row.cell], executed):
            continue
        if row.executed is None or _differs(figure, row.handed_in, row.executed):
            now = "nothing" if row.executed is None else shown(row.executed_text, 40)
            differing.append(
                f"cell {row.cell}, {shown(figure.spec.key, 60)}: saved {shown(row.handed_in_text, 40)}, now {now}"
            )
    if differing:
        more = f"; and {len(differing) - 5} more" if len(differing) > 5 else ""
        yield f"Executed again, saved figures came out differently ({'; '.join(differing[:5])}{more})."


def _differs(figure: JudgedFigure, before: float, now: float) -> bool:
    spec = figure.spec
    if math.isnan(before) or math.isnan(now):
        return math.isnan(before) != math.isnan(now)
    if spec.relation == "<":
        large, small = max(abs(before), abs(now)), min(abs(before), abs(now))
        # On one side of the limit a figure is rounding, whatever its size.
        return (before < spec.limit) != (now < spec.limit) and large > NOISE_FACTOR * small
    if spec.relation == ">":
        # Another number of images is another number, and so are other images.
        return spec.small is None and figure.limit is not None and abs(before - now) > TRAINING_NOISE
    slack = (spec.high - spec.low) / 2 if spec.relation == "within" else spec.limit
    return abs(before - now) > 2 * slack


def _unprinted(handed: Notebook, executed: Executed) -> Iterable[str]:
    numbers = []
    for before, now in zip(handed.cells, executed.notebook.cells, strict=True):
        silent = not text_of(now.outputs).strip() and not _error(now)
        saved = before.kind == "code" and text_of(before.outputs).strip()
        if saved and silent and _ran(now, executed) and _cannot_print(before.source):
            numbers.append(before.number)
    if numbers:
        whose = "its" if len(numbers) == 1 else "their"
        verb = "was" if len(numbers) == 1 else "were"
        them = cell_words(numbers, capital=True)
        yield f"{them} {verb} handed in with printed lines that {whose} code does not print."


def _cannot_print(source: str) -> bool:
    """Whether nothing in a cell could print, where it was run: what it calls or imports might, as might IPython."""
    cell = cell_text(source)
    tree = None if cell.commands else parsed(source)
    return tree is not None and not any(isinstance(n, ast.Call | ast.Import | ast.ImportFrom) for n in ast.walk(tree))


def _not_computed(figures: Iterable[JudgedFigure]) -> Iterable[str]:
    numbers = [figure.row.cell for figure in figures if figure.problem.endswith("came to.")]
    if numbers:
        numbers = sorted(set(numbers))
        verb = "prints" if len(numbers) == 1 else "print"
        yield f"{cell_words(numbers, capital=True)} {verb} a figure without computing it."


def _edited(cells: Sequence[Cell], spec: NotebookSpec) -> Iterable[str]:
    """Looks for given cells whose code is no longer the given one, and for given helpers defined anew.

    A cell of ours is known by its mark; one of another notebook by its code or by what it calls and prints, and then
    only its numbers are looked at: the rest differs from year to year. Who keeps the given cell may change a copy.
    """
    edited = [
        cell.number for cell in cells for name, parts in spec.helpers.items() if _redefines(cell.source, name, parts)
    ]
    for given in spec.cells:
        found = [(cell, strength) for cell in cells if (strength := strength_of(cell, given))]
        changed = [cell.number for cell, strength in found if not _is_given(cell.source, given, strength)]
        edited += changed if len(changed) == len(found) else []
    if edited:
        verb = "was" if len(set(edited)) == 1 else "were"
        yield f"The given code of {cell_words(sorted(set(edited)))} {verb} changed."


def _is_given(source: str, given: CellSpec, strength: int) -> bool:
    code = _plain(source)
    if strength == MARKED and not all(_plain(text) in code for text in given.source):
        return False
    if not given.numbers:
        return True
    numbers = iter(_NUMBERS.findall(code))
    return all(number in numbers for number in given.numbers)


def _redefines(source: str, name: str, parts: Sequence[str]) -> bool:
    """Whether a cell defines a given helper without the parts that make it what it is."""
    if f"def {name}(" not in source or (tree := parsed(source)) is None:
        return False
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    try:
        bodies = list(map(ast.unparse, found))
    except RecursionError:
        # The given one is not nested deep.
        return True
    return any(_plain(part) not in _plain(body) for body in bodies for part in parts)


def _ran(cell: Cell, executed: Executed) -> bool:
    """Whether a cell ran to its end here, or ended by its own doing."""
    if executed.stop and cell.number >= executed.stopped_at:
        return False
    error = _error(cell)
    return error is None or str(error.get("ename")) not in OURS


def _error(cell: Cell) -> Mapping[str, Any] | None:
    return next((output for output in cell.outputs if output.get("output_type") == "error"), None)


def _has_code(source: str) -> bool:
    return any(line.strip() and not line.strip().startswith(("#", "%", "!")) for line in source.split("\n"))


def _plain(text: str) -> str:
    return "".join(text.split()).replace('"', "'").lower()
