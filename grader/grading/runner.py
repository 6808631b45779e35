"""Grades one submission after another and keeps what all of them need."""

import platform
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType

import numpy as np

from grader import __version__
from grader.assignment import scoring
from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import GoldenSource
from grader.assignment.images import Notify
from grader.assignment.mistake_archive import ShownMistake
from grader.assignment.suite import CheckInfo, Chosen, Suite, check_id
from grader.grading.check_fixtures import GraderPlugin
from grader.grading.check_run import CheckRun
from grader.grading.direct_run import DirectRunPlugin
from grader.grading.error_places import with_places
from grader.grading.fixtures import constants
from grader.grading.kept_results import KeptResults, key_beside_code, may_keep
from grader.grading.mistake_effects import ArchivedEffects, Effects, RunEffects, shown_mistake
from grader.grading.mistake_finding import may_show, with_mistakes
from grader.grading.notebook_fixtures import NotebookPlugin
from grader.grading.points_range import PointsRange, points_range
from grader.grading.reproducing import SmallCalls
from grader.grading.right_functions import RightFunctions
from grader.grading.second_judgement import foretell, judge_again
from grader.grading.submission_notes import absence_notes, granted_notes, import_notes
from grader.grading.submission_run import CurrentRun, SubmissionRun
from grader.grading.text_findings import Findings, examine
from grader.grading.timing_fixtures import SpeedPlugin
from grader.grading.training_fixtures import LongRunPlugin, TrainingMaterial, to_stderr
from grader.grading.wrong_caches import with_shares
from grader.model.options import AUTO, FUNCTIONS_ONLY, Options
from grader.model.results import BudgetUse, CheckResult, Environment, Grade, SubmissionInfo
from grader.model.sandbox_levels import LEVELS
from grader.notebook.cell_inputs import cell_inputs
from grader.notebook.judged_notebook import NotebookGrading, NotebookWorkers
from grader.notebook.spec import NotebookSpec
from grader.reading.submission import Submission
from grader.sandbox.grants import Grants
from grader.sandbox.level import Level
from grader.sandbox.meter import Meter
from grader.sandbox.process_worker import ProcessWorker
from grader.sandbox.worker import Worker
from grader.sandbox.workspace import Workspace
from grader.store.kept_checks import KeptChecks

__all__ = ["Progress", "Runner"]

#: called with each check's result and the number of checks
Progress = Callable[[CheckResult, int], None]


class Runner:
    """Grades one submission after another; goldens, images and collected checks are kept between them.

    Leaving the `with` block, or `close`, ends the processes that it has started; it starts them again when it is used
    again.

    Args:
        assignment: what is graded.
        goldens: where cases come from.
        level: of the sandbox.
        seed: of the drawn cases; None runs the visible checks only.
        keyword: pytest's -k expression, to run some checks only.
        options: which optional sections are judged, and how.
        notify: called with a sentence before slow work that serves later submissions, too.
    """

    def __init__(
        self,
        assignment: Assignment,
        goldens: GoldenSource,
        level: Level,
        seed: int | None,
        keyword: str = "",
        options: Options = FUNCTIONS_ONLY,
        notify: Notify = to_stderr,
    ) -> None:
        self.assignment = assignment
        self.goldens = goldens
        self.level = level
        self.seed = seed
        self.keyword = keyword
        self.options = options = assignment.chosen(options)
        self._training_material = TrainingMaterial(assignment, options, notify)
        self._notebook = NotebookSpec.load(assignment.folder, assignment.functions)
        self._notebook_workers = NotebookWorkers(level, cell_inputs(assignment, self._notebook, options), assignment)
        self._current = CurrentRun()
        self._small_calls = SmallCalls(assignment)
        self._right = RightFunctions.of(assignment, level)
        self._suite = Suite(assignment, self._plugins(), keyword)
        archived = ArchivedEffects(assignment)
        self._effects: Effects = archived if seed is None else RunEffects(assignment, self._current, archived)

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is kept running between submissions."""
        self._notebook_workers.close()
        if self._right is not None:
            self._right.close()

    @property
    def needs_data(self) -> bool:
        """Whether checks that need the assignment's data are judged."""
        data = self.assignment.data
        return data is not None and not (data.needed_by and self.options.switched_off(data.needed_by))

    @property
    def data_kind(self) -> str:
        """Which data checks use, wherever they lie; "" where none is needed."""
        return self._training_material.source.kind if self.needs_data else ""

    def grade(
        self,
        submission: Submission,
        on_result: Progress | None = None,
        on_progress: Notify | None = None,
        findings: Findings | None = None,
        kept: KeptChecks | None = None,
    ) -> Grade:
        """Returns the grade of one submission; nothing that the submission does makes it raise.

        Args:
            submission: what to grade.
            on_result: called with each result as it comes, and the number of checks.
            on_progress: called with a sentence now and then while one check takes long.
            findings: what its text shows, where that was found out elsewhere.
            kept: results of earlier ones, in a student's own check; without a seed only.

        Raises:
            UnusableInput: the assignment's own files, the keyword, or the images are wrong.
            GraderFault: the checks could not be run at all.
        """
        started, clock = datetime.now(UTC), time.monotonic()
        meter = Meter(self.assignment.rubric.budget)
        findings = findings or examine(submission, self.assignment)
        notebook = NotebookGrading(submission, self.assignment, self._notebook, self._notebook_workers)
        with (
            Workspace.lay(submission.laid, self.assignment.given_bytes()) as workspace,
            self._worker(workspace, submission, meter) as worker,
        ):
            keeps = self._kept_results(submission, findings, worker, kept)
            checks = self._checks(worker, submission, on_result, findings, keeps)
            results = self._results(SubmissionRun(checks, notebook, on_progress))
            # What was not selected may be why another check is blocked.
            if keeps and not self.keyword:
                keeps.keep(checks, results, meter)
            imported = import_notes(worker.imports, worker.import_output)
            absent, granted = worker.absent, worker.granted
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
                *imported,
                *absence_notes(submission, absent),
                *granted_notes(submission, granted),
                *findings.notes,
                *notebook.notes,
                *checks.notes,
            ),
            sources=findings.sources,
            figures=notebook.rows,
            attachments=notebook.attachments(),
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 3),
            kept=tuple(dict.fromkeys(result.function for result in results if result.id in checks.kept)),
            budget=_use(meter),
        )

    def points_of(self, submission: Submission) -> dict[str, float]:
        """Returns what each check of a submission is worth: check id -> points."""
        chosen = self._choose(submission, hidden=self.seed is not None)
        return {check: info.max_points for check, info in chosen.infos.items()}

    def points_range(self, grade: Grade) -> PointsRange:
        """Returns between which points a submission lies, of which all visible checks have run."""
        return points_range(grade, self.list_checks(), self.assignment)

    def shown_mistakes(self, step: int = 1) -> dict[str, ShownMistake | None]:
        """Returns the known mistakes of the solution by their keys, with what the visible checks make of them.

        Args:
            step: of so many mistakes one is run; None stands for each of the others.
        """
        chosen, effects = self._choose(None, hidden=False), RunEffects(self.assignment, self._current)
        items = [(item, chosen.infos[check_id(item)]) for item in chosen.items]
        items = [(item, info) for item, info in items if may_show(self.assignment, info)]
        keys = enumerate(effects.mistakes)
        return {key: None if number % step else shown_mistake(effects, key, items) for number, key in keys}

    def list_checks(self) -> tuple[CheckInfo, ...]:
        """Returns what is known of every check without running one."""
        return tuple(self._choose(None, hidden=True).infos.values())

    def _plugins(self) -> list[object]:
        """Returns what checks ask for, as plugins of pytest."""
        seed = self.assignment.public_seed if self.seed is None else self.seed
        plugins = (
            GraderPlugin(self._current, self.assignment, self.goldens, self.options),
            LongRunPlugin(self._current, self._training_material, seed),
            SpeedPlugin(self.assignment),
            NotebookPlugin(self._current, self._notebook),
        )
        values = {name: value for plugin in plugins for name, value in plugin.constants.items()}
        return [*plugins, constants(values), DirectRunPlugin(self._current, self.assignment, values)]

    def _worker(self, workspace: Workspace, submission: Submission, meter: Meter) -> Worker:
        modules = {name: file for name, file in self.assignment.modules.items() if file in submission.files}
        modules |= {name: tool.file for name, tool in self.assignment.tools.items()}
        limits, grants = self.assignment.rubric.limits, Grants(submission.division, submission.fallible)
        kind = Worker if LEVELS[self.level].has_fork else ProcessWorker
        return kind(workspace, modules, self.level, limits, grants, meter=meter)

    def _checks(
        self,
        worker: Worker,
        submission: Submission,
        on_result: Progress | None,
        findings: Findings,
        keeps: KeptResults | None,
    ) -> CheckRun:
        chosen = self._choose(submission, hidden=self.seed is not None)
        return CheckRun(
            self.assignment,
            worker,
            frozenset(submission.files),
            chosen,
            stateless=findings.stateless,
            beside=findings.beside,
            secret=self.seed is not None,
            where=submission.where,
            text_of=submission.text_or_nothing,
            on_result=on_result,
            kept=keeps.valid(chosen, worker.meter) if keeps else {},
        )

    def _kept_results(
        self, submission: Submission, findings: Findings, worker: Worker, kept: KeptChecks | None
    ) -> KeptResults | None:
        """Returns what earlier checks have found out; None where nothing may be kept."""
        if kept is None or self.seed is not None:
            return None
        if not may_keep(submission, findings, worker, self.assignment.public_seed):
            return None
        key = key_beside_code(self.assignment, self.goldens.digest, self.level, self.options)
        try:
            return KeptResults(submission, self.assignment, kept, key)
        except (SyntaxError, ValueError, RecursionError):
            return None

    def _results(self, run: SubmissionRun) -> tuple[CheckResult, ...]:
        """Runs the checks of one submission."""
        try:
            with self._current.of(run):
                run.checks.run()
                if self._right is not None:
                    judge_again(run.checks, self.assignment, self._right)
                else:
                    foretell(run.checks, self.assignment)
            results = with_mistakes(run.checks, self.assignment, self._effects)
            results = with_shares(run.checks, self.assignment, self._effects, results)
            return with_places(run.checks, self.assignment, self._small_calls.add_to(run.checks, results))
        except BaseException:
            # The check that ran is half done, and pytest keeps what was set up for it.
            self._suite.forget()
            raise

    def _choose(self, submission: Submission | None, *, hidden: bool) -> Chosen:
        """Returns the checks of a submission; None is one that has everything."""
        if self.needs_data:
            # What is wrong with the data is the caller's affair, not that of a check.
            _ = self.data_kind
        provided = submission.provided.functions if submission is not None else ()
        return self._suite.choose(self._off(submission), provided, hidden=hidden)

    def _off(self, submission: Submission | None) -> frozenset[str]:
        """Returns the sections that are not judged of a submission."""
        off = {section for section, option in self.assignment.optional.items() if self.options.switched_off(option)}
        if submission is not None and not submission.notebook:
            off |= {section for section, option in self.assignment.optional.items() if self.options[option] == AUTO}
        return frozenset(off)

    def _environment(self) -> Environment:
        return Environment(
            python=platform.python_version(),
            numpy=np.__version__,
            sandbox=str(self.level),
            hidden=self.seed is not None,
            golden=self.goldens.digest,
            grader=__version__,
            options={name: self.options[name] for name, choice in self.assignment.choices.items() if choice.values},
            data=self._training_material.source.images.words if self.needs_data else "",
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
