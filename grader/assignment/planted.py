"""Makes modules of the solution as they would be with other texts, without touching those that are imported.

Every module of the workspace that one of them imports is made anew as well, so that a changed layer is what a network
calls; everything else is shared.
"""

import builtins
import importlib.util
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.abc import InspectLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from grader.assignment.definition import Assignment
from grader.assignment.markers import solved_version

__all__ = ["planted_modules"]


def planted_modules(assignment: Assignment, texts: Mapping[str, str], names: Iterable[str]) -> dict[str, ModuleType]:
    """Returns answer modules of the solution by their names in checks, with other texts for some files.

    Args:
        assignment: whose solution it is.
        texts: workspace path -> text, of the same parts on the top level of the file as before.
        names: of the modules that are asked for.

    Raises:
        UnusableAssignment: the solution is not here.
    """
    files = {*assignment.modules.values(), *assignment.given_files}
    maker = _Maker(assignment.solution_package, {_dotted(file): texts.get(file) for file in files})
    return {name: maker.module(_dotted(assignment.modules[name])) for name in names}


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
        """Returns a module by its dotted name within the package."""
        if name not in self._made:
            full = f"{self._package}.{name}"
            made = self._made[name] = ModuleType(full)
            made.__dict__["__package__"] = full.rpartition(".")[0]
            made.__dict__["__builtins__"] = self._builtins
            before = _source_of(full)
            _CodeLoader(before.code).exec_module(made)
            # Compiling all of a file takes ten times as long as compiling the part that is another one.
            for part in _changed_parts(before.parts, self._texts.get(name)):
                _CodeLoader(compile(part, f"<{full}>", "exec")).exec_module(made)
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


class _CodeLoader(InspectLoader):
    """Runs code in a module."""

    def __init__(self, code: CodeType) -> None:
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        """Returns the code, whatever the module is called."""
        return self._code

    def get_source(self, fullname: str) -> None:
        """Returns no text."""
        return


@dataclass(frozen=True, slots=True)
class _Source:
    """A module as it is."""

    code: CodeType
    parts: tuple[str, ...]


@cache
def _source_of(name: str) -> _Source:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(f"{name} is not there")
    text = Path(spec.origin).read_text(encoding="utf-8")
    return _Source(compile(text, spec.origin, "exec"), _parts(solved_version(text, spec.origin)))


def _changed_parts(before: Sequence[str], text: str | None) -> list[str]:
    """Returns the functions and classes of a text that differ from those of the module."""
    return [] if text is None else [part for part in _parts(text) if part not in before]


def _parts(text: str) -> tuple[str, ...]:
    """Returns a text in pieces, each of which begins with a function or class, or a decorator, at the left margin."""
    return tuple(re.split(r"^(?=def |class |@)", text, flags=re.MULTILINE))


def _dotted(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")
