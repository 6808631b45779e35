"""Restores what NumPy removed, Python 2 built-ins and whole-number division, for `--compat`.

Runs in the worker, before a submission is imported, and only where the instructor asked for it (`--compat`).

Division comes in two ways. "exact": two whole numbers that divide evenly give a whole number (6 / 2 is 3), others a
float as ever; so a size may be computed with `/`, and no value changes. "floor": two whole numbers, or arrays of them,
give the whole part, as in Python 2; it is for files that are no valid Python 3, which nobody wrote for it.
"""

import ast
import builtins
import functools
import importlib.util
import operator
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from grader.worker import old_numpy
from grader.worker.granted import DIVIDED_EXACTLY, FLOORED, granted

__all__ = ["BUILTINS", "SHIMS", "Python2Division", "install"]

#: built-ins that Python 3 renamed or dropped
BUILTINS: dict[str, Any] = {
    **{"xrange": range, "unicode": str, "basestring": str, "long": int, "unichr": chr, "raw_input": input},
    **{"reduce": functools.reduce, "cmp": lambda a, b: (a > b) - (a < b)},
}
#: functions whose result is the same for 3 and 3.0
_ROUNDING = frozenset({"int", "float", "round", "floor", "ceil", "int32", "int64", "int_", "sqrt"})
#: packages for code that runs on Python 2 and 3, as far as coursework uses them
SHIMS = ("past", "future", "six")


def install(numpy_names: bool = True) -> None:
    """Puts back what is missing: built-ins, the packages past, future and six, NumPy's names; keeps what is there."""
    for name, value in {**BUILTINS, **_DIVISIONS, **old_numpy.HELPERS}.items():
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
    if numpy_names:
        old_numpy.put_back()
    for top in SHIMS:
        if top not in sys.modules and importlib.util.find_spec(top) is None:
            _install_shim(top)


class Python2Division(ast.NodeTransformer):
    """Turns `a / b` into a call that looks at the kinds of a and b; so also `name /= b`, which arrays do in place."""

    def __init__(self, division: str) -> None:
        self._division = division
        self._divide, self._divide_in_place = f"__{division}_division__", f"__{division}_division_in_place__"

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Makes nothing of exact division where its result becomes a whole number anyhow."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if self._division != "exact" or name not in _ROUNDING:
            self.generic_visit(node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Rewrites one `/`."""
        self.generic_visit(node)
        return self._call(self._divide, node, node.left, node.right) if isinstance(node.op, ast.Div) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """Rewrites one `/=` of a plain name; other targets would be evaluated twice."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or not isinstance(node.target, ast.Name):
            return node
        old = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        value = self._call(self._divide_in_place, node, old, node.value)
        return ast.copy_location(ast.Assign([node.target], value), node)

    def _call(self, name: str, node: ast.AST, left: ast.expr, right: ast.expr) -> ast.expr:
        function = ast.copy_location(ast.Name(name, ast.Load()), node)
        return ast.copy_location(ast.Call(function, [left, right], []), node)


def _exact(a: Any, b: Any, divide: Callable[[Any, Any], Any] = operator.truediv) -> Any:
    if isinstance(a, (int, np.integer)) and isinstance(b, (int, np.integer)) and b != 0 and a % b == 0:
        granted(DIVIDED_EXACTLY)
        return a // b
    return divide(a, b)


def _floor(a: Any, b: Any, divide: Callable[[Any, Any], Any] = operator.truediv) -> Any:
    if not _is_whole(a) or not _is_whole(b):
        return divide(a, b)
    granted(FLOORED)
    return a // b


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) or (isinstance(value, np.ndarray) and value.dtype.kind in "iu")


_DIVISIONS: dict[str, Any] = {
    "__exact_division__": _exact,
    "__floor_division__": _floor,
    "__exact_division_in_place__": functools.partial(_exact, divide=operator.itruediv),
    "__floor_division_in_place__": functools.partial(_floor, divide=operator.itruediv),
}


def _install_shim(top: str) -> None:
    """Puts a small package into sys.modules, with the names that coursework imports from it."""
    old = {**vars(builtins), **BUILTINS}
    names = {name: old[name] for name in old if not name.startswith("_")}
    views = {"iteritems": lambda d: iter(d.items()), "itervalues": lambda d: iter(d.values())}
    versions = {"PY2": False, "PY3": True, "string_types": (str,), "text_type": str}
    parts: dict[str, dict[str, Any]] = {
        "past": {},
        "past.builtins": names,
        "past.utils": {"old_div": _floor},
        "future": {},
        "future.builtins": names,
        "future.utils": {**views, **versions},
        "future.standard_library": {"install_aliases": lambda: None},
        "six": {**views, **versions},
        "six.moves": names,
    }
    for name, content in parts.items():
        if name.partition(".")[0] == top:
            module = ModuleType(name)
            module.__path__ = []
            vars(module).update(content)
            sys.modules[name] = module
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, module)
