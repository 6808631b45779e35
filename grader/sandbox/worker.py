"""Starts the sandboxed worker of one submission, forks it for each check and ends it."""

import contextlib
import math
import os
import signal
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from grader.assignment.definition import Limits
from grader.model.errors import Crashed, GraderFault, OverBudget, StudentError, TimedOut
from grader.model.sandbox_levels import LEVELS
from grader.sandbox import launch, processes
from grader.sandbox.connection import Capture, Link, LinkClosed, LinkTimeout, Patience
from grader.sandbox.grants import Grants, read_granted
from grader.sandbox.host_files import CHECKS, Program
from grader.sandbox.level import Level
from grader.sandbox.meter import Meter
from grader.sandbox.namespace import Namespace
from grader.sandbox.sandbox_limits import (
    END_SECONDS,
    FORK_PAUSE,
    FORK_TRIES,
    MAX_GRANTED,
    ORDER_SECONDS,
    REAP_SECONDS,
    SECOND_REAP_SECONDS,
    START_SECONDS,
)
from grader.sandbox.session import Ending, Host, Session, Watch
from grader.sandbox.workspace import Workspace
from grader.worker.wire import WireError

__all__ = ["Session", "Worker"]

FAILURES = (LinkClosed, LinkTimeout, WireError)


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A child that was ordered of the worker, and our ends of its channel and of its output."""

    seed: int
    limits: Limits
    sock: socket.socket
    capture: Capture

    def fits(self, seed: int, limits: Limits) -> bool:
        """Whether it is the child that would be ordered now."""
        own = (self.seed, math.ceil(self.limits.cpu_seconds), self.limits.output_kb)
        return own == (seed, math.ceil(limits.cpu_seconds), limits.output_kb)

    def drop(self) -> None:
        self.sock.close()
        self.capture.close()


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
        self.workspace = workspace
        #: what runs in the process, and what its environment holds besides the usual
        self.program = program
        self.variables = variables
        self.grants = grants
        self.modules = modules
        self.level = level
        self.limits = limits
        #: counts what all of the submission's processes use
        self.meter = meter or Meter()
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
        self._process: subprocess.Popen[bytes] | None = None
        self._namespace: Namespace | None = None
        self._control: Link | None = None
        self._user: int | None = None
        self._own: frozenset[int] = frozenset()
        self._reap_seconds = REAP_SECONDS
        #: ordered before anybody needs it, behind the end of the child before
        self._ordered: _Ordered | None = None
        #: why no session is opened any more
        self._given_up: StudentError | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

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
        self.meter.detach()
        meter.attach(self._tally, self._tally())
        self.meter = meter

    def settle(self) -> None:
        """Returns when nothing of the last session is left; sessions else end while others are already judged."""
        try:
            self._require_silence()
        except (*FAILURES, OSError):
            self.close()

    def note_granted(self, reply: Mapping[str, Any]) -> None:
        """Keeps what a reply says was granted, as far as habits are granted and the files have such lines."""
        said = reply.get("granted")
        if self.grants.division and isinstance(said, str) and len(self.granted) < MAX_GRANTED:
            self.granted |= set(read_granted(said, self.grants.division))

    def close(self) -> None:
        """Kills the worker's process tree; a later session starts a new one."""
        if self._ordered is not None:
            self._ordered.drop()
            self._ordered = None
        if self._process is not None:
            self.meter.detach()
            with self.meter.waiting():
                processes.end_tree(self._process, self._user, self._namespace)
            self._process, self._namespace = None, None
        # Not before: a worker that is told to end leaves its children in the middle of changing hands.
        if self._control is not None:
            self._control.close()
            self._control = None

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
                    return self._fork(seed, limits, another)
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
        if self._process is not None and not processes.has_ended(self._process):
            return
        self.close()
        while not self._import_all():
            # One has ended the process that held the others; it is not tried again.
            continue
        # What an import started beside itself has no part in any check.
        if not self._end_others():
            self.close()

    def _import_all(self) -> bool:
        """Starts a process and imports what is wanted; returns False when an import has ended it."""
        self._start()
        for name, file in self.modules.items():
            if name in self._wanted and not isinstance(self.imports.get(name), StudentError):
                self.imports[name] = self._import(name, file)
                if self._control is None:
                    return False
        return True

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        roots = tuple(dict.fromkeys(os.path.dirname(file) or "." for file in self.modules.values()))
        self._user = launch.own_user(self.level)
        self.workspace.fresh_scratch(self._user)
        order, ruleset = launch.lock_order(self.workspace, self.level, self.limits, self._user, self.program)
        with theirs:
            self._process = processes.start(
                launch.command(self.workspace, self.level, theirs.fileno(), roots, self.program),
                env={**launch.environment(self.workspace, self.level, self.program), **self.variables},
                pass_fds=[theirs.fileno()],
                cwd=self.workspace.tree,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self.meter.attach(self._tally)
        self._control = Link(ours, max_body=1 << 20)
        try:
            reply = self._order({"op": "hello", "lock": order}, (ruleset,) if ruleset >= 0 else (), None, START_SECONDS)
            if reply.get("locked") is not True:
                raise WireError(str(reply.get("reason"))[:300])
            if self.grants:
                self._order({"op": "grant", **self.grants.message()}, (), None, START_SECONDS)
        except FAILURES as exc:
            self._fail_to_start(exc)
        finally:
            if ruleset >= 0:
                os.close(ruleset)
            if self._process is not None and self._process.stderr is not None:
                self._process.stderr.close()
        self._own = self._below() | {self._process.pid}
        self._namespace = Namespace.of(self._own)

    def _fail_to_start(self, exc: Exception) -> None:
        said = ""
        if self._process is not None:
            self._process.kill()
            said = self._process.communicate()[1].decode("utf-8", "replace").strip()
        self.close()
        reason = said[-300:] or str(exc) or type(exc).__name__
        raise GraderFault(f"The worker does not start at level {self.level}: {reason}") from exc

    def _import(self, name: str, file: str) -> dict[str, Any] | StudentError | None:
        dotted = file.removesuffix(".py").replace("/", ".")
        capture = Capture(self.limits.output_kb << 10)
        seconds = self.limits.import_seconds
        what = f"Importing {file}"
        watch = Watch(what, replace(self.limits, cpu_seconds=seconds), self._below, self._scratch(), self.meter)
        try:
            message = {"op": "import", "name": name, "module": dotted}
            patience = Patience(seconds, watch.look, watch.queued)
            with self.meter.waiting():
                reply = self._order(message, (capture.child_fd,), capture, patience)
            self.absent |= self.grants.told(reply.get("absent"))
            self.note_granted(reply)
            return reply.get("error") if isinstance(reply.get("error"), dict) else None
        except LinkTimeout:
            self.close()
            return TimedOut(
                f"{what} takes longer than {seconds:g} s.",
                "Code outside of functions runs at import: is a loop or a test left there?",
            )
        except (LinkClosed, WireError):
            self.close()
            return Crashed(f"{what} ends the Python process.", "Is os._exit or native code called at import?")
        except StudentError as exc:
            self.close()
            return exc
        finally:
            capture.close()
            self._printed[name] = capture.text()

    def _fork(self, seed: int, limits: Limits, another: bool) -> "Session":
        if self._ordered is not None and self._ordered.fits(seed, limits):
            ordered, self._ordered = self._ordered, None
            if (pid := self._collect()) is not None:
                return self._session(pid, replace(ordered, limits=limits), another)
            ordered.drop()
            raise LinkClosed
        for _ in range(FORK_TRIES):
            self._require_silence()
            ordered = self._order_child(seed, limits)
            pid = None
            try:
                pid = self._receive(None, self._patience()).get("pid")
            finally:
                if not isinstance(pid, int):
                    ordered.drop()
            if isinstance(pid, int):
                return self._session(pid, ordered, another)
            time.sleep(FORK_PAUSE)
        raise LinkClosed

    def _session(self, pid: int, child: _Ordered, another: bool) -> "Session":
        seed, limits = child.seed, child.limits

        def release() -> None:
            if another:
                self._release(pid, seed, limits)
            else:
                self._reap(pid, 0.0)

        host = Host(
            imports={name: self.imports[name] for name in self.modules if name in self._wanted},
            reap=lambda grace: self._reap(pid, grace),
            release=release,
            kill=self.close,
            pids=self._inside,
            scratch=self._scratch(),
            meter=self.meter,
            hear=self.note_granted,
        )
        return Session(host, Link(child.sock, limits.value_mb << 20), child.capture, limits)

    def _order_child(self, seed: int, limits: Limits) -> _Ordered:
        """Orders a child; its number comes in a reply."""
        ours, theirs = socket.socketpair()
        capture = Capture(limits.output_kb << 10)
        try:
            with theirs:
                for sock in (ours, theirs):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                message = {"op": "fork", "seed": seed, "cpu_seconds": math.ceil(limits.cpu_seconds)}
                self._send(message, (theirs.fileno(), capture.child_fd), self._patience())
        except BaseException:
            ours.close()
            capture.close()
            raise
        capture.close_child_end()
        return _Ordered(seed, limits, ours, capture)

    def _release(self, pid: int, seed: int, limits: Limits) -> None:
        """Orders the end of a check's child and the next one; the next session, most likely the same, awaits both."""
        try:
            self._require_silence()
            self._send({"op": "reap", "pid": pid, "grace": 0.0}, (), self._patience())
            self._ordered = self._order_child(seed, limits)
        except (*FAILURES, OSError):
            self.close()

    def _collect(self) -> int | None:
        """Awaits what `_release` ordered; returns the new child, or None where there is none."""
        try:
            reaped = self._receive(None, Patience(self._reap_seconds))
            forked = self._receive(None, self._patience())
        except FAILURES:
            self._reap_seconds = SECOND_REAP_SECONDS
            self.close()
            return None
        # The new child is there already, under a number that only the worker knows: one more process is it, others
        # are too many.
        if len(self._inside()) > 1 or reaped.get("left_files") is True or not isinstance(forked.get("pid"), int):
            self.close()
            return None
        return int(forked["pid"])

    def _reap(self, pid: int, grace: float) -> Ending:
        """Returns how the child of a check ended, once it has; leaves nothing of it behind."""
        try:
            message = {"op": "reap", "pid": pid, "grace": grace}
            with self.meter.waiting():
                reply = self._order(message, (), None, grace + self._reap_seconds)
        except FAILURES:
            self._reap_seconds = SECOND_REAP_SECONDS
            self.close()
            return Ending()
        if not self._end_others() or reply.get("left_files") is True:
            self.close()
        status, seconds, memory = (_number(reply.get(key)) for key in ("status", "seconds", "memory_mb"))
        return Ending(_end_of(int(status)), seconds, memory, reply.get("lingered") is True)

    def _order(
        self,
        message: dict[str, Any],
        descriptors: tuple[int, ...],
        capture: Capture | None,
        patience: Patience | float,
    ) -> dict[str, Any]:
        if not isinstance(patience, Patience):
            patience = Patience(patience)
        self._require_silence()
        self._send(message, descriptors, patience)
        return self._receive(capture, patience)

    def _require_silence(self) -> None:
        """Makes sure that the next reply belongs to the next order: a child that was ordered for nothing is ended."""
        if self._ordered is not None:
            ordered, self._ordered = self._ordered, None
            pid = self._collect()
            ordered.drop()
            if pid is not None:
                self._reap(pid, 0.0)
        if self._control is None or self._control.pending():
            raise LinkClosed

    def _send(self, message: dict[str, Any], descriptors: tuple[int, ...], patience: Patience) -> None:
        if self._control is None:
            raise LinkClosed
        try:
            # The mark byte carries the descriptors; the message follows as an ordinary frame.
            socket.send_fds(self._control.sock, [b"!"], list(descriptors))
        except OSError as exc:
            raise LinkClosed from exc
        self._control.send(message, None, None, patience)

    def _receive(self, capture: Capture | None, patience: Patience) -> dict[str, Any]:
        if self._control is None:
            raise LinkClosed
        return dict(self._control.receive(capture, patience)[0])

    def _below(self, *, thorough: bool = False) -> frozenset[int]:
        return processes.descendants(self._process.pid, thorough=thorough) if self._process is not None else frozenset()

    def _tally(self) -> processes.Tally:
        return processes.tally(self._process.pid) if self._process is not None else processes.Tally(0.0, {})

    def _patience(self) -> Patience:
        """Returns how long an order may take in a process that answers at once, unless it is stopped or kept busy."""
        return Patience(ORDER_SECONDS, queued=self.meter.queued())

    def _end_others(self) -> bool:
        """Ends what is not the worker's own; returns whether it is gone."""
        if not self._inside():
            return True
        with self.meter.waiting():
            return processes.end(self._all_inside, END_SECONDS)

    def _inside(self) -> frozenset[int]:
        """Returns the living processes that are not the worker's own."""
        return self._below() - self._own

    def _all_inside(self) -> frozenset[int]:
        return self._below(thorough=True) - self._own

    def _scratch(self) -> Path | None:
        return None if LEVELS[self.level].has_namespaces else self.workspace.scratch


def _number(value: object) -> float:
    """Returns what should be a number from a worker that student code may have changed."""
    return float(value) if isinstance(value, (int, float)) and 0 <= value < 1e9 else 0.0


def _end_of(status: int) -> int:
    """Returns the status of a process that has ended; one that says stopped or continued is taken for killed."""
    status &= 0xFFFF
    return status if os.WIFEXITED(status) or os.WIFSIGNALED(status) else int(signal.SIGKILL)
