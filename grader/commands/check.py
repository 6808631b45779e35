"""`grader check`: a student checks their own work with the visible checks."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.classes.class_grading import RunnerSpec
from grader.commands.configuration import own_settings
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import exit_code
from grader.commands.flags import folder, grading_options
from grader.commands.one_submission import grade_one, output_option
from grader.commands.output import clear_output
from grader.commands.reach import Reach, in_ci
from grader.commands.settings import Settings
from grader.publishing.submission_files import publish_outcome
from grader.sandbox.level import choose_level
from reports.terminal import selfcheck_view

__all__ = ["check"]


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


def _check_once(path: Path, spec: RunnerSpec, settings: Settings, output: Path) -> int:
    result = grade_one(path, spec)
    publish_outcome(output, result)
    Console().print(selfcheck_view(result))
    click.echo(f"Report: {output / 'report.html'}")
    return exit_code([result], settings.minimum)
