"""Asks one fork of the worker what a check asks, and says which limit ended it."""

import contextlib
import math
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from grader.assignment.points_and_limits import Limits
from grader.model.errors import Crashed, OverMemory, StudentError, TimedOut, WrongAnswer
from grader.sandbox import processes
from grader.sandbox.connection import Capture, Link, LinkClosed, LinkTimeout, Patience
from grader.sandbox.meter import Meter
from grader.sandbox.sandbox_limits import LONG_SECONDS, MAX_SCRATCH_ENTRIES, MAX_SCRATCH_PATH, PROCESS_MB, SCRATCH_MB
from grader.worker.wire import TooLarge, WireError

__all__ = ["AnswerCall", "Ending", "Host", "Session", "Watch", "scratch_bytes"]

#: what answers a call that comes back across the wall: what is called and a value in, a message and a value out
AnswerCall = Callable[[str, Any], tuple[dict[str, Any], Any]]

#: numbers of signals that not every system names
KILL, XCPU = 9, 24
#: what the kernel sends when memory is short, and what C code ends with that was refused it
MEMORY_SIGNALS = (KILL, signal.SIGSEGV, getattr(signal, "SIGBUS", signal.SIGSEGV), signal.SIGABRT)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the process of a check ended; known from the worker, so never more than a hint."""

    #: as subprocess gives it: below 0 for a signal
    code: int = -KILL
    seconds: float = 0.0
    memory_mb: float = 0.0
    #: it had closed its channel but lived on
    lingered: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """What a session needs of its worker."""

    imports: Mapping[str, dict[str, Any] | StudentError | None]
    #: collects the process of the session, given how many seconds it may take to end by itself
    reap: Callable[[float], Ending]
    #: has the process of the session collected while nobody waits
    release: Callable[[], None]
    #: kills the whole worker
    kill: Callable[[], None]
    #: the living processes of this session
    pids: Callable[[], frozenset[int]]
    #: folder on this host that the session may write to, if it has one
    scratch: Path | None
    #: told of each reply
    hear: Callable[[Mapping[str, Any]], None] = field(default=lambda reply: None)
    #: counts what the submission uses
    meter: Meter = field(default_factory=Meter)


class Watch:
    """Looks at all processes of a check together, where the kernel's limits count each of them alone.

    Args:
        what: what runs, for sentences.
        limits: of one check.
        pids: gives its living processes.
        scratch: the folder that they may write to, if it is on this host.
        meter: of the whole submission.
    """

    def __init__(
        self, what: str, limits: Limits, pids: Callable[[], frozenset[int]], scratch: Path | None, meter: Meter
    ) -> None:
        self.what = what
        self._limits = limits
        self._pids = pids
        self._scratch = scratch
        self._meter = meter

    def look(self) -> None:
        """Raises the StudentError of a limit that they are past."""
        self._meter.look()
        pids, limits = self._pids(), self._limits
        used = processes.usage(pids)
        if used.cpu_seconds > math.ceil(limits.cpu_seconds) + 1:
            raise over_cpu(self.what, limits)
        if used.memory_bytes >> 20 > limits.memory_mb + PROCESS_MB * used.n_processes:
            raise OverMemory(
                f"{self.what} used {used.memory_bytes >> 20} MB of memory in {used.n_processes} "
                f"{'process' if used.n_processes == 1 else 'processes'}; {limits.memory_mb} MB is the limit."
            )
        self.look_at_scratch(processes.unlinked_bytes(pids) if self._scratch is not None else 0)

    def look_at_scratch(self, unlinked_bytes: int = 0) -> None:
        """Raises Crashed when the scratch folder holds too much, with what was removed from it and is still open."""
        if self._scratch is None:
            return
        if (size := scratch_bytes(self._scratch) + unlinked_bytes) > SCRATCH_MB << 20:
            much = "more files" if math.isinf(size) else f"{size / (1 << 20):.0f} MB, more"
            raise Crashed(
                f"{self.what} wrote {much} than its scratch folder may hold; {SCRATCH_MB} MB is the limit.",
                "The functions of the assignment write no files.",
            )

    def queued(self) -> float:
        """Returns for how many seconds its processes were ready to run and others were let."""
        return processes.usage(self._pids()).waiting_seconds


class Session:
    """One check's conversation with one fork of the worker."""

    def __init__(self, host: Host, link: Link, capture: Capture, limits: Limits) -> None:
        self._host = host
        self._link = link
        self._capture = capture
        self._limits = limits
        self._watch = Watch("", limits, host.pids, host.scratch, host.meter)
        self._left = limits.wall_seconds
        #: of the time in which its processes waited for a processor, what was taken off already
        self._queued_before = 0.0
        #: seconds of all cases so far
        self.spent_seconds = 0.0
        self._answered = 0
        self._ended: StudentError | None = None
        #: goes with the next request: the seed of a case that begins
        self._renewal: dict[str, Any] = {}
        #: answers calls of functions that are provided; without it none is let in
        self._answer_call: AnswerCall | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._ended is not None

    @property
    def imports(self) -> Mapping[str, dict[str, Any] | StudentError | None]:
        """How the import of each module that is there ended; see Worker.imports."""
        return self._host.imports

    def ask(
        self, message: dict[str, Any], value: Any, *, call: str, seconds: float = math.inf
    ) -> tuple[dict[str, Any], Any]:
        """Sends one request to the student's code and returns the reply.

        Args:
            message: the request, see grader/worker/serve.py.
            value: what goes with it.
            call: words for messages, e.g. "layer_forward".
            seconds: for this request; no more than is left of the check's.

        Raises:
            TimedOut, Crashed, OverMemory: as the name says; every later request of the session raises the same.
        """
        if self._ended is not None:
            raise self._ended
        self._watch.what = call
        patience = Patience(min(seconds, self._left), self._watch.look, self._queued)
        try:
            if self._link.pending():
                raise WireError("an answer before the question")
            renewed, self._renewal = {**message, **self._renewal}, {}
            self._host.meter.look()
            with self._host.meter.waiting():
                reply: tuple[dict[str, Any], Any] = self._link.ask(renewed, value, self._capture, patience)
                while self._answer_call is not None and isinstance(reply[0].get("calls"), str):
                    answer, result = self._answer_call(reply[0]["calls"], reply[1])
                    self._host.meter.look()
                    reply = self._link.ask(answer, result, self._capture, patience)
            self._watch.look_at_scratch()
        except LinkTimeout:
            self._end(self._too_slow(call, min(seconds, self._limits.wall_seconds)))
        except TooLarge:
            self._end(self._too_large(call))
        except WireError as exc:
            self._end(Crashed(f"{call} disturbed the connection to the grader: {exc}.{self._progress()}"))
        except LinkClosed:
            self._end(self._died(call), kill=False)
        except StudentError as exc:
            self._end(exc)
        self._charge(patience.spent())
        self._answered += 1
        self._host.hear(reply[0])
        return reply

    def provide(self, functions: Sequence[tuple[str, str, str]], answer: AnswerCall) -> None:
        """Has calls of some functions, wherever the submission makes them, answered on this side of the wall.

        Args:
            functions: module as it is imported, name in it, what `answer` is told.
            answer: called with what is called and its arguments, positional and by name.

        Raises:
            StudentError: as `ask` does.
        """
        self.ask({"op": "provide"}, list(functions), call="Making ready")
        self._answer_call = answer

    def renew(self, seed: int) -> None:
        """Makes ready for another case: new seeds, all its seconds, no values kept, no output."""
        self._left = self._limits.wall_seconds
        self._answered = 0
        self._capture.clear()
        self._renewal = {"renew": seed}

    def clocks(self) -> processes.Clocks:
        """Returns how long the living threads of this session ran and waited for a processor, in seconds."""
        return processes.clocks(self._host.pids())

    def output(self) -> str:
        """Returns what the student's code has printed in this session so far."""
        if self._capture.fd >= 0:
            self._capture.drain()
        return self._capture.text()

    def close(self) -> None:
        """Ends the fork, and the whole worker when the fork does not go or leaves processes behind."""
        self._link.close()
        if self._ended is None:
            self._host.release()
            self._ended = Crashed("The session is closed.")
        self._capture.close()

    def _charge(self, spent: float) -> None:
        """Takes the seconds of a call from those that are left, without the time in line of one that took long."""
        if spent > LONG_SECONDS:
            queued = min(spent, max(0.0, self._queued()))
            self._queued_before += queued
            spent -= queued
        self._left -= spent
        self.spent_seconds += spent

    def _queued(self) -> float:
        """Returns how long its processes waited for a processor since this was last taken off, in seconds."""
        return self._watch.queued() - self._queued_before

    def _end(self, error: StudentError, *, kill: bool = True) -> NoReturn:
        self._ended = error
        if kill:
            self._host.kill()
        raise error

    def _too_slow(self, call: str, limit: float) -> StudentError:
        return TimedOut(
            f"{call} did not finish within {limit:g} s.{self._progress()}",
            "Does it wait for something, or does a loop never end?",
        )

    def _too_large(self, call: str) -> StudentError:
        return WrongAnswer(
            f"{call} gave a value over the limit of {self._limits.value_mb} MB; a right answer is far smaller.",
            "Is an array made in a wrong shape, or are arrays broadcast against each other?",
        )

    def _died(self, call: str) -> StudentError:
        """Returns what the end of the process says; the grader has already lost its channel."""
        ending = self._host.reap(2.0)
        limits, code = self._limits, ending.code
        if ending.lingered:
            return Crashed(f"{call} closed the connection to the grader and kept running.{self._progress()}")
        if code >= 0:
            return Crashed(
                f"{call} ended the Python process with exit code {code}.{self._progress()}",
                "A function of the assignment returns; it never leaves the process.",
            )
        number = -code
        if number == XCPU or ending.seconds >= limits.cpu_seconds:
            return over_cpu(call, limits, self._progress())
        if number in MEMORY_SIGNALS and ending.memory_mb > 0.9 * limits.memory_mb:
            return OverMemory(
                f"{call} was killed with {ending.memory_mb:.0f} MB of memory; {limits.memory_mb} MB is the limit."
            )
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        deep = "Is a recursion without end, or native code, involved?" if number == signal.SIGSEGV else ""
        return Crashed(f"{call} killed the Python process (signal {name}).{self._progress()}", deep)

    def _progress(self) -> str:
        """Returns how far the check got, as a further sentence."""
        if not self._answered:
            return ""
        return f" Before that, {self._answered} {'call' if self._answered == 1 else 'calls'} of this check answered."


def over_cpu(what: str, limits: Limits, progress: str = "") -> TimedOut:
    """Returns the error of code that computes for too long."""
    return TimedOut(
        f"{what} used more than the {limits.cpu_seconds:g} s of processor time that one check may take.{progress}",
        "Does a loop never end, or is there one loop more than needed?",
    )


def scratch_bytes(folder: Path) -> float:
    """Returns the size of what a folder holds, infinity for more entries than anyone needs or a nesting too deep."""
    total, n_entries, todo = 0, 0, [str(folder)]
    while todo:
        path = todo.pop()
        if len(path) > MAX_SCRATCH_PATH:
            return math.inf
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                n_entries += 1
                if n_entries > MAX_SCRATCH_ENTRIES:
                    return math.inf
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                total += _size_on_disk(entry.stat(follow_symlinks=False))
    return total


def _size_on_disk(found: os.stat_result) -> int:
    """Returns what a file takes; where the system does not count blocks, what it holds."""
    blocks = getattr(found, "st_blocks", None)
    return found.st_size if blocks is None else int(blocks) * 512
