"""Chooses, of the notebooks in a submission, the one that belongs to the assignment."""

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.assignment.definition import Assignment
from grader.model.errors import UnusableSubmission
from grader.model.file_names import is_notebook
from grader.model.phrases import join_words
from grader.reading.archives import shown
from grader.reading.code_cells import python_cells
from grader.reading.extracting import Definitions
from grader.reading.notebook_file import Notebook, read_notebook
from grader.reading.older_cells import OldCells, Repair, convert_cells
from grader.reading.reading_limits import MAX_OPENED
from grader.reading.stubs import is_stub

__all__ = ["NotebookChosen", "choose_notebook"]

#: comments and imports
_NO_CALLS = re.compile(r"#.*|^[ \t]*(?:from|import)\b(?:.*\([^)]*\)|.*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NotebookChosen:
    """The notebook of a submission that belongs to the assignment."""

    path: str
    definitions: Definitions
    #: functions of the assignment that it defines -> the definition; stubs are none
    functions: Mapping[str, ast.stmt]
    #: functions of the assignment of which it holds a stub
    stubs: frozenset[str]
    notes: tuple[str, ...]
    #: what was Python 2, where converting is granted
    old: OldCells = field(default_factory=OldCells)
    #: of the other notebooks, those that define functions which neither this one nor the files have, with these alone
    others: tuple["NotebookChosen", ...] = ()

    @property
    def adds(self) -> tuple["NotebookChosen", ...]:
        """This notebook and the others, as far as they define functions of the assignment."""
        return tuple(one for one in (self, *self.others) if one.functions)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An opened notebook, and what speaks for it."""

    notebook: NotebookChosen
    #: functions of the assignment that it defines and the files lack
    added: frozenset[str]
    #: those that the files have and it defines once more
    again: frozenset[str]
    #: the others that its cells call
    called: frozenset[str]
    #: of those that it defines once more, those that its cells call
    called_again: frozenset[str]
    #: of the cells with calls, those that hold what they printed
    n_printed: int

    @property
    def foreign(self) -> frozenset[str]:
        """Classes of the assignment's names that are made of another library's: a PyTorch module."""
        nodes = self.notebook.functions
        return frozenset(name for name, node in nodes.items() if isinstance(node, ast.ClassDef) and _derives(node))

    @property
    def weight(self) -> int:
        """What its functions count: one that only it defines for more than one that it calls."""
        return 2 * len(self.added) + len(self.called)


def choose_notebook(
    files: Mapping[str, bytes],
    assignment: Assignment,
    repair: Repair | None = None,
    written: Collection[str] = (),
    root: str = "",
) -> tuple[NotebookChosen | None, tuple[str, ...]]:
    """Returns the notebook that calls the assignment's functions and prints its figures, and notes.

    A function that a notebook defines counts for it where the files lack it: with PyTorch's network of the same name a
    notebook is none of the assignment's.

    Args:
        files: path in the submission -> content.
        assignment: whose functions are looked for.
        repair: for cells that are no Python 3.
        written: functions that the answer files have.
        root: folder of the answer files; of equal notebooks the one in it is taken.
    """
    paths = [path for path in sorted(files) if is_notebook(path)]
    spoken = {path: sum(name.encode() in files[path] for name in assignment.functions) for path in paths}
    paths.sort(key=lambda path: (-spoken[path], path.count("/"), path))
    opened: list[_Candidate] = []
    notes: list[str] = []
    for path in paths[:MAX_OPENED]:
        try:
            opened.append(_open(path, files[path], assignment, repair, written))
        except UnusableSubmission as exc:
            notes.append(str(exc))
    if not opened:
        return None, tuple(notes)
    best = min(opened, key=lambda one: (*_rank(one, root), -spoken[one.notebook.path], *_place(one.notebook.path)))
    if written and not best.weight and best.again <= best.foreign:
        # As good as none: the files are graded, and nothing of the notebook's section is lost.
        others = ", ".join(f"{shown(one.notebook.path, 80)} {_does(one)}" for one in opened[:3])
        return None, (*notes, f"No notebook of the assignment was found, so none is judged: {others}.")
    rivals = [one for one in opened if one is not best and (one.weight or one.again)]
    if rivals:
        notes.append(_choice_note(best, rivals, len(paths)))
    beside = _with_what_is_lacking(best, rivals, root)
    notes += [note for notebook in beside for note in notebook.notes]
    return replace(best.notebook, others=beside), (*best.notebook.notes, *notes)


def _with_what_is_lacking(best: _Candidate, rivals: Sequence[_Candidate], root: str) -> tuple[NotebookChosen, ...]:
    """Returns the notebooks with functions that the chosen one and the files lack, each function of the first."""
    have = set(best.notebook.functions)
    others: list[NotebookChosen] = []
    for one in sorted(rivals, key=lambda one: (*_rank(one, root), *_place(one.notebook.path))):
        # A network of another library is not the assignment's, whatever it is called.
        if new := one.added - have - one.foreign:
            have |= new
            functions = {name: node for name, node in one.notebook.functions.items() if name in new}
            others.append(replace(one.notebook, functions=functions, stubs=frozenset()))
    return tuple(others)


def _rank(one: _Candidate, root: str) -> tuple[int, ...]:
    """Returns what decides, least first: what it does for the assignment, whether it was run, where it lies."""
    beside = not root or one.notebook.path.startswith(f"{root}/")
    return -one.weight, -len(one.added), -len(one.called_again), -one.n_printed, not beside


def _place(path: str) -> tuple[int, int, str]:
    """Returns what of equal notebooks decides: nearest the top, then not "Net-Copy1" but "Net"."""
    return path.count("/"), len(path), path


def _choice_note(best: _Candidate, rivals: Sequence[_Candidate], n_all: int) -> str:
    """Returns the sentence that says which notebook is judged and why not the others."""
    rivals = sorted(rivals, key=lambda one: (-one.weight, -len(one.again)))
    others = ", ".join(f"{shown(one.notebook.path, 80)} ({_does(one)})" for one in rivals[:2])
    more = f" and {len(rivals) - 2} more" if len(rivals) > 2 else ""
    chosen = f"{shown(best.notebook.path, 80)} ({_does(best)})"
    return f"Of {n_all} notebooks {chosen} is judged, not {others}{more}."


def _does(one: _Candidate) -> str:
    """Returns "calls 17 functions of the assignment and defines 2"."""
    parts = []
    if one.added:
        parts.append(f"defines {_some(one.added)}")
    if one.called or not (one.added or one.again):
        parts.append(f"calls {_some(one.called)}")
    if one.again:
        parts.append(f"defines {_some(one.again)} again, which the files have")
    return join_words(parts)


def _derives(node: ast.ClassDef) -> bool:
    return any(not (isinstance(base, ast.Name) and base.id == "object") for base in node.bases)


def _some(names: Collection[str]) -> str:
    if not names:
        return "none of the assignment's functions"
    return next(iter(names)) if len(names) == 1 else f"{len(names)} of the assignment's functions"


def _open(
    path: str, content: bytes, assignment: Assignment, repair: Repair | None, written: Collection[str]
) -> _Candidate:  # fmt: skip
    notebook = read_notebook(content, path)
    old = convert_cells(notebook, repair)
    read = old.applied(notebook)
    cells, notes = python_cells(read)
    definitions = Definitions.of(notebook.name, cells)
    found = {name: definitions.defined(name) for name in assignment.functions}
    nodes = {name: unit.node for name, unit in found.items() if unit is not None}
    stubs = frozenset(name for name, node in nodes.items() if is_stub(node))
    functions = {name: node for name, node in nodes.items() if name not in stubs}
    all_notes = (*notebook.notes, *old.note(notebook.name), *notes, *definitions.notes)
    chosen = NotebookChosen(path, definitions, functions, stubs, all_notes, old)
    # What earlier assignments have asked for is called by their notebooks too.
    earlier = {name for names in assignment.provided.values() for name in names}
    called, n_printed = _called(read, assignment.functions.keys() - earlier)
    own = functions.keys() - earlier
    again = frozenset(own & {*written})
    return _Candidate(
        chosen, frozenset(own - {*written}), again, frozenset(called - own), frozenset(called & again), n_printed
    )


def _called(notebook: Notebook, functions: Collection[str]) -> tuple[set[str], int]:
    """Returns the functions that the code cells call, and how many cells with a call hold an output.

    Looked for in the text, for cells of an earlier Python are no syntax tree.
    """
    # Called, or handed on to what calls it.
    call = re.compile(rf"(?<!def )(?<!class )\b({'|'.join(map(re.escape, functions)) or '(?!)'})[ \t]*[(,)]")
    found: set[str] = set()
    n_printed = 0
    for cell in notebook.code_cells:
        here = set(call.findall(_NO_CALLS.sub("", cell.source)))
        found |= here
        n_printed += bool(here and cell.outputs)
    return found, n_printed
