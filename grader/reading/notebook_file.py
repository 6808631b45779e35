"""Reads the file of a notebook into plain data, whatever its age and damage; runs nothing.

Source: https://nbformat.readthedocs.io/en/latest/format_description.html (formats 3 and 4).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.model.errors import UnusableSubmission
from grader.reading.archives import shown
from grader.reading.reading_limits import (
    MAX_CELLS,
    MAX_OUTPUT_CHARACTERS,
    MAX_PASTED,
    MAX_PASTED_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
    MAX_VALUES,
    MAX_WHOLE_BYTES,
)

__all__ = ["MAX_CELLS", "MAX_OUTPUT_CHARACTERS", "Cell", "Notebook", "read_notebook"]


#: kinds of pictures that may be pasted into a text cell, how many, and how long each may be
PASTED_KINDS = ("image/png", "image/jpeg", "image/gif")

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_PICTURES = re.compile(rb'"[A-Za-z0-9+/=\\]{4096,}"')
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# What no other language of notebooks looks like.
_PYTHON = re.compile(
    r"^(?:[ \t]*def \w+[ \t]*\(|from [\w.]+ import |import numpy\b|class \w[^\n]*:[ \t]*$)", re.MULTILINE
)
_KERNELS = {"ir": "R", "ijavascript": "JavaScript", "octave": "Octave", "bash": "Bash"}
# Whatever else stands there is of the student's editor, and may be of a kind that the format forbids.
_KEPT_METADATA = ("grader",)
_SAVE_AGAIN = "save it again from Jupyter"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a notebook."""

    #: place in the notebook, from 1, text cells counted
    number: int
    #: "code", "markdown" or "raw"
    kind: str
    #: lines ended by a line feed
    source: str
    #: as saved; None when it was never run, or its outputs were cleared
    execution_count: int | None = None
    #: as saved, in the terms of format 4: dicts with "output_type"
    outputs: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: of this cell alone: as saved where it can be, else made from its number
    id: str = ""
    #: pictures that were pasted into a text cell: name -> kind -> base64, as far as they are such
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as plain data."""

    #: what to call it in a sentence
    name: str
    cells: tuple[Cell, ...]
    #: one sentence each on what is unusual about the file
    notes: tuple[str, ...] = ()

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")

    def to_json(self, *, outputs: bool = False) -> dict[str, Any]:
        """Returns the notebook as valid data of format 4.5, for a Python kernel; outputs where asked for."""
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
        cells = [_cell_json(cell, outputs) for cell in self.cells]
        return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def read_notebook(content: bytes, name: str) -> Notebook:
    """Returns the cells of a notebook, of nbformat 3 or 4; what is damaged in it is left out or put right.

    Args:
        content: the file.
        name: what to call it in sentences.

    Raises:
        UnusableSubmission: it is empty, not JSON, not a notebook, in another language than Python, or past a limit.
    """
    name = shown(name)
    data = _load(content, name)
    notes: list[str] = []
    raw = list(_raw_cells(data))
    if not raw and not isinstance(data.get("cells"), list) and not isinstance(data.get("worksheets"), list):
        raise UnusableSubmission(f"{name} is JSON but not a notebook: it has no list of cells; {_SAVE_AGAIN}.")
    if len(raw) > MAX_CELLS:
        notes.append(f"{name} holds {len(raw)} cells; only the first {MAX_CELLS} are read.")
        del raw[MAX_CELLS:]
    if _characters(raw, MAX_OUTPUT_CHARACTERS) > MAX_OUTPUT_CHARACTERS:
        notes.append(f"{name} holds more than {MAX_OUTPUT_CHARACTERS // 1_000_000} MB of saved outputs; none is read.")
        raw = [{key: value for key, value in cell.items() if key != "outputs"} for cell in raw]
    cells = _cells(raw, _is_old(data))
    n_junk = len(raw) - len(cells)
    if n_junk:
        notes.append(
            f"{name} holds {n_junk} {'entry that is not a cell' if n_junk == 1 else 'entries that are not cells'}."
        )
    _refuse_other_languages(data, cells, name)
    if sum(len(cell.source) for cell in cells) > MAX_SOURCE_CHARACTERS:
        limit = MAX_SOURCE_CHARACTERS // 1_000_000
        notes.append(f"{name} holds more than {limit} MB of source; only the first of it is read.")
        cells = _cut(cells)
    return Notebook(name, cells, tuple(notes))


def _load(content: bytes, name: str) -> dict[str, Any]:
    """Returns the object in a JSON text; raises UnusableSubmission where there is none, or too large a one."""
    if len(content) > MAX_WHOLE_BYTES:
        content = _PICTURES.sub(b'""', content)
    text = _decode(content)
    if not text.strip():
        raise UnusableSubmission(f"{name} is empty; save the notebook and hand it in again.")
    if _n_values(content) > MAX_VALUES:
        raise UnusableSubmission(f"{name} holds more than {MAX_VALUES} values; clear its outputs and save it again.")
    try:
        data = json.loads(text)
    except RecursionError:
        raise UnusableSubmission(f"{name} is nested too deeply to be a notebook; {_SAVE_AGAIN}.") from None
    except ValueError as exc:
        what = _what_else(text)
        where = f" (line {exc.lineno}: {exc.msg})" if isinstance(exc, json.JSONDecodeError) and not what else ""
        raise UnusableSubmission(
            f"{name} is {what or 'not valid JSON'}{where}, so not a notebook; {_SAVE_AGAIN}."
        ) from exc
    if not isinstance(data, dict):
        raise UnusableSubmission(f"{name} is JSON but not a notebook: it has no list of cells; {_SAVE_AGAIN}.")
    return data


def _decode(content: bytes) -> str:
    wide = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    return content.decode(wide.get(content[:2], "utf-8-sig"), errors="replace")


def _what_else(text: str) -> str:
    """Returns what a text that is no JSON is, where its beginning tells."""
    start = text.lstrip()[:1000]
    if start.startswith(("<!DOCTYPE", "<!doctype", "<html", "<HTML")):
        return "a web page"
    if "<<<<<<< " in text and ">>>>>>> " in text:
        return "left with the conflict marks of a merge"
    return "Python source" if _PYTHON.search(start) and not start.startswith("{") else ""


def _n_values(content: bytes) -> int:
    """Returns about how many values a JSON text holds; those in its strings are only told apart where that matters."""
    marks = (b",", b"[", b"{")
    n_values = sum(map(content.count, marks))
    return n_values if n_values <= MAX_VALUES else sum(map(_STRINGS.sub(b"", content).count, marks))


def _is_old(data: Mapping[str, Any]) -> bool:
    """Whether cells are as in formats before 4."""
    return not isinstance(data.get("cells"), list)


def _raw_cells(data: Mapping[str, Any]) -> Iterator[Any]:
    """Yields the entries of the list of cells, or of those in all worksheets."""
    if not _is_old(data):
        yield from data["cells"]
    sheets = data.get("worksheets")
    for sheet in sheets if isinstance(sheets, list) else ():
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        yield from cells if isinstance(cells, list) else ()


def _cells(raw: list[Any], old: bool) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    used: set[str] = set()
    for entry in raw:
        if isinstance(entry, dict) and isinstance(entry.get("cell_type"), str):
            cell = _cell(_upgraded(entry) if old else entry, len(cells) + 1, used)
            used.add(cell.id)
            cells.append(cell)
    return tuple(cells)


def _cell(entry: Mapping[str, Any], number: int, used: set[str]) -> Cell:
    kind = entry["cell_type"]
    source = _text(entry.get("source", entry.get("input", "")))
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    count = entry.get("execution_count", entry.get("prompt_number"))
    outputs = entry.get("outputs")
    metadata = entry.get("metadata")
    own = entry.get("id")
    return Cell(
        number=number,
        kind=kind if kind in ("code", "raw") else "markdown",
        source=source,
        execution_count=count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None,
        outputs=tuple(_outputs(outputs)) if kind == "code" and isinstance(outputs, list) else (),
        metadata=metadata if isinstance(metadata, dict) else {},
        id=own if isinstance(own, str) and _ID.fullmatch(own) and own not in used else _fresh_id(number, used),
        attachments=_pasted(entry.get("attachments")) if kind != "code" else {},
    )


def _pasted(attachments: Any) -> dict[str, dict[str, str]]:
    """Returns the pictures among the attachments of a cell; whatever else lies there is left out."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        kinds = bundle if isinstance(bundle, dict) else {}
        pictures = {kind: _text(kinds[kind]) for kind in PASTED_KINDS if kind in kinds}
        pictures = {kind: text for kind, text in pictures.items() if 0 < len(text) <= MAX_PASTED_CHARACTERS}
        if pictures and len(kept) < MAX_PASTED:
            kept[_text(name)] = pictures
    return kept


def _cut(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Returns the cells with source as far as the limit goes."""
    left = MAX_SOURCE_CHARACTERS
    kept = []
    for cell in cells:
        kept.append(replace(cell, source=cell.source[:left]))
        left = max(0, left - len(cell.source))
    return tuple(kept)


def _fresh_id(number: int, used: set[str]) -> str:
    name = f"cell-{number}"
    while name in used:
        name += "-again"
    return name


def _upgraded(entry: dict[str, Any]) -> Mapping[str, Any]:
    """Returns a cell of format 3 in the terms of format 4; without its outputs where they cannot be converted."""
    import nbformat
    from nbformat.v4.convert import upgrade_cell

    own: dict[str, Any] = {key: _text(entry[key]) for key in ("source", "input") if key in entry}
    entry = {**entry, "input": own.get("source", ""), **own}
    without = {key: value for key, value in entry.items() if key != "outputs"}
    for attempt in ({"metadata": {}, "outputs": [], **entry}, {"metadata": {}, "outputs": [], **without}):
        try:
            upgraded = dict(upgrade_cell(nbformat.from_dict(attempt)))  # type: ignore[no-untyped-call]
            # It draws an id at random, and the same file has to give the same cells.
            return {**upgraded, "id": entry.get("id")}
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    return without


def _outputs(entries: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yields the saved outputs that are any, their texts each as one string."""
    for entry in entries:
        kind = entry.get("output_type") if isinstance(entry, dict) else None
        if kind == "stream":
            yield {"output_type": kind, "name": _text(entry.get("name")) or "stdout", "text": _text(entry.get("text"))}
        elif kind in ("display_data", "execute_result"):
            data = entry.get("data")
            texts = {key: _text(value) for key, value in data.items()} if isinstance(data, dict) else {}
            count = {"execution_count": None} if kind == "execute_result" else {}
            yield {"output_type": kind, "data": texts, "metadata": {}, **count}
        elif kind == "error":
            lines = entry.get("traceback")
            yield {
                "output_type": kind,
                "ename": _text(entry.get("ename")),
                "evalue": _text(entry.get("evalue")),
                "traceback": [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else [],
            }


def _text(value: Any) -> str:
    """Returns a text that is saved as a string or as a list of lines; anything else is no text."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    # Lone surrogates are legal in JSON and in no encoding.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _characters(raw: list[Any], limit: int) -> int:
    """Returns the characters of all saved outputs, or some number past the limit."""
    n_characters = 0
    pending = [cell.get("outputs") for cell in raw if isinstance(cell, dict)]
    while pending and n_characters <= limit:
        value = pending.pop()
        if isinstance(value, str):
            n_characters += len(value)
        elif isinstance(value, (list, dict)):
            pending += value.values() if isinstance(value, dict) else value
    return n_characters


def _refuse_other_languages(data: Mapping[str, Any], cells: tuple[Cell, ...], name: str) -> None:
    """Raises UnusableSubmission when the metadata names another language and no cell looks like Python."""
    language = _language(data.get("metadata"))
    if "python" in language.lower() or language.lower() in ("", "sage", "sagemath"):
        return
    if not any(_PYTHON.search(cell.source) for cell in cells):
        raise UnusableSubmission(f"{name} is a notebook in {shown(language, 30)}; the assignment is in Python.")


def _language(metadata: Any) -> str:
    """Returns the language that the metadata names, or ""."""
    parts = [metadata.get(key) for key in ("language_info", "kernelspec")] if isinstance(metadata, dict) else []
    info, kernel = [part if isinstance(part, dict) else {} for part in parts] or [{}, {}]
    named = [info.get("name"), kernel.get("language"), _KERNELS.get(str(kernel.get("name")))]
    return next((name for name in named if isinstance(name, str) and name), "")


def _cell_json(cell: Cell, outputs: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": cell.id,
        "cell_type": cell.kind,
        "metadata": {key: value for key, value in cell.metadata.items() if key in _KEPT_METADATA},
        "source": cell.source,
    }
    if cell.attachments and outputs:
        data["attachments"] = {name: dict(pictures) for name, pictures in cell.attachments.items()}
    if cell.kind == "code":
        data["execution_count"] = cell.execution_count if outputs else None
        data["outputs"] = [dict(output) for output in cell.outputs] if outputs else []
    return data
