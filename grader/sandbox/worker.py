"""A workspace, a level and limits in, sessions with student code out: starts, forks, kills and restarts the worker."""

import contextlib
import math
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from grader.assignment import Limits
from grader.errors import Crashed, GraderFault, StudentError, TimedOut
from grader.sandbox import launch
from grader.sandbox.level import Level
from grader.sandbox.link import Capture, Link, LinkClosed, LinkTimeout
from grader.sandbox.workspace import Workspace
from grader.worker.wire import WireError

__all__ = ["Session", "Worker"]

#: how long a worker of ours may take to start or to end a child before it is given up
PATIENCE = 20.0
REAP_SECONDS = 3.0


class Worker:
    """The sandboxed process of one submission; it starts when first needed and again whenever it had to be killed.

    `close` (or leaving the `with` block) kills the process tree; the workspace stays its owner's.
    """

    def __init__(self, workspace: Workspace, modules: Mapping[str, str], level: Level, limits: Limits) -> None:
        self.workspace = workspace
        self.modules = modules
        self.level = level
        self.limits = limits
        #: module -> how its import ended: None, the worker's description of an exception, or our own error
        self.imports: dict[str, dict[str, Any] | StudentError | None] = {}
        #: what the imports printed
        self.import_output = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Link | None = None
        self._baseline: frozenset[int] = frozenset()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @contextlib.contextmanager
    def session(self, seed: int, limits: Limits | None = None) -> Iterator["Session"]:
        """Yields a fresh fork of the worker for one check; ends it and all that it started.

        Raises:
            GraderFault: our own worker does not start.
        """
        limits = limits or self.limits
        for _ in range(2):
            self._ensure_started()
            try:
                session = self._fork(seed, limits)
                break
            except (LinkClosed, LinkTimeout, WireError):
                # The student's import may have left something that ended the process since; once more, then give up.
                self.close()
        else:
            raise Crashed("The process that imported your files ends by itself before any function is called.")
        try:
            yield session
        finally:
            session.close()

    def close(self) -> None:
        """Kills the worker's process tree; a later session starts a new one."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            kill_tree(self._process)
            self._process = None

    def _ensure_started(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._start()
        for name, file in self.modules.items():
            if not isinstance(self.imports.get(name), StudentError):
                self.imports[name] = self._import(name, file)
        if self._process is not None:
            self._baseline = descendants(self._process.pid)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        roots = tuple(dict.fromkeys(os.path.dirname(file) or "." for file in self.modules.values()))
        with theirs:
            # preexec_fn only sets limits; the runner that starts workers has no other threads of ours.
            self._process = subprocess.Popen(
                launch.command(self.workspace, self.level, theirs.fileno(), roots),
                env=launch.environment(),
                pass_fds=[theirs.fileno()],
                cwd=self.workspace.tree,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                preexec_fn=launch.set_limits(self.limits),
            )
        self._control = Link(ours, max_body=1 << 20)
        try:
            self._order({"op": "hello"}, (), None, time.monotonic() + PATIENCE)
        except (LinkClosed, LinkTimeout, WireError) as exc:
            self._process.kill()
            said = self._process.communicate()[1].decode("utf-8", "replace").strip()
            self.close()
            raise GraderFault(
                f"The worker does not start at level {self.level}: {said[-300:] or type(exc).__name__}"
            ) from exc
        finally:
            if self._process is not None and self._process.stderr is not None:
                self._process.stderr.close()

    def _import(self, name: str, file: str) -> dict[str, Any] | StudentError | None:
        if self._control is None:
            self._start()
        dotted = file.removesuffix(".py").replace("/", ".")
        capture = Capture(self.limits.output_kb << 10)
        seconds = self.limits.import_seconds
        try:
            message = {"op": "import", "name": name, "module": dotted}
            reply = self._order(message, (capture.child_fd,), capture, time.monotonic() + seconds)
            return reply.get("error") if isinstance(reply.get("error"), dict) else None
        except LinkTimeout:
            self.close()
            return TimedOut(
                f"Importing {file} takes longer than {seconds:g} s.",
                "Code outside of functions runs at import: is a loop or a test left there?",
            )
        except (LinkClosed, WireError):
            self.close()
            return Crashed(f"Importing {file} ends the Python process.", "Is os._exit or native code called at import?")
        finally:
            capture.close()
            self.import_output += capture.text()

    def _fork(self, seed: int, limits: Limits) -> "Session":
        ours, theirs = socket.socketpair()
        for sock in (ours, theirs):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        capture = Capture(limits.output_kb << 10)
        with theirs:
            cpu_seconds = math.ceil(limits.cpu_seconds)
            message = {"op": "fork", "seed": seed, "cpu_seconds": cpu_seconds}
            try:
                reply = self._order(message, (theirs.fileno(), capture.child_fd), None, time.monotonic() + PATIENCE)
            except BaseException:
                ours.close()
                capture.close()
                raise
        capture.close_child_end()
        pid = reply.get("pid")
        return Session(self, Link(ours, limits.value_mb << 20), capture, pid if isinstance(pid, int) else -1, limits)

    def _reap(self, pid: int) -> tuple[int, float]:
        """Returns wait status and processor seconds of a child whose channel is closed; leaves nothing of it behind."""
        try:
            reply = self._order({"op": "reap", "pid": pid}, (), None, time.monotonic() + REAP_SECONDS)
            status, seconds = reply.get("status"), reply.get("seconds")
        except (LinkClosed, LinkTimeout, WireError):
            self.close()
            return signal.SIGKILL, 0.0
        if self._process is not None and not descendants(self._process.pid) <= self._baseline:
            self.close()
        if not isinstance(status, int) or not isinstance(seconds, (int, float)):
            return signal.SIGKILL, 0.0
        return status, seconds

    def _order(
        self, message: dict[str, Any], descriptors: tuple[int, ...], capture: Capture | None, deadline: float
    ) -> dict[str, Any]:
        if self._control is None:
            raise LinkClosed
        try:
            # The mark byte carries the descriptors; the message follows as an ordinary frame.
            socket.send_fds(self._control.sock, [b"!"], list(descriptors))
        except OSError as exc:
            raise LinkClosed from exc
        reply, _ = self._control.ask(message, None, capture, deadline)
        return dict(reply)


class Session:
    """One check's conversation with one fork of the worker."""

    def __init__(self, worker: Worker, link: Link, capture: Capture, pid: int, limits: Limits) -> None:
        self._worker = worker
        self._link = link
        self._capture = capture
        self._pid = pid
        self._limits = limits
        self._left = limits.wall_seconds
        self._ended: StudentError | None = None

    @property
    def imports(self) -> Mapping[str, dict[str, Any] | StudentError | None]:
        """How the import of each answer module ended; see Worker.imports."""
        return self._worker.imports

    def ask(self, message: dict[str, Any], value: Any, *, call: str) -> tuple[dict[str, Any], Any]:
        """Sends one request to the student's code and returns the reply.

        Args:
            message: the request, see grader/worker/serve.py.
            value: what goes with it.
            call: words for messages, e.g. "conv_forward_naive".

        Raises:
            TimedOut, Crashed: as the name says; every later request of the session raises the same.
        """
        if self._ended is not None:
            raise self._ended
        started = time.monotonic()
        try:
            if self._link.pending():
                raise WireError("an answer before the question")
            reply: tuple[dict[str, Any], Any] = self._link.ask(message, value, self._capture, started + self._left)
        except LinkTimeout:
            self._end(
                TimedOut(
                    f"{call} did not finish within {self._limits.wall_seconds:g} s.",
                    "Does it wait for something, or does a loop never end?",
                ),
                kill=True,
            )
        except WireError as exc:
            self._end(Crashed(f"{call} disturbed the connection to the grader: {exc}."), kill=True)
        except LinkClosed:
            self._end(self._died(call), kill=False)
        self._left -= time.monotonic() - started
        return reply

    def output(self) -> str:
        """Returns what the student's code has printed in this session so far."""
        if self._capture.fd >= 0:
            self._capture.drain()
        return self._capture.text()

    def close(self) -> None:
        """Ends the fork, and the whole worker when the fork does not go or leaves processes behind."""
        self._link.close()
        if self._ended is None:
            self._worker._reap(self._pid)
            self._ended = Crashed("The session is closed.")
        self._capture.close()

    def _end(self, error: StudentError, *, kill: bool) -> None:
        self._ended = error
        if kill:
            self._worker.close()
        raise error

    def _died(self, call: str) -> StudentError:
        status, seconds = self._worker._reap(self._pid)
        limit = self._limits.cpu_seconds
        if not os.WIFSIGNALED(status):
            return Crashed(
                f"{call} ended the Python process with exit code {os.waitstatus_to_exitcode(status)}.",
                "A function of the assignment returns; it never leaves the process.",
            )
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU or seconds >= limit:
            return TimedOut(
                f"{call} used more than the {limit:g} s of processor time that one check may take.",
                "Does a loop never end, or is there one loop more than needed?",
            )
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return Crashed(f"{call} killed the Python process (signal {name}).")


def descendants(pid: int) -> frozenset[int]:
    """Returns the processes below one, from /proc; empty where the kernel does not list children."""
    found: set[int] = set()
    todo = [pid]
    while todo:
        for child in _children(todo.pop()):
            if child not in found:
                found.add(child)
                todo.append(child)
    return frozenset(found)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kills a process that leads its own session, and every descendant, also those that left the session."""
    below = descendants(process.pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in below:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _children(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    children: list[int] = []
    for thread in threads:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
            children += map(int, file.read().split())
    return children
