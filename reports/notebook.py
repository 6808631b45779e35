"""An executed notebook's file, hostile all through, in; a page that shows it and can do nothing out."""

import base64
import copy
import json
import re
from functools import cache
from typing import Any

from grader.results import Grade
from reports.rendering import render
from reports.text import one_line

__all__ = ["FILE_NAME", "notebook_html", "notebook_page"]

#: of the page, beside the report
FILE_NAME = "notebook.html"

#: kinds of outputs that are shown, best first; scripts, widgets and LaTeX show their plain text
SHOWN_KINDS = ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "text/html", "text/markdown", "text/plain")
PICTURES = SHOWN_KINDS[:3]
#: of one text; a person reads no more of it
MAX_TEXT, MAX_HTML, MAX_PICTURE = 40_000, 200_000, 8_000_000
MAX_PAGE_CELLS = 1_000

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong"),
    *("sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
_ATTRIBUTES = {
    "*": {"class"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
#: classes that our style sheet knows: those of the renderer and of its colours, never those of our own pages
_CLASS = re.compile(
    r"(?:jp-|nb-|highlight|hl-|ansi-|output|input|celltag|text_cell|inner_cell|code_cell|prompt|dataframe)"
    r"[\w-]*|[a-z]{1,2}\d?|cell|border-box-sizing|rendered_html"
)
_DATA_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]*")


def notebook_page(grade: Grade) -> str:
    """Returns the page of a grade's executed notebook; "" where it has none that can be shown."""
    file = next((file for file in grade.attachments if file.name.endswith(".ipynb")), None)
    if file is None:
        return ""
    try:
        return notebook_html(file.content, grade.submission.name)
    except ValueError:
        return ""


def notebook_html(content: bytes, title: str) -> str:
    """Returns a page with the cells, outputs and plots of an executed notebook, without script or outside reference.

    Args:
        content: the notebook, valid in format 4; what its cells hold may be anything.
        title: of the page.

    Raises:
        ValueError: it is no notebook.
    """
    try:
        data = json.loads(content)
        cells = data["cells"][:MAX_PAGE_CELLS]
    except (KeyError, TypeError, RecursionError) as exc:
        raise ValueError(f"no notebook: {exc}") from exc
    kept = {**data, "cells": [_cell(cell) for cell in cells]}
    body = _sanitised(_rendered(kept))
    left_out = len(data["cells"]) - len(cells)
    return render(
        "notebook.html.j2",
        styles=("style.css.j2", "notebook.css.j2"),
        title=one_line(title, 120),
        cells=body,
        left_out=f"{left_out} more cells are left out." if left_out else "",
    )


def _rendered(data: dict[str, Any]) -> str:
    import nbformat
    from nbconvert.exporters.templateexporter import TemplateExporter

    node = nbformat.from_dict(data)  # type: ignore[no-untyped-call]
    # Not HTMLExporter's own method: it reads the page once more, for the texts of pictures, which takes half the time.
    body, _ = TemplateExporter.from_notebook_node(_exporter(), node)
    return str(body)


@cache
def _exporter() -> Any:
    # Half a second of imports that only this page needs.
    from nbconvert import HTMLExporter
    from nbconvert.filters import Highlight2HTML
    from traitlets.config import Config

    config = Config()
    config.HTMLExporter.template_name = "basic"
    config.NbConvertBase.display_data_priority = list(SHOWN_KINDS)
    exporter: Any = HTMLExporter(config=config)  # type: ignore[no-untyped-call]
    colours = Highlight2HTML(pygments_lexer="ipython3", parent=exporter)  # type: ignore[no-untyped-call]
    exporter.register_filter("highlight_code", colours)
    # The whole page is sanitised at the end, by a library that is kept up and takes a hundredth of the time.
    exporter.register_filter("clean_html", lambda text: text)
    return exporter


def _sanitised(body: str) -> str:
    import nh3

    clean = nh3.clean(
        body,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto", "data"},
        clean_content_tags={"script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return re.sub(r"<img(?![^>]*\balt=)", '<img alt="A picture that this cell made"', clean)


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Returns the value of an attribute as far as it may stand."""
    if attribute == "class":
        return " ".join(name for name in value.split() if _CLASS.fullmatch(name)) or None
    if attribute == "href":
        return value if value.lower().startswith(("http://", "https://", "mailto:", "#")) else None
    if attribute == "src":
        # No picture from elsewhere: it would tell who reads the page, and when.
        return value if _DATA_PICTURE.fullmatch(value) else None
    return value[:200]


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    """Returns a cell whose texts are cut and whose outputs are of kinds that are shown."""
    cell = copy.copy(cell)
    cell["source"] = _cut(str(cell.get("source", "")), MAX_TEXT)
    cell["metadata"] = {}
    if cell.get("cell_type") == "code":
        cell["outputs"] = [_output(output) for output in cell.get("outputs", ())]
    return cell


def _output(output: dict[str, Any]) -> dict[str, Any]:
    output = dict(output)
    if output.get("output_type") == "stream":
        output["text"] = _cut(str(output.get("text", "")), MAX_TEXT)
    elif output.get("output_type") == "error":
        output["traceback"] = [_cut("\n".join(map(str, output.get("traceback", ()))), MAX_TEXT)]
        output |= {key: _cut(str(output.get(key, "")), 2_000) for key in ("ename", "evalue")}
    else:
        output["data"] = _data(output.get("data", {}))
        output["metadata"] = {}
    return output


def _data(data: dict[str, Any]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for kind in SHOWN_KINDS:
        value = data.get(kind)
        if isinstance(value, str) and kind in PICTURES:
            if len(value) <= MAX_PICTURE and re.fullmatch(r"[A-Za-z0-9+/=\s]*", value):
                kept[kind] = value
        elif isinstance(value, str) and kind == "image/svg+xml":
            # As a picture it neither runs nor loads anything.
            coded = base64.b64encode(value[:MAX_PICTURE].encode()).decode()
            kept["text/html"] = f'<img alt="plot" src="data:image/svg+xml;base64,{coded}">'
        elif isinstance(value, str) and kind not in kept:
            kept[kind] = _cut(value, MAX_HTML if kind == "text/html" else MAX_TEXT)
    return kept or {"text/plain": "[an output of a kind that is not shown here]"}


def _cut(text: str, n_characters: int) -> str:
    """Returns the text without control characters, its middle left out when it is long."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]", "", text)
    if len(text) <= n_characters:
        return text
    third = n_characters // 3
    n_lost = len(text) - n_characters
    return f"{text[: 2 * third]}\n[… {n_lost:,} characters are left out here …]\n{text[-third:]}"
