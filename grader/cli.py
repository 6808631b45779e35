"""The command line in, an exit code out: 0 all points, 1 points lost, 2 unusable input, 3 our fault or incomplete."""

import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader import __version__
from grader.batch import Finished, RunnerSpec, Task, default_jobs, discover, grade_class
from grader.doctor import findings
from grader.errors import GraderError, GraderFault
from grader.pool import local_pool
from grader.progress import check_progress, class_progress
from grader.publish import folder_name, publish_ci, publish_class, publish_outcome, write_whole
from grader.release import release as write_kit
from grader.results import Grade, Ungraded
from grader.sandbox import choose_level
from grader.settings import Settings
from grader.solution import solution_module
from grader.store import Outcome, Store
from grader.tables import doctor_table, rubric_table
from reports.entries import IndexEntry
from reports.junit import junit_xml
from reports.table import grades_csv
from reports.terminal import grade_table, selfcheck_view

__all__ = ["main"]

ALL_POINTS, POINTS_LOST, UNUSABLE, OUR_FAULT = 0, 1, 2, 3

folder_argument = click.Path(path_type=Path)
sandbox_option = click.option(
    "--sandbox",
    type=click.Choice(["bubblewrap", "landlock", "limits"]),
    help="Sandbox level; without it the best one of this host.",
)
seed_option = click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Secret seed of the hidden cases.")
compat_option = click.option(
    "--compat", is_flag=True, default=None, help="Grant harmless things of older years, noted."
)
assignment_option = click.option("--assignment", type=folder_argument, help="Folder with assignment.toml.")
minimum_option = click.option("--min", "minimum", type=float, help="Points that count as success for the exit code.")


def main() -> None:
    """Runs the command line; every error becomes one sentence and an exit code."""
    try:
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as exc:
        exc.show()
        sys.exit(UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped. What is graded so far is kept; the same command goes on from there.")
        sys.exit(130)
    except GraderFault as exc:
        _say(f"Our fault: {exc}")
        sys.exit(OUR_FAULT)
    except GraderError as exc:
        _say(str(exc))
        sys.exit(UNUSABLE)
    except Exception as exc:
        if os.environ.get("GRADER_DEBUG"):
            raise
        _say(f"Our fault: {type(exc).__name__}: {str(exc)[:300]}. GRADER_DEBUG=1 shows where.")
        sys.exit(OUR_FAULT)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
def cli() -> None:
    """Grades the convolutional-networks assignment through a sandbox.

    Exit codes: 0 all points (or --min reached), 1 points lost, 2 unusable input or arguments, 3 our fault or an
    incomplete grade.
    """


@cli.command()
@click.argument("path", type=folder_argument, default=Path())
@click.option("-k", "keyword", default="", help="Only checks whose names match, as in pytest.")
@click.option("-o", "output", type=folder_argument, default=Path("grader-report"), help="Where the report goes.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@assignment_option
@compat_option
@minimum_option
def check(path: Path, keyword: str, output: Path, watch: bool, **flags: Any) -> int:
    """Check your own work: the visible checks, here and now."""
    settings = Settings.read(path if path.is_dir() else path.parent, **flags)
    level = choose_level("limits", trusted=True)
    spec = RunnerSpec(settings.assignment, level, None, settings.compat, keyword)
    code = _check_once(path, spec, settings, output)
    if watch:
        from grader.watch import changes

        for _ in changes(path):
            code = _check_once(path, spec, settings, output)
    return code


@cli.command()
@click.argument("submission", type=folder_argument)
@click.option("-o", "output", type=folder_argument, default=Path("grader-report"), help="Where the files go.")
@click.option(
    "--ci",
    "platform",
    is_flag=False,
    flag_value="github",
    type=click.Choice(["github", "gitlab"]),
    help="Also write what this CI platform reads (github when no name is given).",
)
@seed_option
@sandbox_option
@assignment_option
@compat_option
@minimum_option
def grade(submission: Path, output: Path, platform: str | None, **flags: Any) -> int:
    """Grade one submission with all checks; writes grade.json and report.html."""
    settings = Settings.read(submission.absolute().parent, **flags)
    spec = _untrusted_spec(settings)
    result = _grade_one(submission, spec)
    publish_outcome(output, result)
    # A line of the table may begin with a student's words; the runner must not take them for its own commands.
    token = secrets.token_hex(16) if platform == "github" else ""
    if token:
        click.echo(f"::stop-commands::{token}")
    Console().print(grade_table(result))
    if token:
        click.echo(f"::{token}::")
    if platform:
        click.echo(publish_ci(output, result, platform))
    click.echo(f"Report: {output / 'report.html'}")
    return _exit_code([result], settings.minimum)


@cli.command()
@click.argument("submissions", type=folder_argument)
@click.option("-o", "output", type=folder_argument, help="Where everything goes; default: SUBMISSIONS-grades.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Runners side by side; default: one per core.")
@click.option("--fresh", is_flag=True, help="Grade again what is unchanged, too.")
@seed_option
@sandbox_option
@assignment_option
@compat_option
@minimum_option
def batch(submissions: Path, output: Path | None, fresh: bool, **flags: Any) -> int:
    """Grade a class: one folder or archive per submission; goes on where it was stopped."""
    settings = Settings.read(submissions, **flags)
    tasks = discover(submissions)
    output = output or submissions.absolute().with_name(f"{submissions.absolute().name}-grades")
    with Store(output) as store:
        spec = _untrusted_spec(settings, store)
        return _run_class(tasks, spec, store, output, settings, fresh=fresh)


@cli.command()
@click.option("-o", "output", type=folder_argument, default=Path("demo"), help="Where the demo class goes.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Runners side by side; default: one per core.")
@seed_option
@sandbox_option
def demo(output: Path, **flags: Any) -> int:
    """Make a small class of sample submissions and grade it as `batch` would."""
    settings = Settings.read(output, **flags)
    assignment = settings.load_assignment()
    submissions = output / "submissions-in"
    solution_module(assignment, "samples").write_samples(submissions)
    level = choose_level(settings.sandbox, trusted=True)
    spec = RunnerSpec(settings.assignment, level, settings.seed or assignment.public_seed)
    with Store(output / "grades") as store:
        code = _run_class(discover(submissions), spec, store, output / "grades", settings, fresh=False)
    click.echo(f"Open {(output / 'grades' / 'index.html').absolute()} in a browser.")
    # Samples lose points on purpose: the demo has worked when every one of them has a grade.
    return code if code == OUR_FAULT else ALL_POINTS


@cli.command()
@click.argument("folder", type=folder_argument)
def report(folder: Path) -> int:
    """Write the pages of a graded class again from its store; runs nothing."""
    with Store.open_existing(folder) as store:
        for outcome in store.outcomes():
            publish_outcome(folder / "submissions" / folder_name(_name(outcome)), outcome)
        publish_class(folder, store)
    click.echo(f"Report: {folder / 'index.html'}")
    return ALL_POINTS


@cli.command()
@click.argument("folder", type=folder_argument)
@click.option("--to", "form", type=click.Choice(["csv", "json", "junit"]), required=True)
def export(folder: Path, form: str) -> int:
    """Write the grades of a class for another program into its folder."""
    with Store.open_existing(folder) as store:
        outcomes = list(store.outcomes())
    if form == "csv":
        write_whole(folder / "grades.csv", grades_csv([IndexEntry(outcome, None) for outcome in outcomes]))
    for outcome in outcomes:
        place = folder / "submissions" / folder_name(_name(outcome))
        if isinstance(outcome, Grade) and form == "json":
            write_whole(place / "grade.json", outcome.to_json())
        if isinstance(outcome, Grade) and form == "junit":
            write_whole(place / "junit.xml", junit_xml(outcome))
    click.echo(f"Exported {len(outcomes)} submissions as {form} below {folder}.")
    return ALL_POINTS


@cli.command()
@click.argument("folder", type=folder_argument)
@click.option("--solution", is_flag=True, help="Write the solved tree instead, which graded earns every point.")
@assignment_option
def release(folder: Path, solution: bool, **flags: Any) -> int:
    """Write the student kit: template, visible checks, public goldens, given files."""
    assignment = Settings.read(Path(), **flags).load_assignment()
    written = write_kit(assignment, folder, solution=solution)
    click.echo(f"{'Solution' if solution else 'Student kit'}: {len(written)} files in {folder}.")
    return ALL_POINTS


@cli.group()
def golden() -> None:
    """The archive of what the reference returns for the public cases."""


@golden.command("build")
@assignment_option
def golden_build(**flags: Any) -> int:
    """Write the archive from the reference."""
    assignment = Settings.read(Path(), **flags).load_assignment()
    solution_module(assignment, "goldens").build_archive(assignment.folder / "goldens")
    click.echo(f"Goldens: {assignment.folder / 'goldens'}")
    return ALL_POINTS


@golden.command("verify")
@assignment_option
def golden_verify(**flags: Any) -> int:
    """Rebuild the archive in memory and compare; exit code 3 when they differ."""
    assignment = Settings.read(Path(), **flags).load_assignment()
    differences: list[str] = solution_module(assignment, "goldens").verify_archive(assignment.folder / "goldens")
    for difference in differences:
        _say(difference)
    click.echo("The archive differs from the reference." if differences else "The archive agrees with the reference.")
    return OUR_FAULT if differences else ALL_POINTS


@cli.command()
@assignment_option
def rubric(**flags: Any) -> int:
    """Show every check with its points and who sees it."""
    settings = Settings.read(Path(), **flags)
    level = choose_level("limits", trusted=True)
    checks = RunnerSpec(settings.assignment, level, None).build().list_checks()
    Console().print(rubric_table(checks))
    return ALL_POINTS


@cli.command()
@assignment_option
def doctor(**flags: Any) -> int:
    """Show what this host has for grading and what to do about what is missing."""
    Console().print(doctor_table(findings(Settings.read(Path(), **flags).load_assignment())))
    return ALL_POINTS


def _untrusted_spec(settings: Settings, store: Store | None = None) -> RunnerSpec:
    """Returns how to grade other people's code: a safe level, and a secret seed where the solution is here."""
    level = choose_level(settings.sandbox, trusted=False)
    seed: int | None = None
    if settings.load_assignment().has_solution:
        drawn = settings.seed if settings.seed is not None else secrets.randbelow(2**32)
        # A class that is graded in two runs is graded with one seed.
        seed = drawn if store is None or settings.seed is not None else int(store.setting("seed", str(drawn)))
    else:
        _say("The solution is not installed here, so only the visible checks run.")
    return RunnerSpec(settings.assignment.absolute(), level, seed, settings.compat)


def _grade_one(path: Path, spec: RunnerSpec) -> Grade:
    runner = spec.build()
    submission = spec.read(path, runner)
    with check_progress() as on_result:
        return runner.grade(submission, on_result)


def _check_once(path: Path, spec: RunnerSpec, settings: Settings, output: Path) -> int:
    result = _grade_one(path, spec)
    publish_outcome(output, result)
    Console().print(selfcheck_view(result))
    click.echo(f"Report: {output / 'report.html'}")
    return _exit_code([result], settings.minimum)


def _run_class(
    tasks: list[Task], spec: RunnerSpec, store: Store, output: Path, settings: Settings, *, fresh: bool
) -> int:
    spec.build()  # what is wrong with the assignment itself is said once, before any runner starts
    with class_progress(len(tasks)) as on_finished:

        def finish(finished: Finished) -> None:
            if finished.outcome is not None:
                publish_outcome(output / "submissions" / folder_name(finished.name), finished.outcome)
            on_finished(finished)

        grade_class(tasks, spec, store, local_pool(settings.jobs or default_jobs()), finish, fresh=fresh)
    publish_class(output, store)
    click.echo(f"Sandbox level: {spec.level}. Index: {output / 'index.html'}")
    return _exit_code(store.outcomes(), settings.minimum)


def _exit_code(outcomes: Iterable[Outcome], minimum: float | None) -> int:
    """Returns the worst exit code among outcomes."""
    code = ALL_POINTS
    for outcome in outcomes:
        if isinstance(outcome, Ungraded):
            code = max(code, OUR_FAULT if outcome.ours else UNUSABLE)
        elif not outcome.complete:
            code = OUR_FAULT
        elif not (outcome.full_marks if minimum is None else outcome.score >= minimum):
            code = max(code, POINTS_LOST)
    return code


def _name(outcome: Outcome) -> str:
    return outcome.submission.name if isinstance(outcome, Grade) else outcome.name


def _say(text: str) -> None:
    click.echo(text, err=True)
