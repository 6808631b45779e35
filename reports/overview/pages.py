"""Renders all pages of a class, with one submission in memory at a time."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from grader.model.people import NOTHING_FOUND, FolderFindings
from grader.model.results import Grade
from reports.entries import IndexEntry
from reports.overview.anonymous import anonymised
from reports.overview.beside import Sources, beside_view, copy_views, pair_views
from reports.overview.facts import ClassFacts, gather
from reports.overview.findings import cause_views, check_views, missing_views, unexplained_views
from reports.overview.front_page import class_view
from reports.overview.matrix import left_out_words, matrix_data
from reports.overview.resemblance import N_PAIRS, Resemblance
from reports.overview.statistics import FEWEST, check_figures
from reports.rendering import render
from reports.text import one_line

__all__ = ["Comparison", "anonymous_pages", "class_pages"]

#: of all pages of pairs together, as characters; the rest have a row, and a page when somebody asks for all of them
PAIR_CHARACTERS = 400_000
#: pairs in one table; more go on further pages
N_ROWS = 100

_STYLES = ("style.css.j2", "overview/class.css.j2")
_PAGES = (
    ("index.html", "Overview"),
    ("matrix.html", "Matrix"),
    ("checks.html", "Checks"),
    ("misconceptions.html", "Misconceptions"),
    ("similarity.html", "Similarity"),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What it takes to look for submissions that resemble each other."""

    resemblance: Resemblance
    #: asked for the functions of the few submissions that are shown
    sources: Sources
    #: whether every pair gets a page, however large they are together
    every_pair: bool = False


def class_pages(
    entries: Iterable[IndexEntry],
    title: str = "Submissions",
    comparison: Comparison | None = None,
    found: FolderFindings = NOTHING_FOUND,
) -> Iterator[tuple[str, str]]:
    """Yields the pages of a class; index.html comes last, so that it links to nothing that is not there yet.

    Args:
        entries: read once, one after the other, in the order of the table.
        title: of the class.
        comparison: None leaves the page of resemblance out.
        found: what was found in the folder of the class, and who handed in nothing.
    """
    facts = gather(_compared(entries, comparison) if comparison else entries)
    if comparison:
        yield from _similarity(facts, title, comparison)
    yield from _pages(facts, title, _PAGES if comparison else _PAGES[:-1], found, is_anonymous=False)


def anonymous_pages(entries: Iterable[IndexEntry], secret: bytes, title: str) -> Iterator[tuple[str, str]]:
    """Yields the pages for showing in class: invented names, no link to a student's page, no code, nobody's own words.

    Args:
        entries: as for class_pages.
        secret: what the invented names depend on; the same gives the same.
        title: of the class.
    """
    yield from _pages(anonymised(gather(entries), secret), title, _PAGES[:-1], NOTHING_FOUND, is_anonymous=True)


def _pages(
    facts: ClassFacts, title: str, pages: tuple[tuple[str, str], ...], found: FolderFindings, *, is_anonymous: bool
) -> Iterator[tuple[str, str]]:
    figures = check_figures(facts)
    common = {"title": one_line(title, 120), "pages": pages, "up": "", "is_anonymous": is_anonymous}
    data, left_out = _json(matrix_data(facts)), left_out_words(facts)
    yield "matrix.html", _page("matrix", common, ("matrix.js",), data=data, left_out=left_out)
    checks = check_views(facts, figures)
    yield "checks.html", _page("checks", common, ("class.js",), checks=checks, n_final=len(facts.final), fewest=FEWEST)
    causes, unexplained, missing = cause_views(facts), unexplained_views(facts), missing_views(facts)
    findings = _page("misconceptions", common, causes=causes, unexplained=unexplained, missing=missing)
    yield "misconceptions.html", findings
    yield "index.html", _page("index", common, ("class.js",), page=class_view(facts, found))


def _similarity(facts: ClassFacts, title: str, comparison: Comparison) -> Iterator[tuple[str, str]]:
    resemblance = comparison.resemblance
    common = {"title": one_line(title, 120), "pages": _PAGES, "is_anonymous": False}
    pairs, left = [], PAIR_CHARACTERS
    for number, pair in enumerate(resemblance.pairs(), start=1):
        view = beside_view(facts, pair, resemblance, comparison.sources)
        href = ""
        if view.functions and (comparison.every_pair or left > 0):
            text = _page("pair", {**common, "up": "../"}, here="similarity.html", page=view)
            # The first that does not fit ends it: which pairs have a page is then plain to see, the closest ones.
            left -= len(text)
            if comparison.every_pair or left >= 0:
                href = f"similar/{number:03}.html"
                yield href, text
        pairs.append((pair, view, href))
    views, copies = pair_views(facts, pairs), copy_views(facts, resemblance.copies())
    parts = [views[start : start + N_ROWS] for start in range(0, len(views), N_ROWS)] or [()]
    places = tuple(_part_name(number) for number in range(len(parts)))
    shown = {
        "n_pairs": len(views),
        "n_left_out": sum(1 for _, view, href in pairs if view.functions and not href),
        "is_cut": len(views) == N_PAIRS,
        "places": places,
    }
    for number, (place, rows) in enumerate(zip(places, parts, strict=True)):
        here = {"part": number, "first_row": number * N_ROWS + 1, "pairs": rows, "copies": () if number else copies}
        yield place, _page("similarity", {**common, "up": ""}, ("class.js",), here="similarity.html", **shown, **here)


def _part_name(number: int) -> str:
    return f"similarity-{number + 1}.html" if number else "similarity.html"


def _page(name: str, common: dict[str, object], scripts: tuple[str, ...] = (), **values: object) -> str:
    files = tuple(f"overview/{script}.j2" for script in scripts)
    template = f"overview/{name}.html.j2"
    return render(template, styles=_STYLES, scripts=files, **{"here": f"{name}.html", **common, **values})


def _compared(entries: Iterable[IndexEntry], comparison: Comparison) -> Iterator[IndexEntry]:
    for entry in entries:
        if isinstance(entry.grade, Grade) and entry.grade.sources:
            comparison.resemblance.add(entry.grade.submission.name, entry.grade.sources)
        yield entry


def _json(data: object) -> Markup:
    """Returns data for a script element, in which no text can end it or begin a comment."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
