"""`grader release`: writes the student kit, or the solved tree."""

from pathlib import Path
from typing import Any

import click

from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import assignment_option, config_option, folder
from grader.kit.student_kit import release as write_kit
from grader.kit.student_wheel import student_wheel

__all__ = ["release"]


@click.command()
@click.argument("kit", type=folder)
@click.option("--solution", is_flag=True, help="Write the solved tree instead; it earns every point.")
@click.option("--wheel/--no-wheel", default=True, help="Put the wheel that installs the grader into the kit.")
@config_option
@assignment_option
def release(kit: Path, solution: bool, wheel: bool, **flags: Any) -> int:
    """Write the student kit: template, visible checks, public goldens, given files, and the grader itself."""
    assignment = named_settings(flags, Path()).load_assignment()
    packed = student_wheel() if wheel and not solution else None
    written = write_kit(assignment, kit, solution=solution, wheel=packed)
    click.echo(f"{'Solution' if solution else 'Student kit'}: {len(written)} files in {kit}.")
    return ALL_POINTS
