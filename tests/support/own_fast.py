"""Fast layers as students hand them in where a course asks for their own, and that course's assignment."""

import shutil
from pathlib import Path

from inprocess import CHECKS

from grader.assignment.definition import Assignment
from reference.cs231n import fast_layers, layers

__all__ = ["POSING", "RIGHT", "course"]

ROWS = """
[functions.conv_forward_fast]
module = "own_fast"
returns = ["out", "cache"]
keep = ["cache"]

[functions.conv_backward_fast]
module = "own_fast"
returns = ["dx", "dw", "db"]

[functions.max_pool_forward_fast]
module = "own_fast"
returns = ["out", "cache"]
keep = ["cache"]

[functions.max_pool_backward_fast]
module = "own_fast"
returns = ["dx"]
"""

NAMES = tuple(name for name in fast_layers.__all__ if name.endswith("_fast"))
#: what is fast
RIGHT = {name: getattr(fast_layers, name) for name in NAMES}
#: naive layers under the names of fast ones
POSING = {name: getattr(layers, name.replace("_fast", "_naive")) for name in NAMES}


def course(folder: Path, rubric: str = "") -> Assignment:
    """Returns the assignment of a course that asks for `own_fast_layers.py`, laid into a folder."""
    shutil.copytree(CHECKS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / "assignment.toml").read_text(encoding="utf-8")
    text = text.replace("[modules]\n", '[modules]\nown_fast = "cs231n/own_fast_layers.py"\n')
    (folder / "assignment.toml").write_text(text + ROWS, encoding="utf-8")
    with (folder / "rubric.toml").open("a", encoding="utf-8") as file:
        file.write(rubric)
    return Assignment.load(folder)
