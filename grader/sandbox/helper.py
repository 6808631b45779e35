"""Asks a process of ours that works on hostile data, within limits of time and memory that the kernel keeps.

Libraries that read what a student made may take for ever in the middle of C code, where no exception and no signal
handler of Python's gets a word in, or end their process. They run beside the grader: what is too much ends there, and
who asked gets the reason. The process is started when it is first needed and kept until something was too much for it.
"""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from types import TracebackType

from grader.reading.archives import shown
from grader.sandbox.sandbox_limits import CLOCK_FACTOR, HELPER_START_SECONDS, MAX_ANSWER_BYTES

__all__ = ["Helper", "Overrun"]

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {} import main; main()"


class Overrun(Exception):
    """The process has not answered; the text says why, as the end of a sentence: "takes too much memory"."""


class Helper:
    """One process that answers messages; `close`, or leaving a `with` block, ends it.

    Args:
        module: whose `main` runs in it, see grader/sandbox/helping.py.
        max_answer_bytes: of one answer; more is none.
    """

    def __init__(self, module: str, max_answer_bytes: int = MAX_ANSWER_BYTES) -> None:
        self._module = module
        self._max_answer_bytes = max_answer_bytes
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Helper":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; a later question starts another one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def start(self) -> "subprocess.Popen[bytes]":
        """Starts the process unless it is there; it gets ready while nobody waits."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", BOOT.format(self._module), json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process

    def ask(self, message: Mapping[str, object], content: bytes, seconds: float) -> bytes:
        """Returns the answer to a message.

        Args:
            message: what JSON can hold.
            content: goes with it.
            seconds: of processor time.

        Raises:
            Overrun: there is none.
        """
        process, late = self.start(), threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(HELPER_START_SECONDS + CLOCK_FACTOR * seconds, end)
        clock.start()
        try:
            return self._exchange(process, {**message, "seconds": seconds, "size": len(content)}, content)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            # Whatever is left of it is no use to the next.
            code = self._end(process)
            if late.is_set() or code == -getattr(signal, "SIGXCPU", 0):
                raise Overrun(f"takes longer than {seconds:g} s") from None
            raise Overrun("takes too much memory or stack") from None
        finally:
            clock.cancel()

    def _exchange(self, process: "subprocess.Popen[bytes]", message: Mapping[str, object], content: bytes) -> bytes:
        assert process.stdin is not None, "it was started with a pipe"
        assert process.stdout is not None, "it was started with a pipe"
        process.stdin.write(json.dumps(message).encode() + b"\n" + content)
        process.stdin.flush()
        reply = json.loads(process.stdout.readline(10_000))
        size = int(reply["size"])
        if not 0 <= size <= self._max_answer_bytes:
            raise ValueError("an answer of no size")
        answer = process.stdout.read(size)
        if len(answer) != size:
            raise ValueError("an answer that breaks off")
        if reply["last"]:
            self._end(process)
        if reply["why"]:
            raise Overrun(shown(str(reply["why"]), 200))
        return answer

    def _end(self, process: "subprocess.Popen[bytes]") -> int:
        """Ends the process, unless it has ended by itself, and returns how it ended."""
        try:
            process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            process.kill()
        code = process.wait()
        self.close()
        return code
