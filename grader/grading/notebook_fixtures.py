"""Provides the pytest fixture and the cases for checks on the figures of a notebook."""

from collections.abc import Sequence

import pytest

from grader.grading.submission_run import CurrentRun
from grader.model.errors import Blocked, Missing
from grader.model.phrases import join_words
from grader.notebook.figures import JudgedFigure
from grader.notebook.spec import FigureSpec, NotebookSpec

__all__ = ["NotebookPlugin"]


class NotebookPlugin:
    """A pytest plugin beside GraderPlugin.

    Args:
        current: says whose checks run.
        spec: which figures there are; each that is judged is a case of a check that takes `figure`.
    """

    def __init__(self, current: CurrentRun, spec: NotebookSpec) -> None:
        #: fixture -> what it gives
        self.constants = {"notebook": self._figure}
        self._current = current
        self._spec = spec

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Makes a case of each figure."""
        if "figure" in metafunc.fixturenames:
            figures = [figure for _, figure in self._spec.judged()]
            metafunc.parametrize("figure", figures, ids=[figure.slug for figure in figures])

    def _figure(self, figure: FigureSpec) -> JudgedFigure:
        """Returns a figure as the executed notebook prints it; raises Missing or Blocked where it cannot count."""
        notebook = self._current().notebook
        assert notebook is not None, "who judges notebooks gives one"
        judged = notebook.figure(figure.key)
        if not judged.found:
            raise Missing(judged.problem)
        # The verdict on a function comes from its checks, never from a printed number.
        wrong = self._not_right(judged.functions)
        if wrong:
            verb = "is" if len(wrong) == 1 else "are"
            names = join_words(wrong)
            raise Blocked(
                f"{names} {verb} not right by the checks, whatever the notebook prints.", f"Look at {names} first."
            )
        return judged

    def _not_right(self, functions: Sequence[str]) -> list[str]:
        failed = {result.function for result in self._current().checks.results if not result.passed}
        return [name for name in functions if name in failed]
