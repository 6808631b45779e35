"""Finds which calls a printed value was computed from; runs nothing."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from grader.notebook.sanitizing import parsed

__all__ = ["Flow"]

PRINTS = frozenset({"print", "display", "write", "pprint", "info"})


@dataclass(slots=True)
class _Uses:
    """Names that are read and called to make a value."""

    names: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)


class Flow:
    """Where the values of a notebook come from, whatever the order in which its cells ran.

    A name stands for all that is assigned to it anywhere: too much rather than too little, since an honest cell must
    not be taken for a forged one.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        self._made: defaultdict[str, _Uses] = defaultdict(_Uses)
        for source in sources:
            tree = parsed(source)
            for node in ast.walk(tree) if tree is not None else ():
                self._learn(node)

    def computes(self, source: str, label: str, calls: frozenset[str]) -> bool | None:
        """Whether what a cell prints under a label comes from one of these calls; None where the cell is not readable.

        Args:
            source: of the cell.
            label: the constant text that is printed before the value; where the cell has none such, what it calls
                does the printing.
            calls: names of functions, classes or methods.
        """
        tree = parsed(source)
        if tree is None:
            return None
        prints = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in PRINTS]
        labelled = [node for node in prints if label and _plain(label) in _plain("".join(_texts(node)))]
        if not labelled:
            return bool(self._reach(_uses(tree)) & calls)
        return any(
            self._reach(_uses_of_all([*node.args, *(k.value for k in node.keywords)])) & calls for node in labelled
        )

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._add([node.name], _uses_of_all(node.body))
        elif isinstance(node, ast.Assign):
            self._add([name for target in node.targets for name in _targets(target)], _uses(node.value))
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
            self._add(list(_targets(node.target)), _uses(node.value))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._add(list(_targets(node.target)), _uses(node.iter))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self._add(list(_targets(item.optional_vars)), _uses(item.context_expr))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # A method may change what it is called on: solver.train(), errors.append(...).
            self._add(list(_targets(node.func.value)), _uses(node))

    def _add(self, names: list[str], uses: _Uses) -> None:
        for name in names:
            self._made[name].names |= uses.names
            self._made[name].calls |= uses.calls

    def _reach(self, uses: _Uses) -> set[str]:
        """Returns every call that a value may come from."""
        calls, seen = set(uses.calls), set[str]()
        waiting = list(uses.names | uses.calls)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                made = self._made.get(name, _Uses())
                calls |= made.calls
                waiting += made.names | made.calls
        return calls


def _uses(tree: ast.AST) -> _Uses:
    uses = _Uses()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            uses.names.add(node.id)
        elif isinstance(node, ast.Call):
            uses.calls.add(_name(node.func))
    return uses


def _uses_of_all(nodes: Iterable[ast.AST]) -> _Uses:
    total = _Uses()
    for uses in map(_uses, nodes):
        total.names |= uses.names
        total.calls |= uses.calls
    return total


def _targets(node: ast.AST) -> Iterator[str]:
    """Yields the names that an assignment changes: in `a, b.c, d[0] = ...` these are a, b and d."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, (ast.Tuple, ast.List)):
        for item in node.elts:
            yield from _targets(item)


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _texts(node: ast.AST) -> Iterator[str]:
    """Yields the constant texts in an expression, in order."""
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def _plain(text: str) -> str:
    return "".join(text.split()).lower()
