"""Executes and judges the notebook of one submission when a check first asks for it."""

from dataclasses import dataclass

from grader.assignment.definition import Assignment
from grader.assignment.points_and_limits import Budget
from grader.model.errors import Missing, StudentError, UnusableSubmission, WrongAnswer
from grader.model.results import Attachment, NotebookFigure
from grader.notebook.cell_inputs import CellInputs
from grader.notebook.execute import NOTEBOOK_BUDGET, Executed, NotebookWorker
from grader.notebook.figures import JudgedFigure, judge_figures
from grader.notebook.notebook_limits import JUDGE_SECONDS, MAX_ATTACHMENT_MB
from grader.notebook.saved_state import again_note, left_out_note, saved_state_notes
from grader.notebook.spec import NotebookSpec
from grader.reading.deadline import interrupted_after
from grader.reading.notebook_file import read_notebook
from grader.reading.submission import Submission
from grader.sandbox.grants import Grants
from grader.sandbox.level import Level

__all__ = ["ATTACHMENT", "NotebookGrading", "NotebookWorkers"]

#: name of the executed notebook in a grade
ATTACHMENT = "notebook.ipynb"


class NotebookWorkers:
    """The notebook worker of a runner, made when it is first needed and kept until `close`."""

    def __init__(self, level: Level, inputs: CellInputs, assignment: Assignment) -> None:
        self._level = level
        self.inputs = inputs
        self._section = next((name for name, option in assignment.optional.items() if option == "notebook"), "")
        self._budget = assignment.rubric.section_budgets.get(self._section, NOTEBOOK_BUDGET)
        self._notebook_worker: NotebookWorker | None = None

    def open(self, spec: NotebookSpec) -> NotebookWorker:
        """Returns the notebook worker."""
        if self._notebook_worker is None:
            limits = spec.limits.with_data(reduced=self.inputs.conditions.reduced)
            times = limits.cell_seconds / spec.limits.cell_seconds
            budget = Budget(times * self._budget.cpu_seconds, times * self._budget.wall_seconds)
            self._notebook_worker = NotebookWorker(self._level, limits, self.inputs, budget, self._section)
        return self._notebook_worker

    def close(self) -> None:
        """Closes the notebook worker; it is made anew when it is needed again."""
        if self._notebook_worker is not None:
            self._notebook_worker.close()
            self._notebook_worker = None


class _TooLong(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Judged:
    executed: Executed
    #: the executed notebook, empty when it is too large
    file: bytes
    figures: tuple[JudgedFigure, ...]
    notes: tuple[str, ...]


class NotebookGrading:
    """The notebook of one submission; nothing happens before it is asked for."""

    def __init__(
        self,
        submission: Submission,
        assignment: Assignment,
        spec: NotebookSpec,
        notebook_workers: NotebookWorkers,
    ) -> None:
        self._submission = submission
        self._assignment = assignment
        self._spec = spec
        self._notebook_workers = notebook_workers
        self._judged: _Judged | None = None
        self._problem: StudentError | None = None

    def figure(self, key: str) -> JudgedFigure:
        """Returns a figure of the list; raises Missing when there is no notebook that it could be in."""
        return next(figure for figure in self._result().figures if figure.spec.key == key)

    @property
    def rows(self) -> tuple[NotebookFigure, ...]:
        """The table of figures, empty where the notebook was not executed."""
        return tuple(figure.row for figure in self._judged.figures) if self._judged else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed, in sentences."""
        return self._judged.notes if self._judged else ()

    @property
    def words(self) -> str:
        """How it was executed, in words."""
        if self._judged is None:
            return ""
        said = [f"{len(self._judged.executed.notebook.code_cells)} code cells"]
        if reduced := self._spec.reduced:
            said.append(reduced.words if self._notebook_workers.inputs.conditions.reduced else reduced.full_words)
        return ", ".join(said)

    def attachments(self) -> tuple[Attachment, ...]:
        """Returns the executed notebook as a file."""
        return (Attachment(ATTACHMENT, self._judged.file),) if self._judged and self._judged.file else ()

    def _result(self) -> _Judged:
        if self._problem is not None:
            raise self._problem
        if self._judged is None:
            self._judged = self._judge()
        return self._judged

    def _judge(self) -> _Judged:
        submission = self._submission
        try:
            if not submission.notebook:
                raise UnusableSubmission("The submission holds no notebook.")
            handed = read_notebook(submission.notebook, submission.notebook_path or "The notebook")
        except UnusableSubmission as exc:
            self._problem = Missing(str(exc))
            raise self._problem from exc
        notebook_worker = self._notebook_workers.open(self._spec)
        grants = Grants(submission.division, submission.fallible)
        try:
            executed = notebook_worker.execute(
                handed, submission.laid, self._assignment.given_bytes(), grants, submission.old_cells
            )
        except StudentError as exc:
            # No session could be opened; the next notebook gets another worker, and this one is not tried again.
            self._notebook_workers.close()
            self._problem = exc
            raise
        try:
            with interrupted_after(JUDGE_SECONDS, _TooLong()):
                read = submission.old_cells.applied(handed)
                figures = judge_figures(read, executed, self._spec, self._notebook_workers.inputs.conditions)
                honesty = saved_state_notes(handed, executed, figures, self._spec)
        except (RecursionError, _TooLong) as exc:
            self._problem = WrongAnswer(
                f"What the notebook's cells print takes more than {JUDGE_SECONDS:g} s to be judged."
                if isinstance(exc, _TooLong)
                else "A cell of the notebook is nested too deep to be read."
            )
            raise self._problem from exc
        file, large = executed.file(), ""
        if len(file) > MAX_ATTACHMENT_MB << 20:
            large = f"executed, it has {len(file) >> 20} MB, and larger ones than {MAX_ATTACHMENT_MB} MB get no page."
            file = b""
        said = (executed.stop, large, *left_out_note(executed), *again_note(executed), *honesty)
        return _Judged(executed, file, figures, tuple(f"Notebook: {note}" for note in said if note))
