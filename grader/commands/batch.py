"""`grader batch`: grades a class and resumes where it was stopped."""

import codecs
import os
from pathlib import Path
from typing import Any

import click

from grader.classes.discovery import discover
from grader.classes.selecting import submission_called
from grader.commands.assignment_flags import AssignmentCommand
from grader.commands.configuration import class_settings
from grader.commands.elsewhere import elsewhere
from grader.commands.flags import (
    folder,
    grading_options,
    jobs_option,
    require_folder,
    sandbox_option,
    say,
    seed_option,
    untrusted_spec,
)
from grader.commands.whole_class import run_class, similarity_option, with_what_is_known
from grader.model.errors import UnusableInput
from grader.store.adjustment_table import ADJUSTMENTS_NAME
from grader.store.database import FILE_NAME, Store
from grader.store.made_folders import made_here, remember_made
from grader.store.writer_lock import only_writer

__all__ = ["batch"]


def _absolute(_: click.Context, __: click.Parameter, address: str | None) -> str | None:
    """Returns the address of a scheduler, which may be a file, as it is called from any folder."""
    return os.path.abspath(address) if address and address.endswith(".json") else address


@click.command(cls=AssignmentCommand)
@click.argument("submissions", type=folder)
@click.option("-o", "output", type=folder, help="Folder for grades and pages; default: SUBMISSIONS-grades.")
@click.option("--fresh", is_flag=True, help="Grade unchanged submissions again, too.")
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Grade this submission again and no other: its name, or the student's name, login, e-mail or id. Repeatable.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if a student lost points (or is below --min), with 2 if a submission cannot be graded.",
)
@click.option(
    "--cluster",
    "address",
    callback=_absolute,
    help="Grade on this Dask scheduler: tcp://HOST:8786, its file.json, or local:N.",
)
@click.option(
    "--zip-names", metavar="ENCODING", default="", help="Encoding of old zips' file names, such as gbk or cp1251."
)
@similarity_option
@jobs_option
@seed_option
@sandbox_option
@grading_options
@elsewhere
def batch(
    submissions: Path,
    output: Path | None,
    fresh: bool,
    only: tuple[str, ...],
    strict: bool,
    address: str | None,
    zip_names: str,
    similarity: str,
    **flags: Any,
) -> int:
    """Grade a class, resuming where an earlier run stopped.

    SUBMISSIONS is a folder of submissions or a platform's download. Settings come from the options, then from the
    grader.toml that --config names or that lies in the folder or beside it. The exit code is 0 when grading went well,
    whatever the students' points; see --strict.
    """
    if output is not None:
        require_folder(output)
    settings = class_settings(submissions, flags)
    output = output or submissions.with_name(f"{submissions.name.removesuffix('.zip')}-grades")
    _refuse_among_submissions(output, submissions)
    answers = settings.load_assignment().modules.values()
    found = discover(submissions, list(answers), output, _encoding(zip_names), settings.roster)
    found = with_what_is_known(found, settings)
    with only_writer(output), Store(output) as store:
        if output.parent.resolve() == submissions.resolve():
            remember_made(output)
        if store.taken_over:
            words = f"{store.taken_over} adjustment{'s' if store.taken_over > 1 else ''}"
            say(f"{words} of an earlier store taken over from {store.adjustments_path}.")
        spec = untrusted_spec(settings, store)
        names = {submission_called(name, found.abouts) for name in only}
        return run_class(
            found, spec, store, output, settings, address,
            fresh=fresh, similarity=similarity == "on", only=names, strict=strict,
        )  # fmt: skip


def _encoding(name: str) -> str:
    """Returns the name of an encoding; raises UnusableInput where there is none of that name."""
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError as exc:
        raise UnusableInput(f"--zip-names {name}: there is no such encoding; name one such as gbk or cp1251.") from exc


def _refuse_among_submissions(output: Path, submissions: Path) -> None:
    """Raises UnusableInput where grades would be taken for submissions the next time; one beside these is known."""
    here, there = submissions.resolve(), output.resolve()
    if there == here or here in there.parent.parents:
        raise UnusableInput(f"{output} is among the submissions and would be taken for one; choose another with -o.")
    if output.parent.resolve() != here or not os.path.lexists(output):
        if output.is_dir() and _is_of_others(output):
            raise UnusableInput(f"{output} is not empty and was not created by `grader batch`; choose another with -o.")
        return
    if output.is_symlink() or not output.is_dir() or (any(output.iterdir()) and not made_here(output)):
        raise UnusableInput(f"{output} is among the submissions and may be one of them; choose another with -o.")


def _is_of_others(output: Path) -> bool:
    """Whether a folder holds something, and nothing that an earlier run or a lost store has left."""
    names = {path.name for path in output.iterdir()}
    ours = (FILE_NAME, ADJUSTMENTS_NAME, ".lock", "unpacked-")
    return bool(names) and not any(name.startswith(ours) for name in names)
