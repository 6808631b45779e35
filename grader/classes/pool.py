"""Tasks in, finished ones out: the executor of one machine, a process per core, each with a warm runner."""

import multiprocessing
import os
import resource
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver

from grader.batch import Executor, Finished, RunnerSpec, Task, grade_task
from grader.results import Ungraded
from grader.run import Runner
from grader.worker.lock import die_with_parent

__all__ = ["local_pool", "warm_up"]

MAX_ATTEMPTS = 2
#: of one runner's own, above what reading the largest submission and its replies takes; workers have another limit
MEMORY_BYTES = 4 << 30
#: what every runner imports; the server that forks runners does so once for all of them
_PRELOADED = ["grader.cli", "grader.classes.pool"]


def warm_up() -> None:
    """Starts the server that forks runners, which imports what they need while this process reads the class.

    The server ends by itself with this process and its runners.
    """
    _context()
    forkserver.ensure_running()


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
    running: dict[Future[Finished], Task] = {}
    with ProcessPoolExecutor(window, mp_context=_context(), initializer=_start, initargs=(spec,)) as pool:
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


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _start(spec: RunnerSpec) -> None:
    global _runner
    # A coordinator that is killed cannot end its runners, and they would wait for tasks for ever. The kernel tells
    # us of the server that forked us, and the thread of the coordinator, whose end of a pipe closes with it.
    die_with_parent()
    threading.Thread(target=_end_with_coordinator, daemon=True).start()
    # The soft limit only: what a runner starts sets limits of its own, which may be higher.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES if hard < 0 else min(MEMORY_BYTES, hard), hard))
    _runner = spec, spec.build()


def _end_with_coordinator() -> None:
    coordinator = multiprocessing.parent_process()
    assert coordinator is not None, "only runners call this"
    coordinator.join()
    os._exit(1)


def _grade(task: Task) -> Finished:
    assert _runner is not None, "the initializer runs before any task"
    spec, runner = _runner
    return grade_task(task, spec, runner)
