"""`grader release`: writes the student kit, or the solved tree."""

from pathlib import Path
from typing import Any

import click

from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import assignment_option, config_option, folder
from grader.kit.student_kit import release as write_kit

__all__ = ["release"]


@click.command()
@click.argument("kit", type=folder)
@click.option("--solution", is_flag=True, help="Write the solved tree instead, which graded earns every point.")
@config_option
@assignment_option
def release(kit: Path, solution: bool, **flags: Any) -> int:
    """Write the student kit: template, visible checks, public goldens, given files."""
    assignment = named_settings(flags, Path()).load_assignment()
    written = write_kit(assignment, kit, solution=solution)
    click.echo(f"{'Solution' if solution else 'Student kit'}: {len(written)} files in {kit}.")
    return ALL_POINTS
