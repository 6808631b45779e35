"""`release`, `golden` and `rubric`: an assignment in, what its authors look at or give away out."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.batch import RunnerSpec
from grader.commands.exits import ALL_POINTS, OUR_FAULT
from grader.commands.flags import assignment_option, folder, say
from grader.commands.tables import rubric_table
from grader.kit.release import release as write_kit
from grader.kit.solution import solution_module
from grader.sandbox import choose_level
from grader.settings import Settings

__all__ = ["golden", "release", "rubric"]


@click.command()
@click.argument("kit", type=folder)
@click.option("--solution", is_flag=True, help="Write the solved tree instead, which graded earns every point.")
@assignment_option
def release(kit: Path, solution: bool, **flags: Any) -> int:
    """Write the student kit: template, visible checks, public goldens, given files."""
    assignment = Settings.read(Path(), **flags).load_assignment()
    written = write_kit(assignment, kit, solution=solution)
    click.echo(f"{'Solution' if solution else 'Student kit'}: {len(written)} files in {kit}.")
    return ALL_POINTS


@click.group()
def golden() -> None:
    """The archive of what the reference returns for the public cases."""


@golden.command("build")
@assignment_option
def golden_build(**flags: Any) -> int:
    """Write the archive from the reference."""
    assignment = Settings.read(Path(), **flags).load_assignment()
    solution_module(assignment, "goldens").build_archive(assignment.folder / "goldens")
    click.echo(f"Goldens: {assignment.folder / 'goldens'}")
    return ALL_POINTS


@golden.command("verify")
@assignment_option
def golden_verify(**flags: Any) -> int:
    """Rebuild the archive in memory and compare; exit code 3 when they differ."""
    assignment = Settings.read(Path(), **flags).load_assignment()
    differences: list[str] = solution_module(assignment, "goldens").verify_archive(assignment.folder / "goldens")
    for difference in differences:
        say(difference)
    click.echo("The archive differs from the reference." if differences else "The archive agrees with the reference.")
    return OUR_FAULT if differences else ALL_POINTS


@click.command()
@assignment_option
def rubric(**flags: Any) -> int:
    """Show every check with its points and who sees it."""
    settings = Settings.read(Path(), **flags)
    level = choose_level("limits", trusted=True)
    checks = RunnerSpec(settings.assignment, level, None, options=settings.options).build().list_checks()
    Console().print(rubric_table(checks))
    return ALL_POINTS
