"""Finds imports of answer files that may fail where they are graded; the worker lets those pass that nothing uses.

Whether one fails is known only where it runs, see `grader.worker.absent_imports`. Here the usual ones are told from the
rest by reading, so that for most submissions nothing has to be tried.
"""

import ast
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from grader.model.phrases import join_words
from grader.reading.archives import shown
from grader.reading.decoding import decode_source
from grader.reading.parsing import nodes, parse_source
from grader.reading.reading_limits import MAX_NAMES

__all__ = ["Lines", "absent_notes", "fallible_imports"]

# In the standard library, yet not on every machine; editors import them by accident.
_NOT_EVERYWHERE = {"tkinter", "_tkinter", "turtle", "turtledemo", "idlelib", "nt", "winreg", "msvcrt", "winsound"}
_LIBRARIES = (sys.stdlib_module_names - _NOT_EVERYWHERE) | {"numpy"}

#: line of a statement -> the names that it imports
Lines = Mapping[int, frozenset[str]]


def fallible_imports(files: Mapping[str, bytes], given_files: Collection[str]) -> Mapping[str, Lines]:
    """Returns the top-level imports that may fail: place in the workspace -> line -> names.

    Imports inside `try` have an answer of their own; what is no valid Python has none that run.

    Args:
        files: of the submission, place in the workspace -> content.
        given_files: places of ours.
    """
    stems = frozenset(PurePosixPath(place).stem for place in (*files, *given_files))
    found: dict[str, Lines] = {}
    n_left = MAX_NAMES
    for place, content in files.items():
        lines: dict[int, frozenset[str]] = {}
        for node in _imports(decode_source(content)):
            names = [alias.name for alias in node.names if not _is_surely_there(node, alias.name, stems)]
            if names and len(node.names) <= n_left:
                n_left -= len(node.names)
                lines[node.lineno] = lines.get(node.lineno, frozenset()) | {*names}
        if lines:
            found[place] = MappingProxyType(lines)
    return MappingProxyType(found)


def absent_notes(text: str, absent: Collection[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yields line and sentence for each import that was absent and let pass.

    Args:
        text: of the file.
        absent: line of the statement, and name as it was imported.
    """
    used = {node.id for node in nodes(parse_source(text, "")) if isinstance(node, ast.Name)}
    for node in _imports(text):
        aliases = [alias for alias in node.names if (node.lineno, alias.name) in absent]
        if aliases:
            bound = {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
            effect = "nothing uses it, so it costs nothing"
            if "*" in bound or bound & used:
                effect = "only what uses it fails"
            yield node.lineno, f"{_words(node, aliases)} cannot be imported here; {effect}"


def _words(node: ast.Import | ast.ImportFrom, aliases: Sequence[ast.alias]) -> str:
    """Returns what is imported as words: `a` and `b` of `module`."""
    names = shown(join_words([f"`{alias.name}`" for alias in aliases[:3]]), 80)
    if isinstance(node, ast.Import):
        return names
    module = f"`{shown('.' * node.level + (node.module or ''), 60)}`"
    return module if aliases[0].name == "*" else f"{names} of {module}"


def _imports(text: str) -> Iterator[ast.Import | ast.ImportFrom]:
    try:
        tree = parse_source(text, "")
    except SyntaxError:
        return
    yield from (node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom)))


def _is_surely_there(node: ast.Import | ast.ImportFrom, name: str, stems: Collection[str]) -> bool:
    """Whether an import is one of those that never fail."""
    module = name if isinstance(node, ast.Import) else node.module or ""
    if isinstance(node, ast.ImportFrom) and (node.level or module.partition(".")[0] not in _LIBRARIES):
        return name == "*" and module.rpartition(".")[2] in stems
    if module == "__future__":
        return True
    if module.partition(".")[0] not in _LIBRARIES:
        return module.rpartition(".")[2] in stems
    if module == "numpy.typing":
        return name in ("ArrayLike", "DTypeLike", "NDArray")
    loaded = sys.modules.get(module)
    if isinstance(node, ast.Import):
        return "." not in module or loaded is not None
    return loaded is not None and (name == "*" or name in vars(loaded))
