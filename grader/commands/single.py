"""`check` and `grade`: one submission in; its report, its files and what a terminal or a CI platform shows out."""

import json
import secrets
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.batch import RunnerSpec
from grader.commands.configuration import own_settings, submission_settings
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import exit_code
from grader.commands.flags import folder, grading_options, sandbox_option, say, seed_option, untrusted_spec
from grader.commands.output import clear_output
from grader.commands.progress import check_progress
from grader.commands.reach import Reach, in_ci
from grader.errors import UnusableSubmission
from grader.files import write_whole
from grader.publish import STAFF_NAME, publish_outcome
from grader.publish_ci import publish_ci
from grader.results import Grade, Ungraded
from grader.sandbox.level import choose_level
from grader.settings import Settings
from reports.terminal import grade_table, selfcheck_view

__all__ = ["check", "grade"]

output_option = click.option(
    "-o", "output", type=folder, default=Path("grader-report"), help="Where the report and the files go."
)


@click.command()
@click.argument("path", type=folder, default=Path())
@click.option("-k", "keyword", default="", help="Only checks whose names match, as in pytest.")
@output_option
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@grading_options
@elsewhere
def check(path: Path, keyword: str, output: Path, watch: bool, **flags: Any) -> int:
    """Check your own work: the visible checks, here and now."""
    clear_output(output, path, Reach.of(path, ci=in_ci()))
    settings = own_settings(path, flags)
    level = choose_level("limits", trusted=True)
    spec = RunnerSpec(settings.assignment, level, None, settings.compat, keyword, settings.options)
    code = _check_once(path, spec, settings, output)
    if watch:
        from grader.commands.watch import changes

        for _ in changes(path):
            code = _check_once(path, spec, settings, output)
    return code


@click.command()
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
    clear_output(output, submission, reach, platform)
    settings = submission_settings(submission, reach, flags)
    spec = untrusted_spec(settings)
    try:
        result = _grade_one(submission, spec)
    except UnusableSubmission as exc:
        if platform == "prairielearn":  # the one platform that takes a sentence in place of a score
            publish_ci(output, Ungraded(submission.name, str(exc)), platform)
        raise
    publish_outcome(output, result)
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
    return exit_code([result], settings.minimum)


def _note_for_staff(output: Path, result: Grade, seed: int) -> None:
    """Writes the seed that was drawn for this grade alone, to make it again; one that was given its giver knows."""
    row = {"submission": result.submission.name, "digest": result.submission.digest, "seed": seed}
    write_whole(output / STAFF_NAME, json.dumps(row) + "\n", mode=0o600)


def _grade_one(path: Path, spec: RunnerSpec) -> Grade:
    runner = spec.build()
    submission = spec.read(path, runner)
    with check_progress() as on_result:
        return runner.grade(submission, on_result, say)


def _check_once(path: Path, spec: RunnerSpec, settings: Settings, output: Path) -> int:
    result = _grade_one(path, spec)
    publish_outcome(output, result)
    Console().print(selfcheck_view(result))
    click.echo(f"Report: {output / 'report.html'}")
    return exit_code([result], settings.minimum)
