"""How the end of a check's process is told: its signal, memory and time decide the sentence."""

import signal
import socket
from types import MappingProxyType

import pytest

from grader.assignment.points_and_limits import Limits
from grader.model.errors import Crashed, OverMemory, TimedOut
from grader.sandbox.connection import Capture, Link
from grader.sandbox.session import Ending, Host, Session

LIMITS = Limits(cpu_seconds=2, wall_seconds=5, memory_mb=1000)


@pytest.fixture
def died():
    """Returns what a session raises for a call whose process ended in the given way."""

    def ask(ending):
        ours, theirs = socket.socketpair()
        theirs.close()
        host = Host(MappingProxyType({}), lambda seconds: ending, lambda: None, lambda: None, frozenset, None)
        capture = Capture(1000)
        session = Session(host, Link(ours, 1000), capture, LIMITS)
        try:
            session.ask({"op": "call"}, None, call="halve")
        finally:
            session.close()

    return ask


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT])
def test_kill_with_the_memory_full_is_told_from_a_crash(died, number):
    with pytest.raises(OverMemory, match="halve was killed with 950 MB of memory; 1000 MB is the limit"):
        died(Ending(-number, 0.1, 950.0))
    with pytest.raises(Crashed, match=f"signal {number.name}"):
        died(Ending(-number, 0.1, 850.0))


def test_kill_with_the_time_used_up_is_a_timeout(died):
    with pytest.raises(TimedOut, match="more than the 2 s of processor time"):
        died(Ending(-signal.SIGKILL, 2.1, 10.0))


def test_process_that_lives_on_is_told(died):
    with pytest.raises(Crashed, match="kept running"):
        died(Ending(0, 0.1, 10.0, lingered=True))


def test_time_in_line_is_not_taken_from_the_later_calls_of_a_check(monkeypatch):
    """A check may take its seconds in many calls; on a busy machine each of them takes longer on the clock."""
    ours, theirs = socket.socketpair()
    host = Host(MappingProxyType({}), lambda seconds: Ending(), lambda: None, lambda: None, frozenset, None)
    session = Session(host, Link(ours, 1000), Capture(1000), LIMITS)
    waited = iter([4.0, 9.0])
    monkeypatch.setattr("grader.sandbox.session.Watch.queued", lambda self: next(waited))
    session._charge(4.5)
    session._charge(5.5)
    session._charge(0.01)
    assert session._left == pytest.approx(5 - 0.5 - 0.5 - 0.01)
    session.close()
    theirs.close()
