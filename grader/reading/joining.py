"""Joins the answer files of a submission with the functions in its notebook.

A function is taken from the file that has it. Where the file lacks it, or holds what the course handed out, and the
notebook defines it, it is taken from the notebook; and so is everything where there are no files. A notebook without
files may borrow functions of earlier assignments.
"""

import ast
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.assignment.definition import Assignment
from grader.model.phrases import join_words
from grader.reading.choosing import NotebookChosen
from grader.reading.extracting import CellLines, exported_names, module_name, write_module
from grader.reading.parsing import parse_source, top_level
from grader.reading.providing import Provided, provide
from grader.reading.reading_limits import MAX_DIFF_LINES
from grader.reading.stubs import is_stub, same_code

__all__ = ["Joined", "join", "written_in"]


@dataclass(frozen=True, slots=True)
class Joined:
    """Answer files with what the notebook adds."""

    #: place in the workspace -> text; those that are made or changed
    texts: Mapping[str, str]
    #: places that are made of cells -> their lines
    lines: Mapping[str, tuple[CellLines, ...]]
    #: places that are made of cells -> the notebook of these
    notebooks: Mapping[str, str]
    #: function -> difference from the notebook's version, where the file's was taken and they differ
    differences: Mapping[str, str]
    notes: tuple[str, ...]
    #: what a notebook without files borrows
    provided: Provided = field(default_factory=Provided)


def written_in(sources: Mapping[str, str], assignment: Assignment) -> frozenset[str]:
    """Returns the functions of the assignment that the files have, stubs apart.

    Args:
        sources: place in the workspace -> text.
        assignment: which function belongs where.
    """
    trees = {place: _tree(text) for place, text in sources.items()}
    found = {name: _in_file(name, assignment, trees) for name in assignment.functions}
    return frozenset(name for name, what in found.items() if what not in (None, _STUB))


def join(
    sources: Mapping[str, str], chosen: NotebookChosen, assignment: Assignment, given: Mapping[str, bytes]
) -> Joined:  # fmt: skip
    """Returns the answer files with the functions that only the notebook has, or others that were handed in with it.

    Args:
        sources: place in the workspace -> text, of the files handed in; a notebook alone may have modules beside it.
        chosen: the notebook.
        assignment: which function belongs where.
        given: the given files, place -> content.
    """
    joined = Joined({}, {}, {}, {}, ())
    for number, notebook in enumerate(chosen.adds):
        later = frozenset(name for one in chosen.adds[number + 1 :] for name in one.definitions.places)
        more = _join_one({**sources, **joined.texts}, notebook, assignment, given, later)
        joined = Joined(
            texts={**joined.texts, **more.texts},
            lines={**joined.lines, **more.lines},
            notebooks={**joined.notebooks, **dict.fromkeys(more.lines.keys() - joined.lines.keys(), notebook.path)},
            differences={**more.differences, **joined.differences},
            notes=tuple(dict.fromkeys((*joined.notes, *more.notes))),
            provided=joined.provided if number else more.provided,
        )
    return joined


def _join_one(
    sources: Mapping[str, str],
    chosen: NotebookChosen,
    assignment: Assignment,
    given: Mapping[str, bytes],
    later: frozenset[str],
) -> Joined:
    """Returns the answer files with the functions that one notebook adds; none of the later names is provided."""
    trees = {place: _tree(text) for place, text in sources.items()}
    in_files = {name: _in_file(name, assignment, trees) for name in assignment.functions}
    taken = [name for name, found in in_files.items() if name in chosen.functions and found in (None, _STUB)]
    # Without a file, a stub says better than nothing what is still to be done.
    taken += [n for n in chosen.stubs if assignment.modules[assignment.functions[n].module] not in sources]
    alone = not set(assignment.modules.values()) & set(sources)
    all_texts = dict.fromkeys(assignment.modules.values(), "")
    all_texts |= {place: content.decode("utf-8", "replace") for place, content in given.items()}
    exports = {module_name(place): exported_names(text) for place, text in (all_texts | dict(sources)).items()}
    own = later.union(*(exports[module_name(place)] for place in sources))
    provided = provide(chosen.definitions, chosen.path, assignment, own, {*given, *sources}) if alone else Provided()
    provided_in = {name: module_name(file.place) for file in provided.files for name in file.functions}
    texts: dict[str, str] = {}
    lines: dict[str, tuple[CellLines, ...]] = {}
    notes: list[str] = []
    for number, (module, place) in enumerate(assignment.modules.items()):
        wanted = [name for name, spec in assignment.functions.items() if name in taken and spec.module == module]
        if not wanted or trees.get(place, _NO_FILE) is None:
            continue
        beside = _beside(place, sources, given) if place in sources else place
        reachable = list(assignment.modules)[: number + 1]
        elsewhere = provided_in | {
            name: module_name(assignment.modules[spec.module])
            for name, spec in assignment.functions.items()
            if spec.module in reachable
            and name not in wanted
            and (name in taken or isinstance(in_files[name], ast.stmt))
        }
        try:
            written = write_module(chosen.definitions, wanted, beside, elsewhere, exports)
        except RecursionError:
            notes.append(
                f"The functions in {chosen.path} could not be extracted: they depend on each other in too long a chain."
            )
            continue
        texts[beside], lines[beside] = written.text, written.lines
        notes += written.notes
        if beside != place:
            texts[place] = _with_import(sources[place], module_name(beside), wanted)
        if not alone:
            notes.append(_taken_note(chosen.path, place, wanted))
    for file in filter(lambda each: each.functions, provided.files):
        # At the end, where it moves no line; who imports the answer file finds them there.
        texts[file.answer] = _with_import(texts.get(file.answer, ""), module_name(file.place), file.functions)
        lines.setdefault(file.answer, ())
    differences = _differences(in_files, chosen, assignment, sources)
    notes += [_difference_note(name, assignment, chosen) for name in differences]
    return Joined(texts, lines, {}, differences, tuple(dict.fromkeys((*provided.notes, *notes))), provided)


#: a definition that the file holds as it was handed out
_STUB = "stub"
#: the file is no valid Python, or defines the name in a way that is not looked into
_OPAQUE = "opaque"
_NO_FILE = ast.Module([], [])


def _tree(text: str) -> ast.Module | None:
    try:
        return parse_source(text, "")
    except SyntaxError:
        return None


def _in_file(name: str, assignment: Assignment, trees: Mapping[str, ast.Module | None]) -> ast.stmt | str | None:
    """Returns the definition of a function in its answer file, _STUB, _OPAQUE, or None where there is none."""
    place = assignment.modules[assignment.functions[name].module]
    if place not in trees:
        return None
    tree = trees[place]
    if tree is None:
        return _OPAQUE
    found: ast.stmt | str | None = None
    for node in top_level(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            found = _STUB if is_stub(node) else node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound = {alias.asname or alias.name for alias in node.names}
            # From another file of the student's it may come with a star.
            own = isinstance(node, ast.ImportFrom) and _comes_from(node, name, trees)
            found = _OPAQUE if name in bound or ("*" in bound and own) else found
        elif isinstance(node, ast.Assign):
            bound = {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            found = _OPAQUE if name in bound else found
    return found


def _comes_from(node: ast.ImportFrom, name: str, trees: Mapping[str, ast.Module | None]) -> bool:
    stem = (node.module or "").rpartition(".")[2]
    files = (tree for place, tree in trees.items() if PurePosixPath(place).stem == stem and tree is not None)
    return any(isinstance(part, ast.FunctionDef | ast.ClassDef) and part.name == name for t in files for part in t.body)


def _beside(place: str, sources: Collection[str], given: Collection[str]) -> str:
    """Returns the place of a new module beside an answer file."""
    path = PurePosixPath(place)
    name = f"{path.stem}_of_notebook"
    while str(path.with_name(f"{name}.py")) in {*sources, *given}:
        name += "_"
    return str(path.with_name(f"{name}.py"))


def _with_import(text: str, module: str, names: Sequence[str]) -> str:
    """Returns a file that ends by taking names from another module; no line of it moves."""
    blank = "\n\n\n" if text.strip() else ""
    return f"{text.rstrip()}{blank}from {module} import {', '.join(names)}  # noqa: E402\n"


def _taken_note(path: str, place: str, names: Sequence[str]) -> str:
    them = "it" if len(names) == 1 else "them"
    return f"{_listed(names)} graded as defined in {path}: {place} does not have {them} yet."


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:4]) + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    return f"{join_words(shown)} {'was' if len(shown) == 1 else 'were'}"


def _differences(
    in_files: Mapping[str, ast.stmt | str | None],
    chosen: NotebookChosen,
    assignment: Assignment,
    sources: Mapping[str, str],
) -> dict[str, str]:
    """Returns function -> unified difference, file to notebook, where both define it and not alike."""
    found: dict[str, str] = {}
    for name, node in chosen.functions.items():
        own = in_files[name]
        if not isinstance(own, ast.stmt) or same_code(own, node):
            continue
        place = assignment.modules[assignment.functions[name].module]
        unit = chosen.definitions.defined(name)
        if unit is None:
            continue
        lines = sources[place].split("\n")[own.lineno - 1 : own.end_lineno]
        other = unit.text.split("\n")
        to = f"{PurePosixPath(chosen.path).name} cell {unit.cell}"
        diff = list(difflib.unified_diff(lines[:1000], other[:1000], place, to, lineterm="", n=2))
        if len(diff) > MAX_DIFF_LINES:
            diff[MAX_DIFF_LINES:] = [f"… {len(diff) - MAX_DIFF_LINES} more lines"]
        found[name] = "\n".join(diff) + "\n"
    return found


def _difference_note(name: str, assignment: Assignment, chosen: NotebookChosen) -> str:
    place = assignment.modules[assignment.functions[name].module]
    unit = chosen.definitions.defined(name)
    where = f"cell {unit.cell} of {chosen.path}" if unit else chosen.path
    return f"{name} is defined differently in {place} and {where}; the version in the file was graded."
