"""Grades one submission after another and keeps what they share."""

import platform
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from grader import __version__
from grader.assignment import scoring
from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import GoldenSource
from grader.assignment.images import Notify
from grader.assignment.suite import CheckInfo, Chosen, Suite
from grader.grading.check_fixtures import GraderPlugin
from grader.grading.check_run import CheckRun
from grader.grading.fixtures import constants
from grader.grading.notebook_fixtures import NotebookPlugin
from grader.grading.timing_fixtures import SpeedPlugin
from grader.grading.training_fixtures import LongRunPlugin, TrainingMaterial, to_stderr
from grader.model.errors import StudentError
from grader.model.options import FUNCTIONS_ONLY, NotebookChoice, Options, Training
from grader.model.results import BudgetUse, CheckResult, Environment, Grade, SubmissionInfo
from grader.notebook.judged_notebook import NotebookGrading, NotebookWorkers
from grader.notebook.spec import NotebookSpec
from grader.reading.fallible_imports import absent_notes
from grader.reading.submission import Submission
from grader.sandbox import Level, Worker, Workspace
from grader.sandbox.grants import Grants
from grader.sandbox.meter import Meter
from grader.syntax.integrity import integrity_notes
from grader.syntax.source import function_sources
from grader.syntax.stateless import why_stateful

__all__ = ["Progress", "Runner"]

#: called with each check's result and the number of checks
Progress = Callable[[CheckResult, int], None]


class _Plugins(NamedTuple):
    """What checks ask for, in pytest's terms; each says which submission it serves."""

    grader: GraderPlugin
    long_runs: LongRunPlugin
    speed: SpeedPlugin
    notebook: NotebookPlugin

    def all(self) -> list[object]:
        """Returns them and one more, for what they give to every check alike."""
        return [*self, constants({name: value for plugin in self for name, value in plugin.constants.items()})]


@dataclass(frozen=True, slots=True)
class Runner:
    """Grades one submission after another; goldens and imported checks are kept between them."""

    assignment: Assignment
    goldens: GoldenSource
    level: Level
    #: seed of the drawn cases; None runs the visible checks only
    seed: int | None
    #: pytest's -k expression, to run some checks only
    keyword: str = ""
    #: which optional sections are judged, and how
    options: Options = FUNCTIONS_ONLY
    #: hears in a sentence what takes long and serves later submissions, too
    notify: Notify = to_stderr
    #: what checks that train need, kept between submissions
    training_material: TrainingMaterial = field(init=False, repr=False, compare=False)
    #: what the notebook prints, and where notebooks are executed, kept between submissions
    notebook: NotebookSpec = field(init=False, repr=False, compare=False)
    notebook_workers: NotebookWorkers = field(init=False, repr=False, compare=False)
    #: what checks ask for, and the checks themselves, collected once
    plugins: "_Plugins" = field(init=False, repr=False, compare=False)
    suite: Suite = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "notebook", NotebookSpec.load(self.assignment.folder, self.assignment.functions))
        object.__setattr__(self, "notebook_workers", NotebookWorkers(self.level, self.options))
        object.__setattr__(self, "training_material", TrainingMaterial(self.assignment, self.options.data, self.notify))
        seed = self.assignment.public_seed if self.seed is None else self.seed
        plugins = _Plugins(
            GraderPlugin(self.assignment, self.goldens, self.options),
            LongRunPlugin(self.training_material, seed),
            SpeedPlugin(self.assignment),
            NotebookPlugin(self.notebook),
        )
        object.__setattr__(self, "plugins", plugins)
        object.__setattr__(self, "suite", Suite(self.assignment, plugins.all(), self.keyword))

    @property
    def trains(self) -> bool:
        """Whether checks that train are judged, and images are needed for them."""
        return self.options.training is not Training.OFF and self.assignment.data is not None

    @property
    def image_kind(self) -> str:
        """Which images checks train on, wherever they lie; "" where nothing trains."""
        return self.training_material.source.kind if self.trains else ""

    def grade(
        self, submission: Submission, on_result: Progress | None = None, on_progress: Notify | None = None
    ) -> Grade:
        """Returns the grade of one submission; nothing that the submission does makes it raise.

        Args:
            submission: what to grade.
            on_result: called with each result as it comes, and the number of checks.
            on_progress: called with a sentence now and then while one check takes long.

        Raises:
            UnusableInput: the assignment's own files, the keyword, or the images are wrong.
            GraderFault: the checks could not be run at all.
        """
        started, clock = datetime.now(UTC), time.monotonic()
        modules = {name: file for name, file in self.assignment.modules.items() if file in submission.files}
        modules |= {name: tool.file for name, tool in self.assignment.tools.items()}
        grants = Grants(submission.division, submission.fallible)
        limits, meter = self.assignment.rubric.limits, Meter(self.assignment.rubric.budget)
        notebook = NotebookGrading(submission, self.assignment, self.notebook, self.notebook_workers, self.options)
        with (
            Workspace.lay(submission.laid, self.assignment.given_bytes()) as workspace,
            Worker(workspace, modules, self.level, limits, grants, meter=meter) as worker,
        ):
            results, remarks = self._run_checks(worker, submission, notebook, on_result, on_progress)
            imports, absent = dict(worker.imports), worker.absent
            printed = worker.import_output
        score, max_score = scoring.total(results)
        return Grade(
            submission=SubmissionInfo(submission.name, submission.digest, submission.kind),
            score=score,
            max_score=max_score,
            complete=scoring.complete(results),
            sections=scoring.sections(results, self.assignment.sections),
            checks=results,
            environment=replace(self._environment(), notebook=notebook.words),
            notes=(
                *submission.notes,
                *_import_notes(imports, printed),
                *_absent_notes(submission, absent),
                *_integrity_notes(submission, self.assignment),
                *notebook.notes,
                *remarks,
            ),
            sources=function_sources(submission, self.assignment),
            figures=notebook.rows,
            attachments=notebook.attachments(),
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 3),
            budget=_use(meter),
        )

    def list_checks(self) -> tuple[CheckInfo, ...]:
        """Returns what is known of every check without running one."""
        return tuple(self._choose(None, hidden=True).infos.values())

    def _run_checks(
        self,
        worker: Worker,
        submission: Submission,
        notebook: NotebookGrading,
        on_result: Progress | None,
        on_progress: Notify | None,
    ) -> tuple[tuple[CheckResult, ...], tuple[str, ...]]:
        """Returns the results, and what an instructor should know of the checks."""
        chosen = self._choose(submission, hidden=self.seed is not None)
        files, where = frozenset(submission.files), submission.where
        stateless = _is_stateless(submission, self.assignment)
        check_run = CheckRun(
            self.assignment,
            worker,
            files,
            chosen,
            stateless=stateless,
            secret=self.seed is not None,
            where=where,
            on_result=on_result,
        )
        self.plugins.grader.check_run = check_run
        self.plugins.long_runs.on_progress = on_progress
        self.plugins.notebook.grading, self.plugins.notebook.results = notebook, check_run.results
        try:
            check_run.run()
        except BaseException:
            # The check that ran is half done, and pytest keeps what was set up for it.
            self.suite.forget()
            raise
        return tuple(check_run.results), tuple(check_run.notes)

    def _choose(self, submission: Submission | None, *, hidden: bool) -> Chosen:
        """Returns the checks of a submission; None is one that has everything."""
        if self.trains:
            # What is wrong with the images is the caller's affair, not that of a check.
            _ = self.image_kind
        provided = submission.provided.functions if submission is not None else ()
        return self.suite.choose(self._off(submission), provided, hidden=hidden)

    def _off(self, submission: Submission | None) -> frozenset[str]:
        """Returns the sections that are not judged of a submission."""
        off = {section for section, option in self.assignment.optional.items() if self.options.switched_off(option)}
        if self.options.notebook is NotebookChoice.AUTO and submission is not None and not submission.notebook:
            off |= {section for section, option in self.assignment.optional.items() if option == "notebook"}
        return frozenset(off)

    def _environment(self) -> Environment:
        return Environment(
            python=platform.python_version(),
            numpy=np.__version__,
            sandbox=str(self.level),
            hidden=self.seed is not None,
            golden=self.goldens.digest,
            grader=__version__,
            training=str(self.options.training),
            data=self.training_material.source.images.words if self.trains else "",
            selection=self.keyword,
        )


def _use(meter: Meter) -> BudgetUse:
    account = meter.account
    return BudgetUse(
        cpu_seconds=round(account.cpu_seconds, 2),
        cpu_budget_seconds=account.budget.cpu_seconds,
        wall_seconds=round(account.wall_seconds, 2),
        wall_budget_seconds=account.budget.wall_seconds,
    )


def _is_stateless(submission: Submission, assignment: Assignment) -> bool:
    """Whether reading proves that no call leaves anything behind that a later one could find."""
    if submission.division:
        return False
    modules = [file for file in assignment.modules.values() if file in submission.laid]
    return not why_stateful(modules, submission.laid, assignment.given_bytes())


def _integrity_notes(submission: Submission, assignment: Assignment) -> tuple[str, ...]:
    own_work = {assignment.modules[module]: names for module, names in assignment.own_work.items()}
    # A module that is made of cells may hold functions of any answer file.
    everything = MappingProxyType({name: said for names in own_work.values() for name, said in names.items()})
    own_work |= {place: everything for place in submission.lines if place not in own_work}
    words = []
    for note in integrity_notes(submission.files, own_work):
        in_cell = note.file in submission.lines
        file, line = submission.where(note.file, note.line) if in_cell else (note.file, note.line)
        words.append(f"For the instructor: {file} line {line} {note.what}: `{note.text}`")
    return tuple(words)


def _absent_notes(submission: Submission, absent: Collection[tuple[str, int, str]]) -> Iterator[str]:
    """Yields a note on each import that is absent here and was let pass."""
    for place in sorted({place for place, _, _ in absent}):
        found = {(line, name) for file, line, name in absent if file == place}
        for line, what in absent_notes(submission.text(place), found):
            path, line = submission.where(place, line)
            yield f"{path} line {line}: {what}."


def _import_notes(imports: Mapping[str, object], printed: str) -> tuple[str, ...]:
    notes = [
        f"{problem.message} {problem.hint}".strip() for problem in imports.values() if isinstance(problem, StudentError)
    ]
    if printed.strip():
        notes.append(f"Printed while your files were imported: {printed.strip()[:1000]}")
    return tuple(notes)
