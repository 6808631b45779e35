"""Loads a Python file of the assignment itself, a given or a solved one, as a module of this process."""

import importlib.util
from pathlib import Path
from types import ModuleType

from grader.model.errors import UnusableAssignment

__all__ = ["load_module"]


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
