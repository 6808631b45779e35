"""Extracts functions from the cells of a notebook, with all that they need, as a module.

Nothing that runs comes along: of a training loop, a plot or a download no line reaches the module. What a name means is
what it means when all cells have run in order: its last definition counts.
"""

import ast
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from types import MappingProxyType

from grader.reading.code_cells import PythonCell
from grader.reading.parsing import parse_source, top_level
from grader.reading.reading_limits import MAX_STATEMENTS
from grader.reading.statements import Kind, Unit, units_of

__all__ = ["CellLines", "Definitions", "ModuleText", "exported_names", "module_name", "write_module"]

_BINDING = (Kind.IMPORT, Kind.DEFINITION, Kind.CONSTANT)
_ALWAYS_THERE = frozenset(sys.stdlib_module_names) | {"numpy"}


@dataclass(frozen=True, slots=True)
class CellLines:
    """Lines of a module that are those of a cell."""

    #: in the module, from 1
    first: int
    last: int
    cell: int
    #: in the cell, of the first of them, from 1
    line: int


@dataclass(frozen=True, slots=True)
class ModuleText:
    """A module made of cells."""

    text: str
    lines: tuple[CellLines, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definitions:
    """The statements of a notebook by the names that they bind."""

    #: what to call the notebook in a sentence
    name: str
    units: tuple[Unit, ...]
    #: name -> places in `units`, in order
    places: Mapping[str, tuple[int, ...]]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, cells: Iterable[PythonCell]) -> "Definitions":
        """Returns what the cells define; code in text cells counts for names that no code cell binds."""
        units: list[Unit] = []
        notes: list[str] = []
        for cell in cells:
            try:
                units += islice(units_of(cell), MAX_STATEMENTS - len(units))
            except RecursionError:
                notes.append(f"{name} cell {cell.number} is nested too deeply to be read.")
        if len(units) == MAX_STATEMENTS:
            notes.append(f"{name} holds more than {MAX_STATEMENTS} statements; only the first of them are read.")
        in_code = {bound for unit in units if unit.is_code and unit.kind in _BINDING for bound in unit.binds}
        units = [unit for unit in units if unit.is_code or not unit.binds & in_code]
        places: dict[str, list[int]] = {}
        for place, unit in enumerate(units):
            for bound in unit.binds if unit.kind is not Kind.STAR else ():
                places.setdefault(bound, []).append(place)
        by_name = {bound: tuple(found) for bound, found in places.items()}
        return cls(name, tuple(units), MappingProxyType(by_name), tuple(notes))

    def defined(self, name: str) -> Unit | None:
        """Returns the last definition of a function or class, or None; an import is none."""
        kinds = (Kind.DEFINITION, Kind.CONSTANT)
        found = [self.units[place] for place in self.places.get(name, ()) if self.units[place].kind in kinds]
        return found[-1] if found else None


def write_module(
    definitions: Definitions,
    wanted: Iterable[str],
    place: str,
    elsewhere: Mapping[str, str],
    exports: Mapping[str, Collection[str]],
) -> ModuleText:
    """Returns a module with the wanted names and, before them, the imports, constants and helpers that these need.

    Imports of other modules of the workspace come last, so that a module that imports this one finds it complete; an
    import that may fail is guarded, since in a notebook it costs no more than its own cell.

    Args:
        definitions: of the notebook.
        wanted: names that it defines.
        place: of the module in the workspace.
        elsewhere: name -> dotted module of the workspace that has it; never copied.
        exports: dotted module of the workspace -> its names, for `from module import *`.
    """
    names = tuple(wanted)
    writer = _Writer(definitions, frozenset(names), place, elsewhere, exports, list(names))
    while writer.later:
        writer.need(writer.later.pop(), len(definitions.units))
    return writer.finished()


def module_name(place: str) -> str:
    """Returns "a.b" for the workspace place "a/b.py"."""
    return place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def exported_names(text: str) -> frozenset[str]:
    """Returns the names that a module's own text binds; none where it is no valid Python."""
    try:
        tree = parse_source(text, "")
    except SyntaxError:
        return frozenset()
    names: set[str] = set()
    for node in top_level(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return frozenset(names - {"*"})


@dataclass(slots=True)
class _Writer:
    """One module while its names are collected."""

    definitions: Definitions
    wanted: frozenset[str]
    place: str
    elsewhere: Mapping[str, str]
    exports: Mapping[str, Collection[str]]
    #: names to be seen to
    later: list[str]
    #: every name that was ever in `later`
    queued: set[str] = field(default_factory=set)
    #: places of units -> of those that have to come before
    order: dict[int, list[int]] = field(default_factory=dict)
    #: those whose needs are being met
    pending: set[int] = field(default_factory=set)
    #: statements, in order
    first_imports: dict[str, None] = field(default_factory=dict)
    last_imports: dict[str, None] = field(default_factory=dict)
    stars: dict[str, None] = field(default_factory=dict)
    #: names that the notebook only has because some cell has run
    run: dict[str, int] = field(default_factory=dict)

    def need(self, name: str, before: int, *, early: bool = False) -> bool:
        """Sees to it that a name is there; returns whether it will be.

        Args:
            name: a global name.
            before: place of the unit that uses it early, or the number of all.
            early: whether it is used while the module is imported.
        """
        if name in self.elsewhere and name not in self.wanted:
            self._import(f"from {self.elsewhere[name]} import {name}", early, guarded=True)
            return True
        found = self._binding(name, before)
        if found is None:
            return self._need_from_star(name, early)
        return self._add(found, early)

    def _binding(self, name: str, before: int) -> int | None:
        """Returns the place of the last unit before one that binds a name, else of the first after it."""
        places = [p for p in self.definitions.places.get(name, ()) if self.definitions.units[p].kind in _BINDING]
        units = [(place, self.definitions.units[place]) for place in places]
        places = [p for p, unit in units if unit.kind is not Kind.IMPORT or not self._is_answer(unit.module)] or places
        earlier = [place for place in places if place < before]
        return earlier[-1] if earlier else places[0] if places else None

    def _is_answer(self, module: str) -> bool:
        """Whether a module is one that the notebook may define functions of."""
        return self._workspace_module(module) in {*self.elsewhere.values(), module_name(self.place)}

    def _add(self, place: int, early: bool) -> bool:
        unit = self.definitions.units[place]
        if unit.kind is Kind.IMPORT:
            return self._add_import(unit, early)
        if place in self.order:
            return True
        if place in self.pending:
            return not early
        self.pending.add(place)
        missing = [name for name in sorted(unit.early) if not self.need(name, place, early=True)]
        if unit.kind is Kind.CONSTANT and missing and not self.stars:
            return False
        self._take(place)
        self._add_patches(place, unit)
        return True

    def _take(self, place: int, *before: int) -> None:
        unit = self.definitions.units[place]
        found = (self._binding(name, place) for name in sorted(unit.early))
        self.order[place] = [*before, *(other for other in found if other is not None)]
        self.later += sorted(unit.late - self.queued)
        self.queued |= unit.late

    def _add_patches(self, place: int, unit: Unit) -> None:
        """Adds what changes a unit's names before they are bound again."""
        for name in sorted(unit.binds):
            for other in self.definitions.places.get(name, ()):
                if other <= place or other in self.order:
                    continue
                patch = self.definitions.units[other]
                if patch.kind in _BINDING:
                    break
                if patch.kind is Kind.PATCH and all(self.need(n, other, early=True) for n in sorted(patch.early)):
                    self._take(other, place)

    def _add_import(self, unit: Unit, early: bool) -> bool:
        module = self._workspace_module(unit.module)
        if module is None and unit.module.startswith("."):
            return False
        if module is None:
            guarded = unit.module.split(".")[0] not in _ALWAYS_THERE
            self._import(unit.text, early=True, guarded=guarded)
            return True
        node = unit.node
        if isinstance(node, ast.ImportFrom):
            # What is elsewhere is imported from there, whatever the notebook imports it from.
            module = self.elsewhere.get(node.names[0].name, module)
            node = ast.ImportFrom(module, node.names, 0)
        if module == module_name(self.place):
            # From itself: at its end, where all its names are there; what it is to define is no import of it.
            if early or (isinstance(node, ast.ImportFrom) and node.names[0].asname in (None, node.names[0].name)):
                return False
        elif module not in self.exports and module not in self.elsewhere.values():
            return False
        self._import(ast.unparse(node), early, guarded=True)
        return True

    def _need_from_star(self, name: str, early: bool) -> bool:
        stars = [unit for unit in self.definitions.units if unit.kind is Kind.STAR]
        for unit in reversed(stars):
            module = self._workspace_module(unit.module)
            if module is not None and name in self.exports.get(module, ()):
                self._import(f"from {module} import {name}", early, guarded=True)
                return True
        if name == "np":
            # Modules of the assignment hand it on to whoever imports all their names.
            self._import("import numpy as np", early=True, guarded=False)
            return True
        if any(self._is_answer(unit.module) for unit in stars):
            # The answer files of the course pass on what they import; here they are not there to do so.
            for module in sorted(self.exports):
                if name in self.exports[module]:
                    self._import(f"from {module} import {name}", early, guarded=True)
                    return True
        for unit in stars:
            if self._workspace_module(unit.module) is None and not unit.module.startswith((".", "__future__")):
                self.stars[unit.text] = None
        if not self.stars:
            ran = [self.definitions.units[place] for place in self.definitions.places.get(name, ())]
            cells = [unit.cell for unit in ran if unit.kind is Kind.RUN]
            self.run |= {name: cells[-1]} if cells else {}
        return bool(self.stars)

    def _workspace_module(self, module: str) -> str | None:
        """Returns the dotted name of the workspace module that an import means, from wherever it is written."""
        known = {*self.exports, *self.elsewhere.values(), module_name(self.place)}
        if module in known:
            return module
        bare = module.lstrip(".")
        alike = [name for name in sorted(known) if name == bare or name.endswith(f".{bare}")]
        # `from layers import …` works beside the file only, so that is where the cell was written for.
        return alike[0] if bare and alike and (module.startswith(".") or "." not in module) else None

    def _import(self, statement: str, early: bool, guarded: bool) -> None:
        text = _guarded(statement) if guarded else statement
        into_first = early or not guarded
        if into_first:
            self.last_imports.pop(text, None)
        if into_first or text not in self.first_imports:
            (self.first_imports if into_first else self.last_imports)[text] = None

    def finished(self) -> ModuleText:
        units = self.definitions.units
        cells = sorted({units[place].cell for place in self.order})
        written: list[int] = []
        started: set[int] = set()
        for place in sorted(self.order):
            self._write(place, started, written)
        head = [f"# From {self.definitions.name}, {_cells(cells)}."]
        head += dict.fromkeys(
            unit.text for unit in units if unit.module == "__future__" and unit.kind is Kind.IMPORT and _is_future(unit)
        )
        head += map(_guarded, self.stars)
        lines = "\n".join([*head, *self.first_imports]).split("\n")
        spans: list[CellLines] = []
        for place in written:
            unit = units[place]
            lines += [""] if unit.kind is not Kind.DEFINITION else ["", ""]
            text = unit.text
            if unit.kind is Kind.CONSTANT and self.stars and unit.early:
                text = f"try: {ast.unparse(unit.node)}\nexcept NameError: pass"
            block = text.split("\n")
            spans.append(CellLines(len(lines) + 1, len(lines) + len(block), unit.cell, unit.line))
            lines += block
        if self.last_imports:
            lines += ["", *"\n".join(self.last_imports).split("\n")]
        return ModuleText("\n".join(lines) + "\n", tuple(spans), tuple(self._notes()))

    def _write(self, place: int, started: set[int], written: list[int]) -> None:
        """Puts a unit behind those that it needs at once; in the notebook's order otherwise."""
        if place in self.order and place not in started:
            started.add(place)
            for other in self.order[place]:
                self._write(other, started, written)
            written.append(place)

    def _notes(self) -> Iterable[str]:
        file = PurePosixPath(self.definitions.name).name
        for name, cell in self.run.items():
            yield f"{file}: a function uses `{name}`, which is there only once cell {cell} has run; it was not taken."
        texts = sorted({self.definitions.units[p].cell for p in self.order if not self.definitions.units[p].is_code})
        for cell in texts:
            yield f"{file} cell {cell} is a text cell that holds code; it was read as code."


def _guarded(statement: str) -> str:
    return f"try: {statement}\nexcept ImportError: pass"


def _is_future(unit: Unit) -> bool:
    import __future__

    return next(iter(unit.binds)) in __future__.all_feature_names


def _cells(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:20]) + (", …" if len(numbers) > 20 else "")
    return f"cell {shown}" if len(numbers) == 1 else f"cells {shown}"
