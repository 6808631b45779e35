"""Provides functions of earlier assignments to a notebook that was handed in alone.

Such a notebook often holds this assignment's functions only, and imports those of earlier ones from files that stayed
at home. They earn no points, so where the solution is installed its own stand in for them, in a file beside the answer
files. Which they are stands in assignment.toml; what the notebook defines itself, a stub too, is never replaced.

What such a function keeps for another one may be kept in another form than at home. Where the solution has a file
provided_caches.py beside the answer file, it gets the provided functions and the names under which the notebook reads.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from grader.assignment.definition import Assignment
from grader.assignment.markers import solved_version
from grader.model.errors import UnusableAssignment
from grader.model.phrases import join_words
from grader.reading.code_cells import PythonCell
from grader.reading.extracting import Definitions, module_name, write_module
from grader.reading.parsing import parse_source
from grader.reading.statements import Kind

__all__ = ["Provided", "ProvidedFile", "provide"]

_HEAD = '"""Functions of earlier assignments that the notebook lacks, provided by the grader. They earn nothing."""'


@dataclass(frozen=True, slots=True)
class ProvidedFile:
    """Provided functions of one answer file."""

    #: of the answer file in the workspace
    answer: str
    #: of the file that holds the functions
    place: str
    functions: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Provided:
    """All that is provided to one submission."""

    files: tuple[ProvidedFile, ...] = ()
    #: one sentence each
    notes: tuple[str, ...] = ()

    @property
    def functions(self) -> frozenset[str]:
        """The names of the provided functions."""
        return frozenset(name for file in self.files for name in file.functions)


def provide(
    definitions: Definitions, name: str, assignment: Assignment, own: Collection[str], taken: Collection[str]
) -> Provided:
    """Returns what a notebook without answer files lacks of earlier assignments, and sentences that say so.

    Args:
        definitions: of the notebook.
        name: what to call it in sentences.
        assignment: its list says what may be provided, its solution has it; without a solution nothing is provided.
        own: names that other files of the submission define.
        taken: places in the workspace that are not free.

    Raises:
        UnusableAssignment: the solution lacks a function of the list, or it needs one that students are to write.
    """
    files: list[ProvidedFile] = []
    absent: list[str] = []
    for module, functions in assignment.provided.items():
        lacking = tuple(function for function in functions if function not in own and not _binds(definitions, function))
        answer = assignment.modules[module]
        solved = assignment.solved_text(answer) if lacking else None
        if solved is None:
            absent += lacking
            continue
        place = _free_place(answer, taken)
        graded = tuple(sorted(set(assignment.functions) - set(functions)))
        text = _provided_text(solved, answer, lacking, graded)
        caches = assignment.caches_place(module)
        if (named := assignment.solved_text(caches)) is not None:
            beside = _free_place(caches, taken)
            files.append(ProvidedFile(caches, beside, (), named))
            text += f"\nfrom {module_name(beside)} import name_caches\n\n"
            text += f"name_caches(globals(), {_reads(definitions)!r})\n"
        files.append(ProvidedFile(answer, place, lacking, text))
    return Provided(tuple(files), tuple(_notes(files, absent, name, assignment)))


def _notes(files: Sequence[ProvidedFile], absent: Sequence[str], name: str, assignment: Assignment) -> Iterator[str]:
    if provided := [function for file in files for function in file.functions]:
        yield (
            f"Provided by the grader, for no points: {join_words(provided)}. {name} came alone and does not define "
            "these functions of earlier assignments, so the checks on them are left out."
        )
    if absent:
        modules = [module for module, functions in assignment.provided.items() if {*functions} & {*absent}]
        where = join_words([PurePosixPath(assignment.modules[module]).name for module in modules])
        yield (
            f"{name} came alone and does not define {join_words(absent)}. What needs these functions of earlier "
            f"assignments cannot be judged here: put your {where} beside the notebook."
        )


def _binds(definitions: Definitions, name: str) -> bool:
    """Whether a cell gives a name a meaning of its own; an import does not."""
    units = (definitions.units[place] for place in definitions.places.get(name, ()))
    return any(unit.kind not in (Kind.IMPORT, Kind.PATCH) for unit in units)


def _reads(definitions: Definitions) -> dict[str, list[tuple[Any, ...]]]:
    """Returns the names that each function of a notebook unpacks something into.

    Under the function's name and "[]" stand pairs: an index, and the name that the function gives to the value there.
    """
    found: dict[str, list[tuple[Any, ...]]] = {}
    for unit in definitions.units:
        for function in ast.walk(unit.node):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Assign) and len(node.targets) == 1:
                        _add_read(found, function.name, node.targets[0], node.value)
    return found


def _add_read(found: dict[str, list[tuple[Any, ...]]], function: str, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for each, part in zip(target.elts, value.elts, strict=False):
            _add_read(found, function, each, part)
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Name | ast.Subscript):
        names = tuple(each.id for each in target.elts if isinstance(each, ast.Name))
        if len(names) == len(target.elts):
            found.setdefault(function, []).append(names)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Subscript):
        index = value.slice.value if isinstance(value.slice, ast.Constant) else None
        if isinstance(index, int):
            found.setdefault(f"{function}[]", []).append((index, target.id))


def _free_place(answer: str, taken: Collection[str]) -> str:
    path = PurePosixPath(answer)
    stem = "provided_" + path.stem.removeprefix("provided_")
    while str(path.with_name(f"{stem}.py")) in taken:
        stem += "_"
    return str(path.with_name(f"{stem}.py"))


@cache
def _provided_text(solved: str, answer: str, functions: tuple[str, ...], graded: tuple[str, ...]) -> str:
    """Returns a module with some functions of a solved answer file and what these need, and nothing that is graded."""
    text = solved_version(solved, answer)
    whole = Definitions.of(answer, [PythonCell(1, 1, text, parse_source(text, answer))])
    for function in functions:
        if whole.defined(function) is None:
            raise UnusableAssignment(
                f"{answer} of the solution has no {function}, which assignment.toml lists as provided."
            )
    written = write_module(whole, functions, answer, {}, {}).text
    held = Definitions.of(answer, [PythonCell(1, 1, written, parse_source(written, answer))])
    if told := [function for function in graded if function in held.places]:
        raise UnusableAssignment(
            f"What assignment.toml lists as provided needs {told[0]}, which students are to write."
        )
    return f"{_HEAD}\n{written.partition(chr(10))[2]}"
