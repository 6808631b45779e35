"""The cells of a notebook in, those that hold Python as syntax trees out: its commands made harmless, nothing run."""

import ast
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from grader.notebook.reading import Cell, Notebook
from grader.syntax.parsing import parse_source

__all__ = ["PythonCell", "Repair", "python_cells"]

#: a text that is no Python 3 in, one that is out, or None
Repair = Callable[[str], str | None]

#: texts that a repair is tried on: it takes a process each
MAX_REPAIRS = 20
_MAX_STEPS = 12
_STEPWISE_CHARACTERS = 100_000
# Cell magics whose body is Python; what any other one holds is not for this interpreter.
_PYTHON_MAGICS = {
    "time", "timeit", "capture", "prun", "writefile", "file", "memit", "mprun", "lprun", "snakeviz", "python",
    "python3", "px", "skip", "debug", "heat", "scalene",
}  # fmt: skip
_COMMAND = re.compile(
    r"^\s*(?:%{1,2}[A-Za-z_]|!|\?{1,2}\w|>>> |[\w., \[\]]+=\s*(?:%[A-Za-z]|!)"
    r"|(?:pip|pip3|conda|cd|ls|mkdir|cat|rm|cp|mv|matplotlib|load_ext|autoreload)\s+[^\s=(])"
    r"|\?{1,2}\s*$"
)
_FENCE = re.compile(r"^```(?:python|py)?[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_DEFINES = re.compile(r"^[ \t]*(?:def|class)[ \t]+\w", re.MULTILINE)
_IMPORTS = re.compile(r"(?:import|from)[ \t]+[\w.]")
_DEFINES_OR_IMPORTS = re.compile(r"^[ \t]*(?:def|class|import|from)[ \t]+\w", re.MULTILINE)


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


def python_cells(notebook: Notebook, repair: Repair | None = None) -> tuple[tuple[PythonCell, ...], tuple[str, ...]]:
    """Returns the cells that hold Python, in order, and a note for each that defines something and is not valid.

    Of a cell that is not valid only the imports are taken. Magics and shell lines become `pass`; a cell magic of
    another language empties its cell. Code in a text cell, all of it or in fences, comes with `is_code` False.

    Args:
        notebook: as read.
        repair: tried on cells that define something and are no Python 3.
    """
    found: list[PythonCell] = []
    notes: list[str] = []
    n_repairs = 0
    for cell in notebook.cells:
        if cell.kind != "code":
            found += _code_in_text(cell)
            continue
        text, problem = _readable(cell.source)
        if problem is None:
            found.append(PythonCell(cell.number, 1, text, parse_source(text, "")))
            continue
        repaired = None
        if repair is not None and n_repairs < MAX_REPAIRS and _DEFINES_OR_IMPORTS.search(text):
            n_repairs += 1
            repaired = _tree(repair(text) or "\0")
        found.append(_rescued(cell, text, repaired))
        if repaired is not None:
            notes.append(f"{notebook.name} cell {cell.number} is Python 2; it was converted.")
        elif _DEFINES.search(text):
            line = f", line {problem.lineno}" if problem.lineno else ""
            notes.append(f"{notebook.name} cell {cell.number}{line} is no valid Python ({problem.msg}): left out.")
    return tuple(found), tuple(notes)


def _rescued(cell: Cell, text: str, repaired: tuple[str, ast.Module] | None) -> PythonCell:
    """Returns what can be had of a cell that is no Python 3: all of it repaired, or the imports that fill a line."""
    if repaired is not None:
        return PythonCell(cell.number, 1, *repaired)
    lines = (line if _IMPORTS.match(line) and _problem(line) is None else "" for line in text.split("\n"))
    imports = "\n".join(lines)
    return PythonCell(cell.number, 1, imports, parse_source(imports, ""))


def _readable(source: str) -> tuple[str, SyntaxError | None]:
    """Returns a cell's text without its commands, line for line; and why it is still no Python, where it is not."""
    text = _without_cell_magic(source)
    if re.match(r"\s*\n?[ \t]+\S", text):
        text = textwrap.dedent(text)
    problem = _problem(text)
    if problem is None:
        return text, None
    lines = text.split("\n")
    if len(text) < _STEPWISE_CHARACTERS:
        for _ in range(_MAX_STEPS):
            number = (problem.lineno or 1) - 1
            if number >= len(lines) or not _COMMAND.search(lines[number]):
                break
            _silence(lines, number)
            problem = _problem("\n".join(lines))
            if problem is None:
                return "\n".join(lines), None
    for number, line in enumerate(lines):
        if _COMMAND.search(line):
            _silence(lines, number)
    silenced = "\n".join(lines)
    return (silenced, None) if _problem(silenced) is None else (text, problem)


def _without_cell_magic(source: str) -> str:
    """Returns the source with a `%%` line emptied; nothing at all where that says it is another language."""
    magic = re.match(r"\s*%%(\w+)[^\n]*", source)
    if magic is None:
        return source
    return "\n" * magic[0].count("\n") + source[magic.end() :] if magic[1] in _PYTHON_MAGICS else ""


def _silence(lines: list[str], number: int) -> None:
    """Replaces a command, and the lines it goes on in, so that the block around it stays one."""
    going_on = lines[number].rstrip().endswith("\\")
    indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    lines[number] = f"{indent}pass"
    while going_on and number + 1 < len(lines):
        number += 1
        going_on = lines[number].rstrip().endswith("\\")
        lines[number] = ""


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


def _problem(text: str) -> SyntaxError | None:
    try:
        parse_source(text, "")
    except SyntaxError as exc:
        return exc
    return None
