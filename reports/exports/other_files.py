"""Recognises which platform wrote a file, in case the wrong one is given to an export."""

import re
from collections.abc import Sequence

__all__ = ["whose_file"]


def whose_file(header: Sequence[str], first_cells: Sequence[str] = ()) -> str:
    """Returns "a grading worksheet of Moodle; use --to moodle"; empty where nobody is known who writes such a file.

    Args:
        header: the titles.
        first_cells: those of the first column below, such as "Participant 11".
    """
    titles = {title.strip().casefold() for title in header}
    first = header[0].strip().casefold() if header else ""
    numbered = [cell for cell in first_cells if re.fullmatch(r"[^\d,;@]{5,40}\d+", cell.strip())]
    is_numbered = bool(numbered) and len(numbered) == len(first_cells)
    if "github_username" not in titles and (first == "identifier" or "last modified (grade)" in titles or is_numbered):
        return "a grading worksheet of Moodle; use --to moodle"
    if first == "student" and "section" in titles:
        return "a gradebook of Canvas; use --to canvas"
    if {"sid", "total score"} <= titles or {"first name", "last name", "sid"} <= titles:
        return "a file of Gradescope"
    if "orgdefinedid" in titles:
        return "a grades file of Brightspace"
    if {"last name", "first name", "username"} <= titles:
        return "a gradebook of Blackboard"
    if {"github_username", "identifier"} <= titles:
        return "a roster of GitHub Classroom"
    if {"name", "student", "score", "final"} <= titles:
        return "a table that this grader has written; take the file that the platform exports"
    return ""
