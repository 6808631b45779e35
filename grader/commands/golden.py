"""`grader golden`: builds and verifies the archive of the reference's answers, and its kept runs."""

from pathlib import Path
from typing import Any

import click

from grader.assignment.golden_cases import archive_folder, build_archive
from grader.assignment.golden_differences import archive_differences
from grader.assignment.images import ImageSource
from grader.assignment.kept_run_archive import keep_runs, run_differences
from grader.commands.assignment_flags import AssignmentCommand
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS, OUR_FAULT
from grader.commands.flags import assignment_option, config_option, say

__all__ = ["golden"]


@click.group()
def golden() -> None:
    """Build or verify the archive of the reference's outputs for the public cases, and the runs kept with it."""


@golden.command("build")
@config_option
@assignment_option
def golden_build(**flags: Any) -> int:
    """Write the archive from the solution."""
    assignment = named_settings(flags, Path()).load_assignment()
    build_archive(assignment, folder := archive_folder(assignment))
    click.echo(f"Goldens: {folder}")
    return ALL_POINTS


@golden.command("verify", cls=AssignmentCommand)
@config_option
@assignment_option
def golden_verify(**flags: Any) -> int:
    """Rebuild the archive in memory and compare, and begin the kept runs again; exit code 3 if they differ."""
    settings = named_settings(flags, Path())
    assignment = settings.load_assignment()
    differences = archive_differences(assignment, archive_folder(assignment))
    if assignment.runs and assignment.has_solution:
        differences += run_differences(assignment, ImageSource(assignment, settings.options, lambda text: None).images)
    for difference in differences:
        say(difference)
    click.echo("The archive differs from the reference." if differences else "The archive agrees with the reference.")
    return OUR_FAULT if differences else ALL_POINTS


@golden.command("train", cls=AssignmentCommand)
@config_option
@assignment_option
def golden_train(**flags: Any) -> int:
    """Train the solution on the images at hand and keep its runs with it."""
    settings = named_settings(flags, Path())
    assignment = settings.load_assignment()
    images = ImageSource(assignment, settings.options, say).images
    click.echo(f"Runs: {keep_runs(assignment, images, say, say)}")
    return ALL_POINTS
