"""Prepares what a page shows of each check."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from grader.model.results import CheckResult, Reproduction
from reports.error_picture import ErrorPicture, error_picture
from reports.measures import FigureRow, rows_of
from reports.order import alike, call_of, places_of
from reports.status_words import STATUS_WORDS, StatusWord, points_words
from reports.text import Excerpt, excerpt, one_line, sentence_and_lines, visible

__all__ = ["DETAILS", "Card", "Claim", "Detail", "anchors_of", "cards_of", "with_code"]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of a grade a page shows; a page that comes out too large is made again with less."""

    code_characters: int
    output_characters: int
    message_characters: int
    n_lost: int
    n_passed: int
    n_figures: int
    #: of each picture of errors
    n_panels: int


#: from everything that a usual grade holds down to what fits whatever a submission did
DETAILS = (
    Detail(8000, 6000, 3000, 400, 800, 12, 24),
    Detail(3500, 2000, 1500, 200, 400, 8, 6),
    Detail(1500, 600, 600, 100, 200, 4, 0),
    Detail(600, 200, 200, 40, 60, 2, 0),
    Detail(300, 100, 100, 20, 20, 1, 0),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One check by its title."""

    anchor: str
    title: str
    points: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One check, or several that ended in the same way with the same words."""

    claims: tuple[Claim, ...]
    key: str
    status: StatusWord
    message: Markup
    #: the lines below the message: a table of values or a traceback
    lines: str
    hint: Markup
    remarks: tuple[Markup, ...]
    figures: tuple[FigureRow, ...]
    output: Excerpt
    #: a small call that shows the failure; None where there is none
    reproduction: Reproduction | None
    #: where the value is wrong; None where that is not known
    places: ErrorPicture | None
    #: "took 3.2 s"; empty when it was quick
    duration: str


def cards_of(checks: Iterable[CheckResult], anchors: dict[str, str], detail: Detail) -> tuple[Card, ...]:
    """Returns a card a check; neighbours that say the same share one, so that a page does not repeat itself."""
    return tuple(_card(same, anchors, detail) for same in alike(checks))


def anchors_of(checks: Iterable[CheckResult]) -> dict[str, str]:
    """Returns an HTML id for each check id: letters, digits and dashes, no two alike."""
    anchors: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for check in checks:
        slug = "check-" + re.sub(r"[^A-Za-z0-9_]+", "-", check.id)[:100].strip("-")
        taken[slug] += 1
        # The dot keeps a numbered id from meeting a slug, which has none.
        anchors[check.id] = slug if taken[slug] == 1 else f"{slug}.{taken[slug]}"
    return anchors


def with_code(text: str) -> Markup:
    """Returns the text as HTML, what stands between two backticks as code."""
    if "`" not in text:
        return escape(text)
    parts = text.split("`")
    # An odd backtick at the end opens nothing.
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    html = (Markup(f"<code>{escape(part)}</code>") if i % 2 else escape(part) for i, part in enumerate(parts))
    return Markup("").join(html)


def _card(checks: Sequence[CheckResult], anchors: dict[str, str], detail: Detail) -> Card:
    check = checks[0]
    message, lines = sentence_and_lines(check.message, detail.message_characters)
    return Card(
        claims=tuple(_claim(check, anchors, detail) for check in checks),
        key=check.status.value,
        status=STATUS_WORDS[check.status],
        message=with_code(message),
        lines=lines,
        hint=with_code(excerpt(check.hint, detail.message_characters).text.strip()),
        remarks=tuple(with_code(one_line(remark, min(300, detail.message_characters))) for remark in check.remarks[:4]),
        figures=rows_of(check.measures[: detail.n_figures]),
        output=excerpt(check.output.strip("\n"), detail.output_characters),
        reproduction=_reproduction(checks, detail),
        places=_places(checks, detail),
        duration=f"took {check.seconds:,.1f} s" if check.seconds >= 1 else "",
    )


def _places(checks: Sequence[CheckResult], detail: Detail) -> ErrorPicture | None:
    found = places_of(checks)
    if found is None:
        return None
    case = "" if checks[0].error_map else next(check.id for check in checks if check.error_map).partition("[")[2]
    name = f"{found.name} [{case}" if case else found.name
    return error_picture(replace(found, name=name), n_panels=detail.n_panels)


def _reproduction(checks: Sequence[CheckResult], detail: Detail) -> Reproduction | None:
    found = call_of(checks)
    if found is None or len(found.call) > detail.code_characters:
        return None
    got, expected = (excerpt(text, detail.message_characters).text for text in (found.got, found.expected))
    printed = excerpt(found.printed.strip("\n"), min(detail.message_characters, detail.output_characters)).text
    return Reproduction(visible(found.call), got, expected, printed)


def _claim(check: CheckResult, anchors: dict[str, str], detail: Detail) -> Claim:
    points = points_words(check.points, check.max_points)
    return Claim(
        anchors[check.id], one_line(check.title, min(240, detail.message_characters)), points, not check.visible
    )
