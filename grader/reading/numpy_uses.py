"""Finds which names, keywords and modules of NumPy a piece of code uses that some version has and another has not."""

import ast
from collections.abc import Iterator

from grader.reading.version_changes import (
    ADDED_KEYWORDS,
    ADDED_LINALG,
    ADDED_NAMES,
    METHODS,
    REMOVED_KEYWORDS,
    REMOVED_MODULES,
    REMOVED_NAMES,
    Change,
    in_lib,
)
from grader.worker.old_numpy import PUBLIC

__all__ = ["is_numpy", "numpy_function", "uses_in"]


def uses_in(node: ast.AST) -> Iterator[Change]:
    """Yields the changes that a single node is touched by."""
    if isinstance(node, ast.Attribute):
        yield from _of_attribute(node)
    elif isinstance(node, ast.Call) and (function := numpy_function(node.func)):
        for keyword in node.keywords:
            key = (function, keyword.arg or "")
            if found := REMOVED_KEYWORDS.get(key) or ADDED_KEYWORDS.get(key):
                yield found
    elif isinstance(node, ast.Import):
        yield from (gone for alias in node.names if (gone := _gone_module(alias.name)))
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from _of_import_from(node.module or "", [alias.name for alias in node.names])


def _of_import_from(module: str, names: list[str]) -> Iterator[Change]:
    if gone := _gone_module(module):
        yield gone
    elif module == "numpy":
        yield from (_NAMES[name] for name in names if name in _NAMES)
    elif module == "numpy.linalg":
        yield from (ADDED_LINALG[name] for name in names if name in ADDED_LINALG)


def _gone_module(name: str) -> Change | None:
    """Returns the change of a module, or of the package that it is in."""
    parts = name.split(".")
    packages = [".".join(parts[:many]) for many in range(len(parts), 0, -1)]
    return next((REMOVED_MODULES[package] for package in packages if package in REMOVED_MODULES), None)


def _of_attribute(node: ast.Attribute) -> Iterator[Change]:
    if is_numpy(node.value):
        if node.attr in _NAMES:
            yield _NAMES[node.attr]
    elif isinstance(node.value, ast.Attribute) and is_numpy(node.value.value):
        if node.value.attr == "lib" and node.attr in PUBLIC and not node.attr.startswith("_"):
            yield in_lib(node.attr)
        elif node.value.attr == "linalg" and node.attr in ADDED_LINALG:
            yield ADDED_LINALG[node.attr]
    elif node.attr in METHODS and isinstance(node.ctx, ast.Load):
        yield METHODS[node.attr]


def numpy_function(node: ast.expr) -> str:
    """Returns the name after `np.`; "" for anything else."""
    return node.attr if isinstance(node, ast.Attribute) and is_numpy(node.value) else ""


def is_numpy(node: ast.expr) -> bool:
    """Whether an expression is NumPy itself, under the names that everybody gives it."""
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


_NAMES = {**REMOVED_NAMES, **ADDED_NAMES}
