"""Finds where the form of the code tells that versions of NumPy treat an array or a number differently.

Said only of what the text proves: that a value is an array with axes, or a number of a small type. Code that is said to
break where it does not costs a student more than a line that nobody has found.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from grader.reading.numpy_uses import is_numpy, numpy_function
from grader.reading.version_changes import BY_SHAPE, CHANGED, Change

__all__ = ["array_uses", "filled"]

#: functions that turn one value into a Python number, beside those of math
_NUMBERS = frozenset({"int", "float", "complex"})
#: those of math that take something else than one number
_NOT_OF_NUMBERS = frozenset({"fsum", "prod", "dist", "hypot", "sumprod", "gcd", "lcm"})
_MAKERS = frozenset({"zeros", "ones", "empty", "full"})
_REDUCTIONS = frozenset({"sum", "mean", "max", "min", "prod", "var", "std", "amax", "amin", "any", "all", "median"})
_SINGLE = frozenset({"float16", "float32", "half", "single"})
_LIMITS = {f"{sign}int{bits}": (sign, bits) for sign in ("", "u") for bits in (8, 16, 32)}
_SETS = frozenset({"shape", "strides", "dtype"})

_Scope = Mapping[str, ast.expr]


def filled(change: Change, what: str) -> Change:
    """Returns a row with what stands in the code in its place."""
    return replace(change, what=change.what.replace("{0}", what), way_out=change.way_out.replace("{0}", what))


def array_uses(tree: ast.Module) -> Iterator[tuple[int, Change]]:
    """Yields the line and the change of every such place."""
    yield from _of_scope(tree, {}, frozenset())


def _of_scope(scope: ast.AST, outer: _Scope, counters: frozenset[str]) -> Iterator[tuple[int, Change]]:
    own = list(_own_nodes(scope))
    known = {**outer, **_assigned_once(scope, own)}
    counters = counters | _counters(own)
    for node in own:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _of_scope(node, known, counters)
        else:
            yield from ((node.lineno, change) for change in _of_node(node, known, counters))  # type: ignore[attr-defined]


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yields what lies in a scope, and the scopes in it without what lies there."""
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(node)


def _assigned_once(scope: ast.AST, own: list[ast.AST]) -> dict[str, ast.expr]:
    """Returns names that a scope gives a value in a single place, and nowhere else in any way."""
    times: dict[str, int] = {}
    for node in own:
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            times[node.id] = times.get(node.id, 0) + 1
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            times.update(dict.fromkeys(node.names, 2))
    for node in ast.walk(scope):
        if isinstance(node, ast.arg):
            times[node.arg] = 2
    return {
        node.targets[0].id: node.value
        for node in own
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and times[node.targets[0].id] == 1
    }


def _counters(own: list[ast.AST]) -> frozenset[str]:
    """Returns names that count in a loop over range(…)."""
    return frozenset(
        node.target.id
        for node in own
        if isinstance(node, (ast.For, ast.comprehension))
        and isinstance(node.target, ast.Name)
        and isinstance(node.iter, ast.Call)
        and isinstance(node.iter.func, ast.Name)
        and node.iter.func.id == "range"
    )


def _of_node(node: ast.AST, known: _Scope, counters: frozenset[str]) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        yield from _of_call(node, known)
    elif isinstance(node, ast.BinOp):
        yield from _of_arithmetic(node, known)
    elif isinstance(node, (ast.Assign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr in _SETS and _is_array_name(target.value):
                yield filled(BY_SHAPE[target.attr], ast.unparse(target.value))
            elif _is_one_place(target, known, counters) and _has_axes(node.value, known):
                yield filled(BY_SHAPE["one entry stored"], _short(target))


def _of_call(node: ast.Call, known: _Scope) -> Iterator[Change]:
    function = numpy_function(node.func)
    first = node.args[0] if node.args else None
    if first is None:
        return
    if function == "sum" and isinstance(first, ast.GeneratorExp):
        yield BY_SHAPE["generator"]
    elif function == "fix":
        yield BY_SHAPE["fix"]
    elif function == "array" and _is_display(first) and _keyword(node, "copy") is False:
        yield BY_SHAPE["copy"]
    elif _takes_numbers(node.func) and any(_has_axes(arg, known) for arg in node.args):
        yield filled(BY_SHAPE["one entry"], f"{ast.unparse(node.func)}(…)")
    elif _does_not_fit(node, function, first):
        yield filled(BY_SHAPE["out of bounds"], _short(node))


def _of_arithmetic(node: ast.BinOp, known: _Scope) -> Iterator[Change]:
    if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        if "%s" not in node.left.value and any(_has_axes(value, known) for value in values):
            yield filled(BY_SHAPE["one entry"], "'%…' % …")
        return
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if (small := _small_number(one, known)) and _is_python_number(other):
            yield filled(CHANGED["single" if small in _SINGLE else "small integer"], f"np.{small}(…)")
        elif _is_double_number(one, known) and _is_single_array(other, known):
            yield filled(CHANGED["double"], _short(one))


def _takes_numbers(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _NUMBERS
    in_math = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return in_math and function.value.id == "math" and function.attr not in _NOT_OF_NUMBERS  # type: ignore[attr-defined]


def _has_axes(value: ast.expr, known: _Scope, depth: int = 0) -> bool:
    """Whether a value is an array with axes, and may have a single entry."""
    if depth > 20:
        return False
    if isinstance(value, ast.Name):
        return value.id in known and _has_axes(known[value.id], {}, depth + 1)
    if isinstance(value, ast.UnaryOp):
        return not isinstance(value.op, ast.Not) and _has_axes(value.operand, known, depth + 1)
    if isinstance(value, ast.BinOp) and not isinstance(value.op, (ast.MatMult, ast.Mod)):
        return any(_has_axes(part, known, depth + 1) for part in (value.left, value.right))
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Tuple):
        # Such an index is an array's; other slices may be of a string or a list.
        return any(isinstance(part, ast.Slice) for part in value.slice.elts)
    return isinstance(value, ast.Call) and _makes_axes(value)


def _makes_axes(call: ast.Call) -> bool:
    function, method = numpy_function(call.func), getattr(call.func, "attr", "")
    if method in _REDUCTIONS:
        return _keyword(call, "keepdims") is True
    if function:
        shape = call.args[0] if call.args else None
        return (
            (function in _MAKERS and shape is not None and _is_shape_of_one(shape))
            or (function == "array" and isinstance(shape, ast.List) and len(shape.elts) == 1 and len(call.args) == 1)
            or function in ("atleast_1d", "atleast_2d", "ravel")
        )
    if _is_numpy_random(call.func):
        if method in ("randn", "rand"):
            return bool(call.args) and all(_is_one(arg) for arg in call.args)
        size = next((keyword.value for keyword in call.keywords if keyword.arg == "size"), None)
        return size is not None and _is_shape_of_one(size)
    if method == "reshape":
        return bool(call.args) and all(_is_shape_of_one(arg) or ast.unparse(arg) == "-1" for arg in call.args)
    return method in ("flatten", "ravel") and not call.args


def _is_shape_of_one(shape: ast.expr) -> bool:
    return _is_one(shape) or (
        isinstance(shape, ast.Tuple) and bool(shape.elts) and all(_is_one(part) for part in shape.elts)
    )


def _is_one(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value == 1


def _is_one_place(target: ast.expr, known: _Scope, counters: frozenset[str]) -> bool:
    """Whether an index names a single entry of an array whose number of axes is known."""
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
        return False
    made = known.get(target.value.id)
    if not isinstance(made, ast.Call) or numpy_function(made.func) not in _MAKERS or not made.args:
        return False
    shape = made.args[0]
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    axes = len(shape.elts) if isinstance(shape, ast.Tuple) else 1 if isinstance(shape, ast.Constant) else 0
    return len(parts) == axes and all(_is_whole(part, counters) for part in parts)


def _is_whole(value: ast.expr, counters: frozenset[str]) -> bool:
    if isinstance(value, ast.BinOp):
        return _is_whole(value.left, counters) and _is_whole(value.right, counters)
    if isinstance(value, ast.Name):
        return value.id in counters
    return isinstance(value, ast.Constant) and type(value.value) is int


def _is_array_name(value: ast.expr) -> bool:
    """Whether something may be an array whose shape is set: an object's own attribute of that name is no array's."""
    return isinstance(value, ast.Name) and value.id not in ("self", "cls")


def _does_not_fit(call: ast.Call, function: str, first: ast.expr) -> bool:
    if function in _LIMITS:
        return _is_outside(first, function)
    if function not in ("array", "asarray", "full"):
        return False
    kind = next((keyword.value for keyword in call.keywords if keyword.arg == "dtype"), None)
    name = kind.value if isinstance(kind, ast.Constant) else numpy_function(kind) if kind is not None else ""
    if name not in _LIMITS:
        return False
    value = call.args[1] if function == "full" and len(call.args) > 1 else first
    values = value.elts if _is_display(value) else [value]  # type: ignore[attr-defined]
    return any(_is_outside(each, str(name)) for each in values)


def _is_outside(value: ast.expr, name: str) -> bool:
    """Whether a number as it is written does not fit a type."""
    sign, bits = _LIMITS[name]
    least, most = (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    number = value.operand if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) else value
    if not isinstance(number, ast.Constant) or type(number.value) is not int:
        return False
    return not least <= (number.value if number is value else -number.value) <= most


def _small_number(value: ast.expr, known: _Scope) -> str:
    """Returns the small type of a number, e.g. "float32"; "" for anything else."""
    if isinstance(value, ast.Name):
        value = known.get(value.id, value)
    function = numpy_function(value.func) if isinstance(value, ast.Call) else ""
    if function not in _SINGLE and function not in _LIMITS:
        return ""
    (argument, *more) = value.args if isinstance(value, ast.Call) and value.args else [None]
    if argument is None or more or (function in _LIMITS and _is_outside(argument, function)):
        return ""
    return function if _is_python_number(argument) else ""


def _is_python_number(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp) and not isinstance(value.op, ast.Not):
        return _is_python_number(value.operand)
    if isinstance(value, ast.BinOp):
        return _is_python_number(value.left) and _is_python_number(value.right)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in ("int", "float", "len")
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


def _is_double_number(value: ast.expr, known: _Scope) -> bool:
    """Whether a value is a number of NumPy's own in double precision."""
    if isinstance(value, ast.Name):
        value = known.get(value.id, value)
    if not isinstance(value, ast.Call) or not value.args:
        return False
    function = numpy_function(value.func)
    return function in ("float64", "double", "sqrt", "exp", "log") and all(map(_is_python_number, value.args))


def _is_single_array(value: ast.expr, known: _Scope) -> bool:
    if isinstance(value, ast.Name):
        value = known.get(value.id, value)
    if not isinstance(value, ast.Call):
        return False
    kinds = [keyword.value for keyword in value.keywords if keyword.arg == "dtype"]
    function, method = numpy_function(value.func), getattr(value.func, "attr", "")
    if not function and method == "astype":
        kinds += value.args[:1]
    elif function not in _MAKERS:
        return False
    return any(numpy_function(kind) in _SINGLE for kind in kinds)


def _is_display(value: ast.expr) -> bool:
    return isinstance(value, (ast.List, ast.Tuple))


def _is_numpy_random(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Attribute):
        return False
    return function.value.attr == "random" and is_numpy(function.value.value)


def _keyword(call: ast.Call, name: str) -> object:
    """Returns the constant that a keyword is given; None for none."""
    found = (keyword.value for keyword in call.keywords if keyword.arg == name)
    return next((value.value for value in found if isinstance(value, ast.Constant)), None)


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:39]}…"
