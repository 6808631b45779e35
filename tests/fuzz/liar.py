"""Checks run with replies that are replaced before the grader reads them, from the nth of each check on."""

import contextlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any

from fuzz.lies import Lie, Untouched, framed

from grader.assignment.definition import Limits
from grader.sandbox.connection import Capture, Link, LinkClosed, Patience
from grader.sandbox.meter import Meter
from grader.sandbox.session import Ending, Host, Session
from grader.worker import wire
from grader.worker.serve import _Desk

__all__ = ["Desk", "Told"]

#: requests of a check, by their operation and the function that they name
Request = tuple[str, str]


@dataclass(slots=True)
class Told:
    """What was done to the replies of one check."""

    lie: Lie
    #: number of the first reply that is replaced; all other replies to the same request are, too
    first: int
    seed: int = 0
    n_replies: int = 0
    request: Request | None = None
    n_lies: int = 0
    #: what was asked before the first lie, and answered truly
    before: set[Request] = field(default_factory=set)

    def replaced(self, request: Request, message: Mapping[str, Any], value: Any) -> bytes | None:
        """Returns the bytes that take the place of a reply; None for a reply that stays."""
        self.n_replies += 1
        if self.request is None and self.n_replies > self.first:
            self.request = request
        if self.request is None:
            self.before.add(request)
        if self.request != request:
            return None
        with contextlib.suppress(Untouched):
            data = self.lie.tell(dict(message), value, random.Random(self.seed))
            self.n_lies += 1
            return data
        return None


@dataclass(slots=True)
class Desk:
    """Stands for a worker: the worker's own code answers in this process, and `told` replaces what it says."""

    modules: dict[str, ModuleType]
    told: Told | None = None
    imports: dict[str, Any] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)

    @contextlib.contextmanager
    def session(self, seed: int, limits: Limits, *, another: bool = True) -> Iterator[Session]:
        """Yields a session as Worker.session does."""
        host = Host(MappingProxyType(self.imports), lambda grace: Ending(), _nothing, _nothing, frozenset, None)
        capture = Capture(1 << 14)
        session = Session(host, _Answering(self, limits.value_mb << 20), capture, limits)
        try:
            yield session
        finally:
            session.close()


class _Answering(Link):
    """A link whose other end is this process."""

    def __init__(self, owner: Desk, max_body: int) -> None:
        self.max_body = max_body
        self._owner = owner
        self._desk = _Desk(owner.modules, "/nowhere")
        self._data = b""

    def send(self, message: dict[str, Any], value: Any, capture: Any, patience: Patience) -> None:
        buffers: list[memoryview] = []
        tree = wire.encode(value, buffers, types=True)
        data = b"".join(bytes(piece) for piece in wire.frame({**message, "value": tree}, buffers))
        there, inside = _read(data, types=True)
        if "renew" in there:
            self._desk = _Desk(self._owner.modules, "/nowhere")
        reply, result = self._desk.answer(there, inside)
        answer = framed(reply, result)
        if self._owner.told is not None:
            request = (str(message["op"]), str(message.get("name", "")))
            lie = self._owner.told.replaced(request, *_read(answer))
            answer = answer if lie is None else lie
        self._data = answer

    def pending(self) -> bool:
        return bool(self._data)

    def close(self) -> None:
        self._data = b""

    def _wait(self, event: int, capture: Any, patience: Patience) -> None:
        return

    def _read(self, size: int, capture: Any, patience: Patience) -> bytearray:
        piece, self._data = self._data[:size], self._data[size:]
        if len(piece) < size:
            raise LinkClosed
        return bytearray(piece)


def _read(data: bytes, *, types: bool = False) -> tuple[dict[str, Any], Any]:
    header_size, _ = wire.parse_prefix(data[: wire.PREFIX.size], 1 << 40)
    start = wire.PREFIX.size
    message = wire.parse_header(data[start : start + header_size])
    return message, wire.decode(message.get("value"), memoryview(data)[start + header_size :], types=types)


def _nothing() -> None: ...
