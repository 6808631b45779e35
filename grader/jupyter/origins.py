"""Finds out where a function of a notebook comes from, and the source text that it and its helpers need."""

import ast
import linecache
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["Origin", "Part", "definitions", "origin_of"]

#: of values that a function reads and that can be written down
PLAIN = (bool, int, float, complex, str, bytes, type(None))
#: a longer text of a value is not written down
MAX_VALUE = 10_000


class Origin(Enum):
    """Where the definition is that is judged."""

    NOTEBOOK = "as defined in this notebook"
    FILE = "as saved in the file"
    STALE = "as saved in the file; this notebook still holds an older version: restart the kernel, or import it again"

    def words(self, name: str) -> str:
        """Returns what is said of it."""
        return f"{name}: {self.value}."


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text that a notebook gives, and where it stands there."""

    text: str
    #: number of the prompt, as in `In [4]`; 0 where it stands nowhere
    cell: int = 0
    #: of that cell, from 1
    first_line: int = 1


def origin_of(name: str, namespace: Mapping[str, Any], file: Path | None) -> Origin:
    """Returns where the definition of a function is that counts.

    Args:
        name: of the function or class.
        namespace: of the notebook.
        file: the answer file that may define it.
    """
    value = namespace.get(name)
    if _is_own(value) and _source(value) is not None:
        return Origin.NOTEBOOK
    if value is not None and file is not None and _is_older(name, value, file):
        return Origin.STALE
    return Origin.FILE


def definitions(names: Iterable[str], namespace: Mapping[str, Any], known: frozenset[str]) -> list[Part]:
    """Returns what defines functions of a notebook, with the helpers, values and imports that they need before them.

    Args:
        names: functions and classes that the notebook defines.
        namespace: of the notebook.
        known: names that the file has already, to which the text is added.
    """
    imports: dict[str, Part] = {}
    parts: dict[str, Part] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in parts or name in imports or name not in namespace:
            continue
        value = namespace[name]
        if isinstance(value, types.ModuleType):
            imports[name] = Part(f"import {value.__name__} as {name}\n")
        elif _is_own(value) and (source := _source(value)) is not None:
            parts[name] = Part(source, *_place(source, namespace))
            waiting += sorted(_names_of(source))
        elif name in known:
            continue
        elif isinstance(value, PLAIN) and len(repr(value)) < MAX_VALUE:
            parts[name] = Part(f"{name} = {value!r}\n")
        elif (module := getattr(value, "__module__", None)) and module != "__main__":
            imports[name] = Part(f"from {module} import {getattr(value, '__name__', name)} as {name}\n")
    # What is found last is needed by what was found first.
    return [*imports.values(), *reversed(parts.values())]


def _place(source: str, namespace: Mapping[str, Any]) -> tuple[int, int]:
    """Returns the number of the last cell that was run with this text, and the line at which it begins there."""
    cells = namespace.get("In")
    if not isinstance(cells, list):
        return 0, 1
    for number in range(len(cells) - 1, 0, -1):
        start = str(cells[number]).find(source.rstrip())
        if start >= 0:
            return number, str(cells[number]).count("\n", 0, start) + 1
    return 0, 1


def _is_own(value: object) -> bool:
    return isinstance(value, (types.FunctionType, type)) and getattr(value, "__module__", None) == "__main__"


def _source(value: Any) -> str | None:
    """Returns the text of a function or class that a cell defines; None where that is not to be had.

    `inspect.getsource` looks for a class in the file of its module, and a notebook's has none; the text of a cell is
    where the code of its methods says.
    """
    code = next(_codes_of(value), None)
    if code is None:
        return None
    text = "".join(linecache.getlines(code.co_filename))
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return None
    kinds = ast.ClassDef if isinstance(value, type) else ast.FunctionDef
    found = [node for node in body if isinstance(node, kinds) and node.name == value.__name__]
    segment = ast.get_source_segment(text, found[-1]) if found else None
    return f"{segment}\n" if segment else None


def _names_of(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _is_older(name: str, value: Any, file: Path) -> bool:
    """Whether what the kernel holds was compiled from another text than the file has now."""
    try:
        saved = compile(file.read_bytes(), str(file), "exec")
    except (OSError, SyntaxError, ValueError):
        return False
    codes = [code for code in saved.co_consts if isinstance(code, types.CodeType) and code.co_name == name]
    held = list(_codes_of(value))
    return bool(codes and held) and not _same(codes[-1], held, isinstance(value, type))


def _codes_of(value: Any) -> Iterator[types.CodeType]:
    members = vars(value).values() if isinstance(value, type) else [value]
    for member in members:
        code = getattr(member, "__code__", None)
        if isinstance(code, types.CodeType):
            yield code


def _same(saved: types.CodeType, held: list[types.CodeType], is_class: bool) -> bool:
    now = [code for code in saved.co_consts if isinstance(code, types.CodeType)] if is_class else [saved]
    return {code.co_name: _plain(code) for code in now} == {code.co_name: _plain(code) for code in held}


def _plain(code: types.CodeType) -> tuple[Any, ...]:
    """Returns what a function does, apart from where it stands."""
    constants = [_plain(value) if isinstance(value, types.CodeType) else repr(value) for value in code.co_consts]
    return code.co_code, tuple(constants), code.co_names, code.co_varnames
