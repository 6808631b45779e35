"""Loads Python files of the assignment itself, given or solved ones, as modules of this process."""

import hashlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from grader.model.errors import UnusableAssignment

__all__ = ["load_module", "package_at"]


def load_module(path: Path) -> ModuleType:
    """Returns the module in a file of ours, under a name that nothing else has.

    Raises:
        UnusableAssignment: it is not a Python file.
    """
    spec = importlib.util.spec_from_file_location(f"grader_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UnusableAssignment(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package_at(folder: Path) -> str:
    """Returns the name under which the files of a folder are imported as a package, with or without an __init__.py."""
    folder = folder.resolve()
    name = f"grader_folder_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = importlib.util.module_from_spec(spec)
    return name
