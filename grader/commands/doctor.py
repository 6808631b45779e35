"""`grader doctor`: shows in a table what this machine offers for grading."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.commands.assignment_flags import AssignmentCommand
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import assignment_option, config_option
from grader.commands.host_findings import findings
from grader.commands.tables import doctor_table

__all__ = ["doctor"]


@click.command(cls=AssignmentCommand)
@config_option
@assignment_option
def doctor(**flags: Any) -> int:
    """Show what this machine offers for grading, and how to get what is missing."""
    chosen = named_settings(flags, Path())
    Console().print(doctor_table(findings(chosen.load_assignment(), chosen.options)))
    return ALL_POINTS
