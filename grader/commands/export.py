"""`grader export`: writes a class's grades for gradebooks and other programs and names who is missing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from grader.commands.course_files import COURSE_FORMS, write_course_files
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import ALL_POINTS, POINTS_LOST
from grader.commands.flags import assignment_option, config_option, folder, say
from grader.model.errors import UnusableInput
from grader.model.people import comments
from grader.model.results import Grade
from grader.publishing.class_pages import remembered_findings
from grader.publishing.submission_files import folder_name
from grader.store.database import Store
from grader.store.files import whole_file, write_whole
from reports.entries import IndexEntry
from reports.exports.canvas import fill_canvas
from reports.exports.classroom import classroom_json
from reports.exports.filling import Filled
from reports.exports.gradescope import gradescope_json
from reports.exports.matching import GradebookRow, gradebook_row
from reports.exports.misconceptions import misconceptions_csv
from reports.exports.moodle import Worksheet, feedback_owners, feedback_zip
from reports.exports.prairielearn import prairielearn_json
from reports.exports.sheet import WrongFile
from reports.exports.whole import class_json, class_row
from reports.grades_csv import csv_row, csv_row_without, csv_text
from reports.junit import junit_xml
from reports.text import one_line, plural

__all__ = ["export"]

#: what one submission's file is called, and what makes it
_PER_SUBMISSION: dict[str, tuple[str, Callable[[Grade, IndexEntry], str]]] = {
    "json": ("grade.json", lambda grade, _: grade.to_json()),
    "junit": ("junit.xml", lambda grade, _: junit_xml(grade)),
    "gradescope": (
        "gradescope/results.json",
        lambda grade, entry: gradescope_json(grade, final=entry.final, comments=comments(grade, entry.about)),
    ),
    "prairielearn": (
        "prairielearn/results.json",
        lambda grade, entry: prairielearn_json(grade, final=entry.final, comments=comments(grade, entry.about)),
    ),
    "classroom": ("classroom.json", lambda grade, entry: classroom_json(grade, final=entry.final)),
}
_FILLED = {"canvas": "canvas.csv", "moodle": "moodle.csv", "moodle-feedback": "moodle-feedback.zip"}
_FORMS = ["csv", "misconceptions", *_PER_SUBMISSION, *_FILLED, *COURSE_FORMS]


@dataclass(frozen=True, slots=True)
class _Template:
    """The instructor's own downloaded file, and which of its columns are meant."""

    path: Path
    column: str
    feedback_column: str
    #: whether points that it holds already are replaced
    overwrite: bool
    #: whether the columns of other assignments are left out
    only_column: bool


@click.command()
@click.argument("graded", type=folder, required=False)
@click.option("--to", "form", type=click.Choice(_FORMS), required=True, help="What to write.")
@click.option(
    "--into", type=folder, help="The gradebook or worksheet that you downloaded; a filled-in copy is written."
)
@click.option("--column", default="", help='The column of the grades: "Assignment 2 (123)", its title or its id.')
@click.option("--feedback-column", default="", help="Moodle: the column of the comments, if the site is not English.")
@click.option("--overwrite", is_flag=True, help="Replace points that the file holds already and that differ.")
@click.option("--only-column", is_flag=True, help="Canvas: leave the columns of other assignments out of the copy.")
@click.option("--url", default="", help="github-action, gitlab-ci: from where the platform gets the course's files.")
@click.option(
    "-o",
    "output",
    type=folder,
    help="File, where one is written for the whole class; default: inside GRADED.",
)
@config_option
@assignment_option
@elsewhere
def export(
    graded: Path | None,
    form: str,
    into: Path | None,
    column: str,
    feedback_column: str,
    overwrite: bool,
    only_column: bool,
    url: str,
    output: Path | None,
    **flags: Any,
) -> int:
    """Write the grades of a class for another program, or what a platform needs to grade.

    `gradescope-autograder`, `github-action` and `gitlab-ci` take no GRADED: they write the course's own files for that
    platform, with what is installed here.

    Exit codes: 0 every submission is included, 1 some are left out (each is named), 2 nothing was exported.
    """
    if form in COURSE_FORMS:
        if graded is not None:
            raise UnusableInput(f"--to {form} writes what grades, not grades: leave {graded} out; -o says where.")
        return write_course_files(form, output, url, flags)
    if graded is None:
        raise UnusableInput(f"--to {form} needs the folder of a graded class: grader export DIR --to {form}.")
    if form in _PER_SUBMISSION and output:
        raise UnusableInput(f"--to {form} writes a file for each submission into {graded}; leave -o out.")
    if (form in _FILLED) != (into is not None):
        wants = "needs --into FILE, the file that you downloaded" if into is None else "takes no --into"
        raise UnusableInput(f"--to {form} {wants}.")
    if only_column and form != "canvas":
        raise UnusableInput(f"--only-column is for --to canvas; --to {form} has no other assignments in it.")
    with Store.open_existing(graded) as store:
        if into is not None:
            template = _Template(into, column, feedback_column, overwrite, only_column)
            return _fill(store, graded, form, template, output)
        if form == "misconceptions":
            text, n_rows = misconceptions_csv(_entries(store))
            if output is not None:
                _require_parent(output)
            click.echo(f"Exported {plural(n_rows, 'cause')}: {_write(output or graded / 'misconceptions.csv', text)}")
            return ALL_POINTS
        if form == "csv":
            rows = [csv_row(entry) for entry in _entries(store)]
            missing = map(csv_row_without, remembered_findings(store).without_submission)
            if output is not None:
                _require_parent(output)
            return _told(_write(output or graded / "grades.csv", csv_text([*rows, *missing])), len(rows), ())
        return _write_each(store, graded, form)


def _write_each(store: Store, graded: Path, form: str) -> int:
    name, text_of = _PER_SUBMISSION[form]
    n_written, left_out = 0, []
    for entry in _entries(store):
        outcome = entry.grade
        path = graded / "submissions" / folder_name(outcome.name) / name
        try:
            if not isinstance(outcome, Grade):
                raise ValueError(outcome.reason)
            text = text_of(outcome.for_students(), entry)
        except ValueError as exc:
            left_out.append(f"{one_line(outcome.name, 80)}: {one_line(str(exc), 300)}")
            # That of an earlier grade must not be taken for this one's.
            path.unlink(missing_ok=True)
            continue
        write_whole(path, text)
        n_written += 1
    if form == "json":
        with whole_file(graded / "grades.json") as file:
            missing = remembered_findings(store).without_submission
            file.writelines(piece.encode() for piece in class_json(map(class_row, _entries(store)), missing))
    return _told(graded / "submissions" / "…" / name, n_written, left_out)


def _require_parent(target: Path) -> None:
    """Raises UnusableInput where a file would go into a folder that is not there, which is most often a slip."""
    if not target.parent.is_dir():
        raise UnusableInput(f"{target.parent} is not a folder that exists; make it first, or choose another with -o.")


def _fill(store: Store, graded: Path, form: str, template: _Template, output: Path | None) -> int:
    """Fills a copy of the instructor's file; nothing is written when nobody in it has a submission."""
    target = output or graded / _FILLED[form]
    _require_parent(target)
    if target.resolve() == template.path.resolve():
        raise UnusableInput(f"{target} is the file that you downloaded; choose another with -o.")
    rows = [gradebook_row(entry) for entry in _entries(store)]
    try:
        content = template.path.read_bytes()
        if form == "moodle-feedback":
            worksheet = Worksheet.from_bytes(content, template.column, template.feedback_column)
            return _zip(worksheet, rows, graded, target)
        filled = _filled(form, content, template, rows)
    except OSError as exc:
        raise UnusableInput(f"{template.path} cannot be read: {exc.strerror}.") from exc
    except WrongFile as exc:
        raise UnusableInput(f"{template.path} cannot be filled in. {exc}") from exc
    if filled.n_kept and not filled.n_filled:
        raise UnusableInput(f"Nothing was written. {' '.join(filled.remarks)}")
    _refuse_empty(filled.n_filled, filled.problems, template.path)
    for remark in filled.remarks:
        say(remark)
    return _told(_write(target, filled.content), filled.n_filled, filled.problems)


def _filled(form: str, content: bytes, template: _Template, rows: list[GradebookRow]) -> Filled:
    if form == "canvas":
        overwrite, only = template.overwrite, template.only_column
        return fill_canvas(content, rows, template.column, overwrite=overwrite, only_column=only)
    worksheet = Worksheet.from_bytes(content, template.column, template.feedback_column)
    return worksheet.fill(rows, overwrite=template.overwrite)


def _zip(worksheet: Worksheet, rows: list[GradebookRow], graded: Path, target: Path) -> int:
    owners = list(feedback_owners(worksheet, rows))
    problems = worksheet.match(rows).problems
    _refuse_empty(len(owners), problems, target)

    def members() -> Iterator[tuple[str, str, str, bytes]]:
        for name, number, row in owners:
            yield name, number, "report.html", _report(graded, row.submission)

    with whole_file(target) as file:
        n_files = feedback_zip(file, members())
    return _told(target, n_files, problems)


def _report(graded: Path, submission: str) -> bytes:
    path = graded / "submissions" / folder_name(submission) / "report.html"
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UnusableInput(f"{path} cannot be read; `grader report {graded}` writes it again.") from exc


def _entries(store: Store) -> Iterator[IndexEntry]:
    for outcome in store.outcomes():
        yield IndexEntry(outcome, None, store.about(outcome.name))


def _refuse_empty(n_filled: int, problems: tuple[str, ...], path: Path) -> None:
    if not n_filled:
        first = f" First of {plural(len(problems), 'reason')}: {problems[0]}" if problems else ""
        raise UnusableInput(f"No graded submission belongs to a student in {path}; nothing was written.{first}")


def _write(path: Path, content: str | bytes) -> Path:
    write_whole(path, content)
    return path


def _told(path: Path, n_written: int, left_out: tuple[str, ...] | list[str]) -> int:
    for sentence in left_out:
        say(f"Left out: {sentence}")
    click.echo(f"Exported {plural(n_written, 'submission')}: {path}")
    return POINTS_LOST if left_out else ALL_POINTS
