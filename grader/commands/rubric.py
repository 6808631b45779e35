"""`grader rubric`: shows every check with its points."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from grader.assignment.suite import CheckInfo
from grader.classes.class_grading import RunnerSpec
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import assignment_option, config_option
from grader.commands.tables import rubric_lines
from grader.model.case_names import claim_title
from grader.sandbox.level import level_for_own_code

__all__ = ["rubric"]


@click.command()
@click.option("--cases", is_flag=True, help="List every case of every check by its id.")
@click.option("--csv", "as_csv", is_flag=True, help="Print it as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@config_option
@assignment_option
def rubric(cases: bool, as_csv: bool, as_json: bool, **flags: Any) -> int:
    """Show every check with its points, by section, and whether students have it."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    chosen = named_settings(flags, Path())
    level = level_for_own_code()
    checks = RunnerSpec(chosen.assignment, level, None, options=chosen.options).build().list_checks()
    rows = [asdict(check) for check in checks] if cases else _claims(checks)
    if as_csv:
        click.echo(_csv(rows), nl=False)
    elif as_json:
        click.echo(json.dumps(rows, indent=1))
    else:
        for line in rubric_lines(checks, cases=cases):
            click.echo(line)
    return ALL_POINTS


def _claims(checks: tuple[CheckInfo, ...]) -> list[dict[str, Any]]:
    """Returns a row for each claim: its cases and their points together, as in the lines that people read."""
    claims: dict[str, list[CheckInfo]] = {}
    for check in checks:
        claims.setdefault(check.id.partition("[")[0], []).append(check)
    return [
        {
            "id": claim,
            "title": claim_title(cases[0].title, cases[0].id),
            "section": cases[0].section,
            "function": cases[0].function,
            "max_points": round(math.fsum(case.max_points for case in cases), 9),
            "cases": len(cases),
            "hidden": sum(not case.visible for case in cases),
        }
        for claim, cases in claims.items()
    ]


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0] if rows else ())
    for row in rows:
        writer.writerow([f"{value:g}" if isinstance(value, float) else value for value in row.values()])
    return text.getvalue()
