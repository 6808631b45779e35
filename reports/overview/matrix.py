"""Prepares the matrix of students and checks, in orders that show patterns."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.model.phrases import join_words
from grader.model.results import Status, display_points
from reports.overview.facts import ABSENT, LETTERS, ClassFacts, StudentRow
from reports.overview.statistics import CheckFigures
from reports.status_words import STATUS_WORDS
from reports.text import plural

__all__ = ["by_pattern", "left_out_words", "matrix_data"]

#: a check that a smaller share of the submissions has would be an almost empty column
LEAST_SHARE = 0.2


def matrix_data(facts: ClassFacts, figures: Sequence[CheckFigures]) -> dict[str, Any]:
    """Returns what the script of the matrix draws, ready for JSON.

    Rows stand by score; `orders` gives the row numbers by pattern and by name. Columns keep the sections' order, and
    in a section the checks that most students pass come first.
    """
    rows = [row for row in facts.rows if row.letters]
    rows.sort(key=lambda row: (row.score is not None, -(row.score or 0.0), row.name))
    rare = set(_rare(facts))
    columns = [column for column in _columns(facts, figures) if column not in rare]
    letters = _letters(rows, len(facts.checks))[:, columns]
    sections = list(dict.fromkeys(facts.checks[i].section for i in columns))
    return {
        "rows": [[row.name, _score(row), row.href or ""] for row in rows],
        "cells": ["".join(line) for line in letters],
        "checks": [
            [facts.checks[i].title, sections.index(facts.checks[i].section), round(100 * figures[i].pass_rate)]
            for i in columns
        ],
        "sections": sections,
        "orders": {"pattern": by_pattern(letters), "name": _by_name([row.name for row in rows])},
        "words": {letter: [STATUS_WORDS[status].word, STATUS_WORDS[status].sign] for status, letter in LETTERS.items()}
        | {ABSENT: ["Not part of this grade", " "]},
    }


def left_out_words(facts: ClassFacts) -> str:
    """Returns which checks the matrix leaves out because hardly any submission has them; "" for none."""
    counts = Counter(facts.checks[column].section for column in _rare(facts))
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


def _letters(rows: Sequence[StudentRow], n_checks: int) -> npt.NDArray[np.str_]:
    return np.array([list(row.letters) for row in rows]).reshape(len(rows), n_checks)


def _rare(facts: ClassFacts) -> list[int]:
    """Returns the columns that would be almost empty."""
    letters = _letters([row for row in facts.rows if row.letters], len(facts.checks))
    shares = (letters != ABSENT).mean(axis=0) if len(letters) else np.ones(len(facts.checks))
    return [int(column) for column in np.flatnonzero(shares < LEAST_SHARE)]


def _score(row: StudentRow) -> str:
    return "" if row.score is None else display_points(row.score, row.max_score or 0.0)


def _columns(facts: ClassFacts, figures: Sequence[CheckFigures]) -> list[int]:
    rank = {name: i for i, name in enumerate(dict.fromkeys(check.section for check in facts.checks))}
    return sorted(range(len(figures)), key=lambda i: (rank[facts.checks[i].section], -figures[i].pass_rate, i))


def _by_name(names: Sequence[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda i: names[i].casefold())
