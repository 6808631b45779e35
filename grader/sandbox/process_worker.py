"""Opens a session in a process of its own for each check, where a system has no fork; the next one is started ahead."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from math import ceil
from typing import Any

from grader.assignment.points_and_limits import Limits
from grader.model.errors import GraderFault, OverBudget, StudentError
from grader.sandbox import launch
from grader.sandbox.connection import Patience
from grader.sandbox.grants import Grants
from grader.sandbox.host_files import CHECKS, Program
from grader.sandbox.level import Level
from grader.sandbox.meter import Meter
from grader.sandbox.pipes import OutputFile, PipeLink
from grader.sandbox.process_tree import ProcessTree
from grader.sandbox.removal import remove_folder
from grader.sandbox.sandbox_limits import START_SECONDS
from grader.sandbox.session import XCPU, Ending, Host, Session, Watch
from grader.sandbox.worker import Worker
from grader.sandbox.worker_process import FAILURES
from grader.sandbox.workspace import Workspace
from grader.worker.wire import WireError

__all__ = ["ProcessWorker"]

#: exit code of a process that has used up its processor time: what a shell says of that signal
OVER_CPU = 128 + XCPU


class _Process:
    """One process, which holds the modules and waits for the check; orders are given before it has started."""

    def __init__(self, workspace: Workspace, limits: Limits, roots: tuple[str, ...], number: int) -> None:
        self._limits = limits
        #: of its own: the process before may still be about to end
        self.folder = workspace.root / f"process-{number}"
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir(parents=True, mode=0o700)
        self._said = self.folder / "said"
        places = {name: str(self.scratch) for name in ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE")}
        env = launch.environment(workspace, Level.PROCESS)
        self.tree = ProcessTree(
            launch.process_command(workspace, roots),
            {**env, **{name: place for name, place in places.items() if name in env}},
            workspace.tree,
            self._said,
            limits.memory_mb << 20,
        )
        assert self.tree.process.stdin is not None, "it was started with a pipe"
        assert self.tree.process.stdout is not None, "it was started with a pipe"
        self.link = PipeLink(self.tree.process.stdin, self.tree.process.stdout, limits.value_mb << 20)
        #: module -> what its import prints
        self.outputs: dict[str, OutputFile] = {}

    def order(self, message: Mapping[str, Any]) -> None:
        """Gives an order whose reply is awaited later."""
        self.link.send(dict(message), None, None, Patience(START_SECONDS))

    def order_import(self, name: str, module: str) -> None:
        """Orders the import of a module."""
        self.outputs[name] = self.output(f"import-{len(self.outputs)}")
        self.order({"op": "import", "name": name, "module": module, "output": str(self.outputs[name].path)})

    def output(self, name: str) -> OutputFile:
        """Returns a new file for prints."""
        return OutputFile(self._limits.output_kb << 10, self.folder / name)

    def said(self) -> str:
        """Returns the end of what it said on its standard error."""
        return self._said.read_text("utf-8", "replace").strip()[-300:]

    def end(self, grace: float = 0.0) -> Ending:
        """Ends it with all that it has started."""
        code, lingered = self.tree.end(grace)
        memory = self.tree.memory_mb()
        self.link.close()
        remove_folder(str(self.scratch))
        return Ending(-XCPU if code == OVER_CPU else code, 0.0, memory, lingered)

    def close(self) -> None:
        """Ends it and removes what it has written."""
        self.end()
        self.tree.close()
        for output in self.outputs.values():
            output.close()
        remove_folder(str(self.folder))


class ProcessWorker(Worker):
    """The processes of one submission, at most one that serves and one that gets ready."""

    def __init__(
        self,
        workspace: Workspace,
        modules: Mapping[str, str],
        level: Level,
        limits: Limits,
        grants: Grants = Grants(),  # noqa: B008 - it cannot be changed
        program: Program = CHECKS,
        *,
        meter: Meter | None = None,
    ) -> None:
        super().__init__(workspace, modules, level, limits, grants, program, meter=meter)
        self._workspace = workspace
        self._meter = meter or Meter()
        self._ready: _Process | None = None
        self._serving: set[_Process] = set()
        self._numbers = count(1)

    @property
    def meter(self) -> Meter:
        """Counts how long the grader waited for the submission; processor time is not known here."""
        return self._meter

    def count_with(self, meter: Meter) -> None:
        """Has another meter count what is used from now on."""
        self._meter = meter

    def settle(self) -> None:
        """Nothing of the last session is left: it ended with it."""

    def close(self) -> None:
        """Ends all processes."""
        for process in (*self._serving, *([self._ready] if self._ready else ())):
            process.close()
        self._serving.clear()
        self._ready = None

    def _open(self, seed: int, limits: Limits, another: bool) -> Session:
        try:
            self.meter.look()
        except OverBudget:
            self.close()
            raise
        while not self._imported(process := self._take()):
            # The import of one module has ended the process; it is not tried again.
            process.close()
        self._serving.add(process)
        if another:
            self._ready = self._start()
        output = process.output("prints")
        cpu_seconds = ceil(limits.cpu_seconds)
        limit = {"cpu_seconds": cpu_seconds, "over_cpu": OVER_CPU}
        process.order({"op": "serve", "seed": seed, **limit, "output": str(output.path)})
        process.link.max_body = limits.value_mb << 20
        return Session(self._host(process), process.link, output, limits)

    def _host(self, process: _Process) -> Host:
        def kill() -> None:
            process.end()

        def release() -> None:
            self._serving.discard(process)
            process.close()

        return Host(
            imports={name: self.imports[name] for name in self.modules if name in self._wanted},
            reap=process.end,
            release=release,
            kill=kill,
            pids=frozenset,
            scratch=process.scratch,
            meter=self.meter,
            hear=self.note_granted,
        )

    def _take(self) -> _Process:
        process, self._ready = self._ready or self._start(), None
        return process

    def _start(self) -> _Process:
        """Starts a process and gives it all orders that come before a check."""
        roots = tuple(dict.fromkeys(os.path.dirname(file) or "." for file in self.modules.values()))
        process = _Process(self._workspace, self.limits, roots, next(self._numbers))
        process.order({"op": "hello", "lock": launch.process_order(self.limits)})
        if self.grants:
            process.order({"op": "grant", **self.grants.message()})
        for name in self._importable():
            process.order_import(name, self.modules[name].removesuffix(".py").replace("/", "."))
        return process

    def _importable(self) -> list[str]:
        """Returns the modules whose import has not ended a process yet."""
        return [
            name
            for name in self.modules
            if name in self._wanted and not isinstance(self.imports.get(name), StudentError)
        ]

    def _imported(self, process: _Process) -> bool:
        """Awaits the replies of a process to its first orders; returns False when an import has ended it."""
        try:
            reply = dict(process.link.receive(None, Patience(START_SECONDS))[0])
            if reply.get("locked") is not True:
                raise WireError(str(reply.get("reason"))[:300])
            if self.grants:
                process.link.receive(None, Patience(START_SECONDS))
        except FAILURES as exc:
            said = process.said()
            process.close()
            raise GraderFault(f"The worker does not start at level {self.level}: {said or str(exc)}") from exc
        for name in list(process.outputs):
            # The start of our own process, and what an import takes once more, is no use of the submission's budget.
            with contextlib.nullcontext() if name in self.imports else self.meter.waiting():
                self.imports[name] = self._await_import(process, name)
            if isinstance(self.imports[name], StudentError):
                return False
        return True

    def _await_import(self, process: _Process, name: str) -> dict[str, Any] | StudentError | None:
        output, seconds, what = process.outputs[name], self.limits.import_seconds, f"Importing {self.modules[name]}"
        limits = replace(self.limits, cpu_seconds=seconds)
        watch = Watch(what, limits, frozenset, process.scratch, self.meter)
        try:
            reply = dict(process.link.receive(output, Patience(seconds, watch.look))[0])
        except StudentError as exc:
            return exc
        except FAILURES as exc:
            return self.import_failure(name, exc)
        finally:
            output.close()
            self._printed[name] = output.text()
        self.absent |= self.grants.told(reply.get("absent"))
        self.note_granted(reply)
        error = reply.get("error")
        return error if isinstance(error, dict) else None
