"""Compiles files of the workspace, when they are imported, with what is granted to each."""

import ast
import importlib.util
import os
import sys
from collections.abc import Collection, Mapping
from importlib.machinery import FileFinder, SourceFileLoader
from types import CodeType
from typing import Any

from grader.worker import absent_imports, compat, old_numpy
from grader.worker.granted import set_workspace

__all__ = ["compile_source", "install_loader"]


def install_loader(workspace: str, division: Mapping[str, str], fallible: Mapping[str, Collection[int]]) -> None:
    """Makes Python compile files of the workspace in their own way; other files stay as they are.

    Args:
        workspace: the folder.
        division: path below it -> "exact" or "floor", see `compat`.
        fallible: path below it -> lines of top-level imports that may fail, see `absent_imports`.
    """
    root = os.path.abspath(workspace)
    if division:
        compat.install(numpy_names=False)
    absent_imports.prepare(root)
    set_workspace(root)

    class Loader(SourceFileLoader):
        def source_to_code(self, data: Any, path: Any, *, _optimization: int = -1) -> CodeType:  # type: ignore[override]
            place = os.path.relpath(os.fsdecode(path), root).replace(os.sep, "/")
            text = importlib.util.decode_source(bytes(data))
            return compile_source(text, os.fsdecode(path), division.get(place, ""), fallible.get(place, ()))

    def finder(folder: str) -> FileFinder:
        if os.path.abspath(folder) != root and not os.path.abspath(folder).startswith(root + os.sep):
            raise ImportError("outside of the workspace")
        return FileFinder(folder, (Loader, [".py"]))

    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()


def compile_source(text: str, filename: str, division: str = "", fallible: Collection[int] = ()) -> CodeType:
    """Returns the code of a module, lines numbered as in its text.

    Args:
        text: the source.
        filename: for tracebacks.
        division: "exact", "floor", or "" for Python 3's own. The code then needs `compat.install`.
        fallible: lines of top-level imports that may fail. The code then needs `absent_imports.prepare`.

    Raises:
        SyntaxError, ValueError: it is no valid Python 3.
    """
    tree = ast.parse(text, filename)
    if fallible:
        tree = absent_imports.FallibleImports(fallible).visit(tree)
    if division:
        tree = old_numpy.OneEntryArrays().visit(tree)
        tree = ast.fix_missing_locations(compat.Python2Division(division).visit(tree))
    code: CodeType = compile(tree, filename, "exec", dont_inherit=True)
    return code
