"""The grader's end of the connection to a worker where sockets cannot be handed on: two pipes, and a file for prints.

Nothing waits for several pipes on Windows. A thread reads and one writes, so that whoever waits can stop waiting.
"""

import contextlib
import os
import queue
import threading
from collections import deque
from pathlib import Path
from typing import IO, Any

from grader.sandbox.connection import CHUNK, Capture, Link, LinkClosed, Patience
from grader.worker import wire

__all__ = ["OutputFile", "PipeLink"]

#: of prints, what lies on disk at most for each byte that is kept
MAX_TIMES = 64


class OutputFile(Capture):
    """What a worker prints into a file: the first bytes are kept."""

    def __init__(self, limit: int, path: Path) -> None:
        self.limit = limit
        self.path = path
        self.fd = self.child_fd = -1
        #: how many bytes were cut off the file, and where those of this case begin
        self._cut = self._start = 0
        self._closed: str | None = None
        path.touch(0o600)

    def drain(self) -> bool:
        """Cuts the file when it has grown out of all measure."""
        size = self._size()
        if size > self._start + MAX_TIMES * self.limit:
            with contextlib.suppress(OSError):  # Windows may refuse while it is being written
                os.truncate(self.path, self._start + self.limit)
                self._cut += size - self._start - self.limit
        return True

    def text(self) -> str:
        """Returns the kept prints, with a last line saying how much was dropped."""
        if self._closed is not None:
            return self._closed
        try:
            with self.path.open("rb") as file:
                file.seek(self._start)
                self.data = bytearray(file.read(self.limit))
        except OSError:
            self.data = bytearray()
        self.dropped = self._cut + max(0, self._size() - self._start - len(self.data))
        return super().text()

    def clear(self) -> None:
        """Forgets what was printed so far."""
        self._start, self._cut = self._size(), 0

    def close(self) -> None:
        """Keeps the text and removes the file."""
        if self._closed is None:
            self._closed = self.text()
            with contextlib.suppress(OSError):
                self.path.unlink()

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


class PipeLink(Link):
    """Exchanges messages with a process over its standard input and output."""

    def __init__(self, writing: IO[bytes], reading: IO[bytes], max_body: int) -> None:
        self.max_body = max_body
        self._reading, self._writing = reading, writing
        self._orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._received: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        for work in (self._read_all, self._write_all):
            threading.Thread(target=work, daemon=True).start()

    def send(self, message: dict[str, Any], value: Any, capture: Capture | None, patience: Patience) -> None:
        """Hands one message to the thread that writes; whether it arrived shows in the reply."""
        if self._ended:
            raise LinkClosed
        buffers: list[memoryview] = []
        tree = wire.encode(value, buffers, types=True)
        for piece in wire.frame({**message, "value": tree}, buffers):
            self._orders.put(piece)

    def pending(self) -> bool:
        """Whether something came in that nobody asked for."""
        with self._changed:
            return bool(self._received)

    def close(self) -> None:
        """Lets the threads end; the process ends when its input does."""
        self._orders.put(None)
        with self._changed:
            self._ended = True
            self._received.clear()
            self._changed.notify_all()

    def _wait(self, event: int, capture: Capture | None, patience: Patience) -> None:
        with self._changed:
            while not self._received and not self._ended:
                if capture is not None:
                    capture.drain()
                self._changed.wait(patience.wait_ms() / 1000)

    def _read(self, size: int, capture: Capture | None, patience: Patience) -> bytearray:
        data = bytearray()
        while len(data) < size:
            self._wait(0, capture, patience)
            with self._changed:
                if not self._received:
                    raise LinkClosed
                piece = self._received.popleft()
                rest = piece[size - len(data) :]
                data += piece[: size - len(data)]
                if rest:
                    self._received.appendleft(rest)
                self._size -= len(piece) - len(rest)
                self._changed.notify_all()
        return data

    def _read_all(self) -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = os.read(self._reading.fileno(), CHUNK)
            except (OSError, ValueError):
                chunk = b""
            with self._changed:
                # What nobody takes stays in the pipe: a worker that floods us waits.
                while self._size > CHUNK and not self._ended:
                    self._changed.wait()
                if self._ended:
                    chunk = b""
                elif chunk:
                    self._received.append(chunk)
                    self._size += len(chunk)
                else:
                    self._ended = True
                self._changed.notify_all()
        with contextlib.suppress(OSError):
            self._reading.close()

    def _write_all(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (piece := self._orders.get()) is not None:
                rest = memoryview(piece).cast("B")
                while rest:
                    rest = rest[os.write(self._writing.fileno(), rest) :]
        with contextlib.suppress(OSError):
            self._writing.close()
