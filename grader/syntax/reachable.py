"""Digests of all code that a function of a submission can reach, so that a change of it is told from one elsewhere.

Which code that is follows from names alone: a name that is mentioned stands for every statement of any file that gives
it a meaning, whichever import brings it. That is never too little in code that `why_stateful` has proven, where all
names are written out; it may be too much, and then something is judged once more than needed.
"""

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from grader.reading.decoding import decode_source
from grader.reading.parsing import nodes, parse_source

__all__ = ["ReachableCode"]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
#: lines around a statement that a message may show
_AROUND = 3


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement at the top level of a file."""

    place: str
    node: ast.stmt
    #: whether its meaning is that of its names, so that what mentions none of them cannot tell that it is there
    is_definition: bool
    mentions: frozenset[str]
    #: of what it does
    meaning: bytes


class ReachableCode:
    """The statements of a workspace's files, by the names that they give a meaning.

    Args:
        files: workspace path -> content of all that is the student's.
        given: the same of what is ours.
        where: names the places that messages mention.

    Raises:
        SyntaxError: one of the files is no valid Python.
    """

    def __init__(
        self, files: Mapping[str, bytes], given: Mapping[str, bytes], where: Callable[[str, int], tuple[str, int]]
    ) -> None:
        self._where = where
        self._names = sorted(files)
        self._statements: list[_Statement] = []
        self._binding: dict[str, list[int]] = {}
        self._lines: dict[str, list[str]] = {}
        for place, content in sorted({**files, **given}.items()):
            if place.endswith(".py"):
                text = decode_source(content)
                self._lines[place] = text.split("\n")
                for node in parse_source(text, place).body:
                    self._add(place, node)

    def digest(self, functions: Iterable[str], *, placed: bool) -> str:
        """Returns a digest of what some functions can reach; equal ones behave in the same way.

        Args:
            functions: names at the top level of a file.
            placed: whether it is also one of the text and its lines, which messages name.
        """
        reached = self._reached(functions)
        places = {self._statements[number].place for number in reached}
        hashed = hashlib.sha256(repr(self._names).encode())
        for number, statement in enumerate(self._statements):
            if number in reached or (statement.place in places and not statement.is_definition):
                hashed.update(f"{statement.place}\0".encode())
                hashed.update(statement.meaning)
            if placed and number in reached:
                hashed.update(repr(tuple(self._placed(statement))).encode())
        return hashed.hexdigest()

    def _add(self, place: str, node: ast.stmt) -> None:
        names = frozenset(_bound(node))
        for name in names:
            self._binding.setdefault(name, []).append(len(self._statements))
        plain = isinstance(node, (*_DEFINITIONS, ast.Assign, ast.AnnAssign)) and names
        is_definition = bool(plain) and not any(name.startswith("__") for name in names)
        meaning = hashlib.sha256(ast.dump(node).encode()).digest()
        self._statements.append(_Statement(place, node, is_definition, frozenset(_mentioned(node)), meaning))

    def _reached(self, names: Iterable[str]) -> set[int]:
        waiting, seen, reached = [*names], set[str](), set[int]()
        while waiting:
            if (name := waiting.pop()) not in seen:
                seen.add(name)
                for number in self._binding.get(name, ()):
                    reached.add(number)
                    waiting += self._statements[number].mentions
        return reached

    def _placed(self, statement: _Statement) -> Iterator[object]:
        """Yields where a statement is, as a message would say it, and its text with the lines around."""
        first, last = statement.node.lineno, statement.node.end_lineno or statement.node.lineno
        for line in (first, last):
            yield self._where(statement.place, line)
        yield self._lines[statement.place][max(first - 1 - _AROUND, 0) : last + _AROUND]


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yields the names that a statement of a module gives a meaning."""
    if isinstance(node, _DEFINITIONS):
        yield node.name
        return
    for part in nodes(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.alias):
            yield part.asname or part.name.partition(".")[0]
        elif isinstance(part, _DEFINITIONS):
            yield part.name


def _mentioned(node: ast.stmt) -> Iterator[str]:
    """Yields every name in a statement, and every text that may be one."""
    for part in nodes(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.alias):
            yield from part.name.split(".")
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            yield part.value
