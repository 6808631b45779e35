"""Makes modules of the solution as they would be with other texts, without touching those that are imported.

Every module of the workspace that one of them imports is made anew as well, so that a changed layer is what a network
calls; everything else is shared.
"""

import builtins
import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.abc import InspectLoader, Loader
from types import ModuleType
from typing import Any

from grader.assignment.definition import Assignment

__all__ = ["planted_modules"]


def planted_modules(assignment: Assignment, texts: Mapping[str, str]) -> dict[str, ModuleType]:
    """Returns the answer modules of the solution by their names in checks, with other texts for some files.

    Raises:
        UnusableAssignment: the solution is not here.
    """
    files = {*assignment.modules.values(), *assignment.given_files}
    maker = _Maker(assignment.solution_package, {_dotted(file): texts.get(file) for file in files})
    return {name: maker.module(_dotted(file)) for name, file in assignment.modules.items()}


class _Maker:
    """Makes each module once, when it is first imported.

    Args:
        package: of the solution.
        texts: dotted name within the package -> text; None for a module that stays as it is.
    """

    def __init__(self, package: str, texts: Mapping[str, str | None]) -> None:
        self._package = package
        self._texts = texts
        self._made: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), "__import__": self._import}

    def module(self, name: str) -> ModuleType:
        if name not in self._made:
            full = f"{self._package}.{name}"
            made = self._made[name] = ModuleType(full)
            is_package = f"{name}.__init__" in self._texts
            made.__dict__["__package__"] = full if is_package else full.rpartition(".")[0]
            made.__dict__["__builtins__"] = self._builtins
            text = self._texts.get(name)
            loader = _loader_of(full) if text is None else _TextLoader(text)
            loader.exec_module(made)
        return self._made[name]

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        full = name
        if level and globals:
            full = importlib.util.resolve_name("." * level + name, globals["__package__"])
        own = full.removeprefix(f"{self._package}.")
        if own != full and own in self._texts and fromlist:
            return self.module(own)
        return builtins.__import__(name, globals, locals, fromlist or (), level)


def _dotted(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


class _TextLoader(InspectLoader):
    """Loads a module from a text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:
        return self._text


@cache
def _loader_of(name: str) -> Loader:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is not there")
    return spec.loader
