"""Finds code that an answer does not need and notes it for the instructor.

A note costs no points: little of what is named here can change a grade, and some of it is innocent. Names are followed
through imports and their aliases (`import numpy as N`), `from` and star imports, and `getattr` with a written name;
code that hides what it does is named for hiding it. What is looked for stands in integrity.toml.
"""

import ast
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from grader.reading.decoding import decode_source
from grader.reading.parsing import nodes, parse_source
from grader.syntax.syntax_limits import MAX_NOTES, MAX_TEXT

__all__ = ["IntegrityNote", "integrity_notes"]

REPLACES = "gives a graded function another meaning, so that the code that is shown may not be the code that runs"
PATCH = "replaces a part of NumPy, of the built-ins or of another module"
#: built-ins that are followed by their bare names
BUILTINS = frozenset(
    "open eval exec compile __import__ getattr setattr delattr vars globals locals __builtins__".split()  # noqa: SIM905
)

#: line, and what it does
Found = tuple[int, str]


@dataclass(frozen=True, slots=True)
class IntegrityNote:
    """One line of a student's that an instructor may want to read."""

    #: workspace path
    file: str
    #: from 1
    line: int
    #: completes "the code …": "opens files"
    what: str
    #: the line itself; hostile text like all of the student's
    text: str


def integrity_notes(
    files: Mapping[str, bytes],
    own_work: Mapping[str, Mapping[str, str]] | None = None,
    graded: Collection[str] = (),
) -> tuple[IntegrityNote, ...]:
    """Returns the notes on a submission, by file and line, each line once for each thing that it does.

    Args:
        files: workspace path -> content; what is no Python, or no valid Python, has none.
        own_work: workspace path of an answer file -> dotted name -> what is said of its use in that file, such as a
            faster version of what the student was to write there.
        graded: names of the functions that are graded.
    """
    notes: list[IntegrityNote] = []
    for file in sorted(name for name in files if name.endswith(".py")):
        text = decode_source(files[file])
        try:
            found = sorted(set(_Reader(file, (own_work or {}).get(file, {}), graded).read(parse_source(text, file))))
        except (SyntaxError, RecursionError):
            continue
        lines = text.split("\n")
        notes += [IntegrityNote(file, line, what, lines[line - 1].strip()[:MAX_TEXT]) for line, what in found]
    return tuple(notes[:MAX_NOTES])


@dataclass(frozen=True, slots=True)
class _Tables:
    """integrity.toml, each name -> what using it does."""

    uses: Mapping[str, str]
    attributes: Mapping[str, str]
    imports: Mapping[str, str]


@cache
def _tables() -> _Tables:
    data = tomllib.loads(resources.files(__package__).joinpath("integrity.toml").read_text(encoding="utf-8"))

    def table(rows: str, entry: str) -> dict[str, str]:
        return {name: row["does"] for row in data[rows] for name in row.get(entry, ())}

    return _Tables(table("use", "names"), table("use", "attributes"), table("import", "names"))


class _Reader:
    """Follows the names of one file."""

    def __init__(self, file: str, own_work: Mapping[str, str], graded: Collection[str]) -> None:
        self.package = file.split("/")[:-1]
        self.uses = {**_tables().uses, **own_work}
        self.graded = frozenset(graded)
        #: local name -> what it stands for, dotted
        self.names: dict[str, str] = {}
        self.starred: list[str] = []

    def read(self, tree: ast.Module) -> Iterator[Found]:
        """Yields what lines do, with repeats."""
        found = nodes(tree)
        # All imports first: a function may use what is imported further down.
        for node in found:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from self._import(node)
        for node in found:
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Global) and self.graded.intersection(node.names):
                yield node.lineno, REPLACES
            elif isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)):
                yield from self._use(node) if isinstance(node.ctx, ast.Load) else self._store(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[Found]:
        base = self._base(node) if isinstance(node, ast.ImportFrom) else []
        for alias in node.names:
            full = ".".join([*base, *([alias.name] if alias.name != "*" else [])])
            if alias.name == "*":
                self.starred.append(full)
            elif alias.asname or base:
                self.names[alias.asname or alias.name] = full
            else:
                top = alias.name.partition(".")[0]
                self.names[top] = top
            if what := _match(full, _tables().imports):
                yield node.lineno, what

    def _base(self, node: ast.ImportFrom) -> list[str]:
        """Returns the module of a `from` import, a relative one as seen from the workspace."""
        above = self.package[: len(self.package) - node.level + 1] if node.level else []
        return [*above, *(node.module.split(".") if node.module else [])]

    def _use(self, node: ast.Attribute | ast.Subscript | ast.Name) -> Iterator[Found]:
        if isinstance(node, ast.Attribute) and (what := _tables().attributes.get(node.attr)):
            yield node.lineno, what
        if (name := self._dotted(node)) and (what := _match(name, self.uses)):
            yield node.lineno, what

    def _call(self, node: ast.Call) -> Iterator[Found]:
        function = self._dotted(node.func)
        if function in ("builtins.setattr", "builtins.delattr") and node.args and self._is_module(node.args[0]):
            yield node.lineno, PATCH
        if function == "builtins.getattr" and (what := _match(self._dotted(node), self.uses)):
            yield node.lineno, what

    def _store(self, node: ast.Attribute | ast.Subscript | ast.Name) -> Iterator[Found]:
        """Names what is put into modules: `np.abs = f`, `sys.modules["x"] = y`, `vars(np)["abs"] = f`."""
        place = node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None
        if isinstance(node, ast.Attribute) and self._is_module(node.value):
            yield node.lineno, PATCH
        if isinstance(node, ast.Subscript) and place is not None:
            if self._dotted(place) in ("sys.modules", "builtins.__builtins__"):
                yield node.lineno, PATCH
            inside = place.value if isinstance(place, ast.Attribute) and place.attr == "__dict__" else None
            if isinstance(place, ast.Call) and self._dotted(place.func) == "builtins.vars" and place.args:
                inside = place.args[0]
            if inside is not None and self._is_module(inside):
                yield node.lineno, PATCH

    def _is_module(self, node: ast.expr) -> bool:
        """Whether an expression is something imported, or a part of it; what a call of it returns is not."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and (node.id in self.names or node.id == "__builtins__")

    def _dotted(self, node: ast.expr) -> str:
        """Returns the full name that an expression stands for, "" when it is none."""
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute) and (base := self._dotted(node.value)):
            return f"{base}.{node.attr}"
        if isinstance(node, ast.Call) and len(node.args) > 1 and self._dotted(node.func) == "builtins.getattr":
            base, key = self._dotted(node.args[0]), node.args[1]
            if base and isinstance(key, ast.Constant) and isinstance(key.value, str):
                return f"{base}.{key.value}"
        return ""

    def _name(self, name: str) -> str:
        if name in self.names:
            return self.names[name]
        if name in BUILTINS:
            return f"builtins.{name}"
        return next((full for star in self.starred if (full := f"{star}.{name}") in self.uses), "")


def _match(name: str, table: Mapping[str, str]) -> str:
    """Returns what a table says of a dotted name or of one that it begins with."""
    parts = name.split(".")
    return next((table[key] for n in range(len(parts), 0, -1) if (key := ".".join(parts[:n])) in table), "")
