"""Measures what grading the reference costs, beside bare calls, and per call of the wall."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from clock import medians, seconds

from grader.assignment.definition import Assignment
from grader.assignment.points_and_limits import Limits
from grader.classes.class_grading import RunnerSpec
from grader.grading.runner import Runner
from grader.kit.student_kit import release
from grader.model.options import Options
from grader.reading.submission import Submission
from grader.sandbox.level import available_levels
from grader.sandbox.worker import Session, Worker
from grader.sandbox.workspace import Workspace
from grader.worker.serve import RequestHandler

__all__ = ["rows"]

SEED = 231
ECHO = b"def echo(x):\n    return x\n"


def rows(folder: Path, repeat: int) -> Iterator[tuple[str, ...]]:
    """Yields the rows about grading."""
    assignment = Assignment.load()
    release(assignment, folder / "solution", solution=True)
    submission = Submission.from_path(folder / "solution", assignment)
    for level in available_levels():
        yield _grade_row(RunnerSpec(assignment.folder, level, SEED).build(), submission, repeat)
        yield from _wall_rows(level, repeat)
        yield _section_row(assignment, level, submission, repeat)


def _grade_row(runner: Runner, submission: Submission, repeat: int) -> tuple[str, ...]:
    sessions = _recorded(runner, submission)
    whole, bare = medians(
        [lambda: runner.grade(submission), lambda: _replay(runner.assignment, sessions)],
        repeat,
    )
    return (
        f"Grade the reference, {runner.level}: {len(sessions)} sessions, {sum(map(len, sessions))} requests",
        seconds(whole),
        f"the same calls bare: {seconds(bare)}",
        f"{whole / bare:.2f}",
        f"< 1.5 x bare + 1 s = {seconds(1.5 * bare + 1)}",
    )


def _section_row(assignment: Assignment, level: Any, submission: Submission, repeat: int) -> tuple[str, ...]:
    spec = RunnerSpec(assignment.folder, level, SEED)
    plain, timed = (replace(spec, options=Options.of(speed=speed)).build() for speed in ("off", "on"))
    without, with_it = medians([lambda: plain.grade(submission), lambda: timed.grade(submission)], repeat)
    return f"Speed section of the reference, {level}", seconds(with_it - without), "", "", "< 2 s"


def _wall_rows(level: Any, repeat: int) -> Iterator[tuple[str, ...]]:
    with Workspace.lay({"echo.py": ECHO}, {}) as workspace:
        limits = Limits(cpu_seconds=60, wall_seconds=300)
        worker = Worker(workspace, {"echo": "echo.py"}, level, limits)

        def start() -> None:
            worker.close()
            with worker.session(SEED):
                pass

        (started,) = medians([start], repeat)
        yield f"Start a worker, {level}", seconds(started), "", "", ""
        with worker, worker.session(SEED) as session:
            small, large = np.zeros((2, 3)), np.zeros((100, 3, 1000))
            few, many = medians([lambda: _echo(session, small, 200), lambda: _echo(session, large, 10)], repeat)
        yield f"A call with a small array, {level}", seconds(few / 200), "", "", "0.2 ms"
        yield f"A call with 2.4 MB there and back, {level}", seconds(many / 10), "", "", ""


def _echo(session: Session, array: Any, count: int) -> None:
    message = {"op": "call", "module": "echo", "name": "echo", "count": 1, "keep": []}
    for _ in range(count):
        session.ask(message, [((array,), {})], call="echo")


def _recorded(runner: Runner, submission: Submission) -> list[list[tuple[dict[str, Any], Any]]]:
    """Returns every request of one grading, session by session."""
    sessions: dict[int, list[tuple[dict[str, Any], Any]]] = {}
    kept: list[Session] = []
    ask = Session.ask

    def recording(self: Session, message: dict[str, Any], value: Any, *, call: str, **limits: float) -> Any:
        kept.append(self)
        sessions.setdefault(id(self), []).append((message, value))
        return ask(self, message, value, call=call, **limits)

    Session.ask = recording  # type: ignore[method-assign]
    try:
        runner.grade(submission)
    finally:
        Session.ask = ask  # type: ignore[method-assign]
    return list(sessions.values())


def _replay(assignment: Assignment, sessions: list[list[tuple[dict[str, Any], Any]]]) -> None:
    """Makes the same calls in this process, without a wall."""
    modules = {
        name: import_module(f"{assignment.solution}.{file.removesuffix('.py').replace('/', '.')}")
        for name, file in assignment.modules.items()
    }
    for requests in sessions:
        handler = RequestHandler(modules, "/nowhere")
        for message, value in requests:
            handler.answer(message, value)
