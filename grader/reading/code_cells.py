"""Parses the Python cells of a notebook and makes its commands harmless; runs nothing."""

import ast
import re
from dataclasses import dataclass

from grader.reading.magics import readable
from grader.reading.notebook_file import Cell, Notebook
from grader.reading.parsing import parse_source

__all__ = ["PythonCell", "python_cells"]

_FENCE = re.compile(r"^```(?:python|py)?[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_DEFINES = re.compile(r"^[ \t]*(?:def|class)[ \t]+\w", re.MULTILINE)
_IMPORTS = re.compile(r"(?:import|from)[ \t]+[\w.]")


@dataclass(frozen=True, slots=True)
class PythonCell:
    """A cell, or a part of one, that is valid Python."""

    #: of the cell in the notebook
    number: int
    #: the cell's line that the text begins with, from 1
    first_line: int
    text: str
    tree: ast.Module
    #: False for a text cell that holds code
    is_code: bool = True


def python_cells(notebook: Notebook) -> tuple[tuple[PythonCell, ...], tuple[str, ...]]:
    """Returns the cells that hold Python, in order, and a note for each that defines something and is not valid.

    Of a cell that is not valid only the imports are taken. Magics and shell lines become `pass`; a cell magic of
    another language empties its cell. Code in a text cell, all of it or in fences, comes with `is_code` False.
    """
    found: list[PythonCell] = []
    notes: list[str] = []
    for cell in notebook.cells:
        if cell.kind != "code":
            found += _code_in_text(cell)
            continue
        text, problem = readable(cell.source)
        if problem is not None and _DEFINES.search(text):
            line = f", line {problem.lineno}" if problem.lineno else ""
            notes.append(
                f"{notebook.name} cell {cell.number}{line} is not valid Python ({problem.msg}) and was left out."
            )
        text = text if problem is None else _imports_of(text)
        found.append(PythonCell(cell.number, 1, text, parse_source(text, "")))
    return tuple(found), tuple(notes)


def _imports_of(text: str) -> str:
    """Returns the imports that fill a line of a text that is no Python, at their lines."""
    lines = text.split("\n")
    return "\n".join(line if _IMPORTS.match(line) and _tree(line) is not None else "" for line in lines)


def _code_in_text(cell: Cell) -> list[PythonCell]:
    """Returns the Python in a text cell that defines something: the whole cell, or what stands in its fences."""
    if not _DEFINES.search(cell.source):
        return []
    whole = _tree(cell.source)
    if whole is not None:
        return [PythonCell(cell.number, 1, *whole, is_code=False)]
    fences = ((match[1], cell.source[: match.start(1)].count("\n") + 1) for match in _FENCE.finditer(cell.source))
    parts = ((line, _tree(text)) for text, line in fences)
    return [PythonCell(cell.number, line, *read, is_code=False) for line, read in parts if read is not None]


def _tree(text: str) -> tuple[str, ast.Module] | None:
    try:
        return text, parse_source(text, "")
    except SyntaxError:
        return None
