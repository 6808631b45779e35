"""What `check` and `grade` share: grading one submission with its progress bar."""

from pathlib import Path

import click

from grader.classes.class_grading import RunnerSpec
from grader.commands.flags import folder, say
from grader.commands.progress import check_progress
from grader.model.results import Grade

__all__ = ["grade_one", "output_option"]

output_option = click.option(
    "-o", "output", type=folder, default=Path("grader-report"), help="Folder for the report; default: grader-report."
)


def grade_one(path: Path, spec: RunnerSpec) -> Grade:
    with spec.build() as runner:
        submission = spec.read(path, runner)
        with check_progress() as on_result:
            return runner.grade(submission, on_result, say)
