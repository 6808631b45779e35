"""Finds what a file uses of NumPy that some version no longer has, whichever version runs here.

The table is that of `grader/worker/old_numpy.py`, which `--compat` goes by: from NumPy's release notes.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.reading.parsing import parse_source
from grader.worker.old_numpy import KEYWORDS, LIB_VERSION, MODULES, NAMES, PUBLIC, RETURNED

__all__ = ["Use", "removed_uses", "uses_in"]


@dataclass(frozen=True, slots=True)
class Use:
    """A line that a version of NumPy no longer understands."""

    line: int
    #: as it is written, e.g. "np.msort"
    what: str
    #: first version without it
    removed_in: str
    #: first version that has it again; "" for none
    back_in: str = ""

    def works_in(self, version: str) -> bool:
        """Whether a version of NumPy understands it."""
        gone = _is_at_least(version, self.removed_in)
        return not gone or bool(self.back_in and _is_at_least(version, self.back_in))


def removed_uses(text: str) -> tuple[Use, ...]:
    """Returns what a Python file uses, the first line of each kind; nothing where it is no Python of today."""
    try:
        tree = parse_source(text, "")
    except SyntaxError:
        return ()
    first: dict[str, Use] = {}
    for node in ast.walk(tree):
        for what, version in uses_in(node):
            use = Use(getattr(node, "lineno", 1), what, version, RETURNED.get(what.removeprefix("np."), ""))
            if what not in first or use.line < first[what].line:
                first[what] = use
    return tuple(sorted(first.values(), key=lambda use: use.line))


def uses_in(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yields what a single node uses, and the version that removed it."""
    if isinstance(node, ast.Attribute):
        yield from _of_attribute(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_numpy(node.func.value):
        for keyword in node.keywords:
            if found := KEYWORDS.get((node.func.attr, keyword.arg or "")):
                yield f"np.{node.func.attr}({keyword.arg}=…)", found[0]
    elif isinstance(node, ast.Import):
        yield from ((f"the module {alias.name}", MODULES[alias.name]) for alias in node.names if alias.name in MODULES)
    elif isinstance(node, ast.ImportFrom):
        if node.module in MODULES:
            yield f"the module {node.module}", MODULES[node.module]
        elif node.module == "numpy":
            yield from ((f"np.{alias.name}", NAMES[alias.name][0]) for alias in node.names if alias.name in NAMES)


def _of_attribute(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    if _is_numpy(node.value) and node.attr in NAMES:
        yield f"np.{node.attr}", NAMES[node.attr][0]
        return
    in_lib = isinstance(node.value, ast.Attribute) and node.value.attr == "lib" and _is_numpy(node.value.value)
    if in_lib and node.attr in PUBLIC:
        yield f"np.lib.{node.attr}", LIB_VERSION


def _is_at_least(version: str, least: str) -> bool:
    own, other = (tuple(map(int, re.findall(r"\d+", f"{text}.0")[:2])) for text in (version, least))
    return own >= other


def _is_numpy(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")
