"""`grader rubric`: shows every check with its points."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.classes.class_grading import RunnerSpec
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import assignment_option, config_option
from grader.commands.tables import rubric_table
from grader.sandbox import choose_level

__all__ = ["rubric"]


@click.command()
@config_option
@assignment_option
def rubric(**flags: Any) -> int:
    """Show every check with its points and who sees it."""
    chosen = named_settings(flags, Path())
    level = choose_level("limits", trusted=True)
    checks = RunnerSpec(chosen.assignment, level, None, options=chosen.options).build().list_checks()
    Console().print(rubric_table(checks))
    return ALL_POINTS
