"""Starts the process of a worker behind the wall, gives it orders, and ends it with all that it has started."""

import os
import socket
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment.points_and_limits import Limits
from grader.model.errors import GraderFault
from grader.model.sandbox_levels import LEVELS
from grader.sandbox import launch, processes
from grader.sandbox.connection import Capture, Link, LinkClosed, LinkTimeout, Patience
from grader.sandbox.grants import Grants
from grader.sandbox.host_files import Program
from grader.sandbox.level import Level
from grader.sandbox.meter import Meter
from grader.sandbox.namespace import Namespace
from grader.sandbox.sandbox_limits import END_SECONDS, ORDER_SECONDS, START_SECONDS
from grader.sandbox.workspace import Workspace
from grader.worker.wire import WireError

__all__ = ["FAILURES", "Setup", "WorkerProcess"]

#: of an order: the process has ended, does not answer, or answers with what is no frame
FAILURES = (LinkClosed, LinkTimeout, WireError)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the process of one submission is started with."""

    workspace: Workspace
    #: workspace paths of the answer modules
    files: Collection[str]
    level: Level
    limits: Limits
    grants: Grants
    #: what runs in the process, and what its environment holds besides the usual
    program: Program
    variables: Mapping[str, str]


class WorkerProcess:
    """At most one process at a time: it is started when asked to, and again after it was ended."""

    def __init__(self, setup: Setup, meter: Meter) -> None:
        self._setup = setup
        #: counts what it and all that it starts use
        self.meter = meter
        self._process: subprocess.Popen[bytes] | None = None
        self._namespace: Namespace | None = None
        self._control: Link | None = None
        self._user: int | None = None
        self._own: frozenset[int] = frozenset()

    @property
    def pid(self) -> int | None:
        """The number of the process that was started; None where none was, or where it was ended."""
        return self._process.pid if self._process is not None else None

    @property
    def is_alive(self) -> bool:
        """Whether it was started and has not ended since, by itself either."""
        return self._process is not None and not processes.has_ended(self._process)

    @property
    def scratch(self) -> Path | None:
        """The folder on this host that it may write to, if it has one."""
        setup = self._setup
        return None if LEVELS[setup.level].has_namespaces else setup.workspace.scratch

    def start(self) -> None:
        """Starts it, shut in; raises GraderFault where that fails, for no student's code runs in it yet."""
        setup = self._setup
        ours, theirs = socket.socketpair()
        roots = tuple(dict.fromkeys(os.path.dirname(file) or "." for file in setup.files))
        self._user = launch.own_user(setup.level)
        setup.workspace.fresh_scratch(self._user)
        lock, ruleset = launch.lock_order(setup.workspace, setup.level, setup.limits, self._user, setup.program)
        with theirs:
            self._process = processes.start(
                launch.command(setup.workspace, setup.level, theirs.fileno(), roots, setup.program),
                env={**launch.environment(setup.workspace, setup.level, setup.program), **setup.variables},
                pass_fds=[theirs.fileno()],
                cwd=setup.workspace.tree,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self.meter.attach(self._tally)
        self._control = Link(ours, max_body=1 << 20)
        try:
            self._shut_in(lock, ruleset)
        except FAILURES as exc:
            self._fail_to_start(exc)
        finally:
            if ruleset >= 0:
                os.close(ruleset)
            if self._process is not None and self._process.stderr is not None:
                self._process.stderr.close()
        self._own = self.below() | {self._process.pid}
        self._namespace = Namespace.of(self._own)

    def end(self) -> None:
        """Kills it and all that it has started."""
        if self._process is not None:
            self.meter.detach()
            with self.meter.waiting():
                processes.end_tree(self._process, self._user, self._namespace)
            self._process, self._namespace = None, None
        # Not before: a worker that is told to end leaves its children in the middle of changing hands.
        if self._control is not None:
            self._control.close()
            self._control = None

    def count_with(self, meter: Meter) -> None:
        """Has another meter count what is used from now on."""
        self.meter.detach()
        meter.attach(self._tally, self._tally())
        self.meter = meter

    def order(
        self, message: dict[str, Any], descriptors: tuple[int, ...], capture: Capture | None, patience: Patience
    ) -> dict[str, Any]:
        """Gives one order and returns the reply; raises one of FAILURES."""
        self.require_silence()
        self.send(message, descriptors, patience)
        return self.receive(capture, patience)

    def require_silence(self) -> None:
        """Makes sure that the next reply belongs to the next order; raises LinkClosed."""
        if self._control is None or self._control.pending():
            raise LinkClosed

    def send(self, message: dict[str, Any], descriptors: tuple[int, ...], patience: Patience) -> None:
        """Gives an order whose reply is awaited later, with the descriptors that belong to it."""
        if self._control is None:
            raise LinkClosed
        try:
            # The mark byte carries the descriptors; the message follows as an ordinary frame.
            socket.send_fds(self._control.sock, [b"!"], list(descriptors))
        except OSError as exc:
            raise LinkClosed from exc
        self._control.send(message, None, None, patience)

    def receive(self, capture: Capture | None, patience: Patience) -> dict[str, Any]:
        """Returns the next reply."""
        if self._control is None:
            raise LinkClosed
        return dict(self._control.receive(capture, patience)[0])

    def patience(self) -> Patience:
        """Returns how long an order may take in a process that answers at once, unless it is stopped or kept busy."""
        return Patience(ORDER_SECONDS, queued=self.meter.queued())

    def below(self, *, thorough: bool = False) -> frozenset[int]:
        """Returns the living processes that it has started, its own and others."""
        return processes.descendants(self._process.pid, thorough=thorough) if self._process is not None else frozenset()

    def others(self, *, thorough: bool = False) -> frozenset[int]:
        """Returns the living processes that are not the worker's own."""
        return self.below(thorough=thorough) - self._own

    def end_others(self) -> bool:
        """Ends what is not the worker's own; returns whether it is gone."""
        if not self.others():
            return True
        with self.meter.waiting():
            return processes.end(lambda: self.others(thorough=True), END_SECONDS)

    def _shut_in(self, lock: dict[str, Any], ruleset: int) -> None:
        descriptors = (ruleset,) if ruleset >= 0 else ()
        reply = self.order({"op": "hello", "lock": lock}, descriptors, None, Patience(START_SECONDS))
        if reply.get("locked") is not True:
            raise WireError(str(reply.get("reason"))[:300])
        if self._setup.grants:
            self.order({"op": "grant", **self._setup.grants.message()}, (), None, Patience(START_SECONDS))

    def _fail_to_start(self, exc: Exception) -> None:
        said = ""
        if self._process is not None:
            self._process.kill()
            said = self._process.communicate()[1].decode("utf-8", "replace").strip()
        self.end()
        reason = said[-300:] or str(exc) or type(exc).__name__
        raise GraderFault(f"The worker does not start at level {self._setup.level}: {reason}") from exc

    def _tally(self) -> processes.Tally:
        return processes.tally(self._process.pid) if self._process is not None else processes.Tally(0.0, {})
