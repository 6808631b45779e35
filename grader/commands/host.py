"""`doctor`: what this host has for grading, in a table."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.commands.doctor import findings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import assignment_option, data_option
from grader.commands.tables import doctor_table
from grader.settings import Settings

__all__ = ["doctor"]


@click.command()
@assignment_option
@data_option
def doctor(**flags: Any) -> int:
    """Show what this host has for grading and what to do about what is missing."""
    settings = Settings.read(Path(), **flags)
    Console().print(doctor_table(findings(settings.load_assignment(), settings.options.data)))
    return ALL_POINTS
