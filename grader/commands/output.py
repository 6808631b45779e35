"""Empties the output folder of one submission before grading, so that nothing in it misleads or leads elsewhere.

It often lies in the repository that is graded, where anything may have been committed under its name: a link, or
results that somebody made up. What it holds afterwards is this run's, or nothing where the run ends without a grade.
"""

import os
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path

import click

from grader.commands.flags import say
from grader.commands.reach import Reach, in_ci
from grader.model.errors import GraderError, UnusableInput
from grader.publishing.submission_files import RESULT_NAMES, RESULTS_FOLDERS
from grader.sandbox.removal import remove_folder

__all__ = ["ClearsOutput", "clear_output"]


def clear_output(output: Path, submission: Path, reach: Reach, platforms: Collection[str | None] = ()) -> None:
    """Removes links on the way to the folder that a student may have made, and results of any earlier run in it.

    Args:
        output: absolute; it need not exist.
        submission: what is about to be graded.
        reach: where whoever is graded may write.
        platforms: whose own places for results.json are emptied, too.

    Raises:
        UnusableInput: it is no folder, holds what is to be graded under a name of ours, or something cannot be removed.
    """
    around = Reach.of(submission, ci=True)
    for path in reversed((output, *output.parents)):
        if path.is_symlink() and around.holds(path.parent):
            _remove_link(path, reach)
    if os.path.lexists(output) and not output.is_dir():
        raise UnusableInput(f"{output} is not a folder; choose another place for the report with -o.")
    taken = [output, *(output / name for name in RESULT_NAMES)]
    if any(os.path.realpath(path) == os.path.realpath(submission) for path in taken):
        raise UnusableInput(f"The report would take the place of {submission}; choose a folder of its own with -o.")
    for name in RESULT_NAMES:
        _remove(output / name)
    for platform in platforms:
        if platform in RESULTS_FOLDERS:
            _remove(RESULTS_FOLDERS[platform] / "results.json")


class ClearsOutput(click.Command):
    """A command that removes earlier results in CI where its line cannot be understood: nobody takes them for new.

    On a student's own machine a slip of the keyboard removes nothing.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the line; before an error is raised in CI, the output folder that it seems to name is emptied."""
        try:
            return super().parse_args(ctx, [*args])
        except (click.UsageError, GraderError):
            if in_ci() or any(arg.partition("=")[0] == "--ci" for arg in args):
                (output,) = (param for param in self.params if param.name == "output")
                _clear_as_named(args, str(output.default))
            raise


def _clear_as_named(args: Sequence[str], default: str) -> None:
    """Empties the output folder of a line that is wrong somewhere; what exists and is named may be the submission."""
    places = [after for before, after in pairwise(args) if before == "-o"]
    places += [arg[2:] for arg in args if arg.startswith("-o") and arg != "-o"]
    output = Path(os.path.abspath(places[-1] if places else default))
    named = [Path(os.path.abspath(arg)) for arg in args if arg not in places and os.path.lexists(arg)]
    for submission in named or [Path.cwd()]:
        clear_output(output, submission, Reach.of(submission, ci=True), RESULTS_FOLDERS)


def _remove_link(path: Path, reach: Reach) -> None:
    if not reach.holds(path.parent):
        raise UnusableInput(f"{path} is a link in a repository; name the folder that it leads to with -o.")
    say(f"{path} was a link in {reach.words} and is removed; reports are never written through links.")
    _remove(path)


def _remove(path: Path) -> None:
    """Removes a file, a link, or a folder that has the name of a file of ours."""
    try:
        if path.is_dir() and not path.is_symlink():
            remove_folder(str(path))
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise UnusableInput(f"{path} cannot be removed: {exc.strerror}. Choose another folder with -o.") from exc
    if os.path.lexists(path):
        raise UnusableInput(f"{path} cannot be removed. Choose another folder with -o.")
