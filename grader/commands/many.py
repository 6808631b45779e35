"""`batch`, `demo` and `report`: a class in; its store and pages out."""

from pathlib import Path
from typing import Any

import click

from grader.batch import Executor, Finished, RunnerSpec, Task, default_jobs, discover, grade_class
from grader.classes.cluster import cluster
from grader.classes.pages import publish_anonymous, publish_class, remember_assignment
from grader.classes.pool import local_pool
from grader.commands.exits import ALL_POINTS, OUR_FAULT, exit_code
from grader.commands.flags import folder, grading_options, jobs_option, sandbox_option, seed_option, untrusted_spec
from grader.commands.progress import class_progress
from grader.kit.solution import solution_module
from grader.publish import folder_name, publish_outcome
from grader.results import Grade
from grader.sandbox import choose_level
from grader.settings import DEMO, Settings
from grader.store import Outcome, Store

__all__ = ["batch", "demo", "report"]

similarity_option = click.option(
    "--similarity",
    type=click.Choice(["on", "off"]),
    default="on",
    help="Whether to look for submissions that resemble each other.",
)


@click.command()
@click.argument("submissions", type=folder)
@click.option("-o", "output", type=folder, help="Where everything goes; default: SUBMISSIONS-grades.")
@click.option("--fresh", is_flag=True, help="Grade again what is unchanged, too.")
@click.option("--cluster", "address", help="Grade on this Dask scheduler: tcp://HOST:8786, its file.json, or local:N.")
@similarity_option
@jobs_option
@seed_option
@sandbox_option
@grading_options
def batch(
    submissions: Path, output: Path | None, fresh: bool, address: str | None, similarity: str, **flags: Any
) -> int:
    """Grade a class: one folder or archive per submission; goes on where it was stopped."""
    settings = Settings.read(submissions, **flags)
    tasks = discover(submissions)
    output = output or submissions.absolute().with_name(f"{submissions.absolute().name}-grades")
    with Store(output) as store:
        spec = untrusted_spec(settings, store)
        pool = _executor(settings, address)
        return _run_class(tasks, spec, store, output, settings, pool, fresh=fresh, similarity=similarity == "on")


@click.command()
@click.option("-o", "output", type=folder, default=Path("demo"), help="Where the demo class goes.")
@jobs_option
@seed_option
@sandbox_option
@grading_options
def demo(output: Path, **flags: Any) -> int:
    """Make a small class of sample submissions and grade it as `batch` would."""
    settings = Settings.read(output, DEMO, **flags)
    assignment = settings.load_assignment()
    submissions = output / "submissions-in"
    solution_module(assignment, "samples").write_samples(submissions)
    level = choose_level(settings.sandbox, trusted=True)
    seed = settings.seed or assignment.public_seed
    spec = RunnerSpec(settings.assignment, level, seed, settings.compat, options=settings.options)
    with Store(output / "grades") as store:
        pool = _executor(settings, None)
        code = _run_class(discover(submissions), spec, store, output / "grades", settings, pool, fresh=False)
    click.echo(f"Open {(output / 'grades' / 'index.html').absolute()} in a browser.")
    # Samples lose points on purpose: the demo has worked when every one of them has a grade.
    return code if code == OUR_FAULT else ALL_POINTS


@click.command()
@click.argument("graded", type=folder)
@click.option("--anonymous", is_flag=True, help="For showing in class: invented names, no reports, no code.")
@click.option("-o", "output", type=folder, help="Where the anonymous pages go.")
@similarity_option
def report(graded: Path, anonymous: bool, output: Path | None, similarity: str) -> int:
    """Write the pages of a graded class again from its store; runs nothing."""
    if anonymous != (output is not None):
        raise click.UsageError("--anonymous and -o go together: pages without names get a folder of their own.")
    with Store.open_existing(graded) as store:
        if output is not None:
            publish_anonymous(output, store)
        else:
            for outcome in store.outcomes():
                publish_outcome(graded / "submissions" / folder_name(_name(outcome)), store.outcome(_name(outcome)))
            publish_class(graded, store, similarity=similarity == "on")
    click.echo(f"Report: {(output or graded) / 'index.html'}")
    return ALL_POINTS


def _executor(settings: Settings, address: str | None) -> Executor:
    return cluster(address) if address else local_pool(settings.jobs or default_jobs())


def _run_class(
    tasks: list[Task],
    spec: RunnerSpec,
    store: Store,
    output: Path,
    settings: Settings,
    executor: Executor,
    *,
    fresh: bool,
    similarity: bool = True,
) -> int:
    # What is wrong with the assignment itself is said once, before any runner starts.
    remember_assignment(store, spec.build().assignment)
    with class_progress(len(tasks)) as on_finished:

        def finish(finished: Finished) -> None:
            if finished.outcome is not None:
                publish_outcome(output / "submissions" / folder_name(finished.name), finished.outcome)
            on_finished(finished)

        grade_class(tasks, spec, store, executor, finish, fresh=fresh)
    publish_class(output, store, similarity=similarity)
    click.echo(f"Sandbox level: {spec.level}. Index: {output / 'index.html'}")
    return exit_code(store.outcomes(), settings.minimum)


def _name(outcome: Outcome) -> str:
    return outcome.submission.name if isinstance(outcome, Grade) else outcome.name
