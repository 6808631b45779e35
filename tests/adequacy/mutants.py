"""Makes mutants of a module's text: by cosmic-ray's operators, and by those that array code needs besides.

cosmic-ray (8.7) has the general operators, and lists where each applies; it knows no axis, slice or order of results.
"""

import ast
import copy
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "mutants_of"]

ARITHMETIC = ("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow")
#: names that a student may write in the place of each other
ALIKE = (
    ("H", "W"), ("HH", "WW"), ("H_out", "W_out"), ("pool_height", "pool_width"), ("h", "w"), ("rows", "cols"),
    ("i", "j"), ("p", "q"), ("n", "f"), ("N", "C"), ("C", "G"), ("x", "dout"), ("x", "x_pad"), ("gamma", "beta"),
    ("dgamma", "dbeta"), ("top", "left"), ("row", "col"), ("mean", "var"), ("running_mean", "running_var"),
    ("stride", "pad"), ("W1", "W2"), ("W2", "W3"), ("b1", "b2"), ("b2", "b3"), ("dW1", "dW2"), ("dW2", "dW3"),
    ("db1", "db2"), ("db2", "db3"), ("hidden", "pooled"), ("hidden_dim", "num_classes"),
    ("num_filters", "hidden_dim"), ("mean", "along"), ("w", "b"),
)  # fmt: skip
METHODS = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "var": "std", "std": "var",
    "zeros": "ones", "sqrt": "abs", "zeros_like": "ones_like",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong version of a function."""

    function: str
    operator: str
    #: of the whole module
    text: str
    #: the lines that differ, in the words of a diff
    diff: str


def mutants_of(text: str, functions: tuple[str, ...]) -> Iterator[Mutant]:
    """Yields the mutants of functions or classes of a module, each text once."""
    tree = ast.parse(text)
    plain = ast.unparse(tree)
    seen = {plain}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name not in functions:
            continue
        alone = ast.unparse(_bare(copy.deepcopy(node)))
        made = [*_general(alone), *_of_arrays(alone)]
        for operator, changed in made:
            whole = plain.replace(ast.unparse(node), changed)
            if whole in seen:
                continue
            seen.add(whole)
            yield Mutant(node.name, operator, whole, _diff(alone, changed))


def _bare(node: ast.AST) -> ast.AST:
    """Removes docstrings, in which there is nothing to mutate."""
    for part in ast.walk(node):
        body = getattr(part, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            part.body = body[1:] or [ast.Pass()]
    return node


def _general(text: str) -> Iterator[tuple[str, str]]:
    """Yields what cosmic-ray makes of a text."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    for name in sorted(operator_names()):
        kind = name.rpartition("/")[2]
        if kind.startswith("ReplaceBinaryOperator") and not all(part in ARITHMETIC for part in kind.split("_")[1:]):
            continue
        if kind.startswith(("ReplaceComparison", "Exception", "RemoveDecorator")) and "_Is" in kind:
            continue
        if kind.startswith("Variable"):  # they are told which variable
            continue
        operator = get_operator(name)()
        for occurrence in range(1_000):
            changed = mutate_code(text, operator, occurrence)
            if changed is None:
                break
            if (found := _parsed(changed)) is not None:
                yield kind, found


def _parsed(text: str) -> str | None:
    try:
        return ast.unparse(ast.parse(text))
    except SyntaxError:
        return None


def _of_arrays(text: str) -> Iterator[tuple[str, str]]:
    """Yields what goes wrong in array code: axes, slices, orders, accumulation, names of one kind."""
    count = sum(1 for _ in ast.walk(ast.parse(text)))
    for number in range(count):
        for kind in range(40):
            tree = ast.parse(text)
            node = [*ast.walk(tree)][number]
            operator = _change(tree, node, kind)
            if operator is None:
                break
            if operator:
                changed = ast.unparse(ast.fix_missing_locations(tree))
                if changed != text:
                    yield operator, changed


def _change(tree: ast.AST, node: ast.AST, kind: int) -> str | None:
    """Changes one node in its kind-th way; "" where that way is none, None where there are no more."""
    ways = [*_ways(tree, node)]
    if kind >= len(ways):
        return None
    name, apply = ways[kind]
    apply()
    return name


def _ways(tree, node):
    if isinstance(node, ast.AugAssign):
        yield "assigns instead of adding", lambda: _replace(tree, node, ast.Assign([node.target], node.value))
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        yield "leaves a statement out", lambda: _replace(tree, node, ast.Pass())
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for place in range(len(node.elts) - 1):
            yield "swaps neighbours", lambda place=place: _swap(node.elts, place, place + 1)
        if len(node.elts) > 1 and all(isinstance(part, ast.Constant) for part in node.elts):
            for place in range(len(node.elts)):
                yield "leaves an axis out", lambda place=place: node.elts.pop(place)
    if isinstance(node, ast.Call):
        for place in range(len(node.args) - 1):
            yield "swaps arguments", lambda place=place: _swap(node.args, place, place + 1)
        for place in range(len(node.keywords)):
            yield "leaves a keyword out", lambda place=place: node.keywords.pop(place)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in METHODS:
            yield f"{METHODS[name]} for {name}", lambda: setattr(node.func, "attr", METHODS[name])
    if isinstance(node, ast.Slice):
        if node.lower is not None:
            yield "slice without a beginning", lambda: setattr(node, "lower", None)
        if node.upper is not None:
            yield "slice without an end", lambda: setattr(node, "upper", None)
            yield "slice one shorter", lambda: setattr(node, "upper", ast.BinOp(node.upper, ast.Sub(), ast.Constant(1)))
            yield "slice one longer", lambda: setattr(node, "upper", ast.BinOp(node.upper, ast.Add(), ast.Constant(1)))
        if node.step is not None:
            yield "slice without a step", lambda: setattr(node, "step", None)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        known = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
        for pair in ALIKE:
            if node.id in pair:
                other = pair[1 - pair.index(node.id)]
                if other in known:
                    yield "another name", lambda other=other: setattr(node, "id", other)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value:
        left, _, right = node.value.partition("->")
        for place in range(len(right) - 1):
            swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
            yield "other order of axes", lambda swapped=swapped: setattr(node, "value", f"{left}->{swapped}")
    if isinstance(node, ast.BinOp):
        yield "left side only", lambda: _replace(tree, node, node.left)
        yield "right side only", lambda: _replace(tree, node, node.right)


def _swap(items, one, other):
    items[one], items[other] = items[other], items[one]


def _replace(tree, node, other):
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, other)
            elif isinstance(value, list) and any(item is node for item in value):
                value[[item is node for item in value].index(True)] = other


def _diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), lineterm="", n=0)
    return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))
