"""`release`, `golden` and `rubric`: an assignment in, what its authors look at or give away out."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.batch import RunnerSpec
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS, OUR_FAULT
from grader.commands.flags import assignment_option, config_option, folder, say
from grader.commands.tables import rubric_table
from grader.kit.release import release as write_kit
from grader.kit.solution import solution_module
from grader.sandbox import choose_level

__all__ = ["golden", "release", "rubric"]


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


@click.group()
def golden() -> None:
    """The archive of what the reference returns for the public cases."""


@golden.command("build")
@config_option
@assignment_option
def golden_build(**flags: Any) -> int:
    """Write the archive from the reference."""
    assignment = named_settings(flags, Path()).load_assignment()
    solution_module(assignment, "goldens").build_archive(assignment.folder / "goldens")
    click.echo(f"Goldens: {assignment.folder / 'goldens'}")
    return ALL_POINTS


@golden.command("verify")
@config_option
@assignment_option
def golden_verify(**flags: Any) -> int:
    """Rebuild the archive in memory and compare; exit code 3 when they differ."""
    assignment = named_settings(flags, Path()).load_assignment()
    differences: list[str] = solution_module(assignment, "goldens").verify_archive(assignment.folder / "goldens")
    for difference in differences:
        say(difference)
    click.echo("The archive differs from the reference." if differences else "The archive agrees with the reference.")
    return OUR_FAULT if differences else ALL_POINTS


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
