"""The grader's end of the connection to a worker: checks messages and never waits for ever."""

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any

from grader.sandbox.sandbox_limits import LOOK_SECONDS, MAX_FRAMES, MAX_LINE, MAX_TEXT, STRETCH
from grader.worker import wire

__all__ = ["Capture", "Link", "LinkClosed", "LinkTimeout", "Patience"]

CHUNK = 1 << 16


class LinkClosed(Exception):
    """The worker's end is gone."""


class LinkTimeout(Exception):
    """No whole answer came in time."""


class Patience:
    """How long to wait: a number of seconds, longer by the time in which the other end waited for a processor.

    Args:
        seconds: the limit on our clock.
        look: called every tenth of a second; raises to end the wait.
        queued: seconds for which the other end has been ready to run and was not let, or nothing known.
    """

    def __init__(
        self, seconds: float, look: Callable[[], None] | None = None, queued: Callable[[], float] | None = None
    ) -> None:
        self.started = time.monotonic()
        self.seconds = seconds
        self._end = self.started + seconds
        self._look = look
        self._queued = queued
        self._next_look = self.started + LOOK_SECONDS if look else self._end

    def wait_ms(self) -> float:
        """Returns for how long to wait at most before asking again; raises LinkTimeout when it is over."""
        now = time.monotonic()
        if now >= self._next_look and self._look is not None:
            self._look()
            self._next_look = now + LOOK_SECONDS
        if now >= self._end:
            extra = min(self._queued() if self._queued else 0.0, STRETCH * self.seconds)
            if now >= self.started + self.seconds + extra:
                raise LinkTimeout
            self._end = min(self.started + self.seconds + extra, now + 1.0)
        # A whole millisecond at least: poll() rounds down, and would spin.
        return max(1.0, 1000 * (min(self._end, self._next_look if self._look else self._end) - now))

    def spent(self) -> float:
        """Returns the seconds since it began."""
        return time.monotonic() - self.started


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

    def clear(self) -> None:
        """Forgets what was printed so far."""
        self.drain()
        self.data.clear()
        self.dropped = 0

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

    def ask(self, message: dict[str, Any], value: Any, capture: Capture | None, patience: Patience) -> Any:
        """Sends a request and returns the reply, a pair of message and value.

        Args:
            message: what to do.
            value: goes with it.
            capture: drained all the while, so that a printing child is never stuck.
            patience: when to give up.

        Raises:
            LinkTimeout: it took too long.
            LinkClosed: the other end closed.
            WireError: the other end sent what is no frame.
        """
        self.send(message, value, capture, patience)
        return self.receive(capture, patience)

    def send(self, message: dict[str, Any], value: Any, capture: Capture | None, patience: Patience) -> None:
        """Sends one message, with descriptors nowhere; see `ask` for the errors."""
        buffers: list[memoryview] = []
        tree = wire.encode(value, buffers, types=True)
        for piece in wire.frame({**message, "value": tree}, buffers):
            view = memoryview(piece)
            while view:
                try:
                    view = view[self.sock.send(view) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT, capture, patience)
                except OSError as exc:
                    raise LinkClosed from exc

    def receive(self, capture: Capture | None, patience: Patience) -> tuple[dict[str, Any], Any]:
        """Returns the next message and its value; see `ask` for the errors."""
        # An answer that is there before it is waited for is rare.
        self._wait(select.POLLIN, capture, patience)
        prefix = self._read(wire.PREFIX.size, capture, patience)
        header_size, body_size = wire.parse_prefix(prefix, self.max_body, wire.MAX_REPLY_HEADER)
        rest = self._read(header_size + body_size, capture, patience)
        message = wire.parse_header(rest[:header_size])
        return _plain(message), wire.decode(message.get("value"), memoryview(rest)[header_size:])

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

    def _read(self, size: int, capture: Capture | None, patience: Patience) -> bytearray:
        # Grown as bytes come: a header that promises gigabytes and sends none costs nothing.
        data = bytearray(min(size, 1 << 22))
        done = 0
        while done < size:
            if done == len(data):
                data.extend(bytes(min(size - done, len(data))))
            try:
                count = self.sock.recv_into(memoryview(data)[done:])
            except BlockingIOError:
                self._wait(select.POLLIN, capture, patience)
                continue
            except OSError as exc:
                raise LinkClosed from exc
            if count == 0:
                raise LinkClosed
            done += count
        return data

    def _wait(self, event: int, capture: Capture | None, patience: Patience) -> None:
        poll = select.poll()
        poll.register(self.sock, event)
        if capture is not None and capture.fd >= 0:
            poll.register(capture.fd, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll(patience.wait_ms())}
            if capture is not None and capture.fd in ready and not capture.drain():
                poll.unregister(capture.fd)
            if self.sock.fileno() in ready:
                return


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """Returns what a reply says beside its value: numbers, short texts, and an exception; nothing else is let in."""
    plain: dict[str, Any] = {}
    for name, part in message.items():
        if name == "error" and isinstance(part, dict):
            plain[name] = _exception(part)
        elif name != "value" and (part is None or isinstance(part, (bool, int, float, str))):
            plain[name[:MAX_TEXT]] = part[:MAX_TEXT] if isinstance(part, str) else part
    return plain


def _exception(error: dict[str, Any]) -> dict[str, Any]:
    """Returns an exception as serve.describe_error describes one: each part is of its kind, or empty."""
    texts = {name: error.get(name) for name in ("type", "text")}
    frames, column = error.get("frames"), error.get("column")
    return {
        **{name: text[:MAX_TEXT] if isinstance(text, str) else "" for name, text in texts.items()},
        "frames": [row for row in frames[:MAX_FRAMES] if _is_frame(row)] if isinstance(frames, list) else [],
        "memory": error.get("memory") is True,
        "column": column if type(column) is int and 0 < column <= MAX_TEXT else 0,
    }


def _is_frame(row: Any) -> bool:
    """Whether it is file, line, function and the text of the line."""
    if not (isinstance(row, list) and len(row) == 4 and type(row[1]) is int and 0 < row[1] <= MAX_LINE):
        return False
    return all(isinstance(text, str) and len(text) <= MAX_TEXT for text in (row[0], *row[2:]))
