"""Finds what a file uses of Python that some of the versions in use lack: modules, functions, syntax, annotations."""

import ast
import builtins
import io
import sys
import tokenize
import warnings
from collections.abc import Iterable, Iterator

from grader.reading.array_uses import filled
from grader.reading.parsing import parse_source
from grader.reading.version_changes import ADDED_PYTHON, BY_SHAPE, PYTHON, Change, Kind

__all__ = ["OLDEST", "python_uses", "syntax_uses"]

#: second number of the oldest Python that the grader runs on
OLDEST = 11


def python_uses(tree: ast.Module) -> Iterator[tuple[int, Change]]:
    """Yields the line and the change of what a tree uses; removed modules are found with those of NumPy."""
    if not _names_nothing_exactly(tree):
        undefined = _undefined(tree)
        names = (part for annotation in _annotations(tree) for part in ast.walk(annotation))
        for name in names:
            if isinstance(name, ast.Name) and name.id in undefined:
                yield name.lineno, filled(BY_SHAPE["annotation"], name.id)
    modules = {alias.asname or alias.name: alias.name for alias in _plain_imports(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _brought(node, ((alias.name, "") for alias in node.names))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            yield from _brought(node, [(module, ""), *((module, alias.name) for alias in node.names)])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from _brought(node, [(modules.get(node.value.id, ""), node.attr)])
        elif isinstance(node, ast.Call):
            yield from _of_call(node, modules)


def _brought(node: ast.AST, names: Iterable[tuple[str, str]]) -> Iterator[tuple[int, Change]]:
    for module, name in names:
        # A module of a new package is that package's.
        key = (module, name) if name else (module.partition(".")[0], "")
        if key in ADDED_PYTHON:
            yield node.lineno, ADDED_PYTHON[key]  # type: ignore[attr-defined]


def _of_call(node: ast.Call, modules: dict[str, str]) -> Iterator[tuple[int, Change]]:
    function = node.func
    if isinstance(function, ast.Name):
        if function.id == "map" and any(keyword.arg == "strict" for keyword in node.keywords):
            yield node.lineno, BY_SHAPE["map"]
    elif isinstance(function, ast.Attribute) and function.attr in ("randrange", "randint"):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        floats = [arg for arg in node.args if isinstance(arg, ast.Constant) and type(arg.value) is float]
        # Floats that are no whole numbers were refused before.
        if modules.get(owner) == "random" and floats and all(arg.value.is_integer() for arg in floats):  # type: ignore[union-attr]
            yield node.lineno, filled(BY_SHAPE["randrange"], f"random.{function.attr}")


def _plain_imports(tree: ast.Module) -> list[ast.alias]:
    return [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """Yields the annotations that an older Python evaluates when the definition is run."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from ([node.returns] if node.returns else [])
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            yield from (each.annotation for each in every if each is not None and each.annotation is not None)
        if isinstance(node, (ast.Module, ast.ClassDef)):
            yield from (each.annotation for each in node.body if isinstance(each, ast.AnnAssign))


def _names_nothing_exactly(tree: ast.Module) -> bool:
    """Whether names may come from where nobody can see them, or annotations are never evaluated."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(
        alias.name == "*" or (node.module == "__future__" and alias.name == "annotations")
        for node in imports
        for alias in node.names
    )


def _undefined(tree: ast.Module) -> frozenset[str]:
    """Returns the names that are read and that nothing in the file defines."""
    defined: set[str] = {*dir(builtins), "__file__", "__name__"}
    read: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else defined).add(node.id)
        elif isinstance(node, ast.alias):
            defined.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
        else:
            # Definitions, handlers, patterns and parameters of types have their names as texts.
            defined.update(name for key in ("name", "rest") if isinstance(name := getattr(node, key, None), str))
    return frozenset(read - defined)


def syntax_uses(text: str) -> Iterator[tuple[int, Change]]:
    """Yields the line and the change of the first thing that each older Python cannot read."""
    if sys.version_info >= (3, 12) and (line := _line_of_nested_quotes(text)):
        yield line, BY_SHAPE["quotes"]
    newest: list[tuple[int, Change]] = []
    for minor in range(OLDEST, sys.version_info[1]):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text, feature_version=(3, minor))
            break
        except SyntaxError as exc:
            said = exc.msg.partition(" only supported")[0].removesuffix(" are").removesuffix(" is")
            what = f"this syntax ({said[:1].lower()}{said[1:]})"
            change = Change(PYTHON, f"3.{minor + 1}", Kind.ADDED, what, "Write it in the older way.")
            # Python says where it was done with the whole handler.
            line = _line_of_bare_exceptions(text) if said.startswith("except expressions") else 0
            newest = [(line or exc.lineno or 1, change)]
        except (ValueError, RecursionError, MemoryError):
            break
    yield from newest


def _line_of_bare_exceptions(text: str) -> int:
    """Returns the first line where several exceptions stand without brackets; 0 for none."""
    kinds = [node.type for node in ast.walk(parse_source(text, "")) if isinstance(node, ast.ExceptHandler)]
    tuples = [kind for kind in kinds if isinstance(kind, ast.Tuple) and kind.elts]
    # A tuple in brackets begins before its first part.
    return min((each.lineno for each in tuples if each.col_offset == each.elts[0].col_offset), default=0)


def _line_of_nested_quotes(text: str) -> int:
    """Returns the first line where an f-string has strings with its own quotes inside; 0 for none."""
    start, end = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "FSTRING_END", -1)
    quotes: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (start, tokenize.STRING):
                own = token.string.lstrip("rRfFbBuU")
                mark = own[:3] if own[:3] in ('"""', "'''") else own[:1]
                if mark in quotes:
                    return token.start[0]
                if token.type == start:
                    quotes.append(mark)
            elif token.type == end:
                quotes.pop()
    except (tokenize.TokenError, SyntaxError, IndexError):
        return 0
    return 0
