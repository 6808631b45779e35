"""Finds IPython's magic and shell commands in the source of a cell, as IPython itself does: where a statement begins.

`tests/reading/test_magics.py` compares with IPython's own transformer. That is not used here: it joins lines, so that
messages would name wrong ones, and its import takes longer than reading a notebook.
"""

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.reading.parsing import parse_source

__all__ = ["CellText", "as_pass", "cell_text", "problem_of", "python_part", "readable"]

# Cell magics whose body is Python; what any other one holds is not for this interpreter.
_PYTHON_MAGICS = {
    "time", "timeit", "capture", "prun", "writefile", "file", "memit", "mprun", "lprun", "snakeviz", "python",
    "python3", "px", "skip", "debug", "heat", "scalene",
}  # fmt: skip
_PYLAB = "import numpy as np; from numpy import *"
# No part of a line is tried again with less (`*+`), so that a long line takes no time.
#: the beginning of a statement that no Python statement begins with, or the end that none ends with
_COMMAND = re.compile(
    r"[ \t]*+(?:%{1,2}(?:[A-Za-z_]|[ \t]*+$)|!|\?|[,;/][A-Za-z_]|;[ \t]*+$|[\w., \[\]]++=\s*+(?:%[A-Za-z]|!)"
    r"|[\w.*%]++\?{1,2}[ \t;]*+$)",
    re.MULTILINE,
)
#: IPython runs such a line as a command where it is no Python: `cd = 3` and `rm += 1` are
_BARE = re.compile(
    r"[ \t]*+(?:pip|pip3|conda|cd|ls|mkdir|cat|rm|cp|mv|matplotlib|load_ext|autoreload)[ \t]++[^\s=(][^\n]*+"
)
_PROMPT, _GOING_ON = re.compile(r"[ \t]*+>>>[ \t]?"), re.compile(r"[ \t]*+\.\.\.[ \t]?")
_IPYTHON_PROMPT = re.compile(r"^(?:In \[\d+\]: ?|[ \t]*+\.{3,}: ?)", re.MULTILINE)
_PIECE = re.compile(
    r"(?P<text>'{3}(?:[^\\']|\\.|'(?!''))*+(?:'{3})?|\"{3}(?:[^\\\"]|\\.|\"(?!\"\"))*+(?:\"{3})?"
    r"|'(?:[^\\'\n]|\\.)*+'?|\"(?:[^\\\"\n]|\\.)*+\"?)"
    r"|(?P<comment>\#[^\n]*+)|(?P<joined>\\\n)|(?P<end>\n)|(?P<open>[(\[{])|(?P<close>[)\]}])|[^'\"#\\\n()\[\]{}]++|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class CellText:
    """The text of a cell, with its commands found."""

    #: as Python sees it: pasted prompts and common indentation gone; lines keep their numbers
    text: str
    #: lines at which a command begins, from 0 -> how many lines it takes
    commands: dict[int, int]

    def with_commands(self, replaced: Callable[[str], str]) -> str:
        """Returns the text with something in the place of each command, given its first line.

        Lines keep their numbers.
        """
        lines = self.text.split("\n")
        for number, n_lines in self.commands.items():
            kept = replaced(lines[number])
            if kept != lines[number]:
                lines[number : number + n_lines] = [kept, *[""] * (n_lines - 1)]
        return "\n".join(lines)


def cell_text(source: str) -> CellText:
    """Returns the text of a cell and where its commands are; what is valid Python has none."""
    blank = source[: len(source) - len(source.lstrip())]
    text = textwrap.dedent(source) if blank.endswith((" ", "\t")) else source
    # `In [1]: x = 1` is valid Python, an annotation, but nobody means one.
    if any(_IPYTHON_PROMPT.match(line) for line in text.lstrip("\n").split("\n", 2)[:2]):
        text = _IPYTHON_PROMPT.sub("", text)
    if problem_of(text) is None:
        return CellText(text, {})
    if ">>>" in text:
        text = _without_prompts(text)
    return CellText(text, _commands(text))


def python_part(source: str) -> str:
    """Returns the source with a `%%` line emptied; nothing at all where that says it is another language."""
    magic = re.match(r"\s*%%(\w+)[^\n]*", source)
    if magic is None:
        return source
    return "\n" * magic[0].count("\n") + source[magic.end() :] if magic[1] in _PYTHON_MAGICS else ""


def readable(source: str) -> tuple[str, SyntaxError | None]:
    """Returns a cell's text without its commands, line for line; and why it is still no Python, where it is not."""
    cell = cell_text(python_part(source))
    silenced = cell.with_commands(as_pass)
    problem = problem_of(silenced)
    return (silenced, None) if problem is None else (cell.text, problem)


def problem_of(text: str) -> SyntaxError | None:
    """Returns why a text is no Python; None where it is."""
    try:
        parse_source(text, "")
    except SyntaxError as exc:
        return exc
    return None


def as_pass(line: str) -> str:
    """Returns the statement that stands for a command where its cell is read as Python."""
    indent = line[: len(line) - len(line.lstrip())]
    # The one command that code may depend on: all names of NumPy, bare.
    return indent + (_PYLAB if line.strip().startswith("%pylab") else "pass")


def _without_prompts(text: str) -> str:
    """Returns the text without the interpreter's prompts, `>>>` and after one of these `...`, outside of strings."""
    kept, place = [], 0
    seen = False
    for start, _, _ in _lines_outside_strings(text):
        prompt = _PROMPT.match(text, start) or (_GOING_ON.match(text, start) if seen else None)
        if prompt is not None and start >= place:
            kept.append(text[place:start])
            place, seen = prompt.end(), True
    return "".join([*kept, text[place:]])


def _commands(text: str) -> dict[int, int]:
    """Returns the lines at which a statement begins that is a command -> the lines that it takes."""
    return {
        number: text.count("\n", start, _end_of_command(text, start)) + 1
        for start, number, is_command in _lines_outside_strings(text)
        if is_command
    }


def _lines_outside_strings(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yields where each line begins that begins in no string, its number, from 0, and whether it is a command.

    The lines that a command goes on in are passed over, and quotation marks in it mean nothing.
    """
    place = number = depth = 0
    begins = True
    while place < len(text):
        if begins:
            is_command = depth == 0 and _is_command(text, place)
            yield place, number, is_command
            if is_command:
                end = _end_of_command(text, place)
                number += text.count("\n", place, end) + 1
                place = end + 1
                continue
        piece = _PIECE.match(text, place)
        assert piece is not None, "every character is a piece"
        kind = piece.lastgroup
        depth = max(0, depth + (kind == "open") - (kind == "close"))
        begins = kind == "end"
        number += piece[0].count("\n")
        place = piece.end()


def _is_command(text: str, place: int) -> bool:
    if _COMMAND.match(text, place):
        return True
    bare = _BARE.match(text, place)
    return bare is not None and problem_of(bare[0].strip()) is not None


def _end_of_command(text: str, place: int) -> int:
    """Returns where a command's last line ends; a backslash joins the next one to it."""
    while True:
        end = text.find("\n", place)
        if end < 0:
            return len(text)
        if not text[place:end].rstrip().endswith("\\"):
            return end
        place = end + 1
