"""Imports a submission's modules in its sandboxed worker, and opens a session in a fork of it for each check."""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import Any

from grader.assignment.points_and_limits import Limits
from grader.model.errors import Crashed, OverBudget, StudentError, TimedOut
from grader.sandbox.children import Child, Children
from grader.sandbox.connection import Capture, Link, LinkClosed, LinkTimeout, Patience
from grader.sandbox.grants import Grants, read_granted
from grader.sandbox.host_files import CHECKS, Program
from grader.sandbox.level import Level
from grader.sandbox.meter import Meter
from grader.sandbox.sandbox_limits import MAX_GRANTED, ORDER_SECONDS
from grader.sandbox.session import Host, Session, Watch
from grader.sandbox.worker_process import FAILURES, Setup, WorkerProcess
from grader.sandbox.workspace import Workspace
from grader.worker.wire import WireError

__all__ = ["Session", "Worker"]


class Worker:
    """The sandboxed process of one submission; it starts when first needed and again whenever it had to be killed.

    `close` (or leaving the `with` block) kills the process tree; the workspace stays its owner's.
    """

    def __init__(
        self,
        workspace: Workspace,
        modules: Mapping[str, str],
        level: Level,
        limits: Limits,
        grants: Grants = Grants(),  # noqa: B008 - it cannot be changed
        program: Program = CHECKS,
        variables: Mapping[str, str] = MappingProxyType({}),
        meter: Meter | None = None,
    ) -> None:
        self.grants = grants
        self.modules = modules
        self.level = level
        self.limits = limits
        setup = Setup(workspace, tuple(modules.values()), level, limits, grants, program, variables)
        self._process = WorkerProcess(setup, meter or Meter())
        self._children = Children(self._process)
        #: module -> how its import ended: None, the worker's description of an exception, or our own error
        self.imports: dict[str, dict[str, Any] | StudentError | None] = {}
        #: module -> what its import printed
        self._printed: dict[str, str] = {}
        #: of the modules, those that are imported
        self._wanted = frozenset(modules)
        #: what was granted while code ran: workspace path, line, what, as the worker says
        self.granted: set[tuple[str, int, str]] = set()
        #: imports inside of files that failed and were let pass: workspace path, line, name
        self.absent: set[tuple[str, int, str]] = set()
        #: why no session is opened any more
        self._given_up: StudentError | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def meter(self) -> Meter:
        """Counts what all of the submission's processes use."""
        return self._process.meter

    @property
    def import_output(self) -> str:
        """What the imports printed."""
        return "".join(self._printed.values())

    def import_only(self, names: Collection[str]) -> None:
        """Has sessions hold some of the modules only, so that what the import of the others did is in none of them."""
        wanted = frozenset(names) & self.modules.keys()
        if wanted != self._wanted:
            self.close()
            self._wanted, self._given_up = wanted, None

    @contextlib.contextmanager
    def session(self, seed: int, limits: Limits | None = None, *, another: bool = True) -> Iterator["Session"]:
        """Yields a fresh fork of the worker; ends it and all that it started.

        Args:
            seed: for the generators of random numbers.
            limits: other than the worker's own.
            another: whether one more of the same kind will most likely be asked for; it is then made ready at the end.

        Raises:
            Crashed, TimedOut: the submission's import leaves a process that cannot be forked, or that does not answer.
            OverBudget: the submission has used up its budget.
            GraderFault: our own worker does not start.
        """
        session = self._open(seed, limits or self.limits, another)
        try:
            yield session
        finally:
            session.close()

    def count_with(self, meter: Meter) -> None:
        """Has another meter count what is used from now on, where a worker serves several submissions.

        Raises:
            GraderFault: our own worker does not start.
        """
        self._ensure_started()
        self._process.count_with(meter)

    def settle(self) -> None:
        """Returns when nothing of the last session is left; sessions else end while others are already judged."""
        try:
            self._children.require_silence()
        except (*FAILURES, OSError):
            self.close()

    def note_granted(self, reply: Mapping[str, Any]) -> None:
        """Keeps what a reply says was granted, as far as habits are granted and the files have such lines."""
        said = reply.get("granted")
        if self.grants.division and isinstance(said, str) and len(self.granted) < MAX_GRANTED:
            self.granted |= set(read_granted(said, self.grants.division))

    def close(self) -> None:
        """Kills the worker's process tree; a later session starts a new one."""
        self._children.end()

    def _open(self, seed: int, limits: Limits, another: bool) -> "Session":
        silent = False
        # The student's import may have left something that ended or stopped the process since; once more, then give up.
        for _ in range(2):
            if self._given_up is not None:
                raise self._given_up
            try:
                self.meter.look()
                self._ensure_started()
                with self.meter.waiting():
                    return self._session(*self._children.fork(seed, limits), another)
            except FAILURES as exc:
                silent = isinstance(exc, LinkTimeout)
                self.close()
            except OverBudget:
                self.close()
                raise
        if not silent:
            raise Crashed("The process that imported your files exited before any function was called.")
        self._given_up = TimedOut(
            f"The process that imported your files does not answer within {ORDER_SECONDS:g} s; nothing can be called.",
            "Does code outside of functions start a thread, or something that runs when a process is forked?",
        )
        raise self._given_up

    def _ensure_started(self) -> None:
        if self._process.is_alive:
            return
        self.close()
        while not self._import_all():
            # One has ended the process that held the others; it is not tried again.
            continue
        # What an import started beside itself has no part in any check.
        if not self._process.end_others():
            self.close()

    def _import_all(self) -> bool:
        """Starts a process and imports what is wanted; returns False when an import has ended it."""
        self._process.start()
        for name, file in self.modules.items():
            if name in self._wanted and not isinstance(self.imports.get(name), StudentError):
                self.imports[name] = self._import(name, file)
                if self._process.pid is None:
                    return False
        return True

    def _import(self, name: str, file: str) -> dict[str, Any] | StudentError | None:
        dotted = file.removesuffix(".py").replace("/", ".")
        capture = Capture(self.limits.output_kb << 10)
        seconds = self.limits.import_seconds
        what = f"Importing {file}"
        limits = replace(self.limits, cpu_seconds=seconds)
        watch = Watch(what, limits, self._process.below, self._process.scratch, self.meter)
        try:
            message = {"op": "import", "name": name, "module": dotted}
            patience = Patience(seconds, watch.look, watch.queued)
            with self.meter.waiting():
                reply = self._children.order(message, (capture.child_fd,), capture, patience)
            self.absent |= self.grants.told(reply.get("absent"))
            self.note_granted(reply)
            return reply.get("error") if isinstance(reply.get("error"), dict) else None
        except (LinkTimeout, LinkClosed, WireError) as exc:
            self.close()
            return self.import_failure(name, exc)
        except StudentError as exc:
            self.close()
            return exc
        finally:
            capture.close()
            self._printed[name] = capture.text()

    def import_failure(self, name: str, exc: Exception) -> StudentError:
        """Returns what is said of an import after which the process is silent or gone."""
        what = f"Importing {self.modules[name]}"
        if isinstance(exc, LinkTimeout):
            return TimedOut(
                f"{what} takes longer than {self.limits.import_seconds:g} s.",
                "Code outside of functions runs at import: is a loop or a test left there?",
            )
        return Crashed(f"{what} ends the Python process.", "Is os._exit or native code called at import?")

    def _session(self, pid: int, child: Child, another: bool) -> "Session":
        seed, limits = child.seed, child.limits

        def release() -> None:
            if another:
                self._children.release(pid, seed, limits)
            else:
                self._children.reap(pid, 0.0)

        host = Host(
            imports={name: self.imports[name] for name in self.modules if name in self._wanted},
            reap=lambda grace: self._children.reap(pid, grace),
            release=release,
            kill=self.close,
            pids=self._process.others,
            scratch=self._process.scratch,
            meter=self.meter,
            hear=self.note_granted,
        )
        return Session(host, Link(child.sock, limits.value_mb << 20), child.capture, limits)
