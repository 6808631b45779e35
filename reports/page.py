"""Renders the report of one grade as a self-contained HTML page."""

from typing import Any

from grader.model.people import NOTHING_KNOWN, About
from grader.model.results import Grade
from reports.cards import DETAILS
from reports.rendering import render
from reports.report_limits import MAX_REPORT_BYTES
from reports.scale import TICKS, WIDTH
from reports.views import page_view

__all__ = ["report_html"]

STYLES = ("style.css.j2", "plots.css.j2")
_SCALE: dict[str, Any] = {"ticks": TICKS, "width": f"{WIDTH:g}"}


def report_html(grade: Grade, about: About = NOTHING_KNOWN) -> str:
    """Returns report.html: one file without script or outside reference, at most MAX_REPORT_BYTES in UTF-8.

    Args:
        grade: of one submission.
        about: what people changed about its points, which stands beside what the checks gave.

    A page that would be larger is made again with shorter excerpts, each of which says that it is one.
    """
    html = ""
    for detail in DETAILS:
        html = render("report.html.j2", styles=STYLES, page=page_view(grade, detail, about), **_SCALE)
        if len(html.encode()) < MAX_REPORT_BYTES:
            break
    return html
