"""Makes the notebook of a student who wrote the functions in its cells."""

import ast
import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["notebook_of"]

_TEXT = Path(__file__).parents[1] / "notebook" / "ConvolutionalNetworks.py"
_HEAD = re.compile(r"^# %%(.*)$", re.MULTILINE)
_MAGIC = re.compile(r"^# (?=%\w)", re.MULTILINE)


def notebook_of(texts: Iterable[str], functions: Collection[str] | None = None, without: Collection[str] = ()) -> bytes:
    """Returns our notebook with the functions in cells of their own, each before the first cell that mentions it.

    Args:
        texts: answer files; what is no function or class in them goes into one cell with the imports.
        functions: which of them come along; None for all.
        without: ids of cells that this student has deleted.
    """
    definitions: dict[str, str] = {}
    others: list[str] = []
    for text in texts:
        lines = text.split("\n")
        for node in ast.parse(text).body:
            source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                others += [source] if not isinstance(node, ast.Expr) else []
            elif functions is None or node.name in functions:
                definitions[node.name] = source
    cells = [source for name, source in _own_cells().items() if name not in without]
    made = [cells[0], "\n".join(dict.fromkeys(others))]
    for cell in cells[1:]:
        for name in [name for name in definitions if re.search(rf"\b{name}\(", cell)]:
            made.append(definitions.pop(name))
        made.append(cell)
    made[2:2] = definitions.values()
    return (json.dumps(_notebook(made), indent=1) + "\n").encode()


@cache
def _own_cells() -> Mapping[str, str]:
    """Returns the code cells of our notebook, id -> source."""
    _, *parts = _HEAD.split(_TEXT.read_text(encoding="utf-8"))
    cells = {}
    for head, source in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" not in head:
            cells[json.loads(head)["grader"]["id"]] = _MAGIC.sub("", source).strip()
    return cells


def _notebook(cells: list[str]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    rows: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source.splitlines(True)}
        for source in cells
    ]
    return {"cells": rows, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}
