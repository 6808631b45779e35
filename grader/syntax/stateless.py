"""Files of a submission in, why a call of its functions may leave something behind for a later call out, or nothing.

Checks of code that keeps no state may share a process: none can see what another left there. That must be proven, so
every kind of statement and every name must be one that is known to be harmless; see stateless.toml. Code that passes
keeps values in local variables, in its arguments and results, and in the attributes of an instance's `self`.
"""

import ast
import builtins
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NoReturn

from grader.syntax.bindings import Bindings, Module
from grader.syntax.parsing import nodes

__all__ = ["why_stateful"]

#: what may stand in a function beside what `_Proof` looks at
_BASES = (
    *(ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.arguments, ast.keyword, ast.alias),
    *(ast.comprehension, ast.withitem, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.For),
    *(ast.While, ast.If, ast.With, ast.Raise, ast.Try, ast.Assert, ast.Expr, ast.Pass, ast.Break, ast.Continue),
    *(ast.Nonlocal, ast.Lambda, ast.BoolOp, ast.NamedExpr, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Yield, ast.YieldFrom, ast.Compare, ast.Constant),
    *(ast.FormattedValue, ast.JoinedStr, ast.Starred, ast.List, ast.Tuple, ast.Slice, ast.Subscript),
)
HARMLESS = frozenset(kind for base in _BASES for kind in (base, *base.__subclasses__()))
DANGEROUS = frozenset(dir(builtins))


def why_stateful(modules: Iterable[str], files: Mapping[str, bytes], given: Mapping[str, bytes]) -> str:
    """Returns what keeps a submission from being proven stateless, "" when it is.

    Args:
        modules: workspace paths of the modules whose functions are called.
        files: workspace path -> content of all that is the student's.
        given: the same of what is ours, which keeps no state and is not looked into.
    """
    waiting, proven = [*modules], set(given)
    # Flat modules find each other in the folders of those that are called.
    roots = ("", *(place[: place.rindex("/") + 1] for place in waiting if "/" in place))
    bindings = Bindings({**files, **given}, roots)
    try:
        while waiting:
            place = waiting.pop()
            if place not in proven:
                proven.add(place)
                waiting += bindings.module(place).imported
                _Proof(bindings.module(place)).run()
    except _Unproven as exc:
        return str(exc)
    except (SyntaxError, RecursionError):
        return "a file cannot be read as Python"
    return ""


class _Unproven(Exception):
    """Says which line does what is not known to be harmless."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """stateless.toml."""

    builtins: frozenset[str]
    modules: frozenset[str]
    attributes: frozenset[str]

    def knows(self, dotted: str) -> bool:
        """Whether a name, or one above it, is known to be harmless."""
        parts = dotted.split(".")
        if parts[0] == "builtins":
            return parts[-1] == "*" or parts[-1] in self.builtins
        return any(".".join(parts[:n]) in self.modules for n in range(len(parts), 0, -1))


@cache
def _tables() -> _Tables:
    data = tomllib.loads(resources.files(__package__).joinpath("stateless.toml").read_text(encoding="utf-8"))
    return _Tables(frozenset(data["builtins"]), frozenset(data["modules"]), frozenset(data["attributes"]))


class _Proof:
    """Goes through one module; `run` raises _Unproven."""

    def __init__(self, module: Module) -> None:
        self._module = module
        #: names of all functions' own, and names that are used and must be among them
        self._locals: set[str] = set()
        self._wanted: dict[str, ast.AST] = {}
        #: parts of a dotted name that were looked at with the whole
        self._seen: set[ast.expr] = set()

    def run(self) -> None:
        """Goes through all statements, then through the names that only all functions together explain."""
        foreign = self._module.foreign
        if "*" in foreign and not _tables().knows(foreign["*"]):
            raise _Unproven(f"{self._module.place} imports {foreign['*']}")
        for node in self._module.tree.body:
            self._statement(node)
        if odd := self._locals & (foreign.keys() | (DANGEROUS - _tables().builtins)):
            raise _Unproven(f"{self._module.place} gives another meaning to {min(odd)}")
        for name, used in self._wanted.items():
            if name not in self._locals:
                self._fail(used, f"uses the name {name}")

    def _statement(self, node: ast.stmt) -> None:
        """Proves one statement of the module itself, which runs once and whose values last."""
        if isinstance(node, ast.FunctionDef):
            self._function(node, None, ())
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            self._lasting(node)
        elif not (isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) or _is_text(node) or _is_main(node)):
            self._fail(node, "runs outside of functions")

    def _lasting(self, node: ast.Assign | ast.AnnAssign) -> None:
        """Proves what gives a module or a class a value."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        fits = len(names) == len(targets) and (node.value is None or names == ["__all__"] or self._lasts(node.value))
        if not fits or self._module.foreign.keys() & names:
            self._fail(node, "keeps a value that can change")
        if isinstance(node, ast.AnnAssign):
            self._walk([node.annotation], None)

    def _class(self, node: ast.ClassDef) -> None:
        if node.decorator_list or node.keywords:
            self._fail(node, "changes how a class is made")
        self._walk(node.bases, None)
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                if part.name.startswith("__") and part.name != "__init__":
                    self._fail(part, f"defines {part.name}")
                first = [*part.args.posonlyargs, *part.args.args][:1]
                owner = first[0].arg if first and not part.decorator_list else None
                self._function(part, owner, ("staticmethod", "property"))
            elif isinstance(part, ast.Assign | ast.AnnAssign):
                self._lasting(part)
            elif not (isinstance(part, ast.Pass) or _is_text(part)):
                self._fail(part, "stands in a class")

    def _function(self, node: ast.FunctionDef, owner: str | None, decorators: tuple[str, ...]) -> None:
        """Proves a function that lasts; `owner` is the name of the instance whose attributes it may set."""
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            if not self._lasts(default):
                self._fail(default, "keeps a default value that can change")
        for decorator in node.decorator_list:
            if not (isinstance(decorator, ast.Name) and decorator.id in decorators):
                self._fail(decorator, "has a decorator")
        self._walk(ast.iter_child_nodes(node), owner)

    def _walk(self, tops: Iterable[ast.AST], owner: str | None) -> None:
        for node in (node for top in tops for node in nodes(top)):
            kind = type(node)
            if isinstance(node, ast.Name):
                self._name(node, owner)
            elif isinstance(node, ast.Attribute):
                self._attribute(node, owner)
            elif isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.arg):
                self._locals.add(node.arg)
            elif isinstance(node, ast.ExceptHandler):
                self._locals.update(filter(None, [node.name]))
            elif isinstance(node, ast.FunctionDef) and not node.decorator_list:
                self._locals.add(node.name)
            elif kind not in HARMLESS or (isinstance(node, ast.Constant) and node.value == "empty"):
                # numpy.pad(mode="empty") leaves memory as it was.
                self._fail(node, f"holds {kind.__name__}")

    def _name(self, node: ast.Name, owner: str | None) -> None:
        if node in self._seen:
            return
        name = node.id
        if not isinstance(node.ctx, ast.Load):
            if name == owner:
                self._fail(node, f"gives another meaning to {name}")
            self._locals.add(name)
        elif name in self._module.foreign:
            if not _tables().knows(self._module.foreign[name]):
                self._fail(node, f"uses {self._module.foreign[name]}")
        elif name not in self._module.own and name not in _tables().builtins:
            self._wanted.setdefault(name, node)

    def _attribute(self, node: ast.Attribute, owner: str | None) -> None:
        base = node.value
        if node not in self._seen:
            if dotted := self._dotted(node):
                self._seen.update(_chain(base))
                known = _tables().knows(dotted)
            else:
                hidden = node.attr.startswith("__") and not (node.attr == "__init__" and _is_super(base))
                known = not hidden and node.attr not in _tables().attributes
            if not known:
                self._fail(node, f"uses {dotted or node.attr}")
        if not isinstance(node.ctx, ast.Load) and not (isinstance(base, ast.Name) and base.id == owner):
            self._fail(node, "sets an attribute")

    def _dotted(self, node: ast.expr) -> str:
        """Returns the full name of what lies below an imported module, "" for an attribute of a value."""
        *parts, root = _chain(node)
        if not (isinstance(root, ast.Name) and root.id in self._module.foreign):
            return ""
        names = [part.attr for part in reversed(parts) if isinstance(part, ast.Attribute)]
        return ".".join([self._module.foreign[root.id], *names])

    def _call(self, node: ast.Call) -> None:
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        if "where" in words and "out" not in words:
            self._fail(node, "leaves memory as it was, by `where` without `out`")
        if None in words and self._dotted(node.func):
            self._fail(node, "does not show what it asks for")
        if "file" in words:
            self._fail(node, "prints into a file")
        # The type may be asked for; called, it returns memory as it was last used.
        if self._dotted(node.func) == "numpy.ndarray":
            self._fail(node, "calls numpy.ndarray")

    def _lasts(self, node: ast.expr) -> bool:
        """Whether a value that lasts can never change: a number, a text, a type, a function, a tuple of such."""
        if isinstance(node, ast.Tuple):
            return all(map(self._lasts, node.elts))
        if isinstance(node, ast.UnaryOp):
            return self._lasts(node.operand)
        if isinstance(node, ast.BinOp):
            return self._lasts(node.left) and self._lasts(node.right)
        if isinstance(node, ast.Subscript):
            # NDArray[Any], dict[str, Any]
            return self._lasts(node.value) and self._lasts(node.slice)
        if isinstance(node, ast.Name | ast.Attribute):
            self._walk([node], None)
            return True
        return isinstance(node, ast.Constant)

    def _fail(self, node: ast.AST, what: str) -> NoReturn:
        raise _Unproven(f"{self._module.place} line {getattr(node, 'lineno', 1)} {what}")


def _chain(node: ast.expr) -> list[ast.expr]:
    """Returns the attribute lookups of `a.b.c`, from the last one inwards, and what they begin with."""
    chain = [node]
    while isinstance(chain[-1], ast.Attribute):
        chain.append(chain[-1].value)
    return chain


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_main(node: ast.stmt) -> bool:
    """Whether a statement runs in the main program only, which a worker's modules never are."""
    test = node.test if isinstance(node, ast.If) and not node.orelse else None
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
