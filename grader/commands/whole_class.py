"""Grades a whole class and writes its pages, for `batch`, `demo`, `report` and `adjust`."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import numpy as np

from grader import __version__
from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import GoldenSource
from grader.classes.class_grading import Executor, Finished, RunnerSpec, Task, default_jobs, grade_class
from grader.classes.discovery import Discovered
from grader.classes.lateness import Deadline, due_times, lateness
from grader.classes.pool import local_pool
from grader.classes.roster import read_roster
from grader.classes.roster_matching import with_roster, without_submission
from grader.classes.stopping import Stop, Stopped
from grader.commands.exits import ALL_POINTS, OUR_FAULT, exit_code
from grader.commands.flags import say
from grader.commands.live import class_view
from grader.commands.settings import Settings
from grader.model.errors import GraderError
from grader.model.people import About, final_points
from grader.publishing.class_pages import publish_class, remember_assignment, remember_found
from grader.publishing.page_maker import PageMaker, Pages
from grader.publishing.submission_files import folder_name, publish_pages, unmade_pages, withdraw_outcome
from grader.reading.archives import shown
from grader.store.database import Outcome, Store
from reports.entries import IndexEntry, standing
from reports.overview.counting import count_words
from reports.text import plural

__all__ = [
    "publish_changed",
    "publish_kept",
    "publish_submission",
    "run_class",
    "say_unmade",
    "similarity_option",
    "with_what_is_known",
]

similarity_option = click.option(
    "--similarity",
    type=click.Choice(["on", "off"]),
    default="on",
    help="Whether to look for submissions that resemble each other.",
)


def publish_changed(graded: Path, store: Store) -> None:
    """Writes the pages of submissions that were not written since their grade or their points changed."""
    publish_kept(graded, store, store.unpublished())


def with_what_is_known(found: Discovered, settings: Settings) -> Discovered:
    """Says what was found; returns it with what the roster and the deadline add."""
    abouts: dict[str, About] = found.abouts
    sentences: tuple[str, ...] = ()
    if settings.roster is not None:
        roster = read_roster(settings.roster)
        found = replace(found, without_submission=without_submission(abouts, roster))
        abouts, sentences = with_roster(abouts, roster)
        sentences = (f"Class list: {settings.roster} ({plural(len(roster), 'student')}).", *sentences)
    if settings.deadline is not None:
        deadline = settings.deadline
        due, said = due_times(settings.extensions, abouts)
        abouts = {
            name: replace(about, lateness=lateness(about.submitted, deadline, due.get(name)))
            for name, about in abouts.items()
        }
        sentences += said
        late = sum(bool(about.lateness and about.lateness.late_days) for about in abouts.values())
        weak = sum(about.submitted.weak or not about.submitted.time for about in abouts.values())
        sentences += (f"{late} of {len(abouts)} are late.",) if late else ()
        if weak and not deadline.weak_times:
            of = plural(weak, "submission")
            sentences += (f"For {of} only file timestamps are known, or no time; no late penalty applied.",)
    for sentence in (*found.said, *sentences):
        say(sentence)
    return replace(found, abouts=abouts, said=(*found.said, *sentences))


def run_class(
    found: Discovered,
    spec: RunnerSpec,
    store: Store,
    output: Path,
    settings: Settings,
    address: str | None,
    *,
    fresh: bool,
    similarity: bool,
    only: Collection[str] = (),
    strict: bool = False,
) -> int:
    """Grades a class, writes its pages and returns the exit code.

    Args:
        found: the submissions.
        spec: how to grade.
        store: keeps the grades.
        output: folder of the pages.
        settings: say how many points count as success, and how many runners there are.
        address: of a cluster's scheduler; None grades here.
        fresh: whether unchanged submissions are graded, too.
        similarity: whether to look for submissions that resemble each other.
        only: names of the submissions that are graded, whether changed or not; empty for all.
        strict: whether lost points and submissions that cannot be graded show in the exit code.
    """
    fresh = fresh or bool(only)
    _begin(found, spec, store, output, settings, fresh=fresh, only=only)
    _grade(found, spec, store, output, settings, address, fresh=fresh, only=only)
    # An interrupted run may have kept an outcome and not written its pages.
    publish_changed(output, store)
    code = _publish(found, store, output, settings, similarity=similarity)
    say_unmade(output, store)
    click.echo(f"Sandbox level: {spec.level}. Index: {output / 'index.html'}")
    click.echo(f"Next: grader export {output} --to csv, or --to canvas --into FILE (docs/exports.md).")
    return code if strict or code == OUR_FAULT else ALL_POINTS


def _begin(
    found: Discovered,
    spec: RunnerSpec,
    store: Store,
    output: Path,
    settings: Settings,
    *,
    fresh: bool,
    only: Collection[str],
) -> None:
    """Opens a run in the store; what is wrong with the assignment is said here, before any runner starts."""
    assignment, goldens = spec.material()
    remember_assignment(store, assignment)
    how = _how(spec, assignment, goldens, settings.deadline, fresh=fresh, only=only)
    store.begin_run(how, datetime.now(UTC).isoformat(timespec="seconds"))
    if fresh and (n_before := len(store.keys(of_this_run=True))):
        kind = "--only" if only else "--fresh"
        say(f"Resuming the interrupted {kind} run; keeping {plural(n_before, 'finished grade')}.")
    _withdraw(found.tasks, store, output)
    store.tell(found.abouts)
    remember_found(store, found.findings)


def _grade(
    found: Discovered,
    spec: RunnerSpec,
    store: Store,
    output: Path,
    settings: Settings,
    address: str | None,
    *,
    fresh: bool,
    only: Collection[str],
) -> None:
    """Grades what is new or changed and writes each submission's pages as it comes; raises Stopped when asked to."""
    jobs = settings.jobs or default_jobs()
    todo = [task for task in found.tasks if not only or task.name in only]
    with Stop() as stop, _grading(len(todo), jobs, address, stop) as (executor, on_finished):

        def finish(finished: Finished) -> None:
            # Without pages here: what is left is made at the end.
            if finished.pages:
                publish_submission(output, store, finished.name, lambda: finished.pages)
            outcome = finished.outcome
            on_finished(finished, final_points(outcome, store.about(finished.name)) if outcome else None)

        try:
            grade_class(found.tasks, spec, store, executor, finish, fresh=fresh, only=only)
        except KeyboardInterrupt:
            if not stop.asked:
                raise
    if stop.asked:
        n_kept = len(store.keys(of_this_run=fresh).keys() & {task.name for task in found.tasks})
        raise Stopped(_stopped_words(n_kept, len(found.tasks), output))


def _publish(found: Discovered, store: Store, output: Path, settings: Settings, *, similarity: bool) -> int:
    """Writes the pages of the class, ends the run and returns the worst exit code of a submission."""
    codes = [ALL_POINTS]
    standings: dict[str, str] = {}
    counted: dict[str, float | None] = {}

    def look(outcome: Outcome) -> None:
        codes.append(exit_code((outcome,), settings.minimum))
        standings[outcome.name] = standing(IndexEntry(outcome, None))
        counted[outcome.name] = final_points(outcome, store.about(outcome.name))

    left_out = publish_class(output, store, similarity=similarity, on_outcome=look)
    store.count(counted)
    store.end_run()
    if left_out:
        say(left_out)
    say(count_words(found.findings, list(standings.values())))
    return max(codes)


def _stopped_words(n_done: int, n_all: int, output: Path) -> str:
    left = "" if n_done == n_all else f"; run the same command again to grade the other {n_all - n_done:,}"
    pages = f" `grader report {output}` writes the pages of the class so far." if n_done else ""
    return f"Stopped. Graded and kept: {n_done:,} of {plural(n_all, 'submission')}{left}.{pages}"


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
    n_tasks: int, jobs: int, address: str | None, stop: Stop
) -> Iterator[tuple[Executor, Callable[[Finished, float | None], None]]]:
    """Yields who runs the tasks, and what to tell of each that is finished."""
    with class_view(n_tasks, jobs) as view:
        heard = view.started, view.progress
        if not address:
            yield local_pool(jobs, *heard, stop), view.finished
            return
        from grader.classes.cluster import cluster

        yield cluster(address, *heard, stop=stop), view.finished


def publish_kept(graded: Path, store: Store, names: Iterable[str]) -> None:
    """Makes and writes the pages of outcomes of the store."""
    with PageMaker() as maker:
        for name in names:
            publish_submission(graded, store, name, partial(_pages_kept, store, name, maker))


def _pages_kept(store: Store, name: str, maker: PageMaker) -> Pages:
    return maker.pages(store.with_attachments(store.outcome(name)), store.about(name))


def publish_submission(graded: Path, store: Store, name: str, pages: Callable[[], Pages]) -> None:
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


def say_unmade(graded: Path, store: Store) -> None:
    """Says how many pages of submissions could not be made, and where the reasons are."""
    pages = [page.relative_to(graded) for page in unmade_pages(graded, sorted(store.keys()))]
    if pages:
        some = ", ".join(map(str, pages[:10]))
        more = f" and {len(pages) - 10} more" if len(pages) > 10 else ""
        say(f"Pages that could not be made ({len(pages)}): {some}{more}. Each says why; the grades stand.")


def _how(
    spec: RunnerSpec,
    assignment: Assignment,
    goldens: GoldenSource,
    deadline: Deadline | None,
    *,
    fresh: bool,
    only: Collection[str],
) -> str:
    """Returns what decides all points of a run, by name."""
    how = {
        **({"fresh": True} if fresh else {}),
        **({"only": sorted(only)} if only else {}),
        "checks": assignment.judging_digest(),
        "points": assignment.points_digest(),
        "reference": goldens.digest,
        "seed": spec.seed,
        "sandbox": str(spec.level),
        "compat": spec.compat,
        **dict(spec.options.chosen),
        "deadline": deadline.words if deadline else "none",
        "numpy": np.__version__,
        "grader": __version__,
    }
    return json.dumps(how)
