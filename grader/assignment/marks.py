"""The marks that a check may have."""

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from grader.model.errors import UnusableAssignment

__all__ = ["MARKS", "refuse_uncollected", "refuse_unknown_marks", "refuse_unknown_names"]

MARKS = (
    "section(name): the group of the report that the check belongs to",
    "function(name): the student's function that is judged",
    "needs(*names): blocked when it fails and one of these checks or cases, or a check of these functions, did too",
    "hidden: needs the secret seed; the student kit does not run it",
    "limit(**limits): other limits than the rubric's, e.g. cpu_seconds=12",
    "asks(module): left out unless the assignment has this module",
    "points(n): points of a check that rubric.toml does not name",
)
_NO_PACKAGE = "attempted relative import with no known parent package"
_UNKNOWN = re.compile(r"'(\w+)' not found in `markers`")


#: what pytest itself reads
_PYTEST = ("parametrize", "usefixtures")


def refuse_unknown_marks(where: str, names: Iterable[str]) -> None:
    """Raises UnusableAssignment for a mark that a check cannot have, such as pytest's skip."""
    known = [words.partition(":")[0].partition("(")[0] for words in MARKS]
    for name in names:
        if name not in (*known, *_PYTEST):
            raise UnusableAssignment(
                f"{where} has the mark {name!r}, which checks cannot have; available: {', '.join(known)}, "
                "and pytest's parametrize."
            )


def refuse_unknown_names(
    where: str, named: Iterable[tuple[str, Sequence[str]]], known: dict[str, Collection[str]]
) -> None:
    """Raises UnusableAssignment for a mark that names nothing, as after a slip.

    A section need not be listed, nor a function be one of the assignment, such as "notebook": only what is nearly one
    of those is a slip.

    Args:
        where: the check.
        named: its marks, each with its arguments.
        known: mark -> names that it may have.
    """
    for mark, names in named:
        for name in names:
            if mark not in known or name in known[mark]:
                continue
            near = get_close_matches(name, known[mark], 1, cutoff=0.8)
            if near or mark == "needs":
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known[mark]))}."
                raise UnusableAssignment(f"{where} has the mark {mark}({name!r}), which does not exist; {hint}")


def refuse_uncollected(where: str, text: str, folder: Path) -> NoReturn:
    """Raises for checks in a folder that pytest cannot collect, for the reason that it gave."""
    if unknown := _UNKNOWN.search(text):
        refuse_unknown_marks(where, [unknown[1]])
    if _NO_PACKAGE in text and not folder.name.isidentifier():
        raise UnusableAssignment(
            f"{where} imports a module of its own folder, whose name is then one of Python: call the folder "
            f"{re.sub(r'[^0-9A-Za-z]+', '_', folder.name)} instead of {folder.name}."
        )
    if _NO_PACKAGE in text:
        raise UnusableAssignment(
            f"{where} imports a module of its own folder, which then needs an __init__.py: make an empty one."
        )
    raise UnusableAssignment(f"The checks in {where} could not be run: {text}")
