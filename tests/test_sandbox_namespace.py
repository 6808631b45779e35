"""A namespace's handle: only the first process of one gives it, and its end leaves nothing of all that is in it."""

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from grader.sandbox import processes
from grader.sandbox.level import Level, why_unavailable
from grader.sandbox.namespace import Namespace

pytestmark = pytest.mark.skipif(bool(why_unavailable(Level.BUBBLEWRAP)), reason="bubblewrap does not work here")

#: a family whose members leave their session and their parent
FAMILY = """
import os, time
for depth in range(4):
    if os.fork():
        time.sleep(60 if depth == 0 else 0)
        os._exit(0)
    os.setsid()
time.sleep(60)
"""


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
    process = processes.start(command, start_new_session=True)
    return process, await_family(process, 1)


def await_family(process, count):
    deadline = time.monotonic() + 20
    while len(below := processes.descendants(process.pid, thorough=True)) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return below


def n_sleepers(marker):
    found = 0
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += marker.encode() in line.read_bytes()
    return found


def test_its_end_is_the_end_of_all_in_it():
    marker = f"namespace-of-{os.getpid()}"
    process, below = start(f"{FAMILY}# {marker}", "--unshare-pid", "--as-pid-1")
    namespace = Namespace.of(below)
    assert namespace is not None
    deadline = time.monotonic() + 20
    # The outer process, the first inside, and the last of the family at least.
    while n_sleepers(marker) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert n_sleepers(marker) >= 3
    processes.end_tree(process, None, namespace)
    assert n_sleepers(marker) == 0
    assert process.returncode is not None
    # Nothing is left to be collected either.
    assert not (processes._families()[os.getpid()] and set(below) & set(processes._families()[os.getpid()]))


def test_a_namespace_that_is_gone_is_ended():
    process, below = start("import time; time.sleep(60)", "--unshare-pid", "--as-pid-1")
    namespace = Namespace.of(below)
    process.kill()
    os.kill(max(below), 9)
    processes.end_tree(process, None, namespace)
    assert not processes.descendants(process.pid, thorough=True)


def test_processes_of_our_own_namespace_give_none():
    process, below = start("import time; time.sleep(60)")
    try:
        assert Namespace.of([*below, process.pid, os.getpid(), 2**22 + 1]) is None
    finally:
        processes.end_tree(process, None)


def test_a_host_without_handles_gives_none(monkeypatch):
    process, below = start("import time; time.sleep(60)", "--unshare-pid", "--as-pid-1")
    monkeypatch.delattr(os, "pidfd_open")
    assert Namespace.of(below) is None
    processes.end_tree(process, None)


def test_without_an_answer_of_the_kernel_the_tree_is_searched(monkeypatch):
    # In a session of its own, out of reach of a signal to the worker's group.
    process, below = start("import time; time.sleep(60)", "--unshare-pid", "--as-pid-1", "--new-session")
    namespace = Namespace.of(below)
    monkeypatch.setattr(Namespace, "end", lambda self: False)
    processes.end_tree(process, None, namespace)
    assert not any(map(processes._is_alive, below))
