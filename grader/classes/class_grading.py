"""Grades the submissions of a class: skips what is unchanged and loses nothing."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignment.definition import Assignment
from grader.assignment.scoring import rescored
from grader.classes.plain_folder import several_in
from grader.model.errors import GraderError, UnusableSubmission
from grader.model.options import FUNCTIONS_ONLY, Options
from grader.model.people import NOTHING_KNOWN, About
from grader.model.results import Grade, Ungraded
from grader.notebook.spec import NotebookSpec
from grader.publishing.page_maker import Pages
from grader.reading.archives import Tree, read_tree, shown
from grader.reading.deadline import reading_within
from grader.reading.parts import read_parts
from grader.sandbox.level import Level
from grader.store.database import Outcome, Store

# Who grades imports NumPy, pytest and all that reads submissions; who only reads one, or hands tasks out and publishes,
# does without: 0.15 of 0.22 s of processor time.
if TYPE_CHECKING:
    from grader.assignment.golden_cases import GoldenSource
    from grader.grading.runner import Runner
    from grader.reading.submission import Submission

__all__ = ["Executor", "Finished", "RunnerSpec", "Task", "failure_words", "grade_class"]


@dataclass(frozen=True, slots=True)
class Task:
    """One submission of a class, and the key under which it was graded before."""

    name: str
    path: Path
    known_key: str = ""
    #: what it holds, for a runner that cannot reach it
    tree: Tree | None = None
    #: where it is several files side by side: what the student called each, and its path
    parts: tuple[tuple[str, Path], ...] = ()
    #: what a report says besides the grade
    about: About = NOTHING_KNOWN
    #: the class's folder: no link below it is followed; None where the path itself may be one
    within: Path | None = None
    #: places of the answer files; an archive inside is opened where none of them lies beside it
    answers: tuple[str, ...] = ()
    #: whether nothing says that it is one student's; it is then refused where it holds the work of several
    is_plain: bool = False

    def read(self) -> Tree:
        """Returns what was handed in; raises UnusableSubmission when nothing of it can be read."""
        if self.tree is not None:
            return self.tree
        if self.parts:
            return read_parts(self.parts, self.within, self.answers)
        tree = read_tree(self.path, within=self.within, answers=self.answers)
        if self.is_plain and (several := several_in(tree.files, self.answers, self.path.name)):
            some = ", ".join(shown(name, 60) for name in several[:5]) + (" …" if len(several) > 5 else "")
            raise UnusableSubmission(
                f"{shown(self.path.name)} holds several submissions, each with answer files of its own: {some}. If it "
                "is a class or a section, `grader batch` grades it; if it is one student's, leave one of them in it."
            )
        return tree


@dataclass(frozen=True, slots=True)
class Finished:
    """What a task came to; without an outcome it is unchanged since the known key, or has other points only."""

    name: str
    key: str
    outcome: Outcome | None
    #: the files to be written of it; empty where whoever graded it did not make them
    pages: Pages = field(default_factory=dict)
    #: check id -> points, where the results of the known key stand and the rubric gives other points for them
    points: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """All that another process, here or elsewhere, needs to make the same runner."""

    assignment: Path
    level: Level
    #: of the hidden cases; None runs the visible checks only
    seed: int | None
    compat: bool = False
    keyword: str = ""
    options: Options = FUNCTIONS_ONLY

    def material(self) -> tuple[Assignment, "GoldenSource"]:
        """Returns the assignment and its goldens: live from the solution where a seed says so, else from the archive.

        Raises:
            UnusableAssignment: something in the assignment's folder is wrong, or its solution is not installed.
        """
        from grader.assignment.golden_cases import LiveGoldens, public_goldens

        assignment = Assignment.load(self.assignment)
        NotebookSpec.load(assignment.folder, assignment.functions)
        if self.seed is None:
            return assignment, public_goldens(assignment)
        return assignment, LiveGoldens(assignment, self.seed)

    def build(self, notify: Callable[[str], None] | None = None) -> "Runner":
        """Returns the runner, which tells `notify` what takes long; raises what `material` does."""
        from grader.grading.runner import Runner

        assignment, goldens = self.material()
        heard = {} if notify is None else {"notify": notify}
        return Runner(assignment, goldens, self.level, self.seed, self.keyword, self.options, **heard)

    def read(self, path: Path, runner: "Runner", tree: Tree | None = None) -> "Submission":
        """Returns the submission at a path, or of what was read there, with old-year things granted where asked for."""
        with reading_within(shown(path.name)):
            return self.submission(path, runner.assignment, tree)

    def submission(self, path: Path, assignment: Assignment, tree: Tree | None) -> "Submission":
        """Returns what `read` does, in any time."""
        from grader.reading.older_python import cell_repair, with_compat
        from grader.reading.submission import Submission

        submission = Submission.from_path(path, assignment, cell_repair if self.compat else None, tree=tree)
        return with_compat(submission, assignment.given_files) if self.compat else submission


_NOT_RESCORED = "Its stored results do not fit the changed rubric; grade it again: grader batch … --only NAME."

#: tasks in, finished ones out in any order: the seam between one machine and many
Executor = Callable[[Sequence[Task], RunnerSpec], Iterator[Finished]]


def grade_class(
    tasks: Sequence[Task],
    spec: RunnerSpec,
    store: Store,
    executor: Executor,
    on_finished: Callable[[Finished], None],
    *,
    fresh: bool = False,
    only: Collection[str] = (),
) -> None:
    """Grades what is new or changed and saves each outcome as it comes.

    Args:
        tasks: of the whole class; outcomes of others are removed from the store.
        spec: how to grade.
        store: where outcomes go.
        executor: runs the tasks.
        on_finished: told of each task, unchanged ones too.
        fresh: grade unchanged submissions too, but for those that this run has graded before it was interrupted.
        only: names of those that are graded; empty for all.
    """
    known = store.keys()
    store.forget(set(known) - {task.name for task in tasks})
    tasks = [task for task in tasks if not only or task.name in only]
    kept = store.keys(of_this_run=True) if fresh else known
    keyed = [replace(task, known_key=kept.get(task.name, ""), about=store.about(task.name)) for task in tasks]
    for finished in executor(_longest_first(keyed, store.seconds()), spec):
        on_finished(_saved(finished, store))


def _saved(finished: Finished, store: Store) -> Finished:
    """Returns what was saved: of an outcome that no store takes, a sentence that says so."""
    if finished.points:
        finished = _rescored(finished, store)
    if finished.outcome is None:
        return finished
    try:
        store.save(finished.key, finished.outcome)
    except GraderError:
        raise
    except Exception as exc:
        failed = Ungraded(finished.name, failure_words(exc), ours=True)
        store.save("", failed)
        return Finished(finished.name, "", failed)
    return finished


def _rescored(finished: Finished, store: Store) -> Finished:
    """Returns the stored outcome with the rubric's points of now; what is not stored as expected is graded again."""
    outcome = store.with_attachments(store.outcome(finished.name))
    if isinstance(outcome, Grade) and {check.id for check in outcome.checks} == set(finished.points):
        return replace(finished, outcome=rescored(outcome, finished.points))
    return Finished(finished.name, "", Ungraded(finished.name, _NOT_RESCORED, ours=True))


def failure_words(exc: BaseException) -> str:
    """Returns the sentence on a submission that the grader itself has failed at."""
    words = f"{type(exc).__name__}: {shown(str(exc), 200)}"
    return f"Internal error (not the student's code): {words}."


def _longest_first(tasks: Sequence[Task], seconds: Mapping[str, float]) -> list[Task]:
    """Returns the tasks in the order that ends soonest; one that was never graded counts as a usual one."""
    usual = sorted(seconds.values())[len(seconds) // 2] if seconds else 0.0
    return sorted(tasks, key=lambda task: -seconds.get(task.name, usual))


def default_jobs() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
