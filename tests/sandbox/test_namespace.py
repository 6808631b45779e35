"""A namespace's handle: only the first process of one gives it, and its end leaves nothing of all that is in it."""

import contextlib
import os
import shutil
import subprocess
import sys

import pytest
from patience import end_of

from grader.sandbox import processes
from grader.sandbox.level import Level, why_unavailable
from grader.sandbox.namespace import Namespace

pytestmark = pytest.mark.skipif(bool(why_unavailable(Level.BUBBLEWRAP)), reason="bubblewrap does not work here")

#: a family whose members leave their session and their parent; the last one says that all are there
FAMILY = """
import os, time
for depth in range(4):
    if os.fork():
        time.sleep(6000 if depth == 0 else 0)
        os._exit(0)
    os.setsid()
os.write(1, b"ready\\n")
time.sleep(6000)
"""
SLEEPER = """
import os, time
os.write(1, b"ready\\n")
time.sleep(6000)
"""


@pytest.fixture
def start():
    """Starts a program inside; returns its process and what is below that, once the program has said so."""
    pipes = []

    def start(code, *options):
        command = [
            shutil.which("bwrap"),
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
            *options,
            "--",
            sys.executable,
            "-c",
            code,
        ]
        process = processes.start(command, stdout=subprocess.PIPE, start_new_session=True)
        pipes.append(process.stdout)
        assert process.stdout.readline() == b"ready\n"
        return process, processes.descendants(process.pid, thorough=True)

    yield start
    for pipe in pipes:
        pipe.close()


def test_its_end_is_the_end_of_all_in_it(start):
    process, below = start(FAMILY, "--unshare-pid", "--as-pid-1")
    namespace = Namespace.of(below)
    assert namespace is not None
    processes.end_tree(process, None, namespace)
    # Nobody is left who could write.
    assert end_of(process.stdout) == b""
    assert process.returncode is not None
    # Nothing is left to be collected either.
    assert not (processes._families()[os.getpid()] and set(below) & set(processes._families()[os.getpid()]))


def test_a_namespace_that_is_gone_is_ended(start):
    process, below = start(SLEEPER, "--unshare-pid", "--as-pid-1")
    namespace = Namespace.of(below)
    process.kill()
    for pid in below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    processes.end_tree(process, None, namespace)
    assert not processes.descendants(process.pid, thorough=True)


def test_processes_of_our_own_namespace_give_none(start):
    process, below = start(SLEEPER)
    try:
        assert Namespace.of([*below, process.pid, os.getpid(), 2**22 + 1]) is None
    finally:
        processes.end_tree(process, None)


def test_a_host_without_handles_gives_none(start, monkeypatch):
    process, below = start(SLEEPER, "--unshare-pid", "--as-pid-1")
    monkeypatch.delattr(os, "pidfd_open")
    assert Namespace.of(below) is None
    processes.end_tree(process, None)


def test_without_an_answer_of_the_kernel_the_tree_is_searched(start, monkeypatch):
    # In a session of its own, out of reach of a signal to the worker's group.
    process, below = start(SLEEPER, "--unshare-pid", "--as-pid-1", "--new-session")
    namespace = Namespace.of(below)
    monkeypatch.setattr(Namespace, "end", lambda self: False)
    processes.end_tree(process, None, namespace)
    assert not any(map(processes._is_alive, below))
