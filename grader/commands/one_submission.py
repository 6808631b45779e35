"""Grades one submission with a progress bar and writes its pages, for `check` and `grade`."""

from collections.abc import Collection
from pathlib import Path

import click

from grader.classes.class_grading import Task
from grader.classes.submission_grader import SubmissionGrader
from grader.commands.flags import folder, say
from grader.commands.progress import check_progress
from grader.commands.reach import in_ci
from grader.model.results import Grade
from grader.publishing.submission_files import publish_outcome, publish_pages

__all__ = ["grade_one", "output_option"]

output_option = click.option(
    "-o", "output", type=folder, default=Path("grader-report"), help="Folder for the report; default: grader-report."
)


def grade_one(
    path: Path, grader: SubmissionGrader, answers: Collection[str], output: Path, *, untrusted: bool = False
) -> Grade:
    """Grades the submission at a path and writes its pages into the output folder.

    Args:
        path: of the submission.
        grader: says how to grade; it can be used again.
        answers: places of the answer files.
        output: where the pages go.
        untrusted: whether somebody else has made it.
    """
    with check_progress() as on_result:
        # A student's repository may hold earlier versions beside the one that counts; no other folder holds several.
        is_plain = untrusted and not in_ci() and not (path / ".git").exists()
        finished = grader.grade(Task("", path, answers=tuple(answers), is_plain=is_plain), on_result, say)
    assert isinstance(finished.outcome, Grade), "it raises where there is none"
    if finished.pages:
        publish_pages(output, finished.pages)
    else:  # what is wrong with them is to be seen
        publish_outcome(output, finished.outcome)
    return finished.outcome
