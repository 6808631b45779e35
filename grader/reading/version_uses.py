"""Finds what a file uses of NumPy and Python that depends on the version, whichever versions run here."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from grader.reading.array_uses import array_uses
from grader.reading.numpy_uses import uses_in
from grader.reading.parsing import parse_source
from grader.reading.python_uses import python_uses, syntax_uses
from grader.reading.version_changes import Change

__all__ = ["Use", "version_uses"]


@dataclass(frozen=True, slots=True)
class Use:
    """A line on which versions differ, and how."""

    line: int
    change: Change


def version_uses(text: str) -> tuple[Use, ...]:
    """Returns what a Python file uses, the first line of each kind; nothing where this Python cannot read it.

    What stands under `try` with a handler, or under `if` with a question for a version or for a name, is left out: its
    author knows of the difference.
    """
    try:
        tree = parse_source(text, "")
    except SyntaxError:
        return ()
    guarded = _guarded_lines(tree)
    first: dict[Change, int] = {}
    known = ((line, change) for line, change in _uses_of_tree(tree) if line not in guarded)
    # No `try` guards syntax.
    for line, change in (*known, *syntax_uses(text)):
        first[change] = min(line, first.get(change, line))
    return tuple(Use(line, change) for change, line in sorted(first.items(), key=lambda item: item[1]))


def _uses_of_tree(tree: ast.Module) -> Iterator[tuple[int, Change]]:
    for node in ast.walk(tree):
        for change in uses_in(node):
            yield getattr(node, "lineno", 1), change
    yield from array_uses(tree)
    yield from python_uses(tree)


def _guarded_lines(tree: ast.Module) -> frozenset[int]:
    guarded = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Try) and node.handlers)
        or (isinstance(node, (ast.If, ast.IfExp)) and _asks_for_a_version(node.test))
    ]
    return frozenset(
        line
        for node in guarded
        if isinstance(node, (ast.Try, ast.If, ast.IfExp))
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )


def _asks_for_a_version(test: ast.expr) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id == "hasattr")
        or (isinstance(node, ast.Attribute) and node.attr in ("__version__", "version_info"))
        for node in ast.walk(test)
    )
