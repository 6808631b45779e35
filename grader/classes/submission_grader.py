"""Takes one submission from what was handed in to its pages, for every command that grades."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType

import numpy as np

from grader import __version__
from grader.classes.class_grading import Finished, RunnerSpec, Task, failure_words
from grader.classes.submission_reader import SubmissionReader
from grader.grading.points_range import PointsRange
from grader.grading.runner import Progress
from grader.model.errors import GraderError, UnusableSubmission
from grader.model.results import CheckResult, Grade, Ungraded
from grader.publishing.page_maker import PageMaker
from grader.reading.submission import Submission
from grader.store.kept_checks import KeptChecks

__all__ = ["SubmissionGrader"]


class SubmissionGrader:
    """Grades one submission after another; leaving the `with` block, or `close`, ends what it keeps between them.

    Args:
        spec: how to grade.
        notify: called with a sentence before slow work that serves later submissions, too.
        untrusted: whether submissions are read in a process of their own; what a person has written themself is not.
        kept: results of a student's own earlier checks, where they may be used.
    """

    def __init__(
        self,
        spec: RunnerSpec,
        notify: Callable[[str], None] | None = None,
        *,
        untrusted: bool = True,
        kept: KeptChecks | None = None,
    ) -> None:
        self.spec = spec
        self._kept = kept
        self._stack = ExitStack()
        # It gets ready while the runner is made.
        self._reader = self._stack.enter_context(SubmissionReader(spec)) if untrusted else None
        self._runner = self._stack.enter_context(spec.build(notify))
        self._maker = self._stack.enter_context(PageMaker())

    def __enter__(self) -> "SubmissionGrader":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes that are kept between submissions."""
        self._stack.close()

    def grade(self, task: Task, on_result: Progress | None, tell: Callable[[str], None]) -> Finished:
        """Takes a submission from its path to its pages; raises what a step raises.

        Args:
            task: what to grade.
            on_result: called with each result as it comes, and the number of checks.
            tell: called with a few words before slow work.
        """
        submission = self._submission(task)
        key = self._key(submission)
        if settled := self._settled(task, submission, key):
            return settled
        findings = self._reader.findings(submission) if self._reader else None
        grade = self._runner.grade(submission, on_result, tell, findings, self._kept)
        # A grade with an internal error is tried again next time.
        return self._with_pages(Finished(task.name, key if grade.complete else "", grade), task)

    def grade_safely(self, task: Task, tell: Callable[[str], None] = lambda text: None) -> Finished:
        """Does the same for one of many: whatever goes wrong with it stays with it."""
        ended = 0

        def on_result(result: CheckResult, count: int) -> None:
            nonlocal ended
            ended += 1
            tell(f"{ended} of {count} checks")

        try:
            return self.grade(task, on_result, tell)
        except UnusableSubmission as exc:
            failed = Ungraded(task.name, str(exc))
        except GraderError as exc:
            failed = Ungraded(task.name, str(exc), ours=True)
        except Exception as exc:
            failed = Ungraded(task.name, failure_words(exc), ours=True)
        return self._with_pages(Finished(task.name, "", failed), task)

    def points_range(self, grade: Grade) -> PointsRange:
        """Returns between which points a submission lies, of which all visible checks have run."""
        return self._runner.points_range(grade)

    def _submission(self, task: Task) -> Submission:
        if self._reader:
            submission = self._reader.submission(task)
        else:
            submission = self.spec.read(task.path, self._runner, task.read())
        return replace(submission, name=task.name) if task.name else submission

    def _settled(self, task: Task, submission: Submission, key: str) -> Finished | None:
        """Returns what is known of a submission that was graded before, with other points where only these changed."""
        if key == task.known_key:
            return Finished(task.name, key, None)
        if task.known_key and key.partition(":")[0] == task.known_key.partition(":")[0]:
            return Finished(task.name, key, None, points=self._runner.points_of(submission))
        return None

    def _with_pages(self, finished: Finished, task: Task) -> Finished:
        assert finished.outcome is not None, "what was not graded anew has its pages"
        try:
            return replace(finished, pages=self._maker.pages(finished.outcome, task.about))
        except Exception:
            # A page that cannot be made must not cost the grade: whoever keeps that makes the page, and says what is
            # wrong.
            return finished

    def _key(self, submission: Submission) -> str:
        """Returns two digests with a colon between: of what decides how the checks end, and of the rubric's points."""
        spec, assignment = self.spec, self._runner.assignment
        parts = (
            submission.digest,
            assignment.judging_digest(),
            self._runner.goldens.digest,
            self._runner.data_kind,
            spec.level,
            spec.seed,
            spec.compat,
            spec.keyword,
            spec.options,
            np.__version__,
            __version__,
        )
        return f"{hashlib.sha256(chr(0).join(map(str, parts)).encode()).hexdigest()}:{assignment.points_digest()}"
