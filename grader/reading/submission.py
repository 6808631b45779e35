"""Makes a Submission from what a student handed in; runs nothing of it."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from grader.assignment.definition import Assignment
from grader.model.errors import UnusableSubmission
from grader.model.file_names import SOURCES
from grader.reading.archives import Tree, read_tree, shown
from grader.reading.attempt_names import with_last_attempts
from grader.reading.choosing import NotebookChosen, choose_notebook
from grader.reading.decoding import decode_source, encode_source, python_bytes
from grader.reading.extracting import CellLines
from grader.reading.fallible_imports import Lines, fallible_imports
from grader.reading.joining import Joined, join, written_in
from grader.reading.layouts import Layout, find_answers, find_extras
from grader.reading.older_cells import OldCells, Repair
from grader.reading.providing import Provided
from grader.reading.reading_limits import MAX_EXTRA_BYTES, MAX_EXTRAS

__all__ = ["Submission", "decode_source"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What is graded of what a student handed in."""

    #: of the folder or archive, without its ending; fit for a file name
    name: str
    #: "files" or "notebook"
    kind: str
    #: "sha256:…" over the workspace files as handed in
    digest: str
    #: place in the workspace -> content: the answer files and other modules of the student's, never a given file
    files: Mapping[str, bytes]
    #: place in the workspace -> path in the submission
    origin: Mapping[str, str]
    #: one sentence each on what is unusual about the submission
    notes: tuple[str, ...] = ()
    #: the notebook as handed in; empty when there is none
    notebook: bytes = b""
    #: its path in the submission
    notebook_path: str = ""
    #: place in the workspace, of those made of the notebook's cells -> which lines are of which cell
    lines: Mapping[str, tuple[CellLines, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: function -> how the notebook's definition differs from the graded one in a file, as a unified diff
    differences: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: place in the workspace -> how `/` of whole numbers works there, "exact" or "floor"; see `older_python`
    division: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: place in the workspace -> line of a top-level import that may fail -> names; see `fallible_imports`
    fallible: Mapping[str, Lines] = field(default_factory=lambda: MappingProxyType({}))
    #: functions of earlier assignments that a notebook without answer files borrows; see `grader.reading.providing`
    provided: Provided = field(default_factory=Provided)
    #: cells of the notebook that were converted from Python 2
    old_cells: OldCells = field(default_factory=OldCells)

    @classmethod
    def from_path(
        cls, path: Path, assignment: Assignment, repair: Repair | None = None, tree: Tree | None = None
    ) -> "Submission":
        """Returns the submission in a folder, an archive, a single answer file or a notebook.

        Args:
            path: what was handed in.
            assignment: which files and functions are looked for.
            repair: makes Python 3 of the text of a cell, where that is granted.
            tree: what the path holds, when that was read elsewhere.

        Raises:
            UnusableSubmission: there is nothing to grade; the sentence says what was found and what to hand in.
        """
        tree = tree or read_tree(path, answers=assignment.modules.values())
        tree = with_last_attempts(tree, assignment.modules.values(), _name_of(path))
        layout = find_answers(tree.files, assignment.modules, assignment.functions.keys())
        _refuse_oversized(tree, layout, assignment)
        root = layout.root if layout else ""
        written = written_in(_texts(tree, layout, assignment), assignment)
        chosen, notebook_notes = choose_notebook(tree.files, assignment, repair, written, root)
        if layout is None and (chosen is None or not chosen.adds):
            raise _nothing_to_grade(path, tree, assignment, chosen, notebook_notes)
        origin, notes = _origins(tree, layout, chosen, assignment)
        files, coding_notes = _python_files(tree, origin)
        joined = _joined(files, chosen, assignment)
        if chosen:
            origin |= joined.notebooks
            files |= {place: encode_source(text) for place, text in joined.texts.items()}
        notebook = tree.files[chosen.path] if chosen else b""
        missing = [place for place in assignment.modules.values() if place not in files]
        notes += [f"{place} was not found; its checks count as missing." for place in missing]
        return cls(
            name=_name_of(path),
            kind="files" if layout else "notebook",
            digest=_digest(files | ({chosen.path: notebook} if chosen else {})),
            files=MappingProxyType(files),
            origin=MappingProxyType(origin),
            notes=tuple(
                shown(note, 400) for note in (*tree.notes, *notes, *coding_notes, *notebook_notes, *joined.notes)
            ),
            notebook=notebook,
            notebook_path=chosen.path if chosen else "",
            lines=MappingProxyType(dict(joined.lines)),
            differences=MappingProxyType(dict(joined.differences)),
            fallible=fallible_imports(files, assignment.given_files),
            provided=joined.provided,
            old_cells=chosen.old if chosen else OldCells(),
        )

    @property
    def laid(self) -> Mapping[str, bytes]:
        """What lies in the workspace beside the given files: `files`, and what is provided."""
        return {**self.files, **{file.place: file.text.encode() for file in self.provided.files}}

    def text(self, place: str) -> str:
        """Returns the text of a workspace file; raises KeyError when the submission has no such file."""
        return decode_source(self.files[place])

    def text_or_nothing(self, place: str) -> str:
        """Returns the text of a workspace file; "" where the submission has no such file."""
        return self.text(place) if place in self.files else ""

    def where(self, place: str, line: int) -> tuple[str, int]:
        """Returns what a student calls a line of a workspace file: path in the submission, and cell; line in that."""
        for span in self.lines.get(place, ()):
            if span.first <= line <= span.last:
                return f"{self.origin[place]} cell {span.cell}", line - span.first + span.line
        return self.origin.get(place, place), line


def _origins(
    tree: Tree, layout: Layout | None, chosen: NotebookChosen | None, assignment: Assignment
) -> tuple[dict[str, str], list[str]]:
    """Returns place in the workspace -> path in the submission, and notes; beside a notebook alone lie its modules."""
    beside = layout
    if beside is None and chosen is not None:
        beside = Layout({"": chosen.path}, chosen.path.rpartition("/")[0], "")
    if beside is None:
        return {}, []
    extras, notes = find_extras(tree.files, beside, assignment.modules, assignment.given_files)
    answers = layout.answers if layout else {}
    origin = {assignment.modules[name]: answers[name] for name in assignment.modules if name in answers}
    return origin | _within_limits(extras, tree, notes), [*beside.notes, *notes]


def _texts(tree: Tree, layout: Layout | None, assignment: Assignment) -> dict[str, str]:
    """Returns place in the workspace -> text of the answer files."""
    answers = layout.answers if layout else {}
    return {assignment.modules[name]: decode_source(tree.files[path]) for name, path in answers.items()}


def _joined(files: Mapping[str, bytes], chosen: NotebookChosen | None, assignment: Assignment) -> Joined:
    """Returns what the notebook adds to the files, or takes the place of."""
    if chosen is None or not chosen.adds:
        return Joined({}, {}, {}, {}, ())
    texts = {place: decode_source(content) for place, content in files.items()}
    return join(texts, chosen, assignment, assignment.given_bytes())


def _nothing_to_grade(
    path: Path, tree: Tree, assignment: Assignment, chosen: NotebookChosen | None, problems: tuple[str, ...]
) -> UnusableSubmission:
    """Returns the sentence on a submission without answer files and without a notebook that stands for them."""
    name, wanted = shown(path.name or str(path)), " and ".join(assignment.modules.values())
    if chosen is not None:
        why = f" ({problems[0].rstrip('.')})" if problems else ""
        return UnusableSubmission(
            f"{name} holds the notebook {shown(chosen.path)}, which defines no function of the assignment{why}, "
            f"and no answer file; hand in {wanted} with it."
        )
    if problems:
        return UnusableSubmission(problems[0])
    return UnusableSubmission(
        f"{name} holds no answer file ({_findings(tree)}); hand in {wanted}, "
        "in a folder, a zip or a tar.gz, or the files alone."
    )


def _findings(tree: Tree) -> str:
    if tree.notes:
        return tree.notes[0].rstrip(".")
    names = [*tree.files, *tree.others]
    more = len(tree.files) + tree.n_others - len(names[:3])
    if not names:
        return "it is empty"
    return f"found: {', '.join(shown(name, 60) for name in names[:3])}" + (f" and {more} more" if more else "")


def _refuse_oversized(tree: Tree, layout: Layout | None, assignment: Assignment) -> None:
    """Raises UnusableSubmission when a file that was too large to read may be a missing answer file."""
    for name, place in assignment.modules.items():
        large = [path for path in tree.oversized if PurePosixPath(path).name == PurePosixPath(place).name]
        if large and (layout is None or name not in layout.answers):
            raise UnusableSubmission(f"{shown(large[0])} is too large for an answer file; move the data out of it.")


def _within_limits(extras: Mapping[str, str], tree: Tree, notes: list[str]) -> dict[str, str]:
    """Returns the extra modules nearest the top as far as the limits go; adds a note when that is not all."""
    kept: dict[str, str] = {}
    n_bytes = 0
    for place, path in extras.items():
        n_bytes += len(tree.files[path])
        if len(kept) == MAX_EXTRAS or n_bytes > MAX_EXTRA_BYTES:
            notes.append(f"Of the submission's {len(extras)} other modules only the first {len(kept)} are used.")
            break
        kept[place] = path
    return kept


def _python_files(tree: Tree, origin: Mapping[str, str]) -> tuple[dict[str, bytes], list[str]]:
    """Returns the contents as Python can decode them, and a note for each that had to be changed for that."""
    files: dict[str, bytes] = {}
    notes: dict[str, None] = {}
    for place, path in sorted(origin.items()):
        files[place], odd = python_bytes(tree.files[path])
        if odd:
            notes[f"{path} is saved {odd}, which Python refuses; it was read all the same, save it as UTF-8."] = None
    return files, list(notes)


def _name_of(path: Path) -> str:
    name = PurePosixPath(os.path.abspath(path)).name or "submission"
    for ending in (*SOURCES, ".zip", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".tbz2", ".txz"):
        name = name.removesuffix(ending) or name
    return re.sub(r"[^\w .,+@()\[\]-]", "_", name.encode("utf-8", "replace").decode())


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for place, content in sorted(files.items()):
        # Lengths, so that no other split into names and contents gives the same bytes.
        digest.update(f"{len(place)}:{place}:{len(content)}:".encode() + content)
    return f"sha256:{digest.hexdigest()}"
