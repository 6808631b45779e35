"""`grader rubric`: shows every check with its points."""

import csv
import io
import json
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
from grader.sandbox.level import level_for_own_code

__all__ = ["rubric"]


@click.command()
@click.option("--cases", is_flag=True, help="List every case of every check by its id.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all cases as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print all cases as JSON.")
@config_option
@assignment_option
def rubric(cases: bool, as_csv: bool, as_json: bool, **flags: Any) -> int:
    """Show every check with its points, by section, and whether students have it."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    chosen = named_settings(flags, Path())
    level = level_for_own_code()
    checks = RunnerSpec(chosen.assignment, level, None, options=chosen.options).build().list_checks()
    if as_csv:
        click.echo(_csv(checks), nl=False)
    elif as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=1))
    else:
        for line in rubric_lines(checks, cases=cases):
            click.echo(line)
    return ALL_POINTS


def _csv(checks: tuple[CheckInfo, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CheckInfo.__slots__)
    for check in checks:
        writer.writerow([f"{value:g}" if isinstance(value, float) else value for value in asdict(check).values()])
    return text.getvalue()
