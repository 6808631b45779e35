"""Computes the figures of a class: scores, pass rates and discrimination of checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
import numpy.typing as npt

from grader.model.results import Status
from reports.overview.facts import ABSENT, LETTERS, ClassFacts

__all__ = [
    "NOT_JUDGED",
    "CheckFigures",
    "ScoreFigures",
    "SectionFigures",
    "check_figures",
    "score_figures",
    "section_figures",
]

#: fewer students than this say nothing about a check
FEWEST = 10
#: letters of what says nothing about a submission
NOT_JUDGED = (ABSENT, LETTERS[Status.BROKEN])


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """How the final scores are spread."""

    n_final: int
    median: float
    mean: float
    lower_quartile: float
    upper_quartile: float
    n_full: int
    max_score: float


@dataclass(frozen=True, slots=True)
class SectionFigures:
    """How a section went."""

    name: str
    max_score: float
    #: mean share of its points that was won
    share: float
    n_full: int
    n_students: int


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """How one check went over the final grades."""

    n_judged: int
    n_passed: int
    #: correlation of passing with the rest of the score; None where it has no meaning
    discrimination: float | None
    median_seconds: float

    @property
    def pass_rate(self) -> float:
        return self.n_passed / self.n_judged if self.n_judged else 0.0


def score_figures(facts: ClassFacts) -> ScoreFigures | None:
    """Returns how the final scores are spread; None where there is none."""
    final = facts.final
    if not final:
        return None
    scores = [row.score or 0.0 for row in final]
    lower, upper = np.percentile(scores, [25, 75])
    n_full = sum((row.score or 0.0) >= (row.max_score or 0.0) for row in final)
    most = max(row.max_score or 0.0 for row in final)
    return ScoreFigures(len(final), median(scores), fmean(scores), float(lower), float(upper), n_full, most)


def section_figures(facts: ClassFacts) -> tuple[SectionFigures, ...]:
    """Returns a row for each section with points, over the final grades."""
    return tuple(figures for name in facts.sections if (figures := _section(facts, name)))


def check_figures(facts: ClassFacts) -> tuple[CheckFigures, ...]:
    """Returns the figures of each check, in the order of facts.checks; grades that are not final do not count."""
    final = facts.final
    # What people changed says nothing about a check.
    scores = np.array([row.raw or 0.0 for row in final])
    columns = np.array([list(row.letters) for row in final]).reshape(len(final), len(facts.checks))
    points = np.array([row.points for row in final], dtype=float).reshape(columns.shape)
    figures = []
    for place, check in enumerate(facts.checks):
        judged = ~np.isin(columns[:, place], NOT_JUDGED)
        passed = columns[judged, place] == LETTERS[Status.PASSED]
        rest = scores[judged] - points[judged, place]
        seconds = median(check.seconds) if check.seconds else 0.0
        figures.append(CheckFigures(len(passed), int(passed.sum()), point_biserial(passed, rest), seconds))
    return tuple(figures)


def point_biserial(passed: npt.NDArray[np.bool_] | Sequence[bool], rest: npt.NDArray[np.float64]) -> float | None:
    """Returns the correlation between passing a check and the rest of the score.

    r = (mean of those who passed - mean of those who did not) / s * sqrt(p * q), with s the standard deviation (of the
    population) of all. The check's own points are not in the rest, or it would correlate with itself.

    Args:
        passed: bool, (N,).
        rest: score without the points of this check, float64, (N,).

    Returns:
        -1 to 1; None when fewer than 10 students were judged, all did the same, or all have the same rest.

    Source: the corrected item-total correlation of item analysis; Allen and Yen, Introduction to Measurement Theory.
    """
    passed = np.asarray(passed, dtype=bool)
    p, spread = passed.mean() if len(passed) else 0.0, rest.std() if len(passed) else 0.0
    if len(passed) < FEWEST or p in (0.0, 1.0) or spread < 1e-9:
        return None
    return float((rest[passed].mean() - rest[~passed].mean()) / spread * np.sqrt(p * (1 - p)))


def _section(facts: ClassFacts, name: str) -> SectionFigures | None:
    pairs = [row.sections[name] for row in facts.final if row.sections.get(name, (0.0, 0.0))[1]]
    if not pairs:
        return None
    share = fmean(score / most for score, most in pairs)
    return SectionFigures(name, max(most for _, most in pairs), share, sum(s >= m for s, m in pairs), len(pairs))
