"""Processes seen from outside: all descendants are found and counted, and none is left in the end."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile

import pytest
from patience import wait_until

from grader.sandbox import processes

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")

FAMILY = """
import os, resource, sys, time
resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))
for depth in range(3):
    if os.fork():
        break
    os.setsid()
os.write(1, (str(os.getpid()) + chr(10)).encode())
time.sleep(6000)
"""
LEAVING = """
import os, resource, time
resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        os.write(1, (str(os.getpid()) + chr(10)).encode())
        time.sleep(6000)
    os._exit(0)
os.wait()
os.write(1, (str(os.getpid()) + chr(10)).encode())
time.sleep(6000)
"""


def run(code, n_lines):
    process = processes.start([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    pids = {int(process.stdout.readline()) for _ in range(n_lines)}
    process.stdout.close()
    return process, pids


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("thorough", [False, True])
def test_descendants_are_found_through_every_generation(thorough):
    process, pids = run(FAMILY, 4)
    assert processes.descendants(process.pid, thorough=thorough) == pids - {process.pid}
    assert pids <= processes.descendants(os.getpid(), thorough=thorough)
    processes.end_tree(process, None)
    assert not any(map(is_there, pids))


def test_what_left_its_session_and_its_parent_is_ended_too():
    process, pids = run(LEAVING, 2)
    assert processes.descendants(process.pid) == frozenset()
    processes.end_tree(process, None)
    assert process.returncode == -signal.SIGKILL
    assert not any(map(is_there, pids))


def test_children_of_ours_that_are_no_workers_are_left_alone():
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(6000)"])
    process, _ = run(LEAVING, 2)
    processes.end_tree(process, None)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_end_says_when_something_does_not_go(monkeypatch):
    monkeypatch.setattr(processes, "KILL_SECONDS", 0.05)
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(6000)"])
    assert processes.end(lambda: [child.pid]) is False
    monkeypatch.undo()
    child.kill()
    child.wait()
    assert processes.end(lambda: []) is True


def test_use_of_several_processes_is_added_up():
    code = "x = bytearray(b'x' * (64 << 20)); print(1, flush=True)\nwhile True: pass"
    pairs = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
    for process in pairs:
        process.stdout.readline()
    wait_until(lambda: processes.usage(process.pid for process in pairs).cpu_seconds >= 0.5, "two loops")
    used = processes.usage(process.pid for process in pairs)
    assert used.n_processes == 2
    assert used.cpu_seconds >= 0.5
    assert 128 << 20 < used.memory_bytes < 400 << 20
    for process in pairs:
        process.kill()
        process.wait()
        process.stdout.close()
    assert processes.usage(process.pid for process in pairs) == processes.Usage()


def test_files_without_names_are_counted_once():
    with tempfile.TemporaryFile() as file, tempfile.NamedTemporaryFile() as named:
        file.write(bytes(1 << 20))
        named.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        copy = os.dup(file.fileno())
        size = processes.unlinked_bytes([os.getpid(), os.getpid(), 2**22 + 1])
        os.close(copy)
    assert 1 << 20 <= size < 2 << 20


def test_own_tasks_are_counted():
    count = processes.tasks_of_user(os.geteuid())
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(6000)"])
    assert count >= 1
    assert processes.tasks_of_user(4_000_000_000) == 0
    child.kill()
    child.wait()


def test_brand_is_seen_without_any_right():
    process, pids = run(FAMILY, 4)
    assert all(map(processes._is_branded, pids))
    assert not processes._is_branded(os.getpid())
    assert not processes._is_branded(2**22 + 1)
    processes.end_tree(process, None)


def test_orphans_come_to_us():
    processes._adopt_orphans()
    flag = ctypes.c_int()
    ctypes.CDLL(None).prctl(37, ctypes.byref(flag), *[ctypes.c_ulong(0)] * 3)
    assert flag.value == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes of other users")
@pytest.mark.slow
def test_all_of_a_user_is_ended_at_once():
    user = (1 << 30) + os.getpid()
    bomb = f"import os, resource\nos.setgid({user}); os.setuid({user})\nprint(os.getpid(), flush=True)\n"
    bomb += "resource.setrlimit(resource.RLIMIT_NPROC, (10, 10))\n"
    bomb += "while True:\n    try:\n        if os.fork() == 0: os.setsid()\n    except OSError: pass\n"
    process, _ = run(bomb, 1)
    wait_until(lambda: len(processes._of_user(user)) > 1, "a second process")
    processes.end_tree(process, user)
    assert processes._of_user(user) == set()
