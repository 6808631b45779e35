"""Tasks in, finished ones out: the executor of one machine, a process per core, each with a warm runner."""

import multiprocessing
import os
import resource
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from grader.batch import Executor, Finished, RunnerSpec, Task, grade_task
from grader.results import Ungraded
from grader.run import Runner
from grader.worker.lock import die_with_parent

__all__ = ["local_pool"]

MAX_ATTEMPTS = 2
#: of one runner's own, above what reading the largest submission and its replies takes; workers have another limit
MEMORY_BYTES = 4 << 30


def local_pool(jobs: int, on_start: Callable[[Task], None] = lambda task: None) -> Executor:
    """Returns the executor that runs tasks in `jobs` processes of this machine, telling `on_start` of each.

    A runner process that dies takes at most the tasks in flight with it; these are tried once more, one at a time, so
    that the one at fault cannot take others along again.
    """

    def run(tasks: Sequence[Task], spec: RunnerSpec) -> Iterator[Finished]:
        waiting, suspects = deque(tasks), deque[Task]()
        attempts: Counter[str] = Counter()
        while waiting or suspects:
            window = 1 if suspects else jobs
            lost: list[Task] = []
            yield from _run_until_broken(suspects or waiting, spec, window, lost, on_start)
            for task in lost:
                attempts[task.name] += 1
                if attempts[task.name] < MAX_ATTEMPTS:
                    suspects.append(task)
                else:
                    yield Finished(task.name, "", Ungraded(task.name, _DIED, ours=True))

    return run


_DIED = "The process that graded it died twice (out of memory?); grade it alone with `grader grade` to see why."

_runner: tuple[RunnerSpec, Runner] | None = None


def _run_until_broken(
    tasks: deque[Task], spec: RunnerSpec, window: int, lost: list[Task], on_start: Callable[[Task], None]
) -> Iterator[Finished]:
    """Yields finished tasks until there are none left or a process dies; then `lost` holds those in flight."""
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Finished], Task] = {}
    with ProcessPoolExecutor(window, mp_context=context, initializer=_start, initargs=(spec,)) as pool:
        while tasks or running:
            while tasks and len(running) < window:
                task = tasks.popleft()
                running[pool.submit(_grade, task)] = task
                on_start(task)
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                if isinstance(future.exception(), BrokenProcessPool):
                    lost += running.values()
                    return
                del running[future]
                yield future.result()


def _start(spec: RunnerSpec) -> None:
    global _runner
    # A coordinator that is killed cannot end its runners, and they would wait for tasks for ever.
    die_with_parent()
    if (parent := multiprocessing.parent_process()) is not None and os.getppid() != parent.pid:
        os._exit(1)  # it was killed before
    # The soft limit only: what a runner starts sets limits of its own, which may be higher.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES if hard < 0 else min(MEMORY_BYTES, hard), hard))
    _runner = spec, spec.build()


def _grade(task: Task) -> Finished:
    assert _runner is not None, "the initializer runs before any task"
    spec, runner = _runner
    return grade_task(task, spec, runner)
