"""Lays a student's files into a folder of ours, with what the notebook defines in the place of what they define."""

import ast
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from grader.assignment.definition import BUILT_IN, Assignment
from grader.jupyter.origins import Origin, Part, definitions
from grader.model.errors import UnusableInput
from grader.model.results import FunctionSource, Grade

__all__ = ["Moved", "Tree", "find_tree", "with_cells", "write_overlay"]

#: how far above the notebook the folder may be
MAX_DEPTH = 3
#: of modules that are taken along
MAX_FILES, MAX_BYTES = 500, 1_000_000
SETTINGS = "grader.toml"


@dataclass(frozen=True, slots=True)
class Tree:
    """A student's folder, and the assignment that it is checked by."""

    root: Path
    assignment: Assignment
    #: of the kit
    settings: Path | None

    def place_of(self, function: str) -> str:
        """Returns where in the folder the answer file of a function lies."""
        return self.assignment.modules[self.assignment.functions[function].module]

    def file_of(self, function: str) -> Path | None:
        """Returns the answer file of a function, where there is one."""
        path = self.root / self.place_of(function)
        return path if path.is_file() else None


def find_tree(start: Path) -> Tree:
    """Returns the folder with the answer files, which a notebook in it or below is about.

    Raises:
        UnusableInput: there is none.
    """
    for root in (start, *start.parents[:MAX_DEPTH]):
        kit = root / "checks"
        assignment = Assignment.load(kit if (kit / "assignment.toml").is_file() else BUILT_IN)
        places = list(assignment.modules.values())
        if any((root / place).is_file() for place in places):
            settings = root / SETTINGS
            return Tree(root, assignment, settings if settings.is_file() else None)
    raise UnusableInput(f"{start} is not in the assignment's folder: open the notebook there, or change to it (%cd).")


@dataclass(frozen=True, slots=True)
class Moved:
    """Lines of a cell that were added to an answer file."""

    place: str
    #: in the file, from 1
    first_line: int
    part: Part

    def label(self, line: int) -> tuple[str, int] | None:
        """Returns the cell and its line that a line of the file is; None where it is not one of these."""
        n_lines = self.part.text.count("\n")
        if not self.part.cell or not 0 <= line - self.first_line < n_lines:
            return None
        return f"In [{self.part.cell}]", line - self.first_line + self.part.first_line


def write_overlay(
    tree: Tree, origins: Mapping[str, Origin], namespace: Mapping[str, Any], folder: Path
) -> tuple[Moved, ...]:
    """Copies the Python files of a tree, adds what the notebook defines to the answer files, and returns that."""
    folder.mkdir()
    for path in islice(tree.root.rglob("*.py"), MAX_FILES):
        inside = path.relative_to(tree.root)
        if path.is_symlink() or path.stat().st_size > MAX_BYTES or inside.parts[0] in ("checks", "grader-report"):
            continue
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    from_notebook: dict[str, list[str]] = {}
    for name, origin in origins.items():
        if origin is Origin.NOTEBOOK:
            from_notebook.setdefault(tree.place_of(name), []).append(name)
    moved: list[Moved] = []
    for place, names in from_notebook.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = target.read_text(encoding="utf-8") if target.is_file() else ""
        known = _defined(text)
        text = f"{text.rstrip()}\n" if text.strip() else ""
        for part in definitions(names, namespace, known):
            moved.append(Moved(place, text.count("\n") + 3, part))
            text += f"\n\n{part.text}"
        target.write_text(text, encoding="utf-8")
    return tuple(moved)


def with_cells(grade: Grade, moved: Collection[Moved]) -> Grade:
    """Returns a grade whose sentences and places name the cells of the notebook instead of lines that were added."""

    def in_message(message: str) -> str:
        for each in moved:
            pattern = rf"{re.escape(Path(each.place).name)} line (\d+)"
            message = re.sub(pattern, partial(_told, each), message)
        return message

    def in_source(source: FunctionSource) -> FunctionSource:
        labels = [each.label(source.line) for each in moved if source.file.endswith(each.place)]
        place = next(filter(None, labels), None)
        return replace(source, file=place[0], line=place[1]) if place else source

    checks = tuple(replace(check, message=in_message(check.message)) for check in grade.checks)
    return replace(grade, checks=checks, sources=tuple(map(in_source, grade.sources)))


def _told(moved: Moved, found: re.Match[str]) -> str:
    place = moved.label(int(found[1]))
    return f"{place[0]} line {place[1]}" if place else found[0]


def _defined(text: str) -> frozenset[str]:
    """Returns the names that a file defines or imports at its top level."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return frozenset()
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(names)
