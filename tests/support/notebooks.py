"""Makes notebooks from cells, and cells from the solved files, for the tests of notebooks."""

import ast
import json
from typing import Any

PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}


def code(source: Any, outputs: list[Any] | None = None, count: int | None = None, **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "source": source, "outputs": outputs or [], "execution_count": count, "metadata": {}}
    return {**cell, **more}


def markdown(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def notebook(*cells: Any, **more: Any) -> bytes:
    """Returns a notebook of format 4; strings are code cells."""
    made = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 2, "metadata": PYTHON, "cells": made, **more}).encode()


def as_cells(text: str) -> list[str]:
    """Returns a module as cells: one for each function and class, and for what stands between them."""
    lines, cells, done = text.split("\n"), [], 0
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(part.lineno for part in node.decorator_list)]) - 1
            cells += ["\n".join(lines[done:first]).strip(), "\n".join(lines[first : node.end_lineno])]
            done = node.end_lineno or done
    return [cell for cell in [*cells, "\n".join(lines[done:]).strip()] if cell]
