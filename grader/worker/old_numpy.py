"""What older NumPys had, by the version that took it, and what stands for it; from NumPy's release notes 1.14 to 2.5.

Names and keywords are put into NumPy itself where this one lacks them. Arrays of one entry in the place of a number,
legal before 2.4, need another code of the files: `OneEntryArrays`.
"""

import ast
import functools
import importlib
import operator
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from grader.worker.granted import ONE_ENTRY, granted

__all__ = ["HELPERS", "KEYWORDS", "LIB_VERSION", "MODULES", "NAMES", "PUBLIC", "RETURNED", "OneEntryArrays", "put_back"]

#: version of NumPy that is installed
HERE = tuple(map(int, np.__version__.split(".")[:2]))


def _names(version: str, **values: Any) -> dict[str, tuple[str, Any]]:
    return {name: (version, value) for name, value in values.items()}


#: name in numpy -> version of NumPy that no longer has it, what it was
NAMES: dict[str, tuple[str, Any]] = {
    **_names("1.18", rank=np.ndim),
    **_names("1.23", asscalar=lambda a: np.asarray(a).item()),
    **_names("1.24", int=int, float=float, bool=bool, object=object, str=str, complex=complex, long=int, unicode=str),
    **_names("2.0", bool8=np.bool_, int0=np.intp, uint0=np.uintp, str0=np.str_, bytes0=np.bytes_, object0=np.object_),
    **_names(
        "2.0", float_=np.float64, complex_=np.complex128, unicode_=np.str_, string_=np.bytes_, cfloat=np.complex128
    ),
    **_names("2.0", longfloat=np.longdouble, singlecomplex=np.complex64, longcomplex=np.clongdouble),
    **_names("2.0", clongfloat=np.clongdouble, Inf=np.inf, Infinity=np.inf, infty=np.inf, PINF=np.inf, NINF=-np.inf),
    **_names("2.0", NaN=np.nan, NAN=np.nan, PZERO=0.0, NZERO=-0.0, product=np.prod, cumproduct=np.cumprod),
    **_names("2.0", sometrue=np.any, alltrue=np.all, round_=np.round, mat=np.asmatrix, issubclass_=issubclass),
    **_names("2.0", asfarray=lambda a, dtype=np.float64: np.asarray(a, dtype=dtype), disp=print),
    **_names("2.0", msort=lambda a: np.sort(a, axis=0), fastCopyAndTranspose=lambda a: np.asarray(a).T.copy()),
    **_names("2.4", in1d=lambda ar1, ar2, **how: np.isin(np.ravel(ar1), ar2, **how)),
    **_names("2.4", trapz=lambda y, x=None, dx=1.0, axis=-1: np.trapezoid(y, x, dx, axis)),
    **_names("2.5", row_stack=lambda tup, **how: np.vstack(tup, **how)),
}
#: those that a later version has again, with another meaning
RETURNED = {"bool": "2.0", "long": "2.0"}
_STILL_IN_LIB = (
    "Arrayterator NumpyVersion add_docstring add_newdoc array_utils format introspect mixins npyio scimath "
    "stride_tricks test tracemalloc_domain"
)
#: names of numpy that numpy.lib had, too
PUBLIC = frozenset(vars(np)) - frozenset(_STILL_IN_LIB.split())
#: version that took the names of numpy from numpy.lib, such as np.lib.pad
LIB_VERSION = "2.0"
_LIB_PARTS = (
    "arraypad arraysetops function_base histograms index_tricks nanfunctions polynomial shape_base twodim_base "
    "type_check ufunclike utils"
)
#: NumPy 1.26 has a module of this name still, which prints a RuntimeError and raises another when it is imported
UMATH_TESTS = "numpy.core.umath_tests"
#: module in numpy -> version that no longer has it; its names are looked for in numpy
MODULES: dict[str, str] = {
    **{f"numpy.lib.{part}": LIB_VERSION for part in _LIB_PARTS.split()},
    UMATH_TESTS: "1.26",
    "numpy.linalg.linalg": "2.4",
    "numpy.testing.utils": "2.0",
}
#: function of numpy, keyword -> version that no longer takes it, and its name since; "" where it had no effect
KEYWORDS: dict[tuple[str, str], tuple[str, str]] = {
    ("unravel_index", "dims"): ("1.21", "shape"),
    ("histogram", "normed"): ("1.24", "density"),
    ("reshape", "a"): ("2.1", "0"),
    ("reshape", "newshape"): ("2.4", "shape"),
    **{
        (name, "interpolation"): ("2.4", "method")
        for name in ("percentile", "quantile", "nanpercentile", "nanquantile")
    },
    ("corrcoef", "bias"): ("2.4", ""),
    ("corrcoef", "ddof"): ("2.4", ""),
}
_PLACES_OF_NUMBERS = frozenset({"int", "float", "complex", "round"})


def put_back() -> None:
    """Gives NumPy what it lacks of all this; what it has stays."""
    for name, (_, value) in NAMES.items():
        # hasattr would ask NumPy's own __getattr__, which warns.
        if name not in vars(np):
            setattr(np, name, value)
    if "pad" not in vars(np.lib):
        vars(np.lib)["__getattr__"] = _public
    for name in MODULES:
        if name == UMATH_TESTS or not _is_there(name):
            _install_module(name)
    renamed: dict[str, dict[str, str]] = {}
    for (function, keyword), (version, new) in KEYWORDS.items():
        if tuple(map(int, version.split("."))) <= HERE:
            renamed.setdefault(function, {})[keyword] = new
    for function, keywords in renamed.items():
        setattr(np, function, _with_keywords(getattr(np, function), keywords))


def _is_there(name: str) -> bool:
    try:
        with warnings.catch_warnings():
            # Some are there still, and warn.
            warnings.simplefilter("ignore")
            importlib.import_module(name)
    except ImportError:
        return False
    return True


def _public(name: str) -> Any:
    if name.startswith("_") or name not in vars(np):
        raise AttributeError(f"module 'numpy.lib' has no attribute {name!r}")
    return vars(np)[name]


def _install_module(name: str) -> None:
    module = ModuleType(name)
    sources = [np.linalg, np] if name.startswith("numpy.linalg") else [np]
    for source in reversed(sources):
        vars(module).update({key: value for key, value in vars(source).items() if not key.startswith("_")})
    if name == UMATH_TESTS:
        vars(module).update(
            inner1d=lambda a, b: np.einsum("...i,...i->...", a, b),
            matrix_multiply=np.matmul,
        )
    vars(module)["__all__"] = [key for key in vars(module) if not key.startswith("_")]
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    setattr(importlib.import_module(parent), last, module)


def _with_keywords(function: Callable[..., Any], keywords: dict[str, str]) -> Callable[..., Any]:
    """Returns a function of NumPy that also takes keywords that are gone."""

    @functools.wraps(function)
    def with_old_keywords(*args: Any, **named: Any) -> Any:
        for old, new in keywords.items():
            if old in named:
                value = named.pop(old)
                if new == "0":
                    args = (value, *args)
                elif new:
                    named[new] = value
        return function(*args, **named)

    return with_old_keywords


class OneEntryArrays(ast.NodeTransformer):
    """Lets an array of one entry stand for its number in `int(…)`, `math.sqrt(…)`, and on the right of `a[i] =`."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Rewrites the arguments of a call that takes numbers."""
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        of_math = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        if name in _PLACES_OF_NUMBERS or (of_math and node.func.value.id == "math"):  # type: ignore[attr-defined]
            node.args = [
                arg if isinstance(arg, (ast.Starred, ast.Constant)) else _call("__number__", node, arg)
                for arg in node.args
            ]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """Rewrites `a[i] = value` where the index may mean one element."""
        self.generic_visit(node)
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript) or _has_slice(target.slice):
            return node
        return ast.copy_location(ast.Expr(_call("__store__", node, node.value, target.value, target.slice)), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """Rewrites `a[i] += value` likewise."""
        self.generic_visit(node)
        target = node.target
        if not isinstance(target, ast.Subscript) or _has_slice(target.slice):
            return node
        name = ast.Constant(type(node.op).__name__)
        value = _call("__update__", node, target.value, target.slice, node.value, name)
        return ast.copy_location(ast.Expr(value), node)


def _call(name: str, where: ast.AST, *args: ast.expr) -> ast.Call:
    function = ast.copy_location(ast.Name(name, ast.Load()), where)
    return ast.copy_location(ast.Call(function, [ast.copy_location(arg, where) for arg in args], []), where)


def _has_slice(index: ast.expr) -> bool:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(part, (ast.Slice, ast.Starred)) for part in parts)


def _number(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim and value.size == 1:
        # Older ones take it themselves.
        if HERE >= (2, 4):
            granted(ONE_ENTRY)
        return value.reshape(())[()]
    return value


def _store(value: Any, target: Any, index: Any) -> None:
    try:
        target[index] = value
    except (TypeError, ValueError):
        if not (isinstance(target, np.ndarray) and isinstance(value, np.ndarray) and value.ndim and value.size == 1):
            raise
        target[index] = _number(value)


def _update(target: Any, index: Any, value: Any, name: str) -> None:
    _store(_OPERATORS[name](target[index], value), target, index)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.iadd, "Sub": operator.isub, "Mult": operator.imul, "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv, "Mod": operator.imod, "Pow": operator.ipow, "MatMult": operator.imatmul,
    "BitAnd": operator.iand, "BitOr": operator.ior, "BitXor": operator.ixor, "LShift": operator.ilshift,
    "RShift": operator.irshift,
}  # fmt: skip
#: what rewritten code calls
HELPERS: dict[str, Any] = {"__number__": _number, "__store__": _store, "__update__": _update}
