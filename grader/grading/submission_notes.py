"""Writes the notes of a grade that concern the whole submission rather than one check."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from grader.assignment.definition import Assignment
from grader.model.errors import StudentError
from grader.model.phrases import join_words
from grader.reading.fallible_imports import absent_notes
from grader.reading.submission import Submission
from grader.syntax.integrity import integrity_notes

__all__ = ["absence_notes", "code_notes", "import_notes"]


def import_notes(imports: Mapping[str, object], printed: str) -> tuple[str, ...]:
    """Returns what happened while the answer files were imported."""
    notes = [
        f"{problem.message} {problem.hint}".strip() for problem in imports.values() if isinstance(problem, StudentError)
    ]
    if printed.strip():
        notes.append(f"Printed while your files were imported: {printed.strip()[:1000]}")
    return tuple(notes)


def absence_notes(submission: Submission, absent: Collection[tuple[str, int, str]]) -> Iterator[str]:
    """Yields a note on each import that is absent here and was let pass."""
    for place in sorted({place for place, _, _ in absent}):
        found = {(line, name) for file, line, name in absent if file == place}
        for line, what in absent_notes(submission.text(place), found):
            path, line = submission.where(place, line)
            yield f"{path} line {line}: {what}."


def granted_notes(submission: Submission, granted: Collection[tuple[str, int, str]]) -> list[str]:
    """Returns a note on each kind of thing that was granted while code ran, with its lines."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, line, what in sorted(granted):
        path, own_line = submission.where(place, line)
        places.setdefault((path, what), []).append(own_line)
    return [
        f"{path} {'line' if len(lines) == 1 else 'lines'} {join_words([str(line) for line in lines[:5]])}"
        f"{' and more' if len(lines) > 5 else ''}: {what}."
        for (path, what), lines in places.items()
    ]


def code_notes(submission: Submission, assignment: Assignment) -> tuple[str, ...]:
    """Returns what an instructor should look at in the code."""
    own_work = {assignment.modules[module]: names for module, names in assignment.own_work.items()}
    # A module that is made of cells may hold functions of any answer file.
    everything = MappingProxyType({name: said for names in own_work.values() for name, said in names.items()})
    own_work |= {place: everything for place in submission.lines if place not in own_work}
    words = []
    for note in integrity_notes(submission.files, own_work, assignment.functions):
        in_cell = note.file in submission.lines
        file, line = submission.where(note.file, note.line) if in_cell else (note.file, note.line)
        words.append(f"For the instructor: {file} line {line} {note.what}: `{note.text}`")
    return tuple(words)
