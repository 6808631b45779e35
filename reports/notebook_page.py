"""Makes the page that shows an executed notebook: all of the file is hostile, and nothing on the page can run."""

import base64
import html
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import pass_context

from reports.markdown import is_picture, text_cell_html
from reports.rendering import render
from reports.report_limits import MAX_HTML, MAX_PAGE_CELLS, MAX_PAGE_CHARACTERS, MAX_PICTURE, MAX_TEXT
from reports.text import one_line

__all__ = ["FILE_NAME", "notebook_html", "plain_notebook_html"]

#: of the page, beside the report
FILE_NAME = "notebook.html"

#: kinds of outputs that are shown, best first; scripts, widgets and LaTeX show their plain text
SHOWN_KINDS = ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "text/html", "text/markdown", "text/plain")
PICTURES = SHOWN_KINDS[:3]
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


def notebook_html(content: bytes, title: str) -> str:
    """Returns a page with the cells, outputs and plots of an executed notebook, without script or outside reference.

    Args:
        content: the notebook, valid in format 4; what its cells hold may be anything.
        title: of the page.

    Raises:
        ValueError: it is not a notebook.
    """
    cells = _cells(content)
    shown = _first(cells)
    return _page(title, _sanitised(_rendered(shown)), len(cells) - len(shown))


def plain_notebook_html(content: bytes, title: str) -> str:
    """Returns a page with the code, texts and prints of a notebook as they are: no colours, no pictures.

    It takes little time and memory whatever the cells hold; see `notebook_html` for arguments and errors.
    """
    cells = _cells(content)
    shown = _first(cells)
    texts = (text for cell in shown for text in _plain_texts(cell) if text.strip())
    body = "".join(f'<div class="cell"><pre>{html.escape(text)}</pre></div>' for text in texts)
    why = "<p>Its pictures, tables and colours are left out: to make them took too much time or memory.</p>"
    return _page(title, why + body, len(cells) - len(shown))


def _cells(content: bytes) -> list[dict[str, Any]]:
    """Returns the cells of a notebook; raises ValueError where there are none."""
    try:
        return [cell for cell in json.loads(content)["cells"] if isinstance(cell, dict)]
    except (KeyError, TypeError, RecursionError) as exc:
        raise ValueError(f"not a notebook: {exc}") from exc


def _first(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the first cells, as they may be shown, as far as a page goes."""
    kept: list[dict[str, Any]] = []
    n_characters = 0
    for cell in map(_cell, cells[:MAX_PAGE_CELLS]):
        n_characters += sum(map(len, _plain_texts(cell))) + sum(
            len(output.get("data", {}).get("text/html", "")) for output in cell.get("outputs", ())
        )
        if n_characters > MAX_PAGE_CHARACTERS:
            break
        kept.append(cell)
    return kept


def _plain_texts(cell: dict[str, Any]) -> Iterator[str]:
    yield cell["source"]
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        yield str(output.get("text") or data.get("text/plain") or "\n".join(output.get("traceback", ())))


def _page(title: str, body: str, n_left_out: int) -> str:
    return render(
        "notebook.html.j2",
        styles=("style.css.j2", "notebook.css.j2"),
        title=one_line(title, 120),
        cells=body,
        left_out=f"{n_left_out} more cells are left out." if n_left_out > 0 else "",
    )


def _rendered(cells: list[dict[str, Any]]) -> str:
    import nbformat
    from nbconvert.exporters.templateexporter import TemplateExporter

    data = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
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
    exporter.register_filter("markdown2html", _markdown)
    # The whole page is sanitised at the end, by a library that is kept up and takes a hundredth of the time.
    exporter.register_filter("clean_html", lambda text: text)
    return exporter


@pass_context
def _markdown(context: Any, source: str) -> str:
    return _clean(text_cell_html(source, context.get("cell", {}).get("attachments")))


def _sanitised(body: str) -> str:
    return re.sub(r"<img(?![^>]*\balt=)", '<img alt="A picture that this cell made"', _clean(body))


def _clean(body: str) -> str:
    """Returns HTML without what could run or load anything, every element closed: none takes the next cell in."""
    import nh3

    return nh3.clean(
        body,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto", "data"},
        clean_content_tags={"script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


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
    """Returns a cell whose texts are cut and whose outputs are of kinds that are shown; nothing else is kept."""
    kind = cell.get("cell_type")
    kept: dict[str, Any] = {"cell_type": kind if kind in ("code", "raw") else "markdown", "metadata": {}}
    kept["source"] = _cut(_joined(cell.get("source")), MAX_TEXT)
    if kind == "code":
        count, outputs = cell.get("execution_count"), cell.get("outputs")
        kept["execution_count"] = count if type(count) is int and count >= 0 else None
        kept["outputs"] = [_output(output) for output in outputs if isinstance(output, dict)] if outputs else []
    elif kind == "raw":
        kept["source"] = f"<pre>{html.escape(kept['source'])}</pre>"
    elif isinstance(cell.get("attachments"), dict):
        kept["attachments"] = {
            name: {kind: text for kind, text in bundle.items() if isinstance(text, str)}
            for name, bundle in cell["attachments"].items()
            if isinstance(bundle, dict)
        }
    return kept


def _joined(text: Any) -> str:
    """Returns a text that is a string or a list of lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _output(output: dict[str, Any]) -> dict[str, Any]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _cut(_joined(output.get("text")), MAX_TEXT)}
    if kind == "error":
        lines = output.get("traceback")
        text = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
        names = {key: _cut(str(output.get(key, "")), 2_000) for key in ("ename", "evalue")}
        return {"output_type": kind, "traceback": [_cut(text, MAX_TEXT)], **names}
    data = output.get("data")
    return {"output_type": "display_data", "data": _data(data if isinstance(data, dict) else {}), "metadata": {}}


def _data(data: dict[str, Any]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for kind in SHOWN_KINDS:
        value = data.get(kind)
        if isinstance(value, str) and kind in PICTURES:
            if len(value) <= MAX_PICTURE and is_picture(kind, value):
                kept[kind] = value
        elif isinstance(value, str) and kind == "image/svg+xml":
            # As a picture it neither runs nor loads anything.
            coded = base64.b64encode(value[:MAX_PICTURE].encode("utf-8", "replace")).decode()
            kept["text/html"] = f'<img alt="plot" src="data:image/svg+xml;base64,{coded}">'
        elif isinstance(value, str) and kind not in kept:
            text = _cut(value, MAX_HTML if kind == "text/html" else MAX_TEXT)
            kept[kind] = _clean(text) if kind == "text/html" else text
    return kept or {"text/plain": "[an output of a kind that is not shown here]"}


def _cut(text: str, n_characters: int) -> str:
    """Returns the text without control characters, its middle left out when it is long."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ud800-\udfff]", "", text)
    if len(text) <= n_characters:
        return text
    third = n_characters // 3
    n_lost = len(text) - n_characters
    return f"{text[: 2 * third]}\n[… {n_lost:,} characters are left out here …]\n{text[-third:]}"
