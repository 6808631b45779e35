"""Finds the source text of each function of a submission."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from grader.assignment.definition import Assignment
from grader.model.results import FunctionSource
from grader.reading.parsing import parse_source, top_level
from grader.reading.submission import Submission
from grader.syntax.syntax_limits import MAX_COLUMNS, MAX_LINES

__all__ = ["function_sources"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def function_sources(submission: Submission, assignment: Assignment) -> tuple[FunctionSource, ...]:
    """Returns the student's text of each function and class of the assignment, in its order; absent ones are left out.

    Of several definitions the last counts, as in Python. A name that the answer file imports from another file of the
    submission is shown from there. Where a file is no valid Python, the text from `def name(` to the next line that is
    indented as little is shown.
    """
    read = cache(lambda file: _Source.read(submission.text(file)))
    found = []
    for function, spec in assignment.functions.items():
        place = assignment.modules[spec.module]
        if place not in submission.files:
            continue
        files = [place, *_imported_files(read(place), submission.files, place, function)]
        # `from other import *` below the definition replaces it.
        files = [*(file for file in _starred_below(read(place), files, function) if read(file).find(function)), *files]
        # What a notebook adds stands beside the file that has only a stub of it.
        for file in sorted(files, key=lambda file: file not in submission.lines):
            if span := read(file).find(function):
                where, line = submission.where(file, span[0])
                difference = submission.differences.get(function, "")
                found.append(FunctionSource(function, where, line, _cut(read(file).lines, *span), difference))
                break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Source:
    """One file, read once."""

    lines: list[str]
    #: None where it is no valid Python
    tree: ast.Module | None

    @classmethod
    def read(cls, text: str) -> "_Source":
        try:
            return cls(text.split("\n"), parse_source(text, ""))
        except SyntaxError:
            return cls(text.split("\n"), None)

    def find(self, name: str) -> tuple[int, int] | None:
        """Returns the first and last line of a definition at the top level, from 1."""
        if self.tree is None:
            return _find_in_text(self.lines, name)
        span = None
        for node in _binders(self.tree, name):
            # A name that is only imported is shown from the file that it comes from.
            if span or not isinstance(node, ast.Import | ast.ImportFrom):
                first = min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))])
                span = first, node.end_lineno or first
        return span


def _binders(tree: ast.Module, name: str) -> Iterator[ast.stmt]:
    """Yields the statements that give a name of a module its meaning, in order."""
    pending: list[tuple[ast.AST, ast.stmt]] = [(node, node) for node in tree.body[::-1]]
    while pending:
        node, statement = pending.pop()
        bound = getattr(node, "name", None)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound = node.id
        elif isinstance(node, ast.alias):
            bound = node.asname or node.name
        if bound == name:
            yield statement
        # What functions and classes hold are names of their own.
        if not isinstance(node, _Definition | ast.Lambda):
            own = [node.target] if isinstance(node, ast.comprehension) else []
            children = [child for child in ast.iter_child_nodes(node) if child not in own][::-1]
            pending += [(child, child if isinstance(child, ast.stmt) else statement) for child in children]


def _find_in_text(lines: Sequence[str], name: str) -> tuple[int, int] | None:
    head = re.compile(rf"([ \t]*)(?:def|class)[ \t]+{re.escape(name)}\b")
    starts = [(number, match) for number, line in enumerate(lines) if (match := head.match(line))]
    if not starts:
        return None
    first, match = starts[-1]
    end = first + 1
    while end < len(lines) and not _starts_something(lines[end], len(match[1])):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return first + 1, end


def _starts_something(line: str, indent: int) -> bool:
    bare = line.strip()
    return bool(bare) and not bare.startswith("#") and len(line) - len(line.lstrip()) <= indent


def _imported_files(source: _Source, files: Iterable[str], place: str, name: str) -> list[str]:
    """Returns the files of the submission from which an answer file may import a name."""
    stems = {
        (node.module or "").rpartition(".")[2]
        for node in (top_level(source.tree) if source.tree else ())
        if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & {name, "*"}
    }
    return [file for file in files if file != place and file.rpartition("/")[2].removesuffix(".py") in stems]


def _starred_below(source: _Source, files: Sequence[str], name: str) -> list[str]:
    """Returns those of some files from which everything is imported below the definition of a name, the last first."""
    span = source.find(name)
    if span is None or source.tree is None:
        return []
    stems = [
        (node.module or "").rpartition(".")[2]
        for node in top_level(source.tree)
        if isinstance(node, ast.ImportFrom) and node.lineno > span[1] and node.names[0].name == "*"
    ]
    return [file for stem in reversed(stems) for file in files[1:] if file.rpartition("/")[2] == f"{stem}.py"]


def _cut(lines: Sequence[str], first: int, last: int) -> str:
    shown = [line if len(line) <= MAX_COLUMNS else f"{line[:MAX_COLUMNS]}…" for line in lines[first - 1 : last]]
    if len(shown) > MAX_LINES:
        shown[MAX_LINES:] = [f"# … {len(shown) - MAX_LINES} more lines"]
    return "\n".join(shown) + "\n"
