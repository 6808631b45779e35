"""Finds IPython's magic and shell commands in the source of a cell."""

import re
import textwrap

from grader.reading.parsing import parse_source
from grader.reading.reading_limits import MAX_STEPS, STEPWISE_CHARACTERS

__all__ = ["COMMAND", "problem_of", "python_part", "readable"]

# Cell magics whose body is Python; what any other one holds is not for this interpreter.
_PYTHON_MAGICS = {
    "time", "timeit", "capture", "prun", "writefile", "file", "memit", "mprun", "lprun", "snakeviz", "python",
    "python3", "px", "skip", "debug", "heat", "scalene",
}  # fmt: skip
_PYLAB = "import numpy as np; from numpy import *"
#: a line that is for IPython; no part of it is tried again with less, so that a long line takes no time
COMMAND = re.compile(
    r"^\s*+(?:%{1,2}[A-Za-z_]|!|\?{1,2}\w|>>> |[\w., \[\]]++=\s*+(?:%[A-Za-z]|!)"
    r"|(?:pip|pip3|conda|cd|ls|mkdir|cat|rm|cp|mv|matplotlib|load_ext|autoreload)\s+[^\s=(])"
    r"|\?{1,2}\s*$"
)


def python_part(source: str) -> str:
    """Returns the source with a `%%` line emptied; nothing at all where that says it is another language."""
    magic = re.match(r"\s*%%(\w+)[^\n]*", source)
    if magic is None:
        return source
    return "\n" * magic[0].count("\n") + source[magic.end() :] if magic[1] in _PYTHON_MAGICS else ""


def readable(source: str) -> tuple[str, SyntaxError | None]:
    """Returns a cell's text without its commands, line for line; and why it is still no Python, where it is not."""
    text = python_part(source)
    blank = text[: len(text) - len(text.lstrip())]
    if blank.endswith((" ", "\t")):
        text = textwrap.dedent(text)
    problem = problem_of(text)
    if problem is None:
        return text, None
    lines = text.split("\n")
    if len(text) < STEPWISE_CHARACTERS:
        for _ in range(MAX_STEPS):
            number = (problem.lineno or 1) - 1
            if number >= len(lines) or not COMMAND.search(lines[number]):
                break
            _silence(lines, number)
            problem = problem_of("\n".join(lines))
            if problem is None:
                return "\n".join(lines), None
    for number, line in enumerate(lines):
        if COMMAND.search(line):
            _silence(lines, number)
    silenced = "\n".join(lines)
    return (silenced, None) if problem_of(silenced) is None else (text, problem)


def _silence(lines: list[str], number: int) -> None:
    """Replaces a command, and the lines it goes on in, so that the block around it stays one."""
    going_on = lines[number].rstrip().endswith("\\")
    indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    # The one command that code may depend on: all names of NumPy, bare.
    lines[number] = indent + (_PYLAB if lines[number].strip().startswith("%pylab") else "pass")
    while going_on and number + 1 < len(lines):
        number += 1
        going_on = lines[number].rstrip().endswith("\\")
        lines[number] = ""


def problem_of(text: str) -> SyntaxError | None:
    """Returns why a text is no Python; None where it is."""
    try:
        parse_source(text, "")
    except SyntaxError as exc:
        return exc
    return None
