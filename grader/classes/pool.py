"""Grades a class on one machine with several processes that each keep a runner."""

import importlib
import multiprocessing
import multiprocessing.util
import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from types import FrameType
from typing import TYPE_CHECKING

from grader.classes.class_grading import Executor, Finished, RunnerSpec, Task, failure_words
from grader.classes.class_limits import LOOK_SECONDS, MAX_ATTEMPTS, RUNNER_MEMORY_BYTES
from grader.classes.progress_pipe import ProgressPipe, ProgressWriter
from grader.classes.stopping import Stop
from grader.model.results import Ungraded
from grader.sandbox.ending import end_children
from grader.worker.lockdown import die_with_parent

if TYPE_CHECKING:
    from grader.classes.submission_grader import SubmissionGrader

__all__ = ["local_pool"]


def local_pool(
    jobs: int,
    on_start: Callable[[Task], None] = lambda task: None,
    on_progress: Callable[[str, str], None] = lambda name, text: None,
    stop: Stop | None = None,
) -> Executor:
    """Returns the executor that runs tasks in `jobs` processes of this machine.

    It tells `on_start` of each task, and `on_progress` now and then what is being done for a task of which name; what
    concerns all of them, as the training of the reference, under no name.

    When it is asked to stop it yields what is finished, kills all runners and what they have started, and ends.

    A runner process that dies takes at most the tasks in flight with it; these are tried once more, one at a time, so
    that the one at fault cannot take others along again.
    """

    def asked() -> bool:
        return stop is not None and stop.asked

    def run(tasks: Sequence[Task], spec: RunnerSpec) -> Iterator[Finished]:
        waiting, suspects = deque(tasks), deque[Task]()
        attempts: Counter[str] = Counter()
        while (waiting or suspects) and not asked():
            window = 1 if suspects else jobs
            lost: list[Task] = []
            with ProgressPipe() as progress_pipe:
                events = _run_until_broken(suspects or waiting, spec, window, lost, on_start, progress_pipe, asked)
                for event in events:
                    for name, text in progress_pipe.heard():
                        on_progress(name, text)
                    if event is not None:
                        yield event
            for task in lost if not asked() else ():
                attempts[task.name] += 1
                if attempts[task.name] < MAX_ATTEMPTS:
                    suspects.append(task)
                else:
                    yield Finished(task.name, "", Ungraded(task.name, _DIED, ours=True))

    return run


_DIED = "The process that graded it died twice (out of memory?); grade it alone with `grader grade` to see why."

#: what a process of the pool keeps between tasks; its initializer can hand them nothing but a global
_kept: "tuple[SubmissionGrader, ProgressWriter] | None" = None


def _run_until_broken(
    tasks: deque[Task],
    spec: RunnerSpec,
    window: int,
    lost: list[Task],
    on_start: Callable[[Task], None],
    progress_pipe: ProgressPipe,
    asked: Callable[[], bool],
) -> Iterator[Finished | None]:
    """Yields finished tasks, and None now and then, until there are none left, a process dies or it is asked to stop.

    Then `lost` holds those in flight.
    """
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Finished], Task] = {}
    told = (spec, progress_pipe.sender)
    with ProcessPoolExecutor(window, mp_context=context, initializer=_start, initargs=told) as pool:
        while tasks or running:
            while tasks and len(running) < window:
                task = tasks.popleft()
                running[pool.submit(_grade, task)] = task
                on_start(task)
            done, _ = wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if asked():
                finished = [future for future in done if future.exception() is None]
                # The pool would wait for whatever is being graded, which takes minutes.
                end_children()
                yield from (future.result() for future in finished)
                return
            if not done:
                yield None
            for future in done:
                problem = future.exception()
                if isinstance(problem, BrokenProcessPool):
                    lost += running.values()
                    return
                task = running.pop(future)
                if problem is None:
                    yield future.result()
                else:  # it could not cross to us
                    yield Finished(task.name, "", Ungraded(task.name, failure_words(problem), ours=True))


def _start(spec: RunnerSpec, sender: Connection) -> None:
    # Only a process that grades imports pytest and all that reads submissions.
    from grader.classes.submission_grader import SubmissionGrader

    global _kept
    # Whether to stop is for the coordinator to say, also where Ctrl-C reaches all processes of a terminal.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave_to_coordinator)
    # A coordinator that is killed cannot end its runners, and they would wait for tasks for ever.
    die_with_parent()
    if (parent := multiprocessing.parent_process()) is not None and os.getppid() != parent.pid:
        os._exit(1)  # it was killed before
    # The soft limit only: what a runner starts sets limits of its own, which may be higher.
    resource = importlib.import_module("resource")
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = RUNNER_MEMORY_BYTES if hard < 0 else min(RUNNER_MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    writer = ProgressWriter(sender)
    grader = SubmissionGrader(spec, writer.announce)
    # This process skips atexit.
    multiprocessing.util.Finalize(grader, grader.close, exitpriority=10)
    _kept = grader, writer


def _leave_to_coordinator(number: int, frame: FrameType | None) -> None:
    """Hears a signal and does nothing; unlike one that is ignored, it counts again for the processes started here."""


def _grade(task: Task) -> Finished:
    assert _kept is not None, "the initializer runs before any task"
    grader, writer = _kept
    return grader.grade_safely(task, lambda text: writer.tell(task.name, text))
