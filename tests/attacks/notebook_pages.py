"""Attacks by what a notebook shows: cells that want their page to take for ever, to fail, or to hide the others."""

from collections.abc import Mapping
from typing import Any

__all__ = ["NOTEBOOK_PAGES"]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

Cell = dict[str, Any]


def text(source: str, **attachments: object) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": source, "attachments": attachments}


def code(source: str, *outputs: Mapping[str, Any]) -> Cell:
    return {"cell_type": "code", "metadata": {}, "source": source, "execution_count": 1, "outputs": list(outputs)}


def shown(kind: str, content: object) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {kind: content}, "metadata": {}}


#: name -> its cells; a last one that says "after" is added
NOTEBOOK_PAGES: dict[str, list[Cell]] = {
    "honest": [text("# Title"), code("print(1)", {"output_type": "stream", "name": "stdout", "text": "1\n"})],
    "pasted picture": [text("![](attachment:a.png)", **{"a.png": {"image/png": PNG}})],
    "pasted picture that is missing": [text("![](attachment:a.png)")],
    "attachments of odd forms": [text("![](attachment:a)", a=kind) for kind in ([], {}, {"x": 1}, {"image/png": [1]})],
    "attachment that is a page": [text("![](attachment:a)", a={"text/html": "PHNjcmlwdD4=", "image/png": "PHN2Zz4="})],
    "picture shown a thousand times": [text("![](attachment:a)" * 2_000, a={"image/png": PNG[:40] + "A" * 1_000_000})],
    "brackets that never close": [text("[" * 40_000)] * 20,
    "links that never close": [text("[a](" * 10_000)] * 20,
    "pictures that never close": [text("![a](b" * 6_000)] * 20,
    "environments that never close": [text("\\begin{a}" * 4_000)] * 20,
    "headings without end": [text("# a\n" * 10_000)] * 20,
    "quotes in quotes": [text(">" * 40_000)],
    "lists in lists": [text("".join(" " * depth + "- a\n" for depth in range(280)))],
    "elements in elements": [text("<div><b>" * 5_000), code("1", shown("text/html", "<table><tr><td>" * 12_000))],
    "elements that never close": [
        text(tag) for tag in ("<script>", "<style>", "<textarea>", "<!--", "<title>", "<plaintext>", "<svg><style>")
    ],
    "brackets in code": [code("(" * 40_000), code("'''" + "\\" * 39_000), code("f'{" * 13_000)],
    "colours in prints": [code("1", {"output_type": "stream", "name": "x", "text": "\x1b[31m" * 8_000 + "\x1b[" * 99})],
    "a thousand large cells": [code("x = [1, 2, 'a']  # b\n" * 1_800)] * 1_000,
    "outputs of odd forms": [code("1", {}, {"output_type": 3}, shown("image/png", {}), shown("text/html", [1]))],
    "halves of characters": [text("\ud800"), code("'\udfff'", shown("text/plain", "\ud800"))],
}
