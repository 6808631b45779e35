"""The worker's end of the wall: whole messages over a connected socket, for which it simply waits.

It goes by the number of the socket: a student's module can replace the methods of Python's socket class, no call of the
system that is bound here by name.
"""

import os
from os import write
from typing import Any

from grader.worker import wire
from grader.worker.original_builtins import BUILTINS

__all__ = ["Channel"]

globals()["__builtins__"] = BUILTINS

if hasattr(os, "readv"):
    from os import readv
else:
    from os import read

    def readv(fd: Any, buffers: Any, /) -> int:  # type: ignore[misc]
        """Fills a buffer as far as something is there, where the system has no call for that."""
        (view,) = buffers
        data = read(fd, min(len(view), 1 << 20))
        view[: len(data)] = data
        return len(data)


class Channel:
    """Sends and receives frames; the other end may close at any time.

    Args:
        fd: a connected stream socket, or a pipe to read from.
        writing: the pipe to write to, where it is another.
    """

    def __init__(self, fd: int, writing: int = -1) -> None:
        self.fd = fd
        self._writing = fd if writing < 0 else writing

    def send(self, message: dict[str, Any], value: Any = None) -> None:
        """Sends a message, with a value under the key "value"; nothing of it when the value cannot be put together."""
        buffers: list[memoryview] = []
        tree = wire.encode(value, buffers)
        for piece in wire.frame({**message, "value": tree}, buffers):
            rest = memoryview(piece)
            while rest:
                rest = rest[write(self._writing, rest) :]

    def receive(self) -> tuple[dict[str, Any], Any] | None:
        """Returns the next message and its value, or None when the other end has closed."""
        prefix = self._read(wire.PREFIX.size)
        if prefix is None:
            return None
        header_size, body_size = wire.parse_prefix(prefix, max_body=1 << 40)
        rest = self._read(header_size + body_size)
        if rest is None:
            return None
        message = wire.parse_header(rest[:header_size])
        return message, wire.decode(message.get("value"), memoryview(rest)[header_size:], types=True)

    def _read(self, size: int) -> bytearray | None:
        data = bytearray(size)
        view, done = memoryview(data), 0
        while done < size:
            count = readv(self.fd, [view[done:]])
            if count == 0:
                return None
            done += count
        return data
