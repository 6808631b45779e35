"""Grades a class on many machines through a Dask scheduler.

A Dask worker runs this grader; student code runs behind the wall that the grader puts up on the worker's host, never in
the Dask worker itself. What travels there is what was read of a submission, as plain names and bytes, and what travels
back is a Finished. Dask moves both by a serialisation that can run code, between processes of ours alone: no process
behind the wall holds a connection to it, and no object that a submission made is in either. Whoever reaches the
scheduler's port can run code as its owner, so it belongs into a network of one's own, or behind TLS.
"""

import logging
import multiprocessing.util
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from grader import __version__
from grader.assignment.definition import BUILT_IN
from grader.classes.class_grading import Executor, Finished, RunnerSpec, Task
from grader.classes.class_limits import (
    ANSWER_SECONDS,
    CLUSTER_LOOK_SECONDS,
    MAX_ATTEMPTS,
    TASKS_IN_FLIGHT,
    WAIT_SECONDS,
)
from grader.classes.progress_pipe import Pace
from grader.classes.stopping import Stop
from grader.model.errors import GraderError, GraderFault, UnusableInput, UnusableSubmission
from grader.model.results import Ungraded
from grader.sandbox.ending import end_children
from grader.sandbox.level import why_unavailable

if TYPE_CHECKING:
    from grader.classes.submission_grader import SubmissionGrader
    from grader.classes.submission_reader import SubmissionReader

__all__ = ["cluster"]


_DIED = "The cluster workers that graded it died (out of memory?); grade it alone with `grader grade` to see why."


def cluster(
    address: str,
    on_start: Callable[[Task], None] = lambda task: None,
    on_progress: Callable[[str, str], None] = lambda name, text: None,
    wait_seconds: float = WAIT_SECONDS,
    stop: Stop | None = None,
) -> Executor:
    """Returns the executor that runs tasks on the workers of a Dask scheduler.

    The scheduler gives the task of a worker that dies to another one, as often as its `allowed-failures` says; a task
    that is past that is tried once more, alone. Workers may come and go at any time.

    Args:
        address: of the scheduler, "tcp://host:8786"; or the path of the file that it wrote, ending in ".json"; or
            "local:N" for N worker processes on this machine.
        on_start: is told of each task that is sent.
        on_progress: is told now and then what is being done for a task of which name.
        wait_seconds: how long to wait for the first worker.
        stop: says whether to stop; what is on the way is then given up.

    Raises:
        UnusableInput: from the executor, when Dask is not installed, no scheduler or worker answers, or a worker
            cannot grade as this machine would.
        GraderFault: from the executor, when the scheduler is lost on the way.
    """

    def run(tasks: Sequence[Task], spec: RunnerSpec) -> Iterator[Finished]:
        from grader.classes.submission_reader import SubmissionReader

        with _connected(address, wait_seconds) as client:
            ours = _Wanted.of(spec)
            _refuse_unfit(client, ours, address)
            try:
                with SubmissionReader(spec) as reader:
                    yield from _run(_Flight(client, ours, reader, on_start, on_progress, stop or Stop()), tasks)
            # Whatever is asked of a scheduler that is gone says so; a future that it takes along was cancelled.
            except (OSError, CancelledError) as exc:
                words = f"{type(exc).__name__}: {' '.join(str(exc).split())[:200]}"
                raise GraderFault(
                    f"The scheduler at {address} was lost ({words}); what is graded is kept, run the same again."
                ) from exc

    return run


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How to grade, and what a worker must have for it."""

    spec: RunnerSpec
    #: whether the assignment is the one that comes with the grader, wherever that is installed
    built_in: bool
    #: versions and the digest of the assignment: all that the keys of outcomes depend on
    host: tuple[str, ...]

    @classmethod
    def of(cls, spec: RunnerSpec) -> "_Wanted":
        return cls(spec, spec.assignment.absolute() == BUILT_IN.absolute(), _host(spec))

    def local_spec(self) -> RunnerSpec:
        return replace(self.spec, assignment=BUILT_IN) if self.built_in else self.spec

    def misfit(self) -> str:
        """Returns why this process cannot take the place of the one that asks; empty when it can."""
        spec = self.local_spec()
        try:
            host = _host(spec)
        except UnusableInput as exc:
            return str(exc)
        names = ("grader", "NumPy", "assignment", "reference")
        differing = [f"{name} {b} in place of {a}" for name, a, b in zip(names, self.host, host, strict=True) if a != b]
        if differing:
            return f"it has {differing[0]}; install the same version on all machines."
        if reason := why_unavailable(spec.level):
            return f"the sandbox level {spec.level} does not work there: {reason}"
        return ""


def _host(spec: RunnerSpec) -> tuple[str, ...]:
    import numpy as np

    assignment, goldens = spec.material()
    return __version__, np.__version__, assignment.digest(), goldens.digest


@contextmanager
def _connected(address: str, wait_seconds: float) -> Iterator[Any]:
    """Yields a client of a scheduler that has a worker."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as exc:
        raise UnusableInput("--cluster needs Dask; install it with: pip install distributed") from exc
    with ExitStack() as open_things:
        # A notebook with its pictures is larger than what Dask likes to see in a task.
        open_things.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}))
        try:
            if count := _local_count(address):
                local = LocalCluster(
                    count, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
                )
                place: dict[str, Any] = {"address": open_things.enter_context(local)}
            else:
                place = _place(address)
            timeout = min(ANSWER_SECONDS, wait_seconds)
            client = open_things.enter_context(Client(**place, set_as_default=False, timeout=timeout))
            client.wait_for_workers(1, timeout=wait_seconds)
        except (OSError, ValueError, TimeoutError) as exc:
            raise UnusableInput(
                f"No Dask scheduler with a worker answers at {address} ({type(exc).__name__}: {str(exc)[:150]}); "
                "start `dask scheduler` and `dask worker`, or name the right address."
            ) from exc
        yield client


def _local_count(address: str) -> int:
    return int(address.removeprefix("local:")) if address.startswith("local:") else 0


def _place(address: str) -> dict[str, Any]:
    """Returns how Dask is told of a scheduler; it would wait for ever for a file that is not there."""
    if not address.endswith(".json"):
        return {"address": address}
    os.stat(address)
    return {"scheduler_file": address}


def _refuse_unfit(client: Any, wanted: _Wanted, address: str) -> None:
    try:
        answers = client.run(wanted.misfit)
    except Exception as exc:
        words = f"{type(exc).__name__}: {str(exc)[:200]}"
        raise UnusableInput(f"The workers at {address} cannot run this grader ({words}); install it there.") from exc
    for worker, misfit in answers.items():
        if misfit:
            raise UnusableInput(f"The worker {worker} cannot grade: {misfit}")


@dataclass(frozen=True, slots=True)
class _Flight:
    """The submissions that are with the cluster."""

    client: Any
    wanted: _Wanted
    #: of what the cluster cannot reach
    reader: "SubmissionReader"
    on_start: Callable[[Task], None]
    on_progress: Callable[[str, str], None]
    stop: Stop
    running: dict[Any, Task] = field(default_factory=dict)
    #: futures as they end, and what workers say: pairs of a task's name and a text
    news: SimpleQueue[Any] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.client.subscribe_topic(self.topic, lambda event: self.news.put(tuple(event[1])))

    @property
    def topic(self) -> str:
        """Where workers say what they do: another batch on the same cluster has another one."""
        return f"grader-{self.client.id}"

    def may_take_more(self) -> bool:
        return len(self.running) < TASKS_IN_FLIGHT * max(1, len(self.client.nthreads()))

    def send(self, task: Task) -> Iterator[Finished]:
        """Reads a submission and sends it; yields its end when there is nothing to send."""
        try:
            sent = replace(task, tree=self.reader.tree(task), parts=())
        except UnusableSubmission as exc:
            yield Finished(task.name, "", Ungraded(task.name, str(exc)))
            return
        except GraderError as exc:
            yield Finished(task.name, "", Ungraded(task.name, str(exc), ours=True))
            return
        self.on_start(task)
        # What was read is not kept here: in memory are only the submissions in flight, which Dask holds.
        future = self.client.submit(_grade, sent, self.wanted, self.topic, pure=False)
        self.running[future] = task
        future.add_done_callback(self.news.put)

    def next_done(self) -> tuple[Task, Finished | None]:
        """Waits for a task to end; without what it came to, the workers that it was given to were lost."""
        while True:
            try:
                future = self.news.get(timeout=CLUSTER_LOOK_SECONDS)
            except Empty:
                if self.stop.asked:
                    end_children()  # of a cluster on this machine
                    raise KeyboardInterrupt from None
                continue
            if not isinstance(future, tuple):
                return self.running.pop(future), _result(future)
            self.on_progress(*future)


def _run(flight: _Flight, tasks: Sequence[Task]) -> Iterator[Finished]:
    waiting, suspects = deque(tasks), deque[Task]()
    attempts: Counter[str] = Counter()
    while waiting or suspects or flight.running:
        while waiting and flight.may_take_more():
            yield from flight.send(waiting.popleft())
        if suspects and not flight.running:
            yield from flight.send(suspects.popleft())
        if not flight.running:
            continue
        task, finished = flight.next_done()
        attempts[task.name] += 1
        if finished is not None:
            yield finished
        elif attempts[task.name] < MAX_ATTEMPTS:
            suspects.append(task)
        else:
            yield Finished(task.name, "", Ungraded(task.name, _DIED, ours=True))


def _result(future: Any) -> Finished | None:
    from distributed import KilledWorker

    try:
        finished: Finished = future.result()
    except KilledWorker:
        return None
    return finished


#: a runner grades one submission at a time, however many threads its Dask worker has
_turn = threading.Lock()
#: what a Dask worker keeps between tasks, and for what; Dask gives a task no other place
_kept: "tuple[_Wanted, SubmissionGrader] | None" = None


def _grade(task: Task, wanted: _Wanted, topic: str) -> Finished:
    """Grades one submission, in a worker process."""
    from distributed import get_worker

    from grader.classes.submission_grader import SubmissionGrader

    global _kept
    pace, worker = Pace(), get_worker()

    def tell(text: str) -> None:
        if pace.is_due():
            worker.log_event(topic, (task.name, text))

    with _turn:
        if _kept is None or _kept[0] != wanted:
            # A worker that came later than the others has not been asked yet.
            if misfit := wanted.misfit():
                return Finished(
                    task.name, "", Ungraded(task.name, f"A cluster worker cannot grade: {misfit}", ours=True)
                )
            if _kept is not None:
                _kept[1].close()
            _kept = wanted, SubmissionGrader(wanted.local_spec())
            # In a process that skips atexit, too.
            multiprocessing.util.Finalize(_kept[1], _kept[1].close, exitpriority=10)
        return _kept[1].grade_safely(task, tell)
