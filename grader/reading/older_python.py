"""Grants harmless habits of older Python and NumPy versions, which is what `--compat` does.

Every grant is a note that names file and line, and no line changes its number where that can be helped. The names that
only have to exist again (np.int, xrange, the packages past and six) are put back by the worker, see
`grader.worker.compat`; so is division: where a file is no valid Python 3, nobody wrote it for Python 3, and `/` floors
whole numbers as in Python 2 ("floor"). Everywhere else it only gives a whole number where two of them divide evenly
("exact"), so that a size computed with `/` works and no value changes.
"""

import ast
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from grader.reading.archives import shown
from grader.reading.decoding import encode_source
from grader.reading.fallible_imports import fallible_imports
from grader.reading.numpy_uses import uses_in
from grader.reading.parsing import parse_source
from grader.reading.python2 import expand_tabs, to_python_3
from grader.reading.reading_limits import CELL_CONVERSION_SECONDS, CONVERSION_SECONDS, MAX_NOTES
from grader.reading.submission import Submission
from grader.worker.compat import BUILTINS, SHIMS

__all__ = ["cell_repair", "with_compat"]

# Counted repetitions: a hostile file must not make the search take quadratic time.
_PYTHON_2_SYNTAX = re.compile(
    r"""^[ \t]*print[ \t]+["'\w`-]|\bprint[ \t]*>>|\bexcept[ \t]+[\w., ()]{1,80},[ \t]*\w+[ \t]*:"""
    r"""|\braise[ \t]+[\w.]+[ \t]*,|<>|`|\bexec[ \t]+["'\w]|(?<![\w.])0\d+\b|\b\d+[lL]\b|\bur["']"""
    r"""|\bdef \w+\([^)=\n]{0,80}\(|\blambda[ \t]*\(""",
    re.MULTILINE,
)
_PYTHON_2_NAMES = {"izip", "imap", "ifilter", "iteritems", "itervalues", "iterkeys", "has_key"}
_PYTHON_2_MODULES = {"cPickle", "StringIO", "cStringIO", "Queue", "ConfigParser", "__builtin__", "urllib2"}

_Convert = Callable[[str], str | None]


def with_compat(submission: Submission, given_files: Collection[str] = ()) -> Submission:
    """Returns a submission whose texts run on today's Python where only their age was in the way; name and digest stay.

    Granted: Python 2 syntax, tabs mixed with spaces.
    `division` is set for every file, which tells the worker to do its part.

    Args:
        submission: as handed in.
        given_files: workspace paths of our files, which may be imported too.

    Raises:
        UnusableInput: a file is Python 2 and fissix, which converts it, is not installed.
    """
    end = _converting_seconds() + CONVERSION_SECONDS

    def convert(text: str) -> str | None:
        left = end - _converting_seconds()
        return to_python_3(text, file, left) if left > 0 else None

    files, division, notes = dict(submission.files), {}, []
    for place in submission.files:
        file = shown(submission.origin[place])
        # What is made of the cells of a Python 2 notebook is Python 3 by now, and was not written for it.
        was_python_2 = submission.old_cells.python_2 and place in submission.lines
        granted = _grant(submission.text(place), convert, was_python_2)
        division[place] = granted.division
        if granted.text is not None:
            files[place] = encode_source(granted.text)
        found = ((*submission.where(place, line), what) for line, what in sorted(granted.notes))
        notes += [f"{shown(path)} line {line}: {what}." for path, line, what in found]
    # Modules beside flat answer files have several places in the workspace and one origin.
    notes = list(dict.fromkeys(notes))
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES:] = [f"{len(notes) - MAX_NOTES} more things were granted."]
    return replace(
        submission,
        files=MappingProxyType(files),
        division=MappingProxyType(division),
        fallible=fallible_imports(files, given_files),
        notes=(*submission.notes, *notes),
    )


def cell_repair(text: str) -> str | None:
    """Returns the text of a notebook's cell in Python 3, or None where it is no Python 2 either.

    Raises:
        UnusableInput: fissix, which converts it, is not installed.
    """
    readable = _make_readable(text, lambda old: to_python_3(old, "The notebook", CELL_CONVERSION_SECONDS))
    return readable.text if readable else None


def _converting_seconds() -> float:
    """Returns the processor time that the processes which this one has started and awaited have used."""
    used = os.times()
    return used.children_user + used.children_system


@dataclass(frozen=True, slots=True)
class _Granted:
    """One file after the repairs."""

    #: None when it stays as it is
    text: str | None
    #: "exact" or "floor"
    division: str
    #: line, what was done
    notes: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Readable:
    """A text that Python 3 can read, and what was done to make it so."""

    text: str
    tree: ast.Module
    notes: tuple[tuple[int, str], ...] = ()
    was_python_2: bool = False


def _grant(text: str, convert: _Convert, was_python_2: bool) -> _Granted:
    readable = _make_readable(text, convert)
    if readable is None:
        return _Granted(None, "exact")
    tree = readable.tree
    was_python_2 = was_python_2 or readable.was_python_2
    division = "floor" if was_python_2 and not _has_true_division(tree) else "exact"
    notes = (*readable.notes, *_notes_on_run_time(tree))
    return _Granted(None if readable.text == text else readable.text, division, notes)


def _make_readable(text: str, convert: _Convert) -> _Readable | None:
    """Returns the text as valid Python 3, or None where nothing helps."""
    candidates = list(dict.fromkeys([text, expand_tabs(text, 8), expand_tabs(text, 4)]))
    tabs = ((_first_difference(text, candidates[-1]), "tabs in the indentation were taken for spaces"),)
    for candidate in candidates:
        if (tree := _tree(candidate)) is not None:
            # Python 3 refuses such tabs, so nobody has run it there.
            mixed = candidate != text
            readable = _Readable(candidate, tree, tabs if mixed else (), was_python_2=mixed)
            return (_converted(readable, convert) if _uses_python_2(tree) else None) or readable
    if _PYTHON_2_SYNTAX.search(text):
        for candidate in candidates:
            readable = _Readable(candidate, ast.Module([], []), () if candidate == text else tabs, was_python_2=True)
            if converted := _converted(readable, convert):
                return converted
    return None


def _converted(old: _Readable, convert: _Convert) -> _Readable | None:
    """Returns a text converted from Python 2; None when it cannot be."""
    text = convert(old.text)
    tree = _tree(text) if text is not None else None
    if text is None or tree is None:
        return None
    n_lines = text.rstrip("\n").count("\n") - old.text.rstrip("\n").count("\n")
    what = "Python 2 was converted from here on" + (", later lines have moved" if n_lines else "")
    return _Readable(text, tree, (*old.notes, (_first_difference(old.text, text), what)), old.was_python_2)


def _uses_python_2(tree: ast.Module) -> bool:
    """Whether valid Python 3 calls what only Python 2 had, beyond names that can be put back."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        if any(name in _PYTHON_2_NAMES or name.split(".")[0] in _PYTHON_2_MODULES for name in names):
            return True
    return False


def _has_true_division(tree: ast.Module) -> bool:
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    return any(alias.name == "division" for node in imports for alias in node.names)


def _imported(node: ast.stmt) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level) else []


def _top_of(node: ast.stmt, alias: ast.alias) -> str:
    return ((node.module or "") if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]


def _notes_on_run_time(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields a note, at its first line, on each kind of thing that the worker will grant."""
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    first: dict[str, int] = {}
    for node in ast.walk(tree):
        if what := _run_time_grant(node, bound):
            line = getattr(node, "lineno", 1)
            first[what] = min(first.get(what, line), line)
    yield from ((line, what) for what, line in first.items())


def _run_time_grant(node: ast.AST, bound: Collection[str]) -> str:
    if isinstance(node, ast.Name) and node.id in BUILTINS and node.id not in bound:
        return f"{node.id} is put back"
    if isinstance(node, (ast.Attribute, ast.Call, ast.Import, ast.ImportFrom)) and (old := _old_numpy(node)):
        return old
    if isinstance(node, ast.stmt) and (tops := {_top_of(node, alias) for alias in _imported(node)} & {*SHIMS}):
        return f"the package {min(tops)} is stood in for"
    return ""


def _old_numpy(node: ast.Attribute | ast.Call | ast.Import | ast.ImportFrom) -> str:
    """Returns what is granted of an older NumPy, where this one lacks it."""
    for change in uses_in(node):
        if not change.granted or change.works_in(np.__version__):
            continue
        what, version = change.what, change.version
        if what.endswith("=…)"):
            return f"{what}, which NumPy {version} removed, is understood"
        verb = "stood in for" if what.startswith("the module") else "put back"
        return f"{what}, which NumPy {version} removed, is {verb}"
    return ""


def _tree(text: str) -> ast.Module | None:
    try:
        return parse_source(text, "")
    except SyntaxError:
        return None


def _first_difference(old: str, new: str) -> int:
    pairs = zip(old.split("\n"), new.split("\n"), strict=False)
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), 1)
