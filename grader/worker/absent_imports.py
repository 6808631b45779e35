"""Imports files though something that they import at their top level is not here: only what uses it then fails.

The name of what is absent is bound to a stand-in. While its file is still being imported the stand-in gives more of
its kind, so that a decorator or a base class costs only what it belongs to; later it raises what the import did.
"""

import ast
import builtins
import os
import sys
from collections.abc import Collection
from importlib import import_module
from types import FrameType, TracebackType
from typing import Any, NoReturn

__all__ = ["FallibleImports", "found_absent", "prepare"]

_STAND_IN, _PARENT = "__fallible_import__", "__parent_of_fallible_import__"
_workspace = ""
_found: list[str] = []


class FallibleImports(ast.NodeTransformer):
    """Gives each name of some top-level imports a stand-in where its import fails.

    Args:
        lines: of the statements, the first one of each.
    """

    def __init__(self, lines: Collection[int]) -> None:
        self._lines = frozenset(lines)

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Rewrites the statements; those inside `try` have an answer of their own."""
        node.body = [part for statement in node.body for part in self._parts(statement)]
        return node

    def _parts(self, node: ast.stmt) -> list[ast.stmt]:
        if not isinstance(node, (ast.Import, ast.ImportFrom)) or node.lineno not in self._lines:
            return [node]
        return [_attempt(node, alias) for alias in node.names]


def _attempt(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    """Returns `try: import one name`, with what is bound where that fails."""
    own = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
    inside = isinstance(node, ast.Import) and not alias.asname and "." in alias.name
    bound = alias.asname or alias.name.partition(".")[0]
    value = f"{_PARENT if inside else _STAND_IN}(__file__, {node.lineno}, {alias.name!r})"
    fallback = ast.parse(value if alias.name == "*" else f"{bound} = {value}").body
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, fallback)
    statement = ast.Try([own], [handler], [], [])
    for part in ast.walk(statement):
        if hasattr(part, "lineno") or isinstance(part, (ast.stmt, ast.expr, ast.excepthandler, ast.alias)):
            ast.copy_location(part, node)
    return statement


def prepare(workspace: str) -> None:
    """Makes what rewritten files call.

    Args:
        workspace: folder; what fails in another file of it is no absent import, but that file's own failure.
    """
    global _workspace
    _workspace = os.path.abspath(workspace) + os.sep
    setattr(builtins, _STAND_IN, _absent)
    setattr(builtins, _PARENT, _parent_of_absent)


def found_absent() -> str:
    """Returns what was absent so far, a line each: file in the workspace, line of the statement, name as imported."""
    return "\n".join(_found)


def _absent(file: str, line: int, name: str) -> "_Absent":
    """Returns the stand-in of an import that has just failed."""
    error = sys.exc_info()[1]
    if not isinstance(error, Exception) or _fails_elsewhere(error.__traceback__):
        raise
    place = os.path.relpath(file, _workspace).replace(os.sep, "/")
    _found.append(f"{place}:{line}:{name}")
    return _Absent(file, type(error) if isinstance(error, ImportError) else ImportError, str(error))


def _parent_of_absent(file: str, line: int, name: str) -> Any:
    """Returns what `import a.b` binds, which is `a` where that is here, and a stand-in else."""
    stand_in = _absent(file, line, name)
    try:
        return import_module(name.partition(".")[0])
    except Exception:
        return stand_in


def _fails_elsewhere(trace: TracebackType | None) -> bool:
    """Whether an exception comes from another file of the workspace than the one that imports."""
    trace = trace.tb_next if trace else None
    while trace is not None:
        if os.path.abspath(trace.tb_frame.f_code.co_filename).startswith(_workspace):
            return True
        trace = trace.tb_next
    return False


class _Absent:
    """Stands for something that could not be imported."""

    __slots__ = ("_error", "_file", "_text")

    def __init__(self, file: str, error: type[ImportError], text: str) -> None:
        self._file, self._error, self._text = file, error, text

    def __getattr__(self, name: str) -> "_Absent":
        if name.startswith("__"):
            # Looked for by those who only look at it.
            raise AttributeError(name)
        return self._more()

    def __call__(self, *args: Any, **kwargs: Any) -> "_Absent":
        return self._more()

    def __getitem__(self, key: Any) -> "_Absent":
        return self._more()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return ()

    def __bool__(self) -> bool:
        # `if torch.cuda.is_available()` at the top of a file.
        self._more()
        return False

    def _more(self) -> "_Absent":
        if _is_importing(sys._getframe(), self._file):
            return self
        self._fail()

    def _fail(self) -> NoReturn:
        raise self._error(self._text)


def _is_importing(frame: FrameType | None, file: str) -> bool:
    """Whether the top level of a file is being run just now."""
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_code.co_filename == file:
            return True
        frame = frame.f_back
    return False
