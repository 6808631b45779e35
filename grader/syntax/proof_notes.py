"""Holds what a proof of purity has noted so far, and answers its questions: full names, types, refusals."""

import ast
from collections.abc import Iterable
from typing import NoReturn

from grader.reading.parsing import nodes
from grader.syntax.bindings import Module
from grader.syntax.known_pure import tables

__all__ = ["ProofNotes", "Unproven", "dotted_name", "is_name"]

_ANNOTATIONS = (ast.Constant, ast.Tuple, ast.List, ast.Subscript, ast.Name, ast.Attribute, ast.BinOp, ast.BitOr)


class Unproven(Exception):
    """Says which line does what is not known to be harmless."""


class ProofNotes:
    """The notes on functions of one module; what cannot be proven is refused.

    Args:
        module: whose they are.
        data: attributes that its classes give their instances.
        methods: functions of its classes, which are there to be called.
    """

    def __init__(self, module: Module, data: Iterable[str], methods: Iterable[str]) -> None:
        self._module = module
        self._data, self._methods = frozenset(data), frozenset(methods)
        #: names of all functions' own
        self.locals: set[str] = set()
        #: names that are used and must be among those; that are trusted to be built in; that are no plain values
        self._wanted: dict[str, ast.AST] = {}
        self._trusted: dict[str, ast.AST] = {}
        self._carriers: set[str] = set()
        self._bare: dict[str, ast.AST] = {}
        #: looked at with what they stand in; called; used on the spot
        self._seen: set[ast.AST] = set()
        self._callees: set[ast.AST] = set()
        self._bases: set[ast.AST] = set()
        self._consumed: set[ast.AST] = set()

    def fail(self, node: ast.AST, what: str) -> NoReturn:
        """Raises Unproven."""
        raise Unproven(f"{self._module.place} line {getattr(node, 'lineno', 1)} {what}")

    def annotation(self, node: ast.expr | None) -> None:
        """Proves an expression that names a type."""
        for part in nodes(node) if node is not None else ():
            if part in self._seen:
                continue
            self._seen.add(part)
            dotted = dotted_name(part, self._module)
            if dotted:
                self._seen.update(nodes(part))
                fits = not self._is_unclear(part) and self._is_type(dotted)
            elif isinstance(part, ast.Name):
                fits = part.id in tables().types or part.id in self._module.own
                self._trusted.setdefault(part.id, part) if part.id not in self._module.own else None
            else:
                fits = isinstance(part, _ANNOTATIONS) and not isinstance(part, ast.Attribute)
            if not fits:
                self.fail(part, "names a type that is not known")

    def _is_type(self, dotted: str) -> bool:
        known = tables()
        built_in = dotted.startswith("builtins.") and dotted.partition(".")[2] in known.types
        return built_in or dotted in known.annotations or dotted in known.functions

    def _is_unclear(self, node: ast.AST) -> bool:
        return any(isinstance(part, ast.Name) and part.id in self._module.unclear for part in nodes(node))


def dotted_name(node: ast.AST, module: Module) -> str:
    """Returns the full name of what lies below an imported module, "" for everything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not (isinstance(node, ast.Name) and node.id in module.foreign):
        return ""
    return ".".join([module.foreign[node.id], *reversed(parts)])


def is_name(node: ast.expr, name: str) -> bool:
    return bool(name) and isinstance(node, ast.Name) and node.id == name
