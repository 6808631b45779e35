"""Grades in, self-contained HTML pages out: one report a submission, one index a class."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.results import Grade
from reports.cards import DETAILS
from reports.entries import IndexEntry, index_view
from reports.scale import TICKS, WIDTH
from reports.views import page_view
from reports.words import STATUS_WORDS

__all__ = ["MAX_BYTES", "IndexEntry", "index_html", "report_html"]

#: a report stays below this, whatever the submission printed or wrote
MAX_BYTES = 500_000


def report_html(grade: Grade) -> str:
    """Returns report.html: one file without script or outside reference, at most MAX_BYTES in UTF-8.

    A page that would be larger is made again with shorter excerpts, each of which says that it is one.
    """
    html = ""
    for detail in DETAILS:
        html = _render("report.html.j2", Markup(), page=page_view(grade, detail))
        if len(html.encode()) < MAX_BYTES:
            break
    return html


def index_html(entries: Sequence[IndexEntry], title: str = "Submissions") -> str:
    """Returns index.html: the table of a class, which a small script of its own sorts and filters."""
    script = _static("index.js.j2")
    words = tuple(STATUS_WORDS.values())
    return _render("index.html.j2", script, words=words, page=index_view(entries, title))


def _render(name: str, script: Markup, **values: object) -> str:
    style = _static("style.css.j2")
    sources = {"style-src": _hash(style), "script-src": _hash(script) if script else "'none'", "img-src": "data:"}
    policy = "; ".join(["default-src 'none'; base-uri 'none'; form-action 'none'", *map(" ".join, sources.items())])
    template = _environment().get_template(name)
    return template.render(style=style, script=script, policy=policy, ticks=TICKS, width=f"{WIDTH:g}", **values)


def _hash(text: str) -> str:
    """Returns the CSP source that allows exactly this inline element.  Source: CSP Level 3, section 2.3.1."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _static(name: str) -> Markup:
    """Returns a style sheet or script of ours, which no value of a submission ever enters."""
    return Markup(_environment().get_template(name).render())


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
