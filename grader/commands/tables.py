"""Formats what `grader doctor` and `grader rubric` print."""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import wrap

from rich.table import Table
from rich.text import Text

from grader.assignment.suite import CheckInfo
from grader.commands.host_findings import Finding
from grader.model.case_names import claim_title
from grader.model.results import display_points

__all__ = ["doctor_table", "rubric_lines"]


def doctor_table(findings: Iterable[Finding]) -> Table:
    """Returns one row per finding."""
    table = Table("What", "", "Here")
    for finding in findings:
        mark = Text("yes", "green") if finding.good else Text("no", "yellow")
        table.add_row(finding.what, mark, Text(finding.state))
    return table


def rubric_lines(checks: Iterable[CheckInfo], *, cases: bool) -> Iterator[str]:
    """Yields the rubric in lines of at most 80 columns: per section its points, then its checks with theirs.

    Args:
        checks: in the order of the report.
        cases: whether every case is named, not only the check that it belongs to.
    """
    rows = list(checks)
    whole = math.fsum(row.max_points for row in rows)
    for section, in_section in groupby(rows, key=lambda row: row.section):
        members = list(in_section)
        yield f"{section}: {_points(members)} points"
        for name, same in groupby(members, key=lambda row: row.id.partition("[")[0]):
            yield from _check_lines(name, list(same), cases_too=cases)
        yield ""
    visible = math.fsum(row.max_points for row in rows if row.visible)
    shown = display_points(visible, whole)
    yield f"{display_points(whole, whole)} points in all; {shown} in checks that students have."


def _check_lines(name: str, cases: list[CheckInfo], *, cases_too: bool) -> Iterator[str]:
    title = claim_title(cases[0].title, cases[0].id)
    ids = [case.id.removeprefix(name) for case in cases]
    n_hidden = sum(not case.visible for case in cases)
    if n_hidden:
        title += " [hidden]" if n_hidden == len(cases) else f" [{n_hidden} of {len(cases)} cases hidden]"
    yield from wrap(title, 80, initial_indent=f"{_points(cases):>6}  ", subsequent_indent=" " * 8)
    yield f"    {name}"
    for own, case in zip(ids, cases, strict=True) if cases_too and ids[0] else ():
        yield f"        {_points([case]):>6}  {own}{'' if case.visible else '  hidden'}"


def _points(checks: list[CheckInfo]) -> str:
    return f"{math.fsum(check.max_points for check in checks):.2f}".rstrip("0").rstrip(".")
