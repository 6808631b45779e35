"""Prepares the points of each claim: what is checked on several inputs is one line."""

from collections import Counter
from dataclasses import dataclass, replace

from grader.model.results import Grade
from reports.cards import Detail
from reports.claims import Claim, claims_of
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
    worth = [claim for claim in claims_of(grade.checks) if claim.max_points > 0]
    views = [_claim_view(claim, detail) for claim in worth[: detail.n_lost]]
    # A file that cannot be imported ends all claims with one sentence, which its card says.
    said = Counter(view.failure for view in views)
    return tuple(view if said[view.failure] == 1 else replace(view, failure="") for view in views)


def _claim_view(claim: Claim, detail: Detail) -> ClaimView:
    lost, room = claim.lost, min(240, detail.message_characters)
    return ClaimView(
        one_line(claim.title, room),
        points_words(claim.points, claim.max_points),
        f"{len(claim.cases) - len(lost)} of {plural(len(claim.cases), 'case')}",
        one_line(sentence_and_lines(lost[0].message, room)[0], room) if lost else "",
    )
