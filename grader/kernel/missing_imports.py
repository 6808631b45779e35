"""Replaces imports in a notebook's cells that this machine cannot satisfy.

A package that is missing here, or an earlier file of the student's that was not handed in, then costs what uses it and
not the whole cell that imports it. Relative imports, pasted from a file, are those of the package.
"""

import ast
import builtins
import importlib
import importlib.util
import os
import sys
from typing import Any, NoReturn

__all__ = ["AbsentImports"]

_STAND_IN = "__absent_import__"


class AbsentImports(ast.NodeTransformer):
    """Replaces imports at the top level of a cell; `found` says whether it has, since it was last set to False.

    Args:
        workspace: folder of the given and the answer files; names are looked for in its modules only.
    """

    def __init__(self, workspace: str) -> None:
        self.found = False
        self._workspace = os.path.abspath(workspace) + os.sep
        setattr(builtins, _STAND_IN, _Absent)

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Rewrites the imports that would fail; those inside `try` have an answer of their own."""
        node.body = [part for statement in node.body for part in self._replaced(statement)]
        return node

    def _replaced(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, ast.ImportFrom) and node.level and node.module:
            # Pasted from a file of the package: it means what it means there.
            node = ast.copy_location(ast.ImportFrom(self._module(node.module), node.names, 0), node)
        if isinstance(node, ast.Import):
            absent = [alias for alias in node.names if not _is_here(alias.name)]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            absent = [alias for alias in node.names if not self._has(node.module, alias.name)]
        else:
            return [node]
        if not absent:
            return [node]
        self.found = True
        kept = [alias for alias in node.names if alias not in absent]
        stand_ins = [part for alias in absent for part in _stand_in(node, alias)]
        node.names = kept
        return [*([node] if kept else []), *(ast.copy_location(part, node) for part in stand_ins)] or [ast.Pass()]

    def _module(self, name: str) -> str:
        """Returns the dotted name of the workspace's module that a relative import names."""
        path = os.path.join(*name.split(".")) + ".py"
        for folder, folders, _ in os.walk(self._workspace):
            folders.sort()
            if os.path.isfile(os.path.join(folder, path)):
                package = os.path.relpath(folder, self._workspace).replace(os.sep, ".")
                return name if package == "." else f"{package}.{name}"
        return name

    def _has(self, module: str, name: str) -> bool:
        if not _is_here(module):
            return False
        spec = importlib.util.find_spec(module)
        if name == "*" or spec is None or not (spec.origin or "").startswith(self._workspace):
            return True
        try:
            return hasattr(importlib.import_module(module), name) or _is_here(f"{module}.{name}")
        except Exception:
            # The cell is to say so.
            return True


def _stand_in(node: ast.stmt, alias: ast.alias) -> list[ast.stmt]:
    """Returns what stands for one imported name; nothing for a star, or where an `import a.b` has its `a`."""
    top = alias.name.split(".")[0]
    if alias.name == "*" or (isinstance(node, ast.Import) and not alias.asname and top != alias.name and _is_here(top)):
        return []
    what = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
    return ast.parse(f"{alias.asname or top} = {_STAND_IN}({what!r})").body


def _is_here(name: str) -> bool:
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
    except Exception:
        return True


class _Absent:
    """Stands for something that could not be imported; whoever uses it is told so."""

    def __init__(self, name: str) -> None:
        self.__dict__["name"] = name

    def __getattr__(self, attribute: str) -> NoReturn:
        if attribute.startswith("__"):
            # Looked for by those who only look at it, as IPython does.
            raise AttributeError(attribute)
        self()

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ModuleNotFoundError(f"{self.__dict__['name']} is not installed here")
