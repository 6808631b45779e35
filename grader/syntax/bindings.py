"""Resolves what names in a submission's modules stand for, following imports without running anything."""

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.reading.decoding import decode_source
from grader.reading.parsing import parse_source
from grader.syntax.syntax_limits import MAX_FACTOR

__all__ = ["Bindings", "Module", "is_value"]

#: found before the workspace, whatever lies there
_LIBRARIES = sys.stdlib_module_names | {"numpy", "grader"}
#: kinds of own names
_FUNCTION, _CLASS, _CONSTANT, _ALIAS = "function", "class", "constant", "alias"


@dataclass(slots=True)
class Module:
    """One file, and what its names stand for once it has been imported."""

    #: workspace path
    place: str
    tree: ast.Module
    #: name -> the dotted name of a module of neither the student's nor ours, or of a part of one
    foreign: dict[str, str] = field(default_factory=dict)
    #: functions, classes, values of this file and of those it imports from -> "function", "class", "constant", "alias"
    own: dict[str, str] = field(default_factory=dict)
    #: names that stand for one thing here and for another there
    unclear: set[str] = field(default_factory=set)
    #: workspace paths of all files that its imports run
    imported: list[str] = field(default_factory=list)

    def bind(self, name: str, *, foreign: str = "", own: str = "") -> None:
        """Notes what a name stands for; a second meaning makes it unclear."""
        before = self.foreign.get(name, ""), self.own.get(name, "")
        # Any function or constant is as good as another: neither changes.
        if before not in (("", ""), (foreign, own)) and {*before, foreign, own} - {_FUNCTION, _CONSTANT, ""}:
            self.unclear.add(name)
        if foreign:
            self.foreign[name] = foreign
        else:
            self.own[name] = own


class Bindings:
    """The modules of a workspace, each read once.

    Args:
        files: workspace path -> content.
        given: paths of those that are ours, of which only functions count.
        roots: folders, each ending in "/" or "" for the workspace, from which modules are imported.
    """

    def __init__(self, files: Mapping[str, bytes], given: Collection[str], roots: Iterable[str]) -> None:
        self._files = files
        self._given = given
        self._roots = tuple(roots)
        self._modules: dict[str, Module] = {}

    def module(self, place: str) -> Module:
        """Returns a module; a name whose origin is not clear stands among the foreign ones.

        Raises:
            SyntaxError: it, or one that it imports from, is no valid Python.
        """
        if place not in self._modules:
            module = self._modules[place] = Module(place, parse_source(decode_source(self._files[place]), place))
            for node in module.tree.body:
                self._bind(module, node)
            if place in self._given:
                # An instance of a given class may change what it is handed.
                module.own = {name: kind for name, kind in module.own.items() if kind in (_FUNCTION, _CONSTANT)}
        return self._modules[place]

    def _bind(self, module: Module, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            self._bind_from(module, node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                module.bind(name, foreign=alias.name if alias.asname else name)
                module.imported += self._run_by(alias.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            module.bind(node.name, own=_FUNCTION if isinstance(node, ast.FunctionDef) else _CLASS)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            # What is more than a value may be another name of a type, `Array = NDArray[Any]`; it is used as such only.
            kind = _CONSTANT if is_value(node.value) else _ALIAS
            for target in targets:
                if isinstance(target, ast.Name):
                    module.bind(target.id, own=kind)

    def _bind_from(self, module: Module, node: ast.ImportFrom) -> None:
        package = module.place.split("/")[:-1]
        above = package[: len(package) - node.level + 1] if node.level else []
        dotted = ".".join([*above, *(node.module.split(".") if node.module else [])])
        place = self._find(dotted, relative=node.level > 0)
        theirs = self.module(place) if place else None
        for alias in node.names:
            module.imported += self._run_by(f"{dotted}.{alias.name}", relative=node.level > 0)
            name = alias.asname or alias.name
            if theirs is not None and alias.name == "*":
                for name, own in [*theirs.own.items()]:
                    if not name.startswith("_"):
                        module.bind(name, own=own)
                for name, foreign in [*theirs.foreign.items()]:
                    if not name.startswith("_"):
                        module.bind(name, foreign=foreign)
                module.unclear |= theirs.unclear
            elif theirs is not None and alias.name in theirs.own and alias.name not in theirs.unclear:
                module.bind(name, own=theirs.own[alias.name])
            else:
                module.bind(name, foreign=f"{dotted}.{alias.name}")

    def _run_by(self, dotted: str, *, relative: bool = False) -> Iterator[str]:
        """Yields the files that importing a name runs: of each package above it, and its own if it is a module."""
        parts = dotted.split(".")
        for n in range(1, len(parts) + 1):
            if place := self._find(".".join(parts[:n]), relative=relative):
                yield place

    def _find(self, dotted: str, *, relative: bool = False) -> str:
        """Returns the file of a module, "" when it is none of the workspace's."""
        if not relative and dotted.partition(".")[0] in _LIBRARIES:
            return ""
        path = dotted.replace(".", "/")
        # As Python looks: a package comes before a module of the same name.
        places = (f"{root}{path}{end}" for root in self._roots for end in ("/__init__.py", ".py"))
        return next((place for place in places if place in self._files), "")


def is_value(node: ast.expr) -> bool:
    """Whether an expression is made of numbers, texts and tuples of such, and takes no time to compute."""
    if isinstance(node, ast.Tuple):
        return all(map(is_value, node.elts))
    if isinstance(node, ast.UnaryOp):
        return is_value(node.operand)
    if isinstance(node, ast.BinOp):
        return is_value(node.left) and is_value(node.right) and _is_small(node)
    return isinstance(node, ast.Constant)


def _is_small(node: ast.BinOp) -> bool:
    """Whether an operation on values gives one of about their size: `10 ** 8`, `"-" * 40`, and not `9 ** 9 ** 9`."""
    left, right = node.left, node.right
    if isinstance(node.op, ast.Pow | ast.LShift):
        return _is_number(left) and _is_factor(right)
    if isinstance(node.op, ast.Mod):
        return _is_numeric(node)
    if isinstance(node.op, ast.Mult):
        repeats = (isinstance(left, ast.Constant) and _is_factor(right)) or (
            isinstance(right, ast.Constant) and _is_factor(left)
        )
        return repeats or _is_numeric(node)
    return isinstance(node.op, ast.Add | ast.Sub | ast.Div | ast.FloorDiv)


def _is_numeric(node: ast.expr) -> bool:
    """Whether a value is made of numbers only."""
    kinds = (ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    return all(isinstance(part, kinds) or _is_number(part) for part in ast.walk(node))


def _is_number(node: ast.AST) -> bool:
    """Whether a node is a number, with a sign or none."""
    part = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(part, ast.Constant) and isinstance(part.value, int | float | complex)


def _is_factor(node: ast.expr) -> bool:
    """Whether a node is a small number."""
    part = node.operand if isinstance(node, ast.UnaryOp) else node
    number = part.value if isinstance(part, ast.Constant) else None
    return isinstance(number, int | float) and abs(number) <= MAX_FACTOR
