"""`batch`, `demo` and `report`: a class in; its store and pages out."""

import codecs
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from grader import __version__
from grader.assignment import Assignment
from grader.batch import Executor, Finished, RunnerSpec, Task, default_jobs, grade_class
from grader.classes.discovery import Discovered, discover
from grader.classes.lateness import lateness
from grader.classes.lock import only_writer
from grader.classes.pages import publish_anonymous, publish_class, remember_assignment, remember_found
from grader.classes.pool import local_pool
from grader.classes.roster import read_roster, with_roster
from grader.commands.configuration import class_settings, named_settings
from grader.commands.elsewhere import elsewhere
from grader.commands.exits import ALL_POINTS, OUR_FAULT, exit_code
from grader.commands.flags import folder, grading_options, jobs_option, sandbox_option, say, seed_option, untrusted_spec
from grader.commands.live import class_view
from grader.errors import GraderError, UnusableInput
from grader.golden import GoldenSource
from grader.kit.solution import solution_module
from grader.pagemaker import PageMaker, Pages
from grader.people import About
from grader.publish import folder_name, publish_pages, withdraw_outcome
from grader.reading.archives import shown
from grader.sandbox.level import choose_level
from grader.settings import DEMO, Settings
from grader.store import FILE_NAME, Outcome, Store

__all__ = ["batch", "demo", "publish_changed", "report"]

similarity_option = click.option(
    "--similarity",
    type=click.Choice(["on", "off"]),
    default="on",
    help="Whether to look for submissions that resemble each other.",
)


def _absolute(_: click.Context, __: click.Parameter, address: str | None) -> str | None:
    """Returns the address of a scheduler, which may be a file, as it is called from any folder."""
    return os.path.abspath(address) if address and address.endswith(".json") else address


@click.command()
@click.argument("submissions", type=folder)
@click.option("-o", "output", type=folder, help="Where everything goes; default: SUBMISSIONS-grades.")
@click.option("--fresh", is_flag=True, help="Grade again what is unchanged, too.")
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
    address: str | None,
    zip_names: str,
    similarity: str,
    **flags: Any,
) -> int:
    """Grade a class: a folder of submissions or a platform's download; goes on where it was stopped."""
    settings = class_settings(submissions, flags)
    output = output or submissions.absolute().with_name(f"{submissions.absolute().name}-grades")
    _refuse_among_submissions(output, submissions)
    answers = settings.load_assignment().modules.values()
    found = _known(discover(submissions, list(answers), output, _encoding(zip_names)), settings)
    with only_writer(output), Store(output) as store:
        if store.taken_over:
            words = f"{store.taken_over} adjustment{'s' if store.taken_over > 1 else ''}"
            say(f"{words} of an earlier store taken over from {store.adjustments_path}.")
        spec = untrusted_spec(settings, store)
        return _run_class(found, spec, store, output, settings, address, fresh=fresh, similarity=similarity == "on")


@click.command()
@click.option("-o", "output", type=folder, default=Path("demo"), help="Where the demo class goes.")
@click.option("--students", type=click.IntRange(1, 100_000), help="Make up a class of this size.")
@jobs_option
@seed_option
@sandbox_option
@grading_options
@elsewhere
def demo(output: Path, students: int | None, **flags: Any) -> int:
    """Make a class of sample submissions and grade it as `batch` would."""
    settings = named_settings(flags, output, options=DEMO)
    assignment = settings.load_assignment()
    seed = settings.seed or assignment.public_seed
    submissions = output / ("submissions-in" if students is None else f"submissions-in-{students}")
    samples = solution_module(assignment, "samples")
    if students is None:
        samples.write_samples(submissions)
    else:
        for sample in samples.generated(students, seed):
            samples.write_samples(submissions, students=[sample])
    level = choose_level(settings.sandbox, trusted=True)
    spec = RunnerSpec(settings.assignment, level, seed, settings.compat, options=settings.options)
    found = _known(discover(submissions, list(assignment.modules.values())), settings)
    with only_writer(output / "grades"), Store(output / "grades") as store:
        code = _run_class(found, spec, store, output / "grades", settings, None, fresh=False, similarity=True)
    click.echo(f"Open {(output / 'grades' / 'index.html').absolute()} in a browser.")
    # Samples lose points on purpose: the demo has worked when every one of them has a grade.
    return code if code == OUR_FAULT else ALL_POINTS


@click.command()
@click.argument("graded", type=folder)
@click.option("--anonymous", is_flag=True, help="For showing in class: invented names, no reports, no code.")
@click.option("-o", "output", type=folder, help="Where the anonymous pages go.")
@similarity_option
@elsewhere
def report(graded: Path, anonymous: bool, output: Path | None, similarity: str) -> int:
    """Write the pages of a graded class again from its store; runs nothing."""
    if anonymous != (output is not None):
        raise click.UsageError("--anonymous and -o go together: pages without names get a folder of their own.")
    if output is not None and any((output.resolve() / name).exists() for name in (FILE_NAME, "submissions")):
        raise UnusableInput(f"{output} holds pages with names; choose another folder for those without, with -o.")
    with Store.open_existing(graded) as store:
        if output is not None:
            publish_anonymous(output, store)
        else:
            with only_writer(graded):
                _publish_kept(graded, store, sorted(store.keys()))
                publish_class(graded, store, similarity=similarity == "on")
    click.echo(f"Report: {(output or graded) / 'index.html'}")
    return ALL_POINTS


def publish_changed(graded: Path, store: Store) -> None:
    """Writes the pages of submissions that were not written since their grade or their points changed."""
    _publish_kept(graded, store, store.unpublished())


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
        return
    if output.is_symlink() or not output.is_dir() or (any(output.iterdir()) and not (output / FILE_NAME).is_file()):
        raise UnusableInput(f"{output} is among the submissions and may be one of them; choose another with -o.")


def _known(found: Discovered, settings: Settings) -> Discovered:
    """Says what was found; returns it with what the roster and the deadline add."""
    abouts: dict[str, About] = found.abouts
    sentences: tuple[str, ...] = ()
    if settings.roster is not None:
        abouts, sentences = with_roster(abouts, read_roster(settings.roster))
    if settings.deadline is not None:
        deadline = settings.deadline
        abouts = {name: replace(about, lateness=lateness(about.submitted, deadline)) for name, about in abouts.items()}
        late = sum(bool(about.lateness and about.lateness.late_days) for about in abouts.values())
        weak = sum(about.submitted.weak or not about.submitted.time for about in abouts.values())
        sentences += (f"{late} of {len(abouts)} are late.",) if late else ()
        if weak and not deadline.weak_times:
            sentences += (f"Of {weak} only the files' own times are known, which cost nothing.",)
    for sentence in (*found.said, *sentences):
        say(sentence)
    return replace(found, abouts=abouts, said=(*found.said, *sentences))


def _run_class(
    found: Discovered,
    spec: RunnerSpec,
    store: Store,
    output: Path,
    settings: Settings,
    address: str | None,
    *,
    fresh: bool,
    similarity: bool,
) -> int:
    # What is wrong with the assignment itself is said once, before any runner starts.
    assignment, goldens = spec.material()
    remember_assignment(store, assignment)
    store.begin_run(_how(spec, assignment, goldens, fresh=fresh), datetime.now(UTC).isoformat(timespec="seconds"))
    if fresh and (n_before := len(store.keys(of_this_run=True))):
        say(f"An interrupted --fresh goes on; {n_before} that it has graded stay.")
    _withdraw(found.tasks, store, output)
    store.tell(found.abouts)
    remember_found(store, found.said)
    with _grading(found.tasks, settings.jobs or default_jobs(), address) as (executor, on_finished):

        def finish(finished: Finished) -> None:
            # Without pages here: what is left is made at the end.
            if finished.pages:
                _publish(output, store, finished.name, lambda: finished.pages)
            on_finished(finished)

        grade_class(found.tasks, spec, store, executor, finish, fresh=fresh)
    store.end_run()
    # An interrupted run may have kept an outcome and not written its pages.
    publish_changed(output, store)
    codes = [ALL_POINTS]

    def look(outcome: Outcome) -> None:
        codes.append(exit_code((outcome,), settings.minimum))

    publish_class(output, store, similarity=similarity, on_outcome=look)
    click.echo(f"Sandbox level: {spec.level}. Index: {output / 'index.html'}")
    return max(codes)


def _withdraw(tasks: tuple[Task, ...], store: Store, output: Path) -> None:
    """Removes the pages of submissions that are no longer there, and says whose; the store keeps their grades."""
    gone = sorted(store.keys().keys() - {task.name for task in tasks})
    for name in gone:
        withdraw_outcome(output / "submissions" / folder_name(name), store.with_attachments(store.outcome(name)))
    if gone:
        some = ", ".join(shown(name, 60) for name in gone[:10])
        more = f" and {len(gone) - 10} more" if len(gone) > 10 else ""
        say(f"No longer among the submissions ({len(gone)}): {some}{more}. Their grades stay in the store only.")


@contextmanager
def _grading(
    tasks: tuple[Task, ...], jobs: int, address: str | None
) -> Iterator[tuple[Executor, Callable[[Finished], None]]]:
    """Yields who runs the tasks, and what to tell of each that is finished."""
    with class_view(len(tasks), jobs) as view:
        heard = view.started, view.progress
        if not address:
            yield local_pool(jobs, *heard), view.finished
            return
        from grader.classes.cluster import cluster

        yield cluster(address, *heard), view.finished


def _publish_kept(graded: Path, store: Store, names: Iterable[str]) -> None:
    """Makes and writes the pages of outcomes of the store."""
    with PageMaker() as maker:
        for name in names:
            _publish(graded, store, name, partial(_pages_kept, store, name, maker))


def _pages_kept(store: Store, name: str, maker: PageMaker) -> Pages:
    return maker.pages(store.with_attachments(store.outcome(name)), store.about(name))


def _publish(graded: Path, store: Store, name: str, pages: Callable[[], Pages]) -> None:
    """Writes the pages of one submission; those that cannot be made or written are missing, and stop nobody else's."""
    try:
        publish_pages(graded / "submissions" / folder_name(name), pages())
    except GraderError:
        raise
    except Exception as exc:
        words = f"{type(exc).__name__}: {shown(str(exc))}"
        say(f"The pages of {shown(name)} could not be written ({words}); its grade is kept.")
        return
    store.mark_published(name)


def _how(spec: RunnerSpec, assignment: Assignment, goldens: GoldenSource, *, fresh: bool) -> str:
    """Returns what decides all grades of a run, by name."""
    how = {
        **({"fresh": True} if fresh else {}),
        "checks": assignment.digest(),
        "reference": goldens.digest,
        "seed": spec.seed,
        "sandbox": str(spec.level),
        "compat": spec.compat,
        **{name: str(value) for name, value in asdict(spec.options).items()},
        "numpy": np.__version__,
        "grader": __version__,
    }
    return json.dumps(how)
