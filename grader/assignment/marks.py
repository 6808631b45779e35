"""The marks that a check may have."""

import re
from collections.abc import Iterable
from typing import NoReturn

from grader.model.errors import GraderFault, UnusableAssignment

__all__ = ["MARKS", "refuse_uncollected", "refuse_unknown_marks"]

MARKS = (
    "section(name): the group of the report that the check belongs to",
    "function(name): the student's function that is judged",
    "needs(*names): blocked when it does not pass and one of these checks, or a check of these functions, did not",
    "hidden: needs the secret seed; the student kit does not run it",
    "limit(**limits): other limits than the rubric's, e.g. cpu_seconds=12",
    "asks(module): left out unless the assignment has this module",
    "points(n): points of a check that rubric.toml does not name",
)
_UNKNOWN = re.compile(r"'(\w+)' not found in `markers`")


#: what pytest itself reads
_PYTEST = ("parametrize", "usefixtures")


def refuse_unknown_marks(where: str, names: Iterable[str]) -> None:
    """Raises UnusableAssignment for a mark that a check cannot have, such as pytest's skip."""
    known = [words.partition(":")[0].partition("(")[0] for words in MARKS]
    for name in names:
        if name not in (*known, *_PYTEST):
            raise UnusableAssignment(
                f"{where} has the mark {name!r}, which checks cannot have; there are {', '.join(known)}, "
                "and pytest's parametrize."
            )


def refuse_uncollected(where: str, text: str) -> NoReturn:
    """Raises for checks that pytest cannot collect, for the reason that it gave."""
    if unknown := _UNKNOWN.search(text):
        refuse_unknown_marks(where, [unknown[1]])
    raise GraderFault(f"The checks in {where} could not be run: {text}")
