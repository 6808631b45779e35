"""Empties the output folder of one submission before grading, so that nothing in it misleads or leads elsewhere.

It often lies in the repository that is graded, where anything may have been committed under its name: a link, or
results that somebody made up. What it holds afterwards is this run's, or nothing where the run ends without a grade.
"""

import os
from pathlib import Path

from grader.commands.flags import say
from grader.commands.reach import Reach
from grader.model.errors import UnusableInput
from grader.publishing.submission_files import RESULT_NAMES, RESULTS_FOLDERS
from grader.sandbox.removal import remove_folder

__all__ = ["clear_output"]


def clear_output(output: Path, submission: Path, reach: Reach, platform: str | None = None) -> None:
    """Removes links on the way to the folder that a student may have made, and results of any earlier run in it.

    Args:
        output: absolute; it need not exist.
        submission: what is about to be graded.
        reach: where whoever is graded may write.
        platform: whose own place for results.json is emptied, too.

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
    if platform in RESULTS_FOLDERS:
        _remove(RESULTS_FOLDERS[platform] / "results.json")


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
