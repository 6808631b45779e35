"""Decides from the text of a module's functions whether they can leave something behind for a later call.

Everything that outlives a call (functions, classes, constants, libraries) may be used but never changed, and nothing
may be read that an earlier call has changed without meaning to: memory as it was last used, or where a value lies in
memory. So a value whose text would tell that, an iterator, a bound method, an instance, is only used on the spot.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterable
from typing import Any

from grader.reading.parsing import nodes
from grader.syntax.call_proofs import CallProofs, is_super
from grader.syntax.known_pure import tables
from grader.syntax.proof_notes import Unproven, dotted_name, is_name

__all__ = ["Purity"]

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
_DANGEROUS = frozenset(dir(builtins))
#: a field of a format string that looks into its value
_LOOKS_INTO = re.compile(r"\{[^{}]*[.\[]")


class Purity(CallProofs):
    """Goes through functions of one module, and at last through the names that only all of them together explain."""

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
        asked = [part for part in parts if isinstance(part, ast.Call) and is_name(part.func, "type")]
        for part in asked:
            if len(part.args) != 1 or part.keywords:
                self.fail(part, "makes a type")
            self._seen.update((part, part.func))
            self.walk(part.args, owner)
            self._trusted.setdefault("type", part)
        for other in parts if asked else ():
            if other not in asked:
                self.annotation(other)

    # Names and attributes.

    def _see_constant(self, node: ast.Constant, owner: str) -> None:
        if node.value == "empty":
            # numpy.pad(mode="empty") leaves memory as it was.
            self.fail(node, "mentions memory as it was")

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
        of_owner = is_name(base, owner)
        if not isinstance(node.ctx, ast.Load) and not of_owner:
            self.fail(node, "sets an attribute")
        if isinstance(base, ast.Name) and (base.id in known.types or self._module.own.get(base.id)):
            self.fail(node, f"uses {base.id}.{node.attr}")
        if isinstance(node.ctx, ast.Load) and not self._is_known(node, of_owner):
            self.fail(node, f"uses {node.attr}")
        if node.attr.startswith("__") and not is_super(base):
            self.fail(node, f"uses {node.attr}")
        if isinstance(node.ctx, ast.Load) and node not in self._callees and node not in self._bases:
            self._bare.setdefault(f".{node.attr}", node)

    def _is_known(self, node: ast.Attribute, of_owner: bool) -> bool:
        known, name = tables(), node.attr
        if is_super(node.value):
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
