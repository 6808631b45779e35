"""Writes what a class did not understand as a CSV table: known mistakes and other likely causes, without names."""

import csv
import io
from collections.abc import Iterable

from reports.entries import IndexEntry
from reports.overview.facts import gather
from reports.overview.findings import N_BESIDE, most_common
from reports.overview.wording import general_words
from reports.text import csv_cell

__all__ = ["misconceptions_csv"]

_TITLES = ("mistake", "says", "functions", "students", "share", "points", "points_each", "together_with", "example")


def misconceptions_csv(entries: Iterable[IndexEntry]) -> tuple[str, int]:
    """Returns the table and the number of its rows, those of most students first.

    Columns: the name of a known mistake, empty for another cause; what students read; functions, each with its
    students; how many students, as a number and as a share of those graded; points that all of them lost by it, and
    each on average; known mistakes of the same students, with how many of them; one message, without code of anybody.
    """
    facts = gather(entries)
    n_graded = sum(row.standing != "ungraded" for row in facts.rows)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(_TITLES)
    tallies = sorted(facts.causes.values(), key=lambda tally: (-len(tally.rows), tally.name, tally.hint))
    for tally in tallies:
        n = len(tally.rows)
        writer.writerow(
            [
                csv_cell(tally.name),
                csv_cell(tally.hint),
                csv_cell(_counted(most_common(tally.functions))),
                n,
                f"{n / n_graded:.3f}",
                f"{tally.points_lost:.4g}",
                f"{tally.points_lost / n:.4g}",
                csv_cell(_counted(most_common(tally.beside)[:N_BESIDE])),
                csv_cell(tally.example if tally.name else general_words(tally.example)),
            ]
        )
    return "\ufeff" + text.getvalue(), len(tallies)


def _counted(names: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{name} ({n})" for name, n in names)
