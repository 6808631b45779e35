"""Whether the code of one module's functions can leave something behind for a later call, going by what it says.

Everything that outlives a call (functions, classes, constants, libraries) may be used but never changed, and nothing
may be read that an earlier call has changed without meaning to: memory as it was last used, or where a value lies in
memory. So a value whose text would tell that, an iterator, a bound method, an instance, is only used on the spot.
"""

import ast
import builtins
import re
import tomllib
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NoReturn

import numpy as np

from grader.reading.parsing import nodes
from grader.syntax.bindings import Module

__all__ = ["Purity", "Tables", "Unproven", "dotted_name", "tables"]

#: what may stand in a function beside what `Purity` looks at
_BASES = (
    *(ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.arguments, ast.keyword, ast.alias),
    *(ast.comprehension, ast.withitem, ast.Return, ast.Assign, ast.AugAssign, ast.Delete, ast.For),
    *(ast.While, ast.If, ast.With, ast.Raise, ast.Assert, ast.Expr, ast.Pass, ast.Break, ast.Continue),
    *(ast.Nonlocal, ast.BoolOp, ast.NamedExpr, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.Compare),
    *(ast.FormattedValue, ast.JoinedStr, ast.Starred, ast.List, ast.Tuple, ast.Slice, ast.Subscript),
)
HARMLESS = frozenset(kind for base in _BASES for kind in (base, *base.__subclasses__()))
_ANNOTATIONS = (ast.Constant, ast.Tuple, ast.List, ast.Subscript, ast.Name, ast.Attribute, ast.BinOp, ast.BitOr)
_DANGEROUS = frozenset(dir(builtins))
#: a field of a format string that looks into its value
_LOOKS_INTO = re.compile(r"\{[^{}]*[.\[]")


class Unproven(Exception):
    """Says which line does what is not known to be harmless."""


@dataclass(frozen=True, slots=True)
class Tables:
    """stateless.toml; see there."""

    builtins: frozenset[str]
    types: frozenset[str]
    consumers: frozenset[str]
    producers: frozenset[str]
    exceptions: frozenset[str]
    functions: frozenset[str]
    called: frozenset[str]
    carriers: frozenset[str]
    subscripted: frozenset[str]
    annotations: frozenset[str]
    stars: frozenset[str]
    ufunc_methods: frozenset[str]
    fresh: frozenset[str]
    values: frozenset[str]
    methods: frozenset[str]
    #: attributes of values that are none of a student's class
    foreign_attributes: frozenset[str]


@cache
def tables() -> Tables:
    """Returns what stateless.toml says."""
    data = tomllib.loads(resources.files(__package__).joinpath("stateless.toml").read_text(encoding="utf-8"))
    taken = frozenset(name for kind in _kinds() for name in dir(kind))
    return Tables(**{name: frozenset(names) for name, names in data.items()}, foreign_attributes=taken)


def _kinds() -> list[type]:
    own = [kind for kind in vars(types).values() if isinstance(kind, type)]
    of_numpy = [np.ndarray, np.dtype, np.ufunc, np.float64, np.finfo, np.flatiter, np.random.Generator]
    return [*own, *of_numpy, np.random.RandomState, type, object, str, list, dict, set, BaseException, memoryview]


class Purity:
    """Goes through functions of one module, and at last through the names that only all of them together explain.

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

    def finish(self) -> None:
        """Goes through what only all functions together tell; raises Unproven."""
        known, own = tables(), self._module.own
        odd = self.locals & (self._module.foreign.keys() | (_DANGEROUS - known.builtins - known.consumers))
        odd |= own.keys() & (_DANGEROUS - known.builtins - known.consumers)
        odd |= self._trusted.keys() & (self.locals | (own.keys() & _DANGEROUS))
        if odd:
            raise Unproven(f"{self._module.place} gives another meaning to {min(odd)}")
        for name, used in self._wanted.items():
            if name not in self.locals:
                self.fail(used, f"uses the name {name}")
        for name, used in self._bare.items():
            if name in self._carriers:
                self.fail(used, f"hands on {name}, whose text tells where it lies in memory")

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

    def walk(self, tops: Iterable[ast.AST], owner: str = "") -> None:
        """Proves code; `owner` is the name of the instance whose attributes it may set."""
        for node in (node for top in tops for node in nodes(top)):
            if node in self._seen:
                continue
            look = _LOOKS.get(type(node))
            if look is not None:
                look(self, node, owner)
            elif type(node) not in HARMLESS:
                self.fail(node, f"holds {type(node).__name__}")

    # What binds names.

    def _bind(self, node: ast.AST, name: str, owner: str) -> None:
        if name == owner or name.startswith("__"):
            self.fail(node, f"gives another meaning to {name}")
        self.locals.add(name)

    def _see_arg(self, node: ast.arg, owner: str) -> None:
        self._bind(node, node.arg, owner)
        self.annotation(node.annotation)

    def _see_function_def(self, node: ast.FunctionDef, owner: str) -> None:
        if node.decorator_list:
            self.fail(node, "has a decorator")
        self._bind(node, node.name, owner)
        self._carriers.add(node.name)
        self.annotation(node.returns)

    def _see_lambda(self, node: ast.Lambda, owner: str) -> None:
        if node not in self._consumed:
            self.fail(node, "hands on a function")

    def _see_try(self, node: ast.Try, owner: str) -> None:
        for handler in node.handlers:
            if handler.name:
                self._bind(handler, handler.name, owner)
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            for kind in kinds:
                # Whether memory or the stack runs out depends on what was called before.
                if not (isinstance(kind, ast.Name) and kind.id in tables().exceptions):
                    self.fail(handler, "catches more than is known")
                self._trusted.setdefault(kind.id, kind)
            self._seen.update([handler, *(nodes(handler.type) if handler.type else ())])
        ends = (ast.Return, ast.Break, ast.Continue)
        if any(isinstance(part, ends) for top in node.finalbody for part in nodes(top)):
            self.fail(node, "may forget an exception")

    def _see_assign(self, node: ast.Assign, owner: str) -> None:
        if self._is_carrier(node.value) or isinstance(node.value, ast.Lambda):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._carriers.add(target.id)
                elif isinstance(target, ast.Attribute) and isinstance(node.value, ast.Call):
                    self._carriers.add(f".{target.attr}")
                else:
                    self.fail(node, "hands on an instance")
            self._consumed.add(node.value)

    def _see_ann_assign(self, node: ast.AnnAssign, owner: str) -> None:
        self.annotation(node.annotation)

    # Where values are used on the spot.

    def _see_for(self, node: ast.For, owner: str) -> None:
        self._consumed.add(node.iter)

    def _see_comprehension(self, node: ast.comprehension, owner: str) -> None:
        if node.is_async:
            self.fail(node, "holds a coroutine")
        self._consumed.add(node.iter)

    def _see_starred(self, node: ast.Starred, owner: str) -> None:
        self._consumed.add(node.value)

    def _see_generator_exp(self, node: ast.GeneratorExp, owner: str) -> None:
        if node not in self._consumed:
            self.fail(node, "hands on a generator")

    def _see_withitem(self, node: ast.withitem, owner: str) -> None:
        self._consumed.add(node.context_expr)

    def _see_raise(self, node: ast.Raise, owner: str) -> None:
        for part in (node.exc, node.exc.func if isinstance(node.exc, ast.Call) else None):
            if part is not None:
                self._consumed.add(part)
                self._callees.add(part)

    def _see_subscript(self, node: ast.Subscript, owner: str) -> None:
        self._bases.add(node.value)

    def _see_compare(self, node: ast.Compare, owner: str) -> None:
        """`type(x) == float`: classes are compared and nothing else."""
        parts = [node.left, *node.comparators]
        asked = [part for part in parts if isinstance(part, ast.Call) and _is_name(part.func, "type")]
        for part in asked:
            if len(part.args) != 1 or part.keywords:
                self.fail(part, "makes a type")
            self._seen.update((part, part.func))
            self.walk(part.args, owner)
            self._trusted.setdefault("type", part)
        for other in parts if asked else ():
            if other not in asked:
                self.annotation(other)

    # Names, attributes, calls.

    def _see_constant(self, node: ast.Constant, owner: str) -> None:
        if node.value == "empty":
            # numpy.pad(mode="empty") leaves memory as it was.
            self.fail(node, "speaks of memory as it was")

    def _see_name(self, node: ast.Name, owner: str) -> None:
        known, name, module = tables(), node.id, self._module
        if not isinstance(node.ctx, ast.Load):
            self._bind(node, name, owner)
        elif dotted := dotted_name(node, module):
            self._foreign(node, dotted)
        elif name == owner and node not in self._bases:
            self.fail(node, f"hands on {name}")
        elif name in module.own:
            self._own(node)
        elif name in known.producers:
            self._trusted.setdefault(name, node)
            if node not in self._callees:
                self.fail(node, f"hands on {name}")
        elif name not in known.builtins and name not in known.consumers:
            self._wanted.setdefault(name, node)
        elif name in known.called and node not in self._callees:
            self.fail(node, f"hands on {name}")
        if isinstance(node.ctx, ast.Load) and node not in self._callees and node not in self._bases:
            self._bare.setdefault(name, node)

    def _own(self, node: ast.Name) -> None:
        if node.id in self._module.unclear:
            self.fail(node, f"uses {node.id}, which stands for more than one thing")
        kind = self._module.own[node.id]
        if kind == "alias" or (kind == "class" and node not in self._callees):
            self.fail(node, f"hands on the class {node.id}")

    def _foreign(self, node: ast.expr, dotted: str) -> None:
        known = tables()
        base, _, last = dotted.rpartition(".")
        fits = dotted in known.functions or (dotted in known.called and node in self._callees)
        fits = fits or (base in known.functions and last in known.ufunc_methods and base.startswith("numpy."))
        fits = fits or (dotted in known.subscripted and node in self._bases)
        fits = fits or (dotted.startswith("builtins.") and last in known.builtins and last not in known.called)
        if not fits or self._is_unclear(node):
            self.fail(node, f"uses {dotted}")

    def _see_attribute(self, node: ast.Attribute, owner: str) -> None:
        if dotted := dotted_name(node, self._module):
            self._seen.update(nodes(node))
            if not isinstance(node.ctx, ast.Load):
                self.fail(node, "sets an attribute")
            self._foreign(node, dotted)
            return
        base, known = node.value, tables()
        self._bases.add(base)
        of_owner = _is_name(base, owner)
        if not isinstance(node.ctx, ast.Load) and not of_owner:
            self.fail(node, "sets an attribute")
        if isinstance(base, ast.Name) and (base.id in known.types or self._module.own.get(base.id)):
            self.fail(node, f"uses {base.id}.{node.attr}")
        if isinstance(node.ctx, ast.Load) and not self._is_known(node, of_owner):
            self.fail(node, f"uses {node.attr}")
        if node.attr.startswith("__") and not _is_super(base):
            self.fail(node, f"uses {node.attr}")
        if isinstance(node.ctx, ast.Load) and node not in self._callees and node not in self._bases:
            self._bare.setdefault(f".{node.attr}", node)

    def _is_known(self, node: ast.Attribute, of_owner: bool) -> bool:
        known, name = tables(), node.attr
        if _is_super(node.value):
            return node in self._callees and (name == "__init__" or name in self._methods)
        if name == "format" and not (
            isinstance(node.value, ast.Constant) and not _LOOKS_INTO.search(str(node.value.value))
        ):
            return False
        if name in known.values or (name in known.methods and node in self._callees):
            return True
        if name == "flat":
            return node in self._bases or node in self._consumed
        if not of_owner and name in known.foreign_attributes:
            return False
        return name in self._data or (name in self._methods and node in self._callees)

    def _see_call(self, node: ast.Call, owner: str) -> None:
        self._callees.add(node.func)
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        dotted = dotted_name(node.func, self._module) or called
        self._words(node, called, dotted)
        self._arguments(node, called, dotted)
        if self._is_carrier(node) and node not in self._consumed and node not in self._bases:
            self.fail(node, "hands on an instance")
        if dotted in tables().producers and node not in self._consumed:
            self.fail(node, f"hands on what {dotted} gives")
        if dotted == "numpy.errstate" and node not in self._consumed:
            self.fail(node, "keeps a setting of NumPy")

    def _words(self, node: ast.Call, called: str, dotted: str) -> None:
        """Looks at the keywords of a call."""
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        out = words.get("out")
        if "where" in words and not (
            isinstance(out, ast.Call) and dotted_name(out.func, self._module) in tables().fresh
        ):
            self.fail(node, "leaves memory as it was, by `where` without a new `out`")
        if None in words and not (
            self._module.own.get(called) == "function" or called == "dict" or _is_init(node.func)
        ):
            self.fail(node, "does not show what it asks for")
        if None in words and called:
            self._trusted.setdefault(called, node)
        if "file" in words:
            self.fail(node, "prints into a file")
        mode = words.get("mode", node.args[2] if len(node.args) > 2 else ast.Constant("constant"))
        if dotted == "numpy.pad" and not (isinstance(mode, ast.Constant) and not any(map(_is_starred, node.args))):
            self.fail(node, "does not show how it pads")

    def _arguments(self, node: ast.Call, called: str, dotted: str) -> None:
        """Looks at the arguments of calls that use them on the spot, or that ask about types."""
        known = tables()
        if called in ("isinstance", "issubclass") and len(node.args) == 2:
            self.annotation(node.args[1])
            self._trusted.setdefault(called, node)
        elif called == "super":
            self._trusted.setdefault(called, node)
            self._seen.update(part for argument in node.args for part in nodes(argument))
            plain = [argument.id for argument in node.args if isinstance(argument, ast.Name)]
            if node.keywords or len(plain) != len(node.args) or (plain and self._module.own.get(plain[0]) != "class"):
                self.fail(node, "asks for more than its own class")
        elif called in known.consumers or dotted in known.consumers:
            self._consume(node, called, dotted)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in {"join", "extend", "update"} - self._methods:
            self._consumed.update(argument for argument in node.args if not isinstance(argument, ast.Lambda))

    def _consume(self, node: ast.Call, called: str, dotted: str) -> None:
        """Notes which arguments a call takes apart; what it may give back whole is not among them."""
        if called:
            self._trusted.setdefault(called, node)
        name = dotted.rpartition(".")[2]
        first = node.args[:1] if len(node.args) == 1 or name not in ("max", "min") else []
        taken = node.args if name in ("map", "filter", "zip") else node.args[:2] if name == "reduce" else first
        takes_function = name in tables().producers or dotted != called
        self._consumed.update(part for part in taken if takes_function or not isinstance(part, ast.Lambda))
        self._consumed.update(keyword.value for keyword in node.keywords if keyword.arg == "key")

    def _is_carrier(self, node: ast.expr) -> bool:
        """Whether a call makes a value whose text tells where it lies."""
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Name) and self._module.own.get(node.func.id) == "class":
            return True
        return dotted_name(node.func, self._module) in tables().carriers

    def _is_type(self, dotted: str) -> bool:
        known = tables()
        built_in = dotted.startswith("builtins.") and dotted.partition(".")[2] in known.types
        return built_in or dotted in known.annotations or dotted in known.functions

    def _is_unclear(self, node: ast.AST) -> bool:
        return any(isinstance(part, ast.Name) and part.id in self._module.unclear for part in nodes(node))


#: what is looked at, and how
_LOOKS: dict[type, Callable[[Purity, Any, str], None]] = {
    ast.arg: Purity._see_arg,
    ast.FunctionDef: Purity._see_function_def,
    ast.Lambda: Purity._see_lambda,
    ast.Try: Purity._see_try,
    ast.Assign: Purity._see_assign,
    ast.AnnAssign: Purity._see_ann_assign,
    ast.For: Purity._see_for,
    ast.comprehension: Purity._see_comprehension,
    ast.Starred: Purity._see_starred,
    ast.GeneratorExp: Purity._see_generator_exp,
    ast.withitem: Purity._see_withitem,
    ast.Raise: Purity._see_raise,
    ast.Subscript: Purity._see_subscript,
    ast.Compare: Purity._see_compare,
    ast.Constant: Purity._see_constant,
    ast.Name: Purity._see_name,
    ast.Attribute: Purity._see_attribute,
    ast.Call: Purity._see_call,
}


def dotted_name(node: ast.AST, module: Module) -> str:
    """Returns the full name of what lies below an imported module, "" for everything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not (isinstance(node, ast.Name) and node.id in module.foreign):
        return ""
    return ".".join([module.foreign[node.id], *reversed(parts)])


def _is_name(node: ast.expr, name: str) -> bool:
    return bool(name) and isinstance(node, ast.Name) and node.id == name


def _is_starred(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _is_name(node.func, "super")


def _is_init(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "__init__" and _is_super(node.value)
