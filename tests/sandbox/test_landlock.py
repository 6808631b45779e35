"""The Landlock rules: built to the kernel's layout for each of its versions, and obeyed."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import landlock
from grader.sandbox.landlock import File

needs_landlock = pytest.mark.skipif(bool(landlock.why_unavailable()), reason="this kernel has no Landlock")

ATTEMPTS = """
import os, sys
from grader.worker.lockdown import lock, scope_signals
ruleset, readable, scratch, outside = int(sys.argv[1]), *sys.argv[2:]
def number(attempt):
    try:
        attempt()
    except OSError as exc:
        return exc.errno
def write(path):
    with open(path, "w") as file: file.write("x")
parent = os.getppid()
lock({"limits": [], "user": None, "read_all": False, "filter": ""}, ruleset)
print([number(attempt) for attempt in (
    lambda: open(readable + "/file").close(),
    lambda: os.listdir(readable),
    lambda: write(scratch + "/new"),
    lambda: os.remove(scratch + "/new"),
    lambda: write("/dev/null"),
    lambda: write(readable + "/file"),
    lambda: open(outside + "/file").close(),
    lambda: os.listdir(outside),
    lambda: os.listdir("/"),
    lambda: open("/proc/self/status").close(),
    lambda: os.rename(readable + "/file", scratch + "/file"),
    lambda: os.symlink(outside, scratch + "/link"),
    lambda: os.mkfifo(scratch + "/pipe"),
)])
print(number(lambda: os.kill(parent, 0)))
child = os.fork()
if child == 0:
    if sys.argv[5:] != ["unscoped"]:
        scope_signals()
    os._exit(number(lambda: os.kill(os.getppid(), 0)) or 0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize(
    ("abi", "length", "newest"),
    [
        (1, 8, File.MAKE_SYM),
        (2, 8, File.REFER),
        (3, 8, File.TRUNCATE),
        (4, 16, File.TRUNCATE),
        (5, 16, File.IOCTL_DEV),
        (6, 24, File.IOCTL_DEV),
        (7, 24, File.IOCTL_DEV),
    ],
)
def test_each_version_gets_what_it_knows(abi, length, newest):
    attributes = landlock.ruleset_attributes(abi)
    assert len(attributes) == length
    assert int.from_bytes(attributes[:8], "little") == 2 * newest - 1
    assert landlock.scopes_signals(abi) is (abi >= 6)
    assert (abi >= 4) == (length > 8 and attributes[8] == 3)


def test_missing_landlock_is_said(monkeypatch):
    monkeypatch.setattr(landlock, "abi_version", lambda: 0)
    assert landlock.why_unavailable().startswith("Landlock cannot be used")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert landlock.why_unavailable() == "Landlock exists on Linux only."


@needs_landlock
def test_kernel_obeys_the_rules(tmp_path):
    readable, scratch, outside = (tmp_path / name for name in ("readable", "scratch", "outside"))
    for folder in (readable, scratch, outside):
        folder.mkdir()
        (folder / "file").write_text("x")
    devices = [Path("/dev/null"), tmp_path / "not there"]
    roots = [Path(sys.prefix), Path(sys.base_prefix), readable]
    ruleset = landlock.build_ruleset(roots, [scratch], devices)
    command = [sys.executable, "-c", ATTEMPTS, str(ruleset), str(readable), str(scratch), str(outside)]
    command += [] if landlock.scopes_signals() else ["unscoped"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, pass_fds=[ruleset])
    os.close(ruleset)
    assert done.stderr == ""
    files, parent, fork_server = map(eval, done.stdout.splitlines())
    assert files == [None] * 5 + [errno.EACCES] * 8
    assert (parent, fork_server) == ((errno.EPERM,) * 2 if landlock.scopes_signals() else (None, 0))


@needs_landlock
def test_rules_for_a_closed_descriptor_are_an_error(monkeypatch):
    monkeypatch.setattr(landlock, "ruleset_attributes", lambda abi: b"\xff" * 24)
    with pytest.raises(OSError, match="Landlock"):
        landlock.build_ruleset([], [], [])
