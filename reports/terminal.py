"""Shows a grade in a terminal, with student text always as plain text."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model.results import CheckResult, Grade, Measure, Reproduction, Status
from reports.cost import cost_words
from reports.measures import figure_of
from reports.order import FunctionGroup, alike, broken_checks, call_of, line_of, lost_groups, places_of, said_of_call
from reports.status_words import (
    KEPT_WORDS,
    STATUS_WORDS,
    headline,
    kept_words,
    not_final,
    passing_words,
    points_words,
    sandbox_words,
    scope_words,
    score_words,
    section_words,
)
from reports.text import clean, one_line, plural, sentence_and_lines

__all__ = ["grade_table", "selfcheck_view"]

_BAR_CELLS = 20
#: lines shown below the sentence of a check
_N_LINES = 12
#: how many checks that fail for one reason are named
_N_HEADS = 3
#: how many functions of a section that are not written yet are named; of more, the first
_N_NAMED = 3


def grade_table(grade: Grade) -> RenderableType:
    """Returns the view of `grader grade`: score, points by section, then every lost check."""
    return Group(
        _title(grade),
        _section_table(grade),
        Text(""),
        *(line for group in lost_groups(grade) for line in _group_lines(grade, group)),
        *(_check_lines(same, with_function=True) for same in alike(broken_checks(grade))),
        *_closing(grade),
    )


def _group_lines(grade: Grade, group: FunctionGroup) -> Iterator[RenderableType]:
    yield from (_check_lines(same, with_function=True) for same in alike(group.checks))
    yield from _cost_lines(grade, group)


def _cost_lines(grade: Grade, group: FunctionGroup) -> Iterator[RenderableType]:
    if cost := cost_words(grade, group):
        yield Padding(Text(cost, style="dim"), (0, 0, 0, 4))


def selfcheck_view(grade: Grade, n_checks: int = 3, so_far: str = "") -> RenderableType:
    """Returns the view of `grader check`: functions with failing ones first, up to n_checks lost checks of each.

    Args:
        grade: of a student's own check.
        n_checks: how many are shown.
        so_far: a sentence on the points that are certain by now, "" for none.
    """
    groups = lost_groups(grade)
    lost = {function for group in groups for function in (group.function, *group.others)}
    passing = dict.fromkeys(check.function for check in grade.checks if check.passed and check.function not in lost)
    untouched = [group for group in groups if _is_untouched(group)]
    shown = [group for group in groups if group not in untouched]
    parts: list[RenderableType] = [part for group in shown for part in _function_lines(grade, group, n_checks)]
    if untouched:
        parts.extend(_untouched_lines(grade, untouched, is_first=not shown))
    parts.extend(_check_lines(same, with_function=True) for same in alike(broken_checks(grade)))
    for head, functions in (
        ("✓ Passed: ", [name for name in passing if name not in grade.kept]),
        (f"✓ Passed, {KEPT_WORDS}: ", [name for name in passing if name in grade.kept]),
    ):
        if functions:
            names = Text(", ").join(Text(one_line(name, 80)) for name in functions)
            parts.append(Padding(Text.assemble((head, "green"), names), (1, 0, 0, 0)))
    # What scrolls away above stands here once more: where to go on.
    following = [Text.assemble(("Next: ", "bold"), _place(groups[0]))] if shown else []
    points = [Text(so_far)] if so_far else []
    return Group(*parts, _title(grade), *following, *points, *_closing(grade))


def _untouched_lines(
    grade: Grade, untouched: Sequence[FunctionGroup], *, is_first: bool
) -> Iterator[RenderableType]:  # fmt: skip
    """Yields where to begin, and which functions are not written yet by section: they would all say the same."""
    sign = STATUS_WORDS[Status.MISSING]
    if is_first:
        first = untouched[0]
        begin = Text.assemble(("Begin with: ", "bold"), _place(first))
        yield Padding(begin, (1, 0, 0, 0))
        yield Padding(Text(one_line(sentence_and_lines(first.checks[0].message, 600)[0], 600)), (0, 0, 0, 2))
    left = {function for group in untouched for function in (group.function, *group.others)}
    sections: dict[str, list[str]] = {}
    for function, section in {check.function: check.section for check in reversed(grade.checks)}.items():
        sections.setdefault(section, []).insert(0, function)
    count = f"{len(left):,} of {plural(sum(map(len, sections.values())), 'function')}"
    yield Padding(Text.assemble((f"{sign.sign} {sign.word}: ", sign.style), count), (1, 0, 0, 0))
    table = Table("", "", "", box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    # A name is never cut: on a narrow terminal it goes on in the next line.
    for column in table.columns:
        column.overflow = "fold"
    for section in dict.fromkeys(check.section for check in grade.checks):
        functions = sections.get(section, [])
        if names := [one_line(name, 80) for name in functions if name in left]:
            named = names if len(names) <= _N_NAMED else [f"{names[0]} and {len(names) - 1:,} more"]
            table.add_row(Text(one_line(section, 60)), f"{len(names)} of {len(functions)}", Text(", ".join(named)))
    yield Padding(table, (0, 0, 0, 2))


def _title(grade: Grade) -> RenderableType:
    title = Text(one_line(grade.submission.name, 120), style="bold")
    title.append(f"  {score_words(grade)}", style="bold green" if grade.full_marks else "bold")
    if not_final(grade):
        title.append("  so far, not final", style="magenta")
    return Padding(Group(title, Text(headline(grade))), (1, 0))


def _section_table(grade: Grade) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("Section", "Points", ""):
        table.add_column(name)
    table.add_column("Passed", justify="right")
    for section in grade.sections:
        points, counts = section_words(grade, section)
        table.add_row(Text(one_line(section.name, 60)), points, _bar(section.score, section.max_score), counts)
    return table


def _bar(points: float, max_points: float) -> Text:
    """Returns a bar that is full or empty only when that is exactly true."""
    if max_points <= 0:
        return Text("")
    n = round(_BAR_CELLS * points / max_points)
    if points < max_points:
        n = min(n, _BAR_CELLS - 1)
    if points > 0:
        n = max(n, 1)
    return Text.assemble(("━" * n, "green"), ("━" * (_BAR_CELLS - n), "bright_black"))


def _is_untouched(group: FunctionGroup) -> bool:
    """Whether no check of a function shows anything but that it, or what it needs, is not implemented."""
    waiting = (Status.MISSING, Status.BLOCKED)
    return len(group.checks) == group.n_checks and all(check.status in waiting for check in group.checks)


def _place(group: FunctionGroup) -> Text:
    """Returns the name of a function, and where it is."""
    head = Text(one_line(group.title, 120), style="bold")
    if group.sources:
        source = group.sources[0]
        head.append(f"  {one_line(source.file, 120)}:{line_of(group.checks[0], source)}", style="cyan")
    return head


def _function_lines(grade: Grade, group: FunctionGroup, n_checks: int) -> Iterator[RenderableType]:
    head = _place(group)
    head.append(f"  {passing_words(group.n_checks - len(group.checks), group.n_checks)}", style="dim")
    if group.function in grade.kept:
        head.append(f" ({KEPT_WORDS})", style="dim")
    yield Padding(head, (1, 0, 0, 0))
    clusters = alike(group.checks)
    for same in clusters[:n_checks]:
        yield Padding(_check_lines(same, with_function=bool(group.others)), (0, 0, 0, 2))
    if n_left := sum(len(same) for same in clusters[n_checks:]):
        more = plural(n_left, "more check")
        yield Padding(Text(f"and {more} of this function, see report.html", style="dim"), (0, 0, 0, 4))
    yield from _cost_lines(grade, group)


def _check_lines(same: Sequence[CheckResult], *, with_function: bool) -> RenderableType:
    """Returns a line a check for the first few, then once what they have in common: sentence, hint and worst figure."""
    check = same[0]
    message, lines = sentence_and_lines(check.message, 1500)
    details = [Text(one_line(message, 600))] if message else []
    details.extend(Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in lines.splitlines()[:_N_LINES])
    if places := places_of(same):
        details.append(Text(one_line(f"{places.name}: {places.words}", 300)))
    if check.hint:
        label = "" if check.hint.startswith("Look at ") else "Look at: "
        details.append(Text.assemble((label, "cyan"), one_line(check.hint, 400)))
    worst = _worst(check)
    # A sentence that gives the figure and its limit is enough.
    if worst is not None and not (f"({worst.name} " in message and "should be" in message):
        details.append(_figure_line(worst))
    if found := call_of(same):
        details.extend(_reproduction_lines(found))
    heads = [_head_line(check, with_function) for check in same[:_N_HEADS]]
    if n_more := len(same) - len(heads):
        heads.append(Text(f"and {plural(n_more, 'more check')} for the same reason", style="dim"))
    return Group(*heads, *(Padding(line, (0, 0, 0, 4)) for line in details))


def _reproduction_lines(found: Reproduction) -> Iterator[Text]:
    """Yields a call to paste, and what it gives."""
    yield Text("Paste this into your notebook to see it:", style="cyan")
    for line in clean(found.call).splitlines():
        yield Text(f"  {line}")
    for what, text in (("It gives", found.got), *said_of_call(found)):
        lines = clean(text).splitlines()[:_N_LINES]
        if lines:
            yield Text.assemble((f"{what}: ", "cyan"), one_line(lines[0], 400))
            yield from (Text(f"  {line}", style="dim", no_wrap=True, overflow="ellipsis") for line in lines[1:])


def _head_line(check: CheckResult, with_function: bool) -> Text:
    word = STATUS_WORDS[check.status]
    line = Text.assemble((f"{word.sign} {word.word}", word.style), "  ")
    if with_function and check.function not in check.title:
        line.append(f"{one_line(check.function, 80)}: ", style="bold")
    line.append(one_line(check.title))
    if check.max_points:
        line.append(f"  {points_words(check.points, check.max_points)}", style="dim")
    return line


def _worst(check: CheckResult) -> Measure | None:
    """Returns the figure that misses its limit by the largest factor; NaN counts as the largest."""
    missed = [measure for measure in check.measures if not measure.passed and measure.limit is not None]
    return max(missed, key=_miss, default=None)


def _miss(measure: Measure) -> float:
    value, limit = measure.value, measure.limit or 0.0
    if value != value:
        return float("inf")
    large, small = (value, limit) if measure.relation in ("<", "<=") else (limit, value)
    return large / small if small > 0 else float("inf")


def _figure_line(measure: Measure) -> Text:
    figure = figure_of(measure)
    return Text.assemble(
        f"{figure.name} {figure.value}, should be {figure.limit}: ", (figure.distance, "bold"), style="dim"
    )


def _closing(grade: Grade) -> Iterator[RenderableType]:
    for reason, style in ((not_final(grade), "magenta"), (scope_words(grade), "")):
        if reason:
            yield Text(reason, style=style)
    if words := kept_words(grade):
        yield Text(words)
    for note in grade.notes:
        yield Text(f"Note: {one_line(note, 400)}")
    yield Text(f"Sandbox {one_line(sandbox_words(grade.environment.sandbox))}.", style="dim")
