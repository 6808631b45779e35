"""Finds the answer files among the paths of a submission.

Three layouts are known by the places of the answer files: the whole package at any depth (`package/layers.py`), the
inside of the package (`layers.py`, `part/net.py`), and flat (`layers.py`, `net.py`).
"""

import ast
import functools
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath

from grader.reading.decoding import decode_source
from grader.reading.parsing import parse_source, top_level
from grader.reading.reading_limits import MAX_CANDIDATE_CHARACTERS, MAX_CANDIDATES
from grader.reading.stubs import is_stub

__all__ = ["Layout", "count_written", "find_answers", "find_extras", "stands_for"]

# What a module at the root would hide from the worker, or from the tools around it.
_LIBRARIES = sys.stdlib_module_names | {"numpy", "grader"}
# Run by other tools than the assignment; nothing imports them.
_TOOLS = {"setup", "conftest", "sitecustomize", "usercustomize"}
_STRINGS = re.compile(r"(\"{3}|'{3}).*?\1", re.DOTALL)
_DEFINITION = re.compile(r"(?:def|class)\s+(?P<name>\w+)")
#: lines of a function that nobody has written yet
_GIVEN = re.compile(
    r'pass|""|\.\.\.|raise NotImplementedError.*|return [\w, ()]*|[\w, ]+ = (?:None|\w+|\([\w, ]*\)|[\w, =]*None)|'
    r"(?:def|class) .*|self\.\w+ = [\w.{}]+|\w+, .*"
)
# How upload forms rename: "layers (1).py", "layers-2.py", "ada_123_456_layers.py", "Layers.py".
_RENAMED = r"(?:.*\d[ _-])?{stem}\d*(?:[ _-]+(?:\(?\d+\)?|copy)|\(\d+\))*\.py"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the answer files of a submission are."""

    #: name of the module -> path in the submission; modules that were not found are absent
    answers: Mapping[str, str]
    #: folder in the submission that corresponds to `inside` in the workspace; "" for the top
    root: str
    #: folder of the workspace, e.g. "package"; None for the flat layout
    inside: str | None
    notes: tuple[str, ...] = ()


def find_answers(
    files: Mapping[str, bytes], modules: Mapping[str, str], functions: Collection[str] = ()
) -> Layout | None:  # fmt: skip
    """Returns the layout of a submission, or None when it has no answer file.

    A layout in which something is written wins over one that is as handed out; then the one with most answer files, the
    one nearest the top, the one with most functions written, the fullest, and the first by name. An answer file that it
    lacks is taken from elsewhere by its name, then by its name as upload forms change it.

    Args:
        files: path in the submission -> content.
        modules: name of an answer module -> its place in the workspace.
        functions: names of the functions and classes that are to be written.
    """
    sources = [path for path in sorted(files) if path.lower().endswith(".py")]
    candidates = _candidates(sources, modules)
    notes: list[str] = []
    answers: dict[str, str] = {}
    root, inside = "", None
    if candidates:
        n_written = dict.fromkeys(candidates, 0)
        if len(candidates) > 1:
            few = list(candidates.items())[:MAX_CANDIDATES]
            n_written |= {key: count_written(files, found.values(), functions) for key, found in few}
        best = min(
            candidates,
            key=lambda key: (not n_written[key], -len(candidates[key]), _depth(key[1]), -n_written[key], key),
        )
        answers, root = dict(candidates[best]), best[1]
        if any(str(PurePosixPath(path).parent) != (root or ".") for path in answers.values()):
            inside = "/".join(next(iter(modules.values())).split("/")[: best[0]])
        notes += _rivals(answers, candidates, files, n_written, n_written[best])
    for name, place in modules.items():
        if name not in answers and (path := _elsewhere(sources, place, answers.values(), files, functions)):
            answers[name] = path
            notes += [f"{path} was taken as {place}."]
    return Layout(answers, root, inside, tuple(notes)) if answers else None


def find_extras(
    files: Mapping[str, bytes], layout: Layout, modules: Mapping[str, str], given_files: Collection[str]
) -> tuple[dict[str, str], list[str]]:
    """Returns the student's other modules, place in the workspace -> path in the submission, and notes.

    Only those are taken whose names stand in a line with an import in the answer files, or in one so taken: that is all
    that may be imported, without what else lies in a folder. Left out too: the given files, packages that Python would
    import in place of one of them or of an answer file, names that no import can name, and at the root those that
    would hide a library. In the flat layout a module goes wherever its neighbour may look for it: beside each answer
    file's place and at the root.
    """
    places: dict[str, str] = {}
    ours = {*given_files, *modules.values()}
    for path in sorted(files, key=lambda path: (_depth(path), path)):
        if path.endswith(".py") and path not in layout.answers.values():
            for place in _places(path, layout, modules, given_files):
                if _importable(place) and not _takes_place(place, ours):
                    places.setdefault(place, path)
    tops = {place.split("/")[0] for place in modules.values()}
    extras = _mentioned(places, files, layout.answers.values())
    hiding = [path for place, path in extras.items() if "/" not in place and place[:-3] in _LIBRARIES | tops]
    extras = {
        place: path for place, path in extras.items() if path not in hiding and place.split("/")[0] not in _LIBRARIES
    }
    if not hiding:
        return extras, []
    more = f", and {len(hiding) - 1} more like it," if len(hiding) > 1 else ""
    return extras, [f"{hiding[0]}{more} was left out: its name would hide a library or the package."]


def _mentioned(places: Mapping[str, str], files: Mapping[str, bytes], start: Collection[str]) -> dict[str, str]:
    """Returns, in order, the modules whose names occur in imports of the files at the start, or of each other."""
    by_name: dict[str, list[str]] = {}
    for place in places:
        folder, _, file = place.rpartition("/")
        by_name.setdefault(folder.rpartition("/")[2] if file == "__init__.py" else file[:-3], []).append(place)
    found: set[str] = set()
    pending = list(start)
    while pending:
        for word in _words_of_imports(decode_source(files[pending.pop()])):
            for place in by_name.pop(word, ()):
                found.add(place)
                pending.append(places[place])
    return {place: path for place, path in places.items() if place in found}


def _words_of_imports(text: str) -> set[str]:
    """Returns the words of all lines that mention an import, so also of `import_module("own")`; reads no syntax."""
    words: set[str] = set()
    goes_on = False
    for line in text.split("\n"):
        if goes_on or "import" in line:
            words.update(re.findall(r"\w+", line))
            goes_on = ((goes_on or "(" in line) and ")" not in line) or line.endswith("\\")
    return words


def _candidates(paths: list[str], modules: Mapping[str, str]) -> dict[tuple[int, str], dict[str, str]]:
    """Returns (folders of the workspace place that are not there, root) -> name -> path."""
    found: dict[tuple[int, str], dict[str, str]] = {}
    for name, place in modules.items():
        parts = place.split("/")
        for n_absent in range(max(_depth(other) for other in modules.values()) + 1):
            tail = "/".join(parts[min(n_absent, len(parts) - 1) :])
            for path in paths:
                if path == tail or path.endswith(f"/{tail}"):
                    found.setdefault((n_absent, path[: -len(tail)].rstrip("/")), {})[name] = path
    return found


def _rivals(
    answers: Mapping[str, str],
    candidates: Mapping[tuple[int, str], Mapping[str, str]],
    files: Mapping[str, bytes],
    n_written: Mapping[tuple[int, str], int],
    n_taken: int,
) -> list[str]:
    """Returns a note when other files with other content could have been the same answers."""
    for key, other in candidates.items():
        if other.keys() == answers.keys() and not set(other.values()) & set(answers.values()):
            differing = [name for name in answers if files[other[name]] != files[answers[name]]]
            if differing:
                name = differing[0]
                less = f"has fewer functions written ({n_written[key]}, not {n_taken})"
                why = less if n_written[key] < n_taken else "differs and lies deeper or later by name"
                return [f"{answers[name]} was taken, not {other[name]}, which {why}."]
    return []


def stands_for(path: str, place: str) -> bool:
    """Whether a file is called like an answer file, or as upload forms change its name: "layers (1).py"."""
    stem = re.escape(PurePosixPath(place).stem)
    return re.fullmatch(_RENAMED.format(stem=stem), path.rpartition("/")[2], re.IGNORECASE) is not None


def _elsewhere(
    paths: list[str], place: str, taken: Collection[str], files: Mapping[str, bytes], functions: Collection[str]
) -> str | None:
    """Returns the best path whose file name stands for an answer file, wherever it lies."""
    free = [path for path in paths if path not in taken]
    exact = [path for path in free if path.rpartition("/")[2] == PurePosixPath(place).name]
    similar = [] if exact else [path for path in free if stands_for(path, place)]
    n_written = dict.fromkeys((*exact, *similar), 0)
    if len(n_written) > 1:
        n_written |= {path: count_written(files, [path], functions) for path in list(n_written)[:MAX_CANDIDATES]}
    if exact:
        return min(exact, key=lambda path: (not n_written[path], _depth(path), -n_written[path], path))
    # The highest number is the last upload.
    return min(
        similar,
        key=lambda path: (not n_written[path], _depth(path), [-number for number in _numbers(path)]),
        default=None,
    )


def count_written(files: Mapping[str, bytes], paths: Iterable[str], functions: Collection[str] = ()) -> int:
    """Returns how many of the functions, or of all that there are, have more in them than what is handed out."""
    n_written = 0
    for path in paths:
        text = decode_source(files[path])[:MAX_CANDIDATE_CHARACTERS]
        n_written += sum(not functions or name in functions for name in _written(text))
    return n_written


@functools.lru_cache(maxsize=16)  # a submission's few files are asked for several times
def _written(text: str) -> tuple[str, ...]:
    """Returns the functions and classes at the left margin in which something is written."""
    try:
        nodes = top_level(parse_source(text, ""))
    except SyntaxError:
        # A file of an earlier Python is no syntax tree.
        bodies = _bodies(_STRINGS.sub('""', text))
        return tuple(name for name, lines in bodies if not all(map(_GIVEN.fullmatch, lines)))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return tuple(node.name for node in nodes if isinstance(node, kinds) and not is_stub(node))


def _bodies(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yields the functions and classes at the left margin, each with the lines below it that say anything."""
    name, lines = "", list[str]()
    for line in text.split("\n"):
        if found := _DEFINITION.match(line):
            yield name, lines
            name, lines = found["name"], []
        elif line[:1].isspace() and (words := line.partition("#")[0].strip()):
            lines.append(words)
    yield name, lines


def _places(path: str, layout: Layout, modules: Mapping[str, str], given_files: Collection[str]) -> list[str]:
    folder, _, name = path.rpartition("/")
    if layout.inside is not None:
        under = not layout.root or path.startswith(f"{layout.root}/")
        return [f"{layout.inside}/{path[len(layout.root) :].lstrip('/')}".lstrip("/")] if under else []
    beside = {answer.rpartition("/")[0] for answer in layout.answers.values()}
    if folder not in beside or name in {given.rpartition("/")[2] for given in given_files}:
        return []
    return [name, *sorted({f"{place.rpartition('/')[0]}/{name}" for place in modules.values()})]


def _importable(place: str) -> bool:
    *folders, stem = place.removesuffix(".py").split("/")
    return stem not in _TOOLS and all(part.isidentifier() for part in [*folders, stem])


def _takes_place(place: str, files: Collection[str]) -> bool:
    """Whether a module would be imported in place of one of the files: it is there, or in a package of its name."""
    folders = place.split("/")[:-1]
    return place in files or any("/".join(folders[: n + 1]) + ".py" in files for n in range(len(folders)))


def _numbers(path: str) -> list[int]:
    return [int("".join(digits)) for is_digit, digits in groupby(path[-100:], str.isdecimal) if is_digit]


def _depth(path: str) -> int:
    return path.count("/") + bool(path)
