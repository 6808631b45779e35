"""Lets files of a package import each other as if they lay side by side: `import layer_utils`, `from .layers import *`.

So flat files do, whose places in the package are in different folders, and files of Python 2's time. The name gives the
module of the package itself: what it imports relatively is found, and nothing is loaded twice.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

__all__ = ["allow_flat_imports"]


def allow_flat_imports(workspace: str, folders: Sequence[str]) -> None:
    """Makes modules in folders of the workspace known by their bare names, after all other modules.

    Args:
        workspace: on the import path.
        folders: in it.
    """
    sys.meta_path.append(_BareNames(workspace, folders))


class _BareNames:
    """Finds `layers` and `package.part.layers` as `package.layers`, where nobody else finds them."""

    def __init__(self, workspace: str, folders: Sequence[str]) -> None:
        self._workspace = workspace
        self._folders = folders

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Returns how a module is loaded; see importlib.abc.MetaPathFinder."""
        package, _, last = name.rpartition(".")
        packages = [os.path.relpath(folder, self._workspace).replace(os.sep, ".") for folder in self._folders]
        if package and package not in packages:
            return None
        for folder, found in zip(self._folders, packages, strict=True):
            file = os.path.join(folder, last)
            if found != package and (os.path.isfile(f"{file}.py") or os.path.isdir(file)):
                return spec_from_loader(name, _Alias(f"{found}.{last}"), origin=file)  # type: ignore[arg-type]
        return None

    def invalidate_caches(self) -> None:
        """Nothing is cached."""


class _Alias:
    """Gives the module of another name; see importlib.abc.Loader, which would load a tenth of the standard library."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._own: Any = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Returns the module itself."""
        module = import_module(self._name)
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leaves the module as it is; the import system has put the bare name's spec into it."""
        module.__spec__ = self._own
