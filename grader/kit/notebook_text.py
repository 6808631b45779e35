"""Makes a notebook without outputs from its text, always with the same bytes.

A cell says its name, and what the engine is to know of it, in its first line: `# %% {"grader": {"id": "setup"}}`.
"""

import json
import re

from grader.model.errors import UnusableAssignment, UnusableInput

__all__ = ["notebook_from_text"]

_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def notebook_from_text(text: str, name: str) -> bytes:
    """Returns the notebook file that a text describes.

    Args:
        text: in the percent format.
        name: what to call it in sentences.

    Raises:
        UnusableAssignment: a cell has no id of its own, so that two releases could not be compared.
        UnusableInput: jupytext is not installed.
    """
    try:
        import jupytext
    except ImportError as exc:
        raise UnusableInput(
            f"Making the notebook from {name} needs jupytext; install it with: pip install jupytext"
        ) from exc
    cells, used = [], set()
    for number, cell in enumerate(jupytext.reads(text, fmt="py:percent").cells, 1):
        about = dict(cell.metadata.get("grader", {}))
        own = str(about.pop("id", ""))
        if not _ID.fullmatch(own) or own in used:
            raise UnusableAssignment(f"{name}, cell {number}: needs an id of its own, has {own!r}.")
        used.add(own)
        row = {"cell_type": cell.cell_type, "id": own, "metadata": {"grader": about} if about else {}}
        row["source"] = cell.source.splitlines(keepends=True)
        cells.append(row | ({"execution_count": None, "outputs": []} if cell.cell_type == "code" else {}))
    notebook = {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
