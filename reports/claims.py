"""Prepares the points of each claim: what is checked on several inputs is one line."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.model.case_names import claim_title
from grader.model.results import CheckResult, Grade
from reports.cards import Detail
from reports.status_words import points_words
from reports.text import one_line, plural, sentence_and_lines

__all__ = ["ClaimView", "claim_views"]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim, with all cases that check it."""

    title: str
    #: "1.5 of 2 points"
    points: str
    #: "3 of 4 cases"
    cases: str
    #: the sentence of the first case that did not pass; empty where all did, and where other claims end with the same
    failure: str


def claim_views(grade: Grade, detail: Detail) -> tuple[ClaimView, ...]:
    """Returns a line for each claim that carries points, in the order of the grade."""
    claims: dict[str, list[CheckResult]] = {}
    for check in grade.checks:
        claims.setdefault(check.id.partition("[")[0], []).append(check)
    worth = [cases for cases in claims.values() if any(case.max_points > 0 for case in cases)]
    views = [_claim_view(cases, detail) for cases in worth[: detail.n_lost]]
    # A file that cannot be imported ends all claims with one sentence, which its card says.
    said = Counter(view.failure for view in views)
    return tuple(view if said[view.failure] == 1 else replace(view, failure="") for view in views)


def _claim_view(cases: Sequence[CheckResult], detail: Detail) -> ClaimView:
    lost = [case for case in cases if not case.passed]
    room = min(240, detail.message_characters)
    title = cases[0].title if len(cases) == 1 else claim_title(cases[0].title, cases[0].id)
    points = math.fsum(case.points for case in cases), math.fsum(case.max_points for case in cases)
    n = len(cases) - len(lost)
    return ClaimView(
        one_line(title, room),
        points_words(*points),
        f"{n} of {plural(len(cases), 'case')}",
        one_line(sentence_and_lines(lost[0].message, room)[0], room) if lost else "",
    )
