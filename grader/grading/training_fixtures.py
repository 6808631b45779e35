"""Provides pytest fixtures for checks that train: images, the reference's run, a secret draw, progress."""

import hashlib
import sys
from typing import Any

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.assignment.images import Images, ImageSource, Notify
from grader.assignment.reference_run import ReferenceRun, reference_run
from grader.grading.submission_run import CurrentRun
from grader.model.options import Options

__all__ = ["LongRunPlugin", "TrainingMaterial", "to_stderr"]


def to_stderr(text: str) -> None:
    """Prints a sentence about something that takes long."""
    print(text, file=sys.stderr, flush=True)


class TrainingMaterial:
    """What a warm runner keeps between submissions for checks that train: the images and the reference's run.

    Args:
        assignment: what is graded.
        options: one of them may name the folder of the data.
        notify: called with a message before slow work.
    """

    def __init__(self, assignment: Assignment, options: Options, notify: Notify = to_stderr) -> None:
        self.source = ImageSource(assignment, options, notify)
        self._assignment = assignment
        self._notify = notify
        self._runs: dict[str, ReferenceRun | None] = {}

    def run(self, name: str, progress: Notify, **plan: Any) -> ReferenceRun | None:
        """Returns the reference's run of a name; its plan is that of `reference_run`, asked for once."""
        if name not in self._runs:
            images = self.source.images
            self._runs[name] = reference_run(self._assignment, images, self._notify, progress=progress, **plan)
        return self._runs[name]


class LongRunPlugin:
    """Fixtures for checks that train.

    Args:
        current: says whose checks run.
        training_material: kept between submissions.
        seed: secret seed, or the public one where there is none.
    """

    def __init__(self, current: CurrentRun, training_material: TrainingMaterial, seed: int) -> None:
        #: fixture -> what it gives: the reference's run for a name and a plan, or None where the solution is not
        #: installed; a secret draw; and what is called with how far a long check is
        self.constants = {"training_run": self._run, "secret": self.draw, "progress": self._say}
        self._current = current
        self._training_material = training_material
        self._seed = seed

    @pytest.fixture
    def images(self) -> Images:
        """The training images, and held-out ones whose labels no student's code gets."""
        return self._training_material.source.images

    def draw(self, name: str) -> np.random.RandomState:
        """Returns a random generator for a name, from the grade's secret seed: the same for a whole class."""
        digest = hashlib.sha256(f"{self._seed}:{name}".encode()).digest()
        return np.random.RandomState(np.frombuffer(digest, np.uint32))

    def _run(self, name: str, **plan: Any) -> ReferenceRun | None:
        return self._training_material.run(name, self._say, **plan)

    def _say(self, text: str) -> None:
        """Says in a sentence how far a long check is."""
        if (on_progress := self._current().on_progress) is not None:
            on_progress(text)
