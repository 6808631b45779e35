"""Tells from names which of several things side by side is the last attempt, and leaves the earlier ones out.

Attempts are called "attempt_2", "Version 2" (Teams), "2" (Submitty), "2_handin.zip" (Autolab), "2nd try", "2026-11-21".
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from grader.model.file_names import ARCHIVES, SOURCES, is_notebook
from grader.reading.archives import Tree, shown
from grader.reading.layouts import stands_for

__all__ = ["order_of_attempts", "with_last_attempts", "without_ending"]

_ENDING = re.compile(rf"(?:\.tar)?(?:{'|'.join(map(re.escape, (*ARCHIVES, *SOURCES)))})$", re.IGNORECASE)
_WORD = (
    r"(?:attempt|resubmission|submission|version|ver|v|try|trial|revision|rev|upload|hand-?in|draft|iteration|versuch|"
    r"abgabe|intento|entrega|tentative)"
)
_NUMBER = r"\d{1,9}(?:\.\d{1,4}){0,3}"
_TIME = r"20\d\d-\d\d?-\d\d?(?:[ T_-]{1,3}\d\d?(?:[.:-]?\d\d){1,2}Z?)?|20\d{6}[T_-]?\d{6}Z?"
# A bare number of more digits is rather a student's.
_ALONE = re.compile(
    rf"{_WORD}s?[ _.#-]{{0,3}}(?P<after>{_TIME}|{_NUMBER})|(?P<bare>{_TIME}|#?\d\d?)|\((?P<copy>\d{{1,3}})\)|"
    rf"(?P<ordinal>\d{{1,3}})(?:st|nd|rd|th|\.)[ _-]?{_WORD}",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(?P<n>\d{1,4})(?P<copy>)[ _-](?P<rest>\D.*)", re.DOTALL)
_AFTER = re.compile(
    rf"(?P<rest>.*?[^\W_])[ _.-]*(?:(?:\b|_){_WORD}[ _.#-]?(?P<n>\d{{1,9}})|\((?P<copy>\d{{1,3}})\))",
    re.IGNORECASE | re.DOTALL,
)


def without_ending(name: str) -> str:
    """Returns "first.last" of "first.last.zip"; only endings of archives and source files are cut."""
    return _ENDING.sub("", name) or name


def order_of_attempts(stems: Sequence[str], owner: str = "") -> dict[str, tuple[int, ...]] | None:
    """Returns name -> what grows from attempt to attempt; None where not all names are of attempts at one thing.

    Args:
        stems: names side by side, without their endings.
        owner: of them all; a name may begin with this one.
    """
    bare = {stem: _without_owner(stem, owner) for stem in stems}
    alone = {stem: _ALONE.fullmatch(text) for stem, text in bare.items()}
    if stems and all(alone.values()):
        return {stem: _numbers(found) for stem, found in alone.items() if found}
    for pattern in (_BEFORE, _AFTER):
        found = {stem: match for stem, text in bare.items() if (match := pattern.fullmatch(text))}
        if len(found) == len(bare) > 1 and len({match["rest"].casefold() for match in found.values()}) == 1:
            return {stem: (int(match["n"] or match["copy"]),) for stem, match in found.items()}
    return None


def with_last_attempts(tree: Tree, answers: Collection[str], owner: str = "") -> Tree:
    """Returns what a submission holds without its earlier attempts, and a note for each last one.

    Args:
        tree: all of it.
        answers: places of the answer files, such as "package/layers.py".
        owner: what the submission is called.
    """
    notes: list[str] = []
    files = dict(tree.files)
    pending: list[tuple[str, Sequence[str]]] = [("", list(files))]
    while pending:
        folder, paths = pending.pop()
        inside = _entries(paths, folder)
        has_files = any(f"{folder}{name}" in files for name in inside)
        if not has_files and (last := _last(inside, answers, owner)) is not None:
            earlier = [name for name in inside if name != last]
            for name in earlier:
                for path in inside[name]:
                    del files[path]
            some = ", ".join(shown(name, 60) for name in earlier[:5])
            notes.append(f"Of the attempts in it {shown(folder + last, 100)} counts; earlier: {some}.")
            inside = {last: inside[last]}
        pending += [(f"{folder}{name}/", within) for name, within in inside.items() if f"{folder}{name}" not in files]
    return replace(tree, files=files, notes=(*tree.notes, *notes)) if notes else tree


def _without_owner(stem: str, owner: str) -> str:
    rest = stem[len(owner) :]
    is_owner_s = bool(owner) and stem.casefold().startswith(owner.casefold()) and rest[:1] in ("_", "-", " ", ".")
    return rest.lstrip("_-. ") if is_owner_s else stem


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", found[found.lastgroup or 0])))


def _entries(paths: Sequence[str], folder: str) -> dict[str, list[str]]:
    """Returns name -> paths of the files in it, of what lies directly in a folder."""
    inside: dict[str, list[str]] = {}
    for path in paths:
        inside.setdefault(path[len(folder) :].partition("/")[0], []).append(path)
    return inside


def _last(inside: Mapping[str, Sequence[str]], answers: Collection[str], owner: str) -> str | None:
    """Returns the last of the attempts that a folder holds and nothing else; None for any other folder."""
    stems = {without_ending(name): name for name in inside}
    if len(inside) < 2 or len(stems) < len(inside):
        return None
    order = order_of_attempts(list(stems), owner)
    if order is None:
        return None
    last = stems[max(order, key=lambda stem: (order[stem], stem))]
    # Folders with another answer file in each are parts of the work.
    own = _answers_in(inside[last], answers)
    others = {name for other, paths in inside.items() if other != last for name in _answers_in(paths, answers)}
    return last if own & others or not others else None


def _answers_in(paths: Sequence[str], answers: Collection[str]) -> set[str]:
    notebooks = {"notebook" for path in paths if is_notebook(path)}
    return notebooks | {place for path in paths for place in answers if stands_for(path, place)}
