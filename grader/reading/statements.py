"""Splits cells into top-level statements and says what each defines, needs and may do.

Harmless is what an import may run: imports, definitions, and values that are computed from nothing but values.
"""

import ast
import builtins
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from grader.reading.code_cells import PythonCell

__all__ = ["Kind", "Unit", "dotted", "units_of"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PURE_BUILTINS = _words(
    "abs bool bytes complex dict divmod enumerate float frozenset int isinstance len list max min object pow range "
    "reversed round set slice sorted str sum tuple type zip hasattr getattr property staticmethod classmethod"
)
_PURE_MODULES = _words("np numpy math functools itertools collections operator typing sys")
_PURE_METHODS = _words(
    "reshape astype copy transpose flatten ravel split strip format join get keys values items sum mean"
)
# Of the modules above: what draws at random, or touches files and settings.
_IMPURE = _words(
    "random load save savez savetxt loadtxt genfromtxt fromfile memmap tofile seterr set_printoptions exit stdin "
    "stdout stderr setrecursionlimit settrace setprofile modules path"
)


_COMPREHENSIONS = _words("listcomp setcomp dictcomp genexpr")


class Kind(Enum):
    """What a statement is to the module that it becomes part of."""

    #: binds one name to a module, or to a name of one
    IMPORT = auto()
    #: `from module import *`
    STAR = auto()
    #: a function or a class
    DEFINITION = auto()
    #: a name and a value that an import may compute
    CONSTANT = auto()
    #: changes something that is bound already, e.g. `Network.loss = loss`
    PATCH = auto()
    #: binds names by running something: not for a module
    RUN = auto()


@dataclass(frozen=True, slots=True)
class Unit:
    """One top-level statement of a cell."""

    kind: Kind
    #: the statement, as written where it has its lines for itself
    text: str
    node: ast.stmt
    #: names that it binds; for a PATCH the one that it changes
    binds: frozenset[str]
    #: global names that must be there when the statement runs
    early: frozenset[str] = frozenset()
    #: global names that its functions use when they are called
    late: frozenset[str] = frozenset()
    #: of an IMPORT or STAR: the module, dots of a relative import in front
    module: str = ""
    #: number of its cell
    cell: int = 0
    #: in the cell, from 1
    line: int = 0
    #: False when it stands in a text cell
    is_code: bool = True


def units_of(cell: PythonCell) -> Iterator[Unit]:
    """Yields the statements of a cell that bind or change a name, in order."""
    lines = cell.text.split("\n")
    body = cell.tree.body
    starts = [_first_line(node) for node in body]
    for place, node in enumerate(body):
        alone = node.col_offset == 0 and _has_its_lines(starts, body, place, lines)
        first, last = starts[place], node.end_lineno or node.lineno
        text = "\n".join(lines[first - 1 : last]) if alone else ast.unparse(node)
        found = _units(node, text)
        if isinstance(node, ast.If) and _asks_for_main(node.test):
            found = (unit for part in node.body for unit in _units(part, ast.unparse(part)))
        for unit in found:
            yield replace(unit, cell=cell.number, line=cell.first_line + first - 1, is_code=cell.is_code)


def dotted(node: ast.expr) -> str:
    """Returns a chain of attributes as text, "np.linalg.norm"; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _units(node: ast.stmt, text: str) -> Iterator[Unit]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from _imports(node)
        return
    kind = _kind(node)
    binds = frozenset(_patched(node) if kind is Kind.PATCH else _bound(node))
    if kind in (Kind.DEFINITION, Kind.CONSTANT, Kind.PATCH) and not isinstance(node, (ast.If, ast.Try)):
        needs = _needs(text, binds)
    elif isinstance(node, (ast.If, ast.Try)) and kind is not Kind.RUN:
        harmless = _harmless_part(node)
        text = text if ast.dump(harmless) == ast.dump(node) else ast.unparse(harmless)
        node, needs = harmless, _needs(text, binds)
        if needs is not None:
            needs = needs[0] - binds, needs[1]
    else:
        needs = frozenset(), frozenset()
    if needs is None:
        kind, needs = Kind.RUN, (frozenset(), frozenset())
    if binds:
        yield Unit(kind, text, node, binds, *needs)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Unit]:
    """Yields one import for each name, so that each can be taken or left."""
    for alias in node.names:
        name = alias.asname or alias.name.split(".")[0]
        single: ast.stmt
        if isinstance(node, ast.Import):
            single, module = ast.Import([alias]), alias.name
        else:
            single, module = ast.ImportFrom(node.module, [alias], node.level), "." * node.level + (node.module or "")
        kind = Kind.STAR if alias.name == "*" else Kind.IMPORT
        yield Unit(kind, ast.unparse(single), single, frozenset([name]), module=module)


def _kind(node: ast.stmt) -> Kind:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return Kind.DEFINITION
    if isinstance(node, (ast.If, ast.Try)):
        return Kind.DEFINITION if _defines(node) else Kind.RUN
    if _patched(node):
        return Kind.PATCH
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        plain = all(isinstance(part, (ast.Name, ast.Tuple, ast.List)) for part in targets)
        return Kind.CONSTANT if plain and _is_pure(node.value) else Kind.RUN
    return Kind.RUN


def _patched(node: ast.stmt) -> list[str]:
    """Returns the name whose attribute or entry a statement sets to something harmless, in a list, or []."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            return [target.value.id] if _is_pure(node.value) else []
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return [target.value.id] if _is_pure(target.slice) and _is_pure(node.value) else []
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted(node.value.func) == "setattr":
        args = node.value.args
        return [args[0].id] if args and isinstance(args[0], ast.Name) and all(map(_is_pure, args)) else []
    return []


def _is_pure(value: ast.expr) -> bool:
    """Whether an expression computes a value from values, and nothing that takes long or leaves a trace."""
    pending: list[ast.AST] = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            return False
        if isinstance(node, ast.Call) and not _is_pure_call(node.func):
            return False
        # What a lambda would do it does not do here.
        pending += ast.iter_child_nodes(node.args if isinstance(node, ast.Lambda) else node)
    return True


def _is_pure_call(func: ast.expr) -> bool:
    name = dotted(func)
    if name:
        root, *rest = name.split(".")
        if root in _PURE_MODULES and rest and not _IMPURE & set(rest):
            return True
        return name in _PURE_BUILTINS or (bool(rest) and rest[-1] in _PURE_METHODS)
    return isinstance(func, ast.Attribute) and func.attr in _PURE_METHODS


def _asks_for_main(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`, which holds in every notebook."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = [test.left, *test.comparators]
    names = {part.id for part in sides if isinstance(part, ast.Name)}
    return names == {"__name__"} and any(isinstance(part, ast.Constant) and part.value == "__main__" for part in sides)


def _defines(node: ast.If | ast.Try) -> bool:
    """Whether a branch imports or defines something."""
    return any(
        isinstance(part, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)) for part in _statements(node)
    )


def _statements(node: ast.If | ast.Try) -> Iterator[ast.stmt]:
    for block in _blocks(node):
        for part in block:
            yield part
            if isinstance(part, (ast.If, ast.Try)):
                yield from _statements(part)


def _blocks(node: ast.If | ast.Try) -> Sequence[list[ast.stmt]]:
    if isinstance(node, ast.If):
        return node.body, node.orelse
    return node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody


def _harmless_part(node: ast.If | ast.Try) -> ast.If | ast.Try:
    """Returns the statement without what runs something in its branches."""
    if isinstance(node, ast.If):
        return ast.If(node.test, _harmless(node.body) or [ast.Pass()], _harmless(node.orelse))
    handlers = [ast.ExceptHandler(h.type, h.name, _harmless(h.body) or [ast.Pass()]) for h in node.handlers]
    final = _harmless(node.finalbody) or ([] if handlers else [ast.Pass()])
    return ast.Try(_harmless(node.body) or [ast.Pass()], handlers, _harmless(node.orelse), final)


def _harmless(block: list[ast.stmt]) -> list[ast.stmt]:
    kept: list[ast.stmt] = []
    for node in block:
        if isinstance(node, (ast.If, ast.Try)):
            kept += [_harmless_part(node)] if _defines(node) else []
        elif isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.Raise)) or _kind(node) is not Kind.RUN:
            kept.append(node)
    return kept


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yields the names that a statement binds at the top level of its module."""
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield part.name
            continue
        if isinstance(part, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        if isinstance(part, ast.alias):
            yield part.asname or part.name.split(".")[0]
        pending += ast.iter_child_nodes(part)


def _needs(text: str, binds: frozenset[str]) -> tuple[frozenset[str], frozenset[str]] | None:
    """Returns the global names that a statement uses when it runs, and later; None when Python would not compile it."""
    try:
        table = symtable.symtable(text, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    # From Python 3.12 on the variable of a comprehension may stand here too, as used and assigned.
    used = [symbol for symbol in table.get_symbols() if symbol.is_referenced()]
    early = {symbol.get_name() for symbol in used if not symbol.is_assigned() or symbol.get_name() in binds}
    late: set[str] = set()
    pending = [(child, True) for child in table.get_children()]
    while pending:
        scope, at_once = pending.pop()
        # The body of a class, and of a comprehension outside of functions, runs with the statement.
        at_once = at_once and (scope.get_type() == "class" or scope.get_name().strip("<>") in _COMPREHENSIONS)
        names = {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_referenced() and symbol.is_global()}
        (early if at_once else late).update(names)
        pending += [(child, at_once) for child in scope.get_children()]
    known = set(vars(builtins)) | {"__name__", "__file__", "__doc__"}
    return frozenset(early - known), frozenset(late - known)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _has_its_lines(starts: list[int], body: list[ast.stmt], place: int, lines: list[str]) -> bool:
    """Whether no other statement stands on the lines of one."""
    node = body[place]
    last = node.end_lineno or node.lineno
    before = body[place - 1].end_lineno or 0 if place else 0
    after = starts[place + 1] if place + 1 < len(body) else last + 1
    if before >= starts[place] or last >= after:
        return False
    rest = lines[last - 1].encode()[node.end_col_offset or 0 :].strip() if last <= len(lines) else b""
    return not rest or rest.startswith(b"#")
