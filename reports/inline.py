"""Shows the result of a check within a notebook: as HTML that needs no script and no style sheet, or as text."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rich.console import Console

from grader.model.results import CheckResult, Grade
from reports.order import alike, broken_checks, call_of, lost_groups, places_of, said_of_call
from reports.status_words import STATUS_WORDS, headline, passing_words, score_words
from reports.terminal import selfcheck_view
from reports.text import clean, one_line, plural, sentence_and_lines

__all__ = ["InlineReport"]

WIDTH = 80
#: of each function, how many failures are shown; the others say the same
N_SHOWN = 3
#: half transparent, so that they do on a light page and on a dark one
LINE, TINT = "1px solid rgba(128,128,128,.4)", "rgba(128,128,128,.12)"
#: tone -> colour of the line at the left
EDGES = {True: "#2f8f4e", False: "#c2523c"}


@dataclass(frozen=True, slots=True)
class InlineReport:
    """What a notebook shows of a check, in every front end: Jupyter, VS Code, Colab, a terminal."""

    text: str
    html: str

    @classmethod
    def sentence(cls, words: str) -> "InlineReport":
        """Returns one that only says something."""
        words = one_line(words, 1000)
        return cls(words, f"<p>{escape(words)}</p>")

    @classmethod
    def of(cls, grade: Grade, origins: Sequence[str] = ()) -> "InlineReport":
        """Returns the report on a grade.

        Args:
            grade: of the functions that were asked for.
            origins: a sentence for each, on where its definition comes from.
        """
        out = io.StringIO()
        console = Console(file=out, width=WIDTH, color_system=None, force_terminal=False, force_jupyter=False)
        for words in origins:
            console.print(words, markup=False, highlight=False)
        console.print(selfcheck_view(grade))
        return cls(out.getvalue().rstrip(), _html(grade, origins))

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def _html(grade: Grade, origins: Sequence[str]) -> str:
    parts = [f"<p><b>{escape(score_words(grade))}</b><br>{escape(headline(grade))}</p>"]
    parts += [f"<p style='opacity:.8;margin:.2em 0'>{escape(one_line(words, 300))}</p>" for words in origins]
    for group in lost_groups(grade):
        n_passed = group.n_checks - len(group.checks)
        counts = escape(passing_words(n_passed, group.n_checks))
        parts.append(
            f"<p style='margin:.8em 0 .2em'><b><code>{escape(one_line(group.title, 120))}</code></b> {counts}</p>"
        )
        clusters = alike(group.checks)
        parts += [_card(same) for same in clusters[:N_SHOWN]]
        if n_left := sum(map(len, clusters[N_SHOWN:])):
            parts.append(f"<p>and {plural(n_left, 'more check')} of this function</p>")
    parts += [_card(same) for same in alike(broken_checks(grade))]
    edge = EDGES[not lost_groups(grade)]
    notes = "".join(f"<p>Note: {escape(one_line(note, 400))}</p>" for note in grade.notes)
    style = f"border-left:4px solid {edge};padding:.2em 0 .2em .8em;max-width:60em;line-height:1.4"
    return f"<div style='{style}'>{''.join(parts)}{notes}</div>"


def _card(same: Sequence[CheckResult]) -> str:
    check = same[0]
    word = STATUS_WORDS[check.status]
    more = f" and {plural(len(same) - 1, 'check')} like it" if len(same) > 1 else ""
    message, lines = sentence_and_lines(check.message, 1500)
    parts = [f"<div><b>{escape(word.sign)} {escape(word.word)}</b>: {escape(one_line(check.title, 200))}{more}</div>"]
    if message:
        parts.append(f"<div>{escape(one_line(message, 600))}</div>")
    if lines:
        shown = "\n".join(clean(lines).splitlines()[:12])
        parts.append(f"<pre style='background:{TINT};padding:.4em;overflow-x:auto;margin:.3em 0'>{escape(shown)}</pre>")
    if places := places_of(same):
        parts.append(f"<div>{escape(one_line(f'{places.name}: {places.words}', 300))}</div>")
    if check.hint:
        parts.append(f"<div><b>Look at:</b> {escape(one_line(check.hint, 400))}</div>")
    if found := call_of(same):
        parts.append("<div><b>Run this in a cell to see it:</b></div>")
        said = "".join(f"\n\n{what}: {text}" for what, text in said_of_call(found))
        for text in (found.call, f"It gives: {found.got}{said}"):
            shown = escape(clean(text))
            parts.append(f"<pre style='background:{TINT};padding:.4em;overflow-x:auto;margin:.3em 0'>{shown}</pre>")
    return f"<div style='border:{LINE};border-radius:4px;padding:.4em .7em;margin:.3em 0'>{''.join(parts)}</div>"
