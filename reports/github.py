"""Writes GitHub Actions annotations and a step summary."""

import math
import re
from collections.abc import Iterator, Sequence

from grader.model.results import CheckResult, Grade
from reports.claims import by_claim, claim_words, n_claims
from reports.measures import figure_of
from reports.order import FunctionGroup, broken_checks, call_of, lost_groups, place_of, places_of, said_of_call
from reports.report_limits import MAX_SUMMARY_BYTES, N_ANNOTATIONS
from reports.status_words import (
    STATUS_WORDS,
    headline,
    not_final,
    points_words,
    sandbox_words,
    scope_words,
    score_words,
    section_words,
)
from reports.text import excerpt, one_line, plural, sentence_and_lines

__all__ = ["annotations", "step_summary"]

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def annotations(grade: Grade) -> str:
    """Returns workflow commands, one a line: an error for each cause, up to nine, on the line of the code.

    Each claim is named once, with its wrong cases.

    Source: github.com/actions/toolkit, packages/core/src/command.ts, for what has to be escaped.
    """
    lost = [(same, group) for group in lost_groups(grade) for same in by_claim(group.checks)]
    lines = [_annotation(same, group) for same, group in lost[:N_ANNOTATIONS]]
    if left := lost[N_ANNOTATIONS:]:
        more = plural(sum(n_claims(same) for same, _ in left), "more check")
        lines.append(_command("error", f"and {more}, see the summary of this step", title="More"))
    if reason := not_final(grade):
        lines.append(_command("warning", reason, title="Not final"))
    return "".join(f"{line}\n" for line in lines)


def step_summary(grade: Grade) -> str:
    """Returns the summary of a step as GitHub-flavoured Markdown, below MAX_SUMMARY_BYTES.

    Student text is backslash-escaped in sentences and stands in fences that it cannot close elsewhere.
    """
    head, foot = "".join(_head(grade)), "".join(_foot(grade))
    blocks = _fitting(lost_groups(grade), MAX_SUMMARY_BYTES - len((head + foot).encode()) - 100)
    return "".join([head, *blocks, foot])


def markdown_text(text: str, n_characters: int = 500) -> str:
    """Returns one line in which no character means anything to Markdown or HTML."""
    return _PUNCTUATION.sub(r"\\\1", one_line(text, n_characters))


def fenced(text: str, n_characters: int = 2000) -> str:
    """Returns the text as a code block whose fence is longer than any run of backticks in it."""
    shown = excerpt(text.strip("\n"), n_characters).text
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}\n"


def _annotation(same: Sequence[CheckResult], group: FunctionGroup) -> str:
    check, source = same[0], next(iter(group.sources), None)
    place = {}
    if source is not None:
        file, line = place_of(check, source)
        place = {"file": one_line(file, 300), "line": str(line)}
    title = f"{STATUS_WORDS[check.status].word}: {one_line(group.title, 120)}"
    sentences = [claim_words(same), *sentence_and_lines(check.message, 800), one_line(check.hint, 300)]
    return _command("error", "\n".join(s for s in sentences if s), **place, title=title)


def _command(kind: str, message: str, **properties: str) -> str:
    settings = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{kind} {settings}::{_escape_data(message)}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _head(grade: Grade) -> Iterator[str]:
    yield f"## {markdown_text(grade.submission.name, 120)}: {score_words(grade)}"
    yield " so far, not final\n\n" if not_final(grade) else "\n\n"
    for sentence in (headline(grade), not_final(grade), scope_words(grade)):
        yield f"{sentence}\n\n" if sentence else ""
    yield "| Section | Points | Passed |\n|---|---|---|\n"
    for section in grade.sections[:60]:
        points, counts = section_words(grade, section)
        yield f"| {markdown_text(section.name, 80)} | {points} | {counts} |\n"


def _fitting(groups: Sequence[FunctionGroup], n_bytes: int) -> Iterator[str]:
    """Yields the groups' blocks while there is room, then how many are left out."""
    for i, group in enumerate(groups):
        block = "".join(_group_block(group))
        n_bytes -= len(block.encode())
        if n_bytes < 0:
            yield f"\n{plural(len(groups) - i, 'more function')} left out here; report.html has them.\n"
            return
        yield block


def _group_block(group: FunctionGroup) -> Iterator[str]:
    yield f"\n### {markdown_text(group.title, 120)}\n\n"
    if group.sources:
        source = group.sources[0]
        yield f"{markdown_text(source.file, 200)}, line {source.line}\n\n"
    clusters = by_claim(group.checks)
    for same in clusters[:30]:
        yield from _check_block(same)
    if left := sum(map(n_claims, clusters[30:])):
        yield f"- and {plural(left, 'more check')} of this function\n"


def _check_block(same: Sequence[CheckResult]) -> Iterator[str]:
    check, word = same[0], STATUS_WORDS[same[0].status]
    points = points_words(math.fsum(each.points for each in same), math.fsum(each.max_points for each in same))
    yield f"- {word.sign} **{word.word}** ({points}): {markdown_text(claim_words(same), 2000)}\n"
    message, lines = sentence_and_lines(check.message, 2000)
    places = places_of(same)
    where = f"{places.name}: {places.words}" if places else ""
    for label, text in (("", message), ("", where), ("Look at: ", check.hint)):
        if text:
            yield f"  <br>{label}{markdown_text(text)}\n"
    for measure in check.measures[:8]:
        figure = figure_of(measure)
        limit = f", should be {figure.limit}: {figure.distance}" if figure.limit else ""
        yield f"  <br>{markdown_text(figure.name, 80)} {figure.value}{limit}\n"
    if lines:
        yield f"\n  {_indented(fenced(lines))}\n\n"
    if found := call_of(same):
        yield f"\n  Paste this into your notebook to see it:\n\n  {_indented(fenced(found.call))}\n\n"
        for what, text in (("It gives", found.got), *said_of_call(found)):
            yield f"  {what}:\n\n  {_indented(fenced(text))}\n\n"
    if check.output.strip():
        block = _indented(fenced(check.output))
        yield f"\n  <details><summary>What the code printed</summary>\n\n  {block}\n\n  </details>\n\n"


def _indented(block: str) -> str:
    """Keeps a block inside its list item."""
    return block.replace("\n", "\n  ").rstrip()


def _foot(grade: Grade) -> Iterator[str]:
    if broken := broken_checks(grade):
        yield "\n### Could not be judged\n\n"
        yield from (f"- {markdown_text(check.title)}\n" for check in broken[:30])
    for note in grade.notes[:30]:
        yield f"\nNote: {markdown_text(note)}\n"
    made = grade.environment
    yield f"\nPython {markdown_text(made.python, 40)}, NumPy {markdown_text(made.numpy, 40)}, "
    yield f"sandbox {markdown_text(sandbox_words(made.sandbox))}\n"
