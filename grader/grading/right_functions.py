"""Answers a submission's calls of functions in which it is wrong with the solution's, in a worker of its own.

So a function that uses wrong ones is judged by itself. The solution's code never enters the process of a submission,
and what a submission sends is computed with in no process of ours: its arguments go on to a worker with limits.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from grader.assignment.definition import Assignment
from grader.assignment.markers import solved_version
from grader.assignment.points_and_limits import Limits
from grader.grading.student import Ref, Student
from grader.model.errors import StudentError
from grader.model.sandbox_levels import LEVELS
from grader.sandbox.level import Level
from grader.sandbox.process_worker import ProcessWorker
from grader.sandbox.session import Session
from grader.sandbox.worker import Worker
from grader.sandbox.workspace import Workspace

__all__ = ["RightAnswers", "RightFunctions"]


class RightAnswers:
    """The solution's answers to the calls of one check.

    Args:
        student: the solution in its own worker.
        assignment: says where functions lie.
        functions: those that are provided.
    """

    def __init__(self, student: Student, assignment: Assignment, functions: Iterable[str]) -> None:
        self._student = student
        self._assignment = assignment
        self._functions = frozenset(functions)
        #: of the functions, those that were called
        self.called: set[str] = set()

    def join(self, session: Session) -> None:
        """Has a submission's calls in a session answered here."""
        files, specs = self._assignment.modules, self._assignment.functions
        dotted = {name: file.removesuffix(".py").replace("/", ".") for name, file in files.items()}
        rows = [(dotted[specs[name].module], name, name) for name in sorted(self._functions)]
        session.provide(rows, self.answer)

    def answer(self, name: str, value: Any) -> tuple[dict[str, Any], Any]:
        """Returns what a function gives for arguments that came from a submission, or why it gives nothing."""
        if name not in self._functions or not _is_call(value):
            return {"refused": "this is no call of a function that is provided"}, None
        self.called.add(name)
        args, kwargs = value
        try:
            return {}, self._call(name, args, kwargs)
        except StudentError as exc:
            return {"refused": str(exc)}, None

    def _call(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, list[tuple[int | str, Any]]]:
        """Returns a result, and the dictionaries among the arguments as they are afterwards, by place or name."""
        function = getattr(getattr(self._student, self._assignment.functions[name].module), name)
        kept: dict[int | str, Ref] = {}
        places: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
        for place, part in places:
            if isinstance(part, dict):
                kept[place] = self._student.put(part)
        given = [kept.get(place, part) for place, part in enumerate(args)]
        result = function(*given, **{key: kept.get(key, part) for key, part in kwargs.items()})
        changed = [(place, self._student.fetch(ref)) for place, ref in kept.items()]
        parts = result if isinstance(result, tuple) else (result,)
        crossing = tuple(part.number if isinstance(part, Ref) else part for part in parts)
        return (crossing if isinstance(result, tuple) else crossing[0]), changed


class RightFunctions:
    """The solution in a worker, which starts when it is first asked; `close` ends it.

    Args:
        assignment: whose solution.
        level: of the sandbox.
    """

    def __init__(self, assignment: Assignment, level: Level) -> None:
        self._assignment = assignment
        self._level = level
        self._worker: Worker | None = None
        self._stack = ExitStack()

    @classmethod
    def of(cls, assignment: Assignment, level: Level) -> "RightFunctions | None":
        """Returns those of an assignment's solution, None where it is not installed."""
        return cls(assignment, level) if assignment.has_solution else None

    @contextmanager
    def answering(self, functions: Iterable[str], limits: Limits) -> Iterator[RightAnswers]:
        """Yields what answers calls of some functions while one check is judged.

        Raises:
            GraderFault: our own worker does not start.
        """
        worker, files = self._started(), tuple(self._assignment.modules.values())
        with ExitStack() as sessions:

            def opened() -> Session:
                sessions.close()
                return sessions.enter_context(worker.session(self._assignment.public_seed, limits))

            yield RightAnswers(Student(opened, self._assignment, files), self._assignment, functions)

    def close(self) -> None:
        """Ends the worker and removes its files."""
        self._stack.close()
        self._worker = None

    def _started(self) -> Worker:
        if self._worker is None:
            texts = {file: self._assignment.solved_text(file) for file in self._assignment.modules.values()}
            files = {file: solved_version(text, file).encode() for file, text in texts.items() if text is not None}
            workspace = self._stack.enter_context(Workspace.lay(files, self._assignment.given_bytes()))
            kind = Worker if LEVELS[self._level].has_fork else ProcessWorker
            modules = {name: file for name, file in self._assignment.modules.items() if file in files}
            worker = kind(workspace, modules, self._level, self._assignment.rubric.limits)
            self._worker = self._stack.enter_context(worker)
        return self._worker


def _is_call(value: Any) -> bool:
    """Whether something that came from a submission has the form of arguments."""
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], tuple) and isinstance(value[1], dict)
