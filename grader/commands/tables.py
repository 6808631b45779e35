"""The terminal tables that `grader doctor` and `grader rubric` print."""

import math
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from grader.assignment.suite import CheckInfo
from grader.commands.host_findings import Finding
from grader.model.results import display_points

__all__ = ["doctor_table", "rubric_table"]


def doctor_table(findings: Iterable[Finding]) -> Table:
    """Returns one row per finding."""
    table = Table("What", "", "Here")
    for finding in findings:
        mark = Text("yes", "green") if finding.good else Text("no", "yellow")
        table.add_row(finding.what, mark, Text(finding.state))
    return table


def rubric_table(checks: Iterable[CheckInfo]) -> Table:
    """Returns one row per check with its points, by section, and the total at the foot."""
    rows = list(checks)
    whole = math.fsum(row.max_points for row in rows)
    visible = math.fsum(row.max_points for row in rows if row.visible)
    total = f"{display_points(whole, whole)} points, {display_points(visible, whole)} of them visible"
    table = Table("Section", "Check", "Points", "Seen by students", caption=total)
    section = ""
    for row in rows:
        name = "" if row.section == section else row.section
        section = row.section
        points = f"{row.max_points:.2f}".rstrip("0").rstrip(".")
        table.add_row(name, Text(f"{row.title}\n{row.id}"), points, "yes" if row.visible else "no", end_section=False)
    return table
