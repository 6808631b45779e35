"""Checks run on a live worker whose replies are replaced on their way: those of its forks, and those of its own."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from attacks.attack import honest_files
from fuzz.checks import ASSIGNMENT, Checks
from fuzz.liar import Told

from grader.grading.solution_answers import unframed
from grader.model.results import CheckResult
from grader.sandbox import worker as worker_module
from grader.sandbox import worker_process
from grader.sandbox.connection import Capture, Link, LinkClosed, Patience
from grader.sandbox.level import Level
from grader.sandbox.worker import Worker
from grader.sandbox.workspace import Workspace
from grader.worker import wire

__all__ = ["LiveChecks", "drawn"]

#: what a worker is asked itself, and not one of its forks
CONTROL_REQUESTS = frozenset({"hello", "grant", "import", "fork", "reap"})


class LiveChecks(Checks):
    """The checks, answered by a live worker with right functions in it."""

    @contextmanager
    def worker(self, level: Level) -> Iterator[Worker]:
        """Yields the worker."""
        modules = {**ASSIGNMENT.modules, **{name: tool.file for name, tool in ASSIGNMENT.tools.items()}}
        with (
            Workspace.lay(honest_files(), ASSIGNMENT.given_bytes()) as workspace,
            Worker(workspace, modules, level, ASSIGNMENT.rubric.limits) as worker,
        ):
            yield worker

    def judge_live(self, item: pytest.Item, worker: Worker, told: Told, *, control: bool) -> CheckResult:
        """Returns how a check ends whose replies, or those of the process that forks, are lied to."""
        said = _Said(told, control)
        with pytest.MonkeyPatch.context() as patch:
            for module in (worker_module, worker_process):
                patch.setattr(module, "Link", lambda sock, max_body: _Lying(sock, max_body, said))
            worker.close()
            # What was said of an import, and that nothing more is asked of a worker, is about another lie.
            worker.imports.clear()
            worker._given_up = None
            try:
                return self.answered(item, worker)
            finally:
                worker.close()


@dataclass(slots=True)
class _Said:
    told: Told
    control: bool


class _Lying(Link):
    """A link that reads another reply than the one which came."""

    def __init__(self, sock: Any, max_body: int, said: _Said) -> None:
        super().__init__(sock, max_body)
        self._said = said
        self._asked: list[tuple[str, str]] = []
        self._lie: bytes | None = None

    def send(self, message: dict[str, Any], value: Any, capture: Capture | None, patience: Patience) -> None:
        self._asked.append((str(message["op"]), str(message.get("name", ""))))
        super().send(message, value, capture, patience)

    def receive(self, capture: Capture | None, patience: Patience) -> tuple[dict[str, Any], Any]:
        request = self._asked.pop(0)
        if (request[0] in CONTROL_REQUESTS) != self._said.control or request[0] == "hello":
            return super().receive(capture, patience)
        self._wait(1, capture, patience)
        prefix = self._read(wire.PREFIX.size, capture, patience)
        size, body = wire.parse_prefix(prefix, 1 << 40)
        true = bytes(prefix + self._read(size + body, capture, patience))
        lie = self._said.told.replaced(request, *unframed(true))
        self._lie = true if lie is None else lie
        try:
            return super().receive(capture, patience)
        finally:
            self._lie = None

    def _wait(self, event: int, capture: Capture | None, patience: Patience) -> None:
        if self._lie is None:
            super()._wait(event, capture, patience)

    def _read(self, size: int, capture: Capture | None, patience: Patience) -> bytearray:
        if self._lie is None:
            return super()._read(size, capture, patience)
        piece, self._lie = self._lie[:size], self._lie[size:]
        if len(piece) < size:
            raise LinkClosed
        return bytearray(piece)


def drawn(lies: tuple[Any, ...], count: int, random_: random.Random) -> list[Told]:
    """Returns some lies, each from the first, second, … reply on."""
    return [
        Told(one, random_.choice((0, 0, 1, 1, 2, 3, 5)), random_.randrange(1000)) for one in random_.sample(lies, count)
    ]
