"""Reads from the name of a case whether it is in the student kit and where its numbers come from.

A case is named "function/id". An id that begins with "drawn" is in no student kit: its numbers, and what else it draws,
come from the seed of the grade. An id that begins with "notebook" has the numbers of the public seed in every grade,
since everybody knows them. All others have those of the public seed in the kit and of the grade's seed in a grade.
"""

__all__ = ["case_id_of", "claim_title", "is_drawn", "is_fixed"]


def case_id_of(name: str) -> str:
    """Returns the id in the name of a case, "function/id"; an id stands for itself."""
    return name.partition("/")[2] or name


def claim_title(title: str, check_id: str) -> str:
    """Returns the title of a check, "file.py::test_name[case]", without the case in which it ends."""
    return title.removesuffix(f" ({check_id.partition('[')[2].removesuffix(']')})")


def is_drawn(name: str) -> bool:
    """Whether a case, by its name or its id, is in no student kit."""
    return case_id_of(name).startswith("drawn")


def is_fixed(name: str) -> bool:
    """Whether a case, by its name or its id, has the numbers of the public seed in every grade."""
    return case_id_of(name).startswith("notebook")
