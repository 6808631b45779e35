"""Converts the Python 2 cells of a notebook to Python 3; runs nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from grader.model.phrases import cell_words
from grader.reading.archives import shown
from grader.reading.magics import cell_text, problem_of, python_part
from grader.reading.notebook_file import Notebook
from grader.reading.reading_limits import MAX_REPAIRS

__all__ = ["OldCells", "Repair", "convert_cells"]

#: a text that is no Python 3 in, one that is out, or None
Repair = Callable[[str], str | None]

_OLD_NAMES = re.compile(
    r"\.(?:has_key|iter(?:items|values|keys))\(|\b(?:izip|imap|ifilter|cPickle|StringIO|cStringIO|urllib2)\b"
)
_MASK = "pass  #~"
_MASKED = re.compile(rf"^([ \t]*){re.escape(_MASK)}(.*)$", re.MULTILINE)
#: stands for a line's end in a command of several lines
_BREAK = "\x01"
_SEAM = "# cell {} of the notebook\n"
_AT_SEAMS = re.compile(r"^# cell \d+ of the notebook\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OldCells:
    """What was converted of a notebook."""

    #: number of a code cell -> its source in Python 3, magics in place, no line moved where that can be helped
    texts: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    #: whether the notebook was written for Python 2, not just a line of it
    python_2: bool = False

    def note(self, name: str) -> tuple[str, ...]:
        """Returns the sentence on them, if any.

        Args:
            name: what to call the notebook.
        """
        if not self.texts:
            return ()
        verb, they = ("is", "it was") if len(self.texts) == 1 else ("are", "they were")
        return (f"{shown(name)} {cell_words(list(self.texts))} {verb} Python 2; {they} converted.",)

    def applied(self, notebook: Notebook) -> Notebook:
        """Returns a notebook with these cells in the place of the old ones."""
        cells = (replace(cell, source=self.texts.get(cell.number, cell.source)) for cell in notebook.cells)
        return replace(notebook, cells=tuple(cells))


def convert_cells(notebook: Notebook, repair: Repair | None) -> OldCells:
    """Returns the code cells that are Python 2 as the repair makes them Python 3; none without a repair."""
    if repair is None:
        return OldCells()
    masked = {cell.number: _mask(cell.source) for cell in notebook.code_cells if python_part(cell.source).strip()}
    invalid = {number for number, text in masked.items() if problem_of(text) is not None}
    old = [number for number, text in masked.items() if number in invalid or _OLD_NAMES.search(text)]
    converted = _together([masked[number] for number in old], repair, [MAX_REPAIRS])
    texts = {
        number: _unmask(text)
        for number, text in zip(old, converted, strict=True)
        if text is not None and text != masked[number]
    }
    of_today = [number for number, text in masked.items() if number not in invalid and "print(" in text]
    return OldCells(MappingProxyType(texts), len(invalid & set(texts)) > len(of_today))


def _together(texts: Sequence[str], repair: Repair, budget: list[int]) -> list[str | None]:
    """Returns the repaired texts, None for one that cannot be; it takes a process each time, so many in one go.

    Args:
        texts: whole statements each.
        repair: fails on all of them when it fails on one; then the halves are tried.
        budget: how often it may be tried, counted down.
    """
    if not texts or budget[0] <= 0:
        return [None] * len(texts)
    budget[0] -= 1
    pieces = [f"{_SEAM.format(number)}{text.rstrip()}\n" for number, text in enumerate(texts)]
    parts = _AT_SEAMS.split(repair("".join(pieces)) or "")[1:]
    if len(parts) == len(texts) and all(problem_of(part) is None for part in parts):
        return [part.rstrip("\n") for part in parts]
    if len(texts) == 1:
        return [None]
    half = len(texts) // 2
    return _together(texts[:half], repair, budget) + _together(texts[half:], repair, budget)


def _mask(source: str) -> str:
    """Returns a cell with each of its commands behind one `pass`, from which `_unmask` has it back."""
    cell = cell_text(source)
    lines = cell.text.split("\n")
    for number, n_lines in reversed(cell.commands.items()):
        first = lines[number]
        indent = first[: len(first) - len(first.lstrip())]
        whole = _BREAK.join([first.lstrip(), *lines[number + 1 : number + n_lines]])
        lines[number : number + n_lines] = [f"{indent}{_MASK}{whole}"]
    return "\n".join(lines)


def _unmask(text: str) -> str:
    return _MASKED.sub(r"\1\2", text).replace(_BREAK, "\n")
