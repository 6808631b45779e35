"""`grader demo`: generates a sample class and grades it."""

from pathlib import Path
from typing import Any

import click

from grader.assignment.definition import Assignment
from grader.assignment.solution import has_module, solution_module
from grader.classes.class_grading import RunnerSpec
from grader.classes.discovery import discover
from grader.commands.assignment_flags import AssignmentCommand
from grader.commands.configuration import named_settings
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import ALL_POINTS, OUR_FAULT
from grader.commands.flags import folder, grading_options, jobs_option, require_folder, sandbox_option, seed_option
from grader.commands.whole_class import run_class, with_what_is_known
from grader.kit.near_misses import write_samples
from grader.sandbox.level import choose_level
from grader.store.database import Store
from grader.store.writer_lock import only_writer

__all__ = ["demo"]


@click.command(cls=AssignmentCommand)
@click.option("-o", "output", type=folder, default=Path("demo"), help="Folder for the demo class; default: demo.")
@click.option(
    "--students", type=click.IntRange(1, 100_000), help="Number of students to make up; default: a fixed sample class."
)
@jobs_option
@seed_option
@sandbox_option
@grading_options
@elsewhere
def demo(output: Path, students: int | None, **flags: Any) -> int:
    """Generate a sample class and grade it."""
    require_folder(output)
    settings = named_settings(flags, output, profile="demo")
    assignment = settings.load_assignment()
    seed = settings.seed or assignment.public_seed
    submissions = output / ("submissions-in" if students is None else f"submissions-in-{students}")
    _write_class(assignment, submissions, students, seed)
    level = choose_level(settings.sandbox, trusted=True)
    spec = RunnerSpec(settings.assignment, level, seed, settings.compat, options=settings.options)
    found = with_what_is_known(discover(submissions, list(assignment.modules.values())), settings)
    with only_writer(output / "grades"), Store(output / "grades") as store:
        code = run_class(found, spec, store, output / "grades", settings, None, fresh=False, similarity=True)
    click.echo(f"Open {(output / 'grades' / 'index.html').absolute()} in a browser.")
    # Samples lose points on purpose: the demo has worked when every one of them has a grade.
    return code if code == OUR_FAULT else ALL_POINTS


def _write_class(assignment: Assignment, folder: Path, students: int | None, seed: int) -> None:
    """Writes the samples that the solution makes up itself, or those that its near misses are."""
    if not has_module(assignment, "samples"):
        write_samples(assignment, folder, students)
        return
    samples = solution_module(assignment, "samples")
    if students is None:
        samples.write_samples(folder)
        return
    for sample in samples.generated(students, seed):
        samples.write_samples(folder, students=[sample])
