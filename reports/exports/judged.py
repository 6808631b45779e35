"""Prepares each check for platforms that show single tests."""

import math
from collections.abc import Sequence
from dataclasses import replace

from grader.model.case_names import claim_title
from grader.model.phrases import join_words
from grader.model.results import CheckResult, Grade
from reports.measures import figure_of
from reports.status_words import STATUS_WORDS, headline, not_final
from reports.text import excerpt, one_line, plural

__all__ = ["check_name", "check_text", "exported_checks", "points_of", "why_no_score"]


def why_no_score(grade: Grade) -> str:
    """Returns why there is no number to hand on; empty for a final grade, which has one."""
    return not_final(grade) or ("" if grade.checks else headline(grade))


def exported_checks(grade: Grade) -> tuple[CheckResult, ...]:
    """Returns one result for each claim, in the order of the sections; its visible and its hidden cases are two.

    A claim that is checked on twenty inputs is one thing to know, not twenty of a twentieth of a point.
    """
    order = {name: i for i, name in enumerate(dict.fromkeys(check.section for check in grade.checks))}
    claims: dict[tuple[str, bool], list[CheckResult]] = {}
    for check in grade.checks:
        claims.setdefault((check.id.partition("[")[0], check.visible), []).append(check)
    merged = [_merged(claim, cases) for (claim, _), cases in claims.items()]
    return tuple(sorted(merged, key=lambda check: order[check.section]))


def _merged(claim: str, cases: Sequence[CheckResult]) -> CheckResult:
    """Returns the cases of one claim as one result: it ends as the first that did not pass, with all points."""
    if len(cases) == 1:
        return cases[0]
    lost = [case for case in cases if not case.passed]
    shown = lost[0] if lost else cases[0]
    name = claim_title(shown.title, shown.id)
    counts = f"{plural(len(cases), 'case')}, {len(cases) - len(lost)} right" if lost else plural(len(cases), "case")
    also = join_words([_case_of(case) for case in lost[1:6]]) + (", …" if len(lost) > 6 else "")
    words = f"{shown.message}\nThis is the case {_case_of(shown)}." + (f" Also wrong: {also}." if lost[1:] else "")
    return replace(
        shown,
        id=claim,
        title=f"{name} ({counts})",
        message=words if lost else "",
        points=math.fsum(case.points for case in cases),
        max_points=math.fsum(case.max_points for case in cases),
        output=next((case.output for case in (shown, *lost) if case.output.strip()), ""),
        seconds=math.fsum(case.seconds for case in cases),
    )


def _case_of(check: CheckResult) -> str:
    return one_line(check.id.partition("[")[2].removesuffix("]"), 60)


def check_name(check: CheckResult) -> str:
    """Returns "Layers: layer_forward pads with zeros"."""
    return f"{one_line(check.section, 60)}: {one_line(check.title)}"


def check_text(check: CheckResult, n_characters: int = 4000) -> str:
    """Returns how the check ended, why, and what the code printed, as plain text with LF line ends."""
    lines = [STATUS_WORDS[check.status].word, check.message, f"Look at: {check.hint}" if check.hint else ""]
    if places := check.error_map:
        lines.insert(2, f"{places.name}: {places.words}")
    for measure in check.measures[:8]:
        figure = figure_of(measure)
        limit = f", should be {figure.limit}: {figure.distance}" if figure.limit else ""
        lines.append(f"{figure.name} {figure.value}{limit}")
    if found := check.reproduction:
        expected = f"\nIt should be: {found.expected}" if found.expected else ""
        lines.append(f"Paste this into your notebook to see it:\n{found.call}\nIt gives: {found.got}{expected}")
    if check.output.strip():
        lines.append(f"Your code printed:\n{check.output}")
    return excerpt("\n".join(line for line in lines if line), n_characters).text


def points_of(points: float, max_points: float) -> float:
    """Returns points with at most six decimals; where these would make a lost point a full one, all decimals."""
    rounded = round(points, 6)
    return points if points < max_points <= rounded else rounded
