"""Recognises functions that are still to be written, and definitions that are the same."""

import ast
from collections.abc import Iterator

__all__ = ["is_stub", "same_code"]

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def is_stub(node: ast.stmt) -> bool:
    """Whether a function can only return None or what is empty, raise NotImplementedError, or nothing at all.

    A class is a stub when none of its methods but `__init__` is written.
    """
    if isinstance(node, ast.ClassDef):
        methods = [part for part in node.body if isinstance(part, _Function) and part.name != "__init__"]
        return bool(methods) and all(map(is_stub, methods))
    if not isinstance(node, _Function):
        return False
    statements = list(_own_statements(node.body))
    if any(isinstance(part, ast.Expr) and isinstance(part.value, (ast.Yield, ast.YieldFrom)) for part in statements):
        return False
    blank = _blank_names(statements)
    returned = [part.value for part in statements if isinstance(part, ast.Return)]
    return all(value is None or _is_blank(_first(value), blank) for value in returned)


def same_code(one: ast.stmt, other: ast.stmt) -> bool:
    """Whether two definitions are the same but for layout, comments and documentation."""
    try:
        return _bare(one) == _bare(other)
    except RecursionError:
        return False


def _own_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields the statements of a function, those of its blocks included, not those of functions inside it."""
    pending = body[::-1]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*_Function, ast.ClassDef)):
            pending += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt)][::-1]
            pending += [
                part
                for holder in ast.iter_child_nodes(node)
                if isinstance(holder, (ast.ExceptHandler, ast.match_case))
                for part in holder.body
            ]


def _blank_names(statements: list[ast.stmt]) -> set[str]:
    """Returns the names that are never anything but None or empty."""
    blank: set[str] = set()
    filled: set[str] = set()
    for node in statements:
        for name, value in _bindings(node):
            (blank if value is not None and _is_blank(value, set()) else filled).add(name)
    return blank - filled


def _bindings(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yields each name that a statement binds or fills, and the expression that it is bound to, where that is known."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _paired(target, node.value)
        return
    heads = [part for part in ast.iter_child_nodes(node) if isinstance(part, (ast.expr, ast.withitem))]
    for head in heads:
        for part in ast.walk(head):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id, getattr(node, "value", None) if isinstance(node, ast.AnnAssign) else None
            elif isinstance(part, ast.Attribute) and isinstance(node, ast.Expr) and isinstance(part.value, ast.Name):
                # out.fill(…), scores.append(…)
                yield part.value.id, None
            elif isinstance(part, ast.keyword) and part.arg == "out" and isinstance(part.value, ast.Name):
                yield part.value.id, None


def _paired(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        for number, part in enumerate(target.elts):
            if same and isinstance(value, (ast.Tuple, ast.List)):
                yield from _paired(part, value.elts[number])
            else:
                yield from ((name.id, None) for name in ast.walk(part) if isinstance(name, ast.Name))
    else:
        # out[n, f] = …, out.flat = …
        root = target
        while isinstance(root, (ast.Subscript, ast.Attribute, ast.Starred)):
            root = root.value
        if isinstance(root, ast.Name):
            yield root.id, None


def _first(value: ast.expr) -> ast.expr:
    """Returns what a function returns first: the result that it is named for, as `out` of `out, cache`."""
    return value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value


def _is_blank(value: ast.expr, blank: set[str]) -> bool:
    if isinstance(value, ast.Name):
        return value.id in blank
    if isinstance(value, ast.Constant):
        return value.value in (None, ..., 0, "")
    if isinstance(value, ast.Tuple) and value.elts:
        return all(_is_blank(part, blank) for part in value.elts)
    if isinstance(value, ast.Dict):
        return not value.values
    return isinstance(value, (ast.List, ast.Tuple)) and not value.elts


def _bare(node: ast.stmt) -> str:
    copied = ast.parse(ast.unparse(node))
    for part in ast.walk(copied):
        body = getattr(part, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            part.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(copied)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
