"""Every check of the assignment, run on replies that are lies: right functions answer, what they say is replaced."""

import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
import pytest
from fuzz.liar import Desk, Told

from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import LiveGoldens
from grader.assignment.images import Images, Notify
from grader.assignment.reference_run import ReferenceRun
from grader.assignment.suite import Chosen, Suite, check_id, mark
from grader.grading.check_fixtures import GraderPlugin
from grader.grading.check_run import CheckRun
from grader.grading.fixtures import constants
from grader.grading.notebook_fixtures import NotebookPlugin
from grader.grading.solution_answers import SolutionAnswers
from grader.grading.submission_run import CurrentRun, SubmissionRun
from grader.grading.timing_fixtures import SpeedPlugin
from grader.grading.training_fixtures import LongRunPlugin
from grader.model.options import Options
from grader.model.results import CheckResult
from grader.notebook.spec import NotebookSpec
from grader.sandbox.worker import Worker

__all__ = ["Checks", "faults_of"]

ASSIGNMENT = Assignment.load()
SEED = 3
N_IMAGES = 200
#: a number with more digits than an error or a factor is told with
VALUE = re.compile(r"\d\.\d{4,}|\d{5,}\.\d")


class Checks:
    """The checks of an assignment, and the right functions that answer them in this process.

    Args:
        assignment: the built-in one, or a course's that is made of it.
        modules: of functions that the built-in one does not have.
    """

    def __init__(
        self, assignment: Assignment = ASSIGNMENT, modules: Mapping[str, ModuleType] = MappingProxyType({})
    ) -> None:
        options = Options.of(training="certified")
        goldens = LiveGoldens(assignment, SEED)
        self.assignment = assignment
        self.current = CurrentRun()
        plugins: list[Any] = [
            GraderPlugin(self.current, assignment, goldens, options),
            LongRunPlugin(self.current, _FewImages(), SEED),
            SpeedPlugin(assignment),
            NotebookPlugin(self.current, NotebookSpec.load(assignment.folder, assignment.functions)),
        ]
        given = {name: value for plugin in plugins for name, value in plugin.constants.items()}
        chosen = Suite(assignment, [*plugins, constants(given)], "").choose({"Notebook"}, (), hidden=True)
        self.items, self.infos = chosen.items, chosen.infos
        solution = SolutionAnswers.of(ASSIGNMENT)
        assert solution is not None
        self.modules = {**solution.modules, **modules}

    def judge(self, item: pytest.Item, told: Told | None) -> CheckResult:
        """Returns how a check ends when its replies are lied to."""
        return self.answered(item, Desk(self.modules, told))

    def answered(self, item: pytest.Item, worker: Worker | SolutionAnswers) -> CheckResult:
        """Returns how a check ends with the answers of a worker."""
        infos, files = {check_id(item): self.infos[check_id(item)]}, frozenset(self.assignment.modules.values())
        check_run = CheckRun(self.assignment, worker, files, Chosen((item,), infos), secret=True)
        with self.current.of(SubmissionRun(check_run)):
            check_run.run()
        return check_run.results[-1]

    def one_of_each(self) -> Iterator[pytest.Item]:
        """Yields one case of each claim."""
        seen: set[str] = set()
        for item in self.items:
            claim = check_id(item).partition("[")[0]
            if claim not in seen:
                seen.add(claim)
                yield item


def faults_of(item: pytest.Item, result: CheckResult, told: Told) -> list[str]:
    """Returns what is wrong with how a check took a lie."""
    faults = []
    if result.status == "broken" or "cannot be judged" in result.message:
        faults.append("an exception that is no verdict")
    if "Traceback" in result.message or "Error:" in result.message.replace(told.lie.name, ""):
        faults.append("a traceback")
    if len(result.message) + len(result.hint) > 2500:
        faults.append("a message without end")
    if result.status != "passed" and not result.message:
        faults.append("no message")
    if "[notebook" not in item.name and VALUE.search(f"{result.message} {result.hint} {' '.join(result.remarks)}"):
        faults.append("a value of a secret seed")
    judged = told.request in (("call", mark(item, "function")), ("method", "loss")) and told.request not in told.before
    # A check of the loss alone claims nothing of the gradients that come with it.
    beside = told.request == ("method", "loss") and told.lie.name.startswith("part-")
    if result.status == "passed" and judged and told.n_lies and not told.lie.harmless and not beside:
        faults.append("passed")
    return [
        f"{check_id(item)} reply {told.first} {told.request} {told.lie.name}: {fault}: {result.message[:150]}"
        for fault in faults
    ]


class _FewImages:
    """Stands for what checks that train need: few images, and a run of the reference that takes a moment."""

    def __init__(self) -> None:
        self.source = self
        self._runs: dict[str, ReferenceRun] = {}

    @cached_property
    def images(self) -> Images:
        """Made-up images."""
        rng = np.random.RandomState(SEED)
        pixels = [rng.randint(256, size=(N_IMAGES, 3, 32, 32)).astype(np.uint8) for _ in range(2)]
        labels = [rng.randint(10, size=N_IMAGES) for _ in range(2)]
        return Images(
            "made-up images", "made-up images", pixels[0], labels[0], pixels[1], labels[1], pixels[0].mean(axis=0)
        )

    def run(self, name: str, progress: Notify, **plan: Any) -> ReferenceRun:
        """Returns the reference's run, as if it had learned."""
        if name not in self._runs:
            solution = importlib.import_module(f"{ASSIGNMENT.solution}.training")
            batches = [self.images.batch(indices) for indices in plan["batches"]]
            states, losses = solution.run(
                plan["settings"], plan["params"], plan["solver"], batches, plan["keep"], lambda done, loss: None
            )
            learned = np.linspace(losses[0], 0.1 * losses[0], len(losses))
            end = solution.packed(states[-1])
            self._runs[name] = ReferenceRun.of(plan, solution, end, learned, np.full((len(states), 2), 0.9))
        return self._runs[name]
