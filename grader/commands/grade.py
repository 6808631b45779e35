"""`grader grade`: grades one submission with all checks and writes its report."""

import json
import secrets
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.classes.submission_grader import SubmissionGrader
from grader.commands.assignment_flags import AssignmentCommand
from grader.commands.configuration import submission_settings
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import exit_code
from grader.commands.flags import folder, grading_options, sandbox_option, seed_option, untrusted_spec
from grader.commands.one_submission import grade_one, output_option
from grader.commands.output import ClearsOutput, clear_output
from grader.commands.reach import Reach, in_ci
from grader.model.errors import UnusableSubmission
from grader.model.results import Grade, Ungraded
from grader.publishing.ci_files import publish_ci
from grader.publishing.submission_files import RESULT_NAMES, STAFF_NAME
from grader.store.files import write_whole
from reports.terminal import grade_table

__all__ = ["grade"]


class GradeCommand(ClearsOutput, AssignmentCommand):
    """Reads the line of `grader grade`."""


@click.command(cls=GradeCommand)
@click.argument("submission", type=folder)
@output_option
@click.option(
    "--ci",
    "platform",
    is_flag=False,
    flag_value="github",
    type=click.Choice(["github", "gitlab", "gradescope", "prairielearn"]),
    help="Also write what this CI platform reads (github when no name is given).",
)
@seed_option
@sandbox_option
@grading_options
@elsewhere
def grade(submission: Path, output: Path, platform: str | None, **flags: Any) -> int:
    """Grade one submission with all checks; writes grade.json and report.html."""
    reach = Reach.of(submission, ci=bool(platform) or in_ci())
    clear_output(output, submission, reach, [platform])
    settings = submission_settings(submission, reach, flags)
    spec = untrusted_spec(settings)
    try:
        with SubmissionGrader(spec) as grader:
            result = grade_one(submission, grader, settings.load_assignment().modules.values(), output, untrusted=True)
    except UnusableSubmission as exc:
        if platform == "prairielearn":  # the one platform that takes a sentence in place of a score
            publish_ci(output, Ungraded(submission.name, str(exc)), platform)
        raise
    if settings.seed is None and spec.seed is not None and not (platform or in_ci()):
        _note_for_staff(output, result, spec.seed)
    # A line of the table may begin with a student's words; the runner must not take them for its own commands.
    token = secrets.token_hex(16) if platform == "github" else ""
    if token:
        click.echo(f"::stop-commands::{token}")
    Console().print(grade_table(result))
    if token:
        click.echo(f"::{token}::")
    if platform and (words := publish_ci(output, result, platform)):
        click.echo(words)
    click.echo(f"Report: {output / 'report.html'}")
    if others := [name for name in RESULT_NAMES if name not in QUIET and (output / name).is_file()]:
        click.echo(f"Also written there: {', '.join(others)}")
    return exit_code([result], settings.minimum)


#: files of a grade that go without saying
QUIET = ("report.html", "grade.json")


def _note_for_staff(output: Path, result: Grade, seed: int) -> None:
    """Writes the seed that was drawn for this grade alone, to make it again; one that was given its giver knows."""
    row = {"submission": result.submission.name, "digest": result.submission.digest, "seed": seed}
    write_whole(output / STAFF_NAME, json.dumps(row) + "\n", mode=0o600)
