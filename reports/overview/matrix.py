"""Prepares the matrix of students and claims, in orders that show patterns; all cases of a claim are one column."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.model.case_names import claim_title
from grader.model.phrases import join_words
from grader.model.results import Status, display_points
from reports.claims import ENDINGS
from reports.overview.facts import ABSENT, LETTERS, CheckTally, ClassFacts, StudentRow
from reports.overview.statistics import NOT_JUDGED
from reports.status_words import STATUS_WORDS
from reports.text import plural

__all__ = ["by_pattern", "left_out_words", "matrix_data"]

#: a check that a smaller share of the submissions has would be an almost empty column
LEAST_SHARE = 0.2
#: of the cases of a claim the letter that comes first here speaks for it
_ORDER = np.array([*(LETTERS[status] for status in ENDINGS), ABSENT])
_SORTED = np.sort(_ORDER)
#: the place in _ORDER of each letter of _SORTED
_RANKS = np.argsort(_ORDER)


@dataclass(frozen=True, slots=True)
class _Column:
    """One claim over the rows that have a grade."""

    title: str
    section: str
    #: a letter a row
    letters: npt.NDArray[np.str_]
    #: share of the final grades in which it was judged that pass it
    rate: float


def matrix_data(facts: ClassFacts) -> dict[str, Any]:
    """Returns what the script of the matrix draws, ready for JSON.

    Rows stand by score; `orders` gives the row numbers by pattern and by name. Columns keep the sections' order, and
    in a section the claims that most students pass come first.
    """
    rows = [row for row in facts.rows if row.letters]
    rows.sort(key=lambda row: (row.score is not None, -(row.score or 0.0), row.name))
    shown = [column for column in _columns(facts, rows) if not _is_rare(column)]
    sections = list(dict.fromkeys(column.section for column in shown))
    rank = {name: i for i, name in enumerate(dict.fromkeys(check.section for check in facts.checks))}
    shown.sort(key=lambda column: (rank[column.section], -column.rate))
    letters = np.array([column.letters for column in shown], "U1").reshape(len(shown), len(rows)).T
    return {
        "rows": [[row.name, _score(row), row.href or ""] for row in rows],
        "cells": ["".join(line) for line in letters],
        "checks": [[column.title, sections.index(column.section), round(100 * column.rate)] for column in shown],
        "sections": sections,
        "orders": {"pattern": by_pattern(letters), "name": _by_name([row.name for row in rows])},
        "words": {letter: [STATUS_WORDS[status].word, STATUS_WORDS[status].sign] for status, letter in LETTERS.items()}
        | {ABSENT: ["Not part of this grade", " "]},
    }


def left_out_words(facts: ClassFacts) -> str:
    """Returns which checks the matrix leaves out because hardly any submission has them; "" for none."""
    rows = [row for row in facts.rows if row.letters]
    counts = Counter(column.section for column in _columns(facts, rows) if _is_rare(column))
    if not counts:
        return ""
    listed = join_words([f"{plural(n, 'check')} of {name}" for name, n in counts.items()])
    return f"Not shown because fewer than a fifth of the submissions have them: {listed}."


def by_pattern(letters: npt.NDArray[np.str_]) -> list[int]:
    """Returns an order of the rows in which those that end alike stand together.

    From the row with the most passed checks on, each step goes to the row not yet placed that differs in the fewest.

    Args:
        letters: one a cell, (N, C).
    """
    if not letters.size:
        return list(range(len(letters)))
    codes = letters.view(np.uint32).reshape(letters.shape).astype(np.uint8)
    lost = np.count_nonzero(letters != LETTERS[Status.PASSED], axis=1)
    place, left = int(lost.argmin()), np.ones(len(letters), bool)
    order = []
    for _ in range(len(letters)):
        order.append(place)
        left[place] = False
        # Of rows equally far away the one that lost least comes next.
        distance = np.count_nonzero(codes != codes[place], axis=1) * len(lost) * 2 + lost
        place = int(np.where(left, distance, np.iinfo(np.int64).max).argmin())
    return order


def _columns(facts: ClassFacts, rows: Sequence[StudentRow]) -> list[_Column]:
    """Returns the claims in the order of the checks; each row has the letter that speaks for all cases."""
    letters = np.array([list(row.letters) for row in rows], "U1").reshape(len(rows), len(facts.checks))
    places = np.searchsorted(_SORTED, letters)
    final = np.array([row.standing == "final" for row in rows], bool)
    claims: dict[str, list[int]] = {}
    for place, check in enumerate(facts.checks):
        claims.setdefault(check.id.partition("[")[0], []).append(place)
    ranks = (_RANKS[places[:, own]].min(axis=1) for own in claims.values())
    return [
        _column([facts.checks[i] for i in own], each, final) for own, each in zip(claims.values(), ranks, strict=True)
    ]


def _column(cases: Sequence[CheckTally], ranks: npt.NDArray[np.int64], final: npt.NDArray[np.bool_]) -> _Column:
    title = cases[0].title
    if len(cases) > 1:
        title = f"{claim_title(title, cases[0].id)} ({plural(len(cases), 'case')})"
    letters = _ORDER[ranks]
    judged = letters[final & ~np.isin(letters, NOT_JUDGED)]
    rate = float((judged == LETTERS[Status.PASSED]).mean()) if len(judged) else 0.0
    return _Column(title, cases[0].section, letters, rate)


def _is_rare(column: _Column) -> bool:
    """Whether the column would be almost empty."""
    return bool(len(column.letters)) and bool((column.letters != ABSENT).mean() < LEAST_SHARE)


def _score(row: StudentRow) -> str:
    return "" if row.score is None else display_points(row.score, row.max_score or 0.0)


def _by_name(names: Sequence[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda i: names[i].casefold())
