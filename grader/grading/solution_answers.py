"""Answers a check's calls with the assignment's solution, in this process: to tell an internal error from a student's.

Only our own code runs here. Calls and answers take the same form as those that cross the wall, so that a check sees
nothing else than it would of a worker with a right submission.
"""

import importlib
import random
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from grader.assignment.definition import Assignment
from grader.assignment.points_and_limits import Limits
from grader.sandbox.connection import Capture, Link, LinkClosed, Patience
from grader.sandbox.meter import Meter
from grader.sandbox.session import Ending, Host, Session
from grader.worker import wire
from grader.worker.serve import RequestHandler

__all__ = ["DirectLink", "SolutionAnswers", "framed", "unframed"]


class SolutionAnswers:
    """Stands in the place of a `Worker`: the modules that are called lie in this process.

    Args:
        modules: by the names that checks use.
    """

    def __init__(self, modules: Mapping[str, ModuleType]) -> None:
        self.modules = dict(modules)
        self.meter = Meter()

    @classmethod
    def of(cls, assignment: Assignment) -> "SolutionAnswers | None":
        """Returns the answers of an assignment's solution, None where there is none of all that is called."""
        if not assignment.has_solution:
            return None
        files = {**assignment.modules, **{name: tool.file for name, tool in assignment.tools.items()}}
        try:
            return cls(_modules(assignment.solution_package, tuple(files.items())))
        except ImportError:
            return None

    def import_only(self, names: Collection[str]) -> None:
        """Does nothing: no import of ours does anything to another."""

    @contextmanager
    def session(self, seed: int, limits: Limits, *, another: bool = True) -> Iterator[Session]:
        """Yields a session, as `Worker.session` does; generators of random numbers are afterwards as they were."""
        states = random.getstate(), np.random.get_state()
        host = Host(dict.fromkeys(self.modules), lambda grace: Ending(), _nothing, _nothing, frozenset, None)
        session = Session(host, self.link(seed, limits.value_mb << 20), Capture(limits.output_kb << 10), limits)
        try:
            yield session
        finally:
            session.close()
            random.setstate(states[0])
            np.random.set_state(states[1])

    def link(self, seed: int, max_body: int) -> Link:
        """Returns the link of a session."""
        return DirectLink(self.modules, seed, max_body)


class DirectLink(Link):
    """A link whose other end is this process."""

    def __init__(self, modules: dict[str, ModuleType], seed: int, max_body: int) -> None:
        self.max_body = max_body
        self._modules = modules
        self._begin(seed)
        self._answer = b""

    def send(self, message: dict[str, Any], value: Any, capture: Capture | None, patience: Patience) -> None:
        """Answers a request at once; the answer waits to be read."""
        # Behind the wall arguments can be written into.
        there, inside = unframed(bytearray(framed(message, value, types=True)), types=True)
        if "renew" in there:
            self._begin(there["renew"])
        reply, result = self._handler.answer(there, inside)
        if reply.get("error", {}).get("type") == KeyboardInterrupt.__name__:
            raise KeyboardInterrupt
        self._answer = self.replied(there, framed(reply, result))

    def replied(self, request: Mapping[str, Any], answer: bytes) -> bytes:
        """Returns the bytes that are read as the answer to a request."""
        return answer

    def pending(self) -> bool:
        """Whether there is something that nobody asked for."""
        return bool(self._answer)

    def close(self) -> None:
        """Forgets what was not read."""
        self._answer = b""

    def _begin(self, seed: int) -> None:
        self._handler = RequestHandler(self._modules, "")
        random.seed(seed)
        np.random.seed(seed)

    def _wait(self, event: int, capture: Capture | None, patience: Patience) -> None:
        return

    def _read(self, size: int, capture: Capture | None, patience: Patience) -> bytearray:
        piece, self._answer = self._answer[:size], self._answer[size:]
        if len(piece) < size:
            raise LinkClosed
        return bytearray(piece)


def framed(message: Mapping[str, Any], value: Any, *, types: bool = False) -> bytes:
    """Returns the bytes of a message and its value."""
    buffers: list[memoryview] = []
    tree = wire.encode(value, buffers, types=types)
    return b"".join(bytes(piece) for piece in wire.frame({**message, "value": tree}, buffers))


def unframed(data: bytes | bytearray, *, types: bool = False) -> tuple[dict[str, Any], Any]:
    """Returns the message and the value in the bytes of a frame."""
    size, _ = wire.parse_prefix(data[: wire.PREFIX.size], 1 << 40)
    start = wire.PREFIX.size
    message = wire.parse_header(data[start : start + size])
    return message, wire.decode(message.get("value"), memoryview(data)[start + size :], types=types)


@cache
def _modules(package: str, files: tuple[tuple[str, str], ...]) -> dict[str, ModuleType]:
    return {
        name: importlib.import_module(f"{package}.{file.removesuffix('.py').replace('/', '.')}") for name, file in files
    }


def _nothing() -> None: ...
