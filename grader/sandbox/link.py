"""A socket and a pipe in, checked messages and capped prints out: the grader's end of the wall; it never just waits."""

import os
import select
import socket
import time
from typing import Any

from grader.worker import wire

__all__ = ["Capture", "Link", "LinkClosed", "LinkTimeout"]

CHUNK = 1 << 16


class LinkClosed(Exception):
    """The worker's end is gone."""


class LinkTimeout(Exception):
    """No whole answer came in time."""


class Capture:
    """What a worker's child prints: the first bytes are kept, the rest is read and dropped."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.data = bytearray()
        self.dropped = 0
        self.fd, self.child_fd = os.pipe()
        os.set_blocking(self.fd, False)

    def drain(self) -> bool:
        """Takes what is there; returns False once every writer has closed."""
        try:
            chunk = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return True
        room = max(0, self.limit - len(self.data))
        self.data += chunk[:room]
        self.dropped += len(chunk) - len(chunk[:room])
        return bool(chunk)

    def text(self) -> str:
        """Returns the kept prints, with a last line saying how much was dropped."""
        kept = bytes(self.data).decode("utf-8", "replace")
        return f"{kept}\n[{self.dropped:,} more bytes were printed and are not kept]" if self.dropped else kept

    def close_child_end(self) -> None:
        """Closes our copy of the writer's end, once the child has its own."""
        if self.child_fd >= 0:
            os.close(self.child_fd)
            self.child_fd = -1

    def close(self) -> None:
        """Takes what is left without waiting, and closes both ends."""
        self.close_child_end()
        if self.fd >= 0:
            for _ in range(64):
                before = len(self.data) + self.dropped
                if not self.drain() or len(self.data) + self.dropped == before:
                    break
            os.close(self.fd)
            self.fd = -1


class Link:
    """Exchanges messages with a process that may be silent, dead, or lying."""

    def __init__(self, sock: socket.socket, max_body: int) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.max_body = max_body

    def ask(self, message: dict[str, Any], value: Any, capture: Capture | None, deadline: float) -> Any:
        """Sends a request and returns the reply, a pair of message and value.

        Args:
            message: what to do.
            value: goes with it.
            capture: drained all the while, so that a printing child is never stuck.
            deadline: on time.monotonic.

        Raises:
            LinkTimeout: the deadline passed.
            LinkClosed: the other end closed.
            WireError: the other end sent what is no frame.
        """
        self.send(message, value, capture, deadline)
        return self.receive(capture, deadline)

    def send(self, message: dict[str, Any], value: Any, capture: Capture | None, deadline: float) -> None:
        """Sends one message, with descriptors nowhere; see `ask` for the errors."""
        buffers: list[memoryview] = []
        tree = wire.encode(value, buffers)
        for piece in wire.frame({**message, "value": tree}, buffers):
            view = memoryview(piece)
            while view:
                try:
                    view = view[self.sock.send(view) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT, capture, deadline)
                except OSError as exc:
                    raise LinkClosed from exc

    def receive(self, capture: Capture | None, deadline: float) -> tuple[dict[str, Any], Any]:
        """Returns the next message and its value; see `ask` for the errors."""
        prefix = self._read(wire.PREFIX.size, capture, deadline)
        header_size, body_size = wire.parse_prefix(prefix, self.max_body)
        message = wire.parse_header(self._read(header_size, capture, deadline))
        body = self._read(body_size, capture, deadline)
        return message, wire.decode(message.get("value"), memoryview(body))

    def pending(self) -> bool:
        """Whether something came in that nobody asked for."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return any(events & select.POLLIN and self._peek() for _, events in poll.poll(0))

    def close(self) -> None:
        """Closes our end; the worker's child ends when it sees that."""
        self.sock.close()

    def _peek(self) -> bool:
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def _read(self, size: int, capture: Capture | None, deadline: float) -> bytearray:
        # Grown as bytes come: a header that promises gigabytes and sends none costs nothing.
        data = bytearray(min(size, 1 << 22))
        done = 0
        while done < size:
            if done == len(data):
                data.extend(bytes(min(size - done, len(data))))
            try:
                count = self.sock.recv_into(memoryview(data)[done:])
            except BlockingIOError:
                self._wait(select.POLLIN, capture, deadline)
                continue
            except OSError as exc:
                raise LinkClosed from exc
            if count == 0:
                raise LinkClosed
            done += count
        return data

    def _wait(self, event: int, capture: Capture | None, deadline: float) -> None:
        poll = select.poll()
        poll.register(self.sock, event)
        if capture is not None and capture.fd >= 0:
            poll.register(capture.fd, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LinkTimeout
            ready = {fd for fd, _ in poll.poll(left * 1000)}
            if capture is not None and capture.fd in ready and not capture.drain():
                poll.unregister(capture.fd)
            if self.sock.fileno() in ready:
                return
