"""`grader golden`: builds and verifies the archive of the reference's answers, known mistakes, and its kept runs."""

from pathlib import Path
from typing import Any

import click

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import archive_folder, build_archive, public_goldens
from grader.assignment.golden_differences import archive_differences
from grader.assignment.images import ImageSource
from grader.assignment.kept_run_archive import keep_runs, run_differences
from grader.assignment.mistake_archive import MISTAKES, ShownMistake, mistake_differences, written_mistakes
from grader.commands.assignment_flags import AssignmentCommand
from grader.commands.configuration import named_settings
from grader.commands.exits import ALL_POINTS, OUR_FAULT
from grader.commands.flags import assignment_option, config_option, say
from grader.grading.runner import Runner
from grader.sandbox.level import level_for_own_code

__all__ = ["golden"]


@click.group()
def golden() -> None:
    """Build or verify the archive of the reference's outputs for the public cases, and what is kept with it."""


@golden.command("build")
@config_option
@assignment_option
def golden_build(**flags: Any) -> int:
    """Write the archive from the solution."""
    assignment = named_settings(flags, Path()).load_assignment()
    build_archive(assignment, folder := archive_folder(assignment))
    if mistakes := [mistake for mistake in _shown_mistakes(assignment).values() if mistake is not None]:
        (folder / MISTAKES).write_bytes(written_mistakes(mistakes))
    click.echo(f"Goldens: {folder}")
    return ALL_POINTS


@golden.command("verify", cls=AssignmentCommand)
@config_option
@assignment_option
@click.option("--quick", is_flag=True, help="Compare every tenth known mistake only.")
def golden_verify(*, quick: bool, **flags: Any) -> int:
    """Rebuild the archive in memory and compare, and begin the kept runs again; exit code 3 if they differ."""
    settings = named_settings(flags, Path())
    assignment = settings.load_assignment()
    differences = archive_differences(assignment, folder := archive_folder(assignment))
    if not differences:
        # The checks take their cases from the archive.
        differences = mistake_differences(folder / MISTAKES, _shown_mistakes(assignment, 10 if quick else 1))
    if assignment.runs and assignment.has_solution:
        differences += run_differences(assignment, ImageSource(assignment, settings.options, lambda text: None).images)
    for difference in differences:
        say(difference)
    click.echo("The archive differs from the reference." if differences else "The archive agrees with the reference.")
    return OUR_FAULT if differences else ALL_POINTS


def _shown_mistakes(assignment: Assignment, step: int = 1) -> dict[str, ShownMistake | None]:
    """Returns the known mistakes with what the visible checks make of them: the checks run on our own code only.

    Args:
        step: of so many mistakes one is shown; None stands for the others.
    """
    with Runner(assignment, public_goldens(assignment), level_for_own_code(), None) as runner:
        return runner.shown_mistakes(step)


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
