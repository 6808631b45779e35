"""One Submission in, one Grade out: a warm runner that holds one pytest session per submission."""

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from grader import __version__, scoring
from grader.assignment import Assignment
from grader.errors import GraderFault, StudentError, UnusableInput
from grader.golden import GoldenSource
from grader.images import Notify
from grader.longruns import LongRunPlugin, Workshop
from grader.notebook.grading import NotebookGrading, NotebookRooms
from grader.notebook.plugin import NotebookPlugin
from grader.notebook.spec import NotebookSpec
from grader.options import FUNCTIONS_ONLY, NotebookChoice, Options, Training
from grader.plugin import CheckInfo, GraderPlugin
from grader.results import CheckResult, Environment, Grade, SubmissionInfo
from grader.sandbox import Level, Worker, Workspace
from grader.stopwatch import SpeedPlugin
from grader.submission import Submission
from grader.syntax.integrity import integrity_notes
from grader.syntax.source import function_sources

__all__ = ["Progress", "Runner"]

#: called with each check's result and the number of checks
Progress = Callable[[CheckResult, int], None]

#: what a session must not take from the host: its plugins, its ini files, its cache, its terminal
PYTEST_OPTIONS = (
    "--disable-plugin-autoload",
    "--import-mode=importlib",
    "--strict-markers",
    "-s",
    *(
        f"-pno:{name}"
        for name in (
            "cacheprovider",
            "terminal",
            "warnings",
            "logging",
            "doctest",
            "unittest",
            "junitxml",
            "unraisableexception",  # collects all garbage at a session's end, which takes a fifth of a second
        )
    ),
)


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
    #: what checks that train need, kept between submissions
    workshop: Workshop = field(init=False, repr=False, compare=False)

    #: what the notebook prints, and where notebooks are executed, kept between submissions
    notebook: NotebookSpec = field(init=False, repr=False, compare=False)
    rooms: NotebookRooms = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "notebook", NotebookSpec.load(self.assignment.folder, self.assignment.functions))
        object.__setattr__(self, "rooms", NotebookRooms(self.level, self.options))
        object.__setattr__(self, "workshop", Workshop(self.assignment, self.options.data))

    @property
    def trains(self) -> bool:
        """Whether checks that train are judged, and images are needed for them."""
        return self.options.training is not Training.OFF and self.assignment.data is not None

    @property
    def image_kind(self) -> str:
        """Which images checks train on, wherever they lie; "" where nothing trains."""
        return self.workshop.source.kind if self.trains else ""

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
        limits = self.assignment.rubric.limits
        notebook = NotebookGrading(submission, self.assignment, self.notebook, self.rooms, self.options)
        with (
            Workspace.lay(submission.laid, self.assignment.given_bytes()) as workspace,
            Worker(workspace, modules, self.level, limits, submission.division) as worker,
        ):
            results = self._run_checks(worker, submission, notebook, on_result, on_progress)
            imports = dict(worker.imports)
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
                *_integrity_notes(submission, self.assignment),
                *notebook.notes,
            ),
            sources=function_sources(submission, self.assignment),
            figures=notebook.rows,
            attachments=notebook.attachments(),
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 3),
        )

    def list_checks(self) -> tuple[CheckInfo, ...]:
        """Returns what is known of every check without running one."""
        modules, level = self.assignment.modules, self.level
        with (
            Workspace.lay({}, {}) as workspace,
            Worker(workspace, modules, level, self.assignment.rubric.limits) as worker,
        ):
            off = self._off(None)
            plugin = GraderPlugin(self.assignment, worker, (), self.goldens, hidden=True, options=self.options, off=off)
            listing = NotebookPlugin(self.notebook, None, tuple)
            self._run_pytest(plugin, "--collect-only", beside=listing)
        return tuple(plugin.checks.values())

    def _run_checks(
        self,
        worker: Worker,
        submission: Submission,
        notebook: NotebookGrading,
        on_result: Progress | None,
        on_progress: Notify | None,
    ) -> tuple[CheckResult, ...]:
        plugin = GraderPlugin(
            self.assignment,
            worker,
            frozenset(submission.files),
            self.goldens,
            hidden=self.seed is not None,
            options=self.options,
            off=self._off(submission),
            lent=submission.loan.functions,
            where=submission.where,
            on_result=on_result,
        )
        beside = NotebookPlugin(self.notebook, notebook, lambda: plugin.results)
        self._run_pytest(plugin, on_progress=on_progress, beside=beside)
        return tuple(plugin.results)

    def _off(self, submission: Submission | None) -> frozenset[str]:
        """Returns the sections that are not judged of a submission; None is one that has everything."""
        off = {section for section, option in self.assignment.optional.items() if self.options.switched_off(option)}
        if self.options.notebook is NotebookChoice.AUTO and submission is not None and not submission.notebook:
            off |= {section for section, option in self.assignment.optional.items() if option == "notebook"}
        return frozenset(off)

    def _run_pytest(
        self, plugin: GraderPlugin, *options: str, beside: NotebookPlugin, on_progress: Notify | None = None
    ) -> None:
        if self.trains:
            # What is wrong with the images is the caller's affair, not that of a check.
            _ = self.image_kind
        seed = self.assignment.public_seed if self.seed is None else self.seed
        long_runs = LongRunPlugin(self.workshop, seed, on_progress)
        folder = self.assignment.folder
        places = (f"--rootdir={folder}", f"--confcutdir={folder}", f"-c{os.devnull}", str(folder))
        chosen = (f"-k{self.keyword}",) if self.keyword else ()
        _forget_namesakes(folder)
        # PYTEST_ADDOPTS of the caller's shell must not change a grade.
        os.environ.pop("PYTEST_ADDOPTS", None)
        code = pytest.main(
            [*PYTEST_OPTIONS, *places, *chosen, *options],
            plugins=[plugin, long_runs, SpeedPlugin(self.assignment), beside],
        )
        if plugin.problems:
            raise GraderFault(f"The checks in {folder} could not be run: {plugin.problems[0]}")
        if plugin.failure is not None:
            raise plugin.failure
        if code == pytest.ExitCode.NO_TESTS_COLLECTED and chosen:
            raise UnusableInput(f"No check matches -k {self.keyword!r}; `grader rubric` lists their names.")
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise GraderFault(
                f"The checks in {folder} could not be run: pytest ended with {pytest.ExitCode(code).name}."
            )

    def _environment(self) -> Environment:
        return Environment(
            python=platform.python_version(),
            numpy=np.__version__,
            sandbox=str(self.level),
            seed=self.seed,
            golden=self.goldens.digest,
            grader=__version__,
            training=str(self.options.training),
            data=self.workshop.source.images.words if self.trains else "",
        )


def _forget_namesakes(folder: Path) -> None:
    """Makes room for the checks of a folder: pytest takes a module of the same name for them, whatever its file."""
    for path in folder.glob("*.py"):
        module = sys.modules.get(path.stem)
        if module is not None and getattr(module, "__file__", None) != str(path):
            del sys.modules[path.stem]


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


def _import_notes(imports: Mapping[str, object], printed: str) -> tuple[str, ...]:
    notes = [
        f"{problem.message} {problem.hint}".strip() for problem in imports.values() if isinstance(problem, StudentError)
    ]
    if printed.strip():
        notes.append(f"Printed while your files were imported: {printed.strip()[:1000]}")
    return tuple(notes)
