"""The call filter: the program answers as the table says on both processors, and the kernel obeys it."""

import errno
import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import seccomp, syscalls
from grader.sandbox.level import Level, why_unavailable

MACHINES = list(syscalls.ARCHITECTURES)
EPERM, ENOSYS = seccomp.deny(errno.EPERM), seccomp.deny(errno.ENOSYS)


def run(program, machine, number, *arguments, architecture=None):
    """Returns what a filter answers, as the kernel would compute it."""
    audit = syscalls.ARCHITECTURES[machine][1] if architecture is None else architecture
    data = struct.pack("<IIQ6Q", number, audit, 0, *[*arguments, 0, 0, 0, 0, 0, 0][:6])
    at, accumulator = 0, 0
    for _ in range(2000):
        code, if_true, if_false, k = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, k)[0]
        elif code == 0x06:
            return k
        else:
            holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[code]
            at += if_true if holds else if_false
    raise AssertionError("the program does not end")


@pytest.fixture(params=MACHINES)
def machine(request):
    return request.param


@pytest.fixture
def ask(machine):
    program = seccomp.build_filter(machine, signals=True)
    return lambda number, *arguments, **options: run(program, machine, number, *arguments, **options)


def number(machine, name):
    tables = (*syscalls.FORBIDDEN.values(), syscalls.SIGNALS, syscalls.ABSENT, syscalls.NUMBERS)
    return next(table[name] for table in tables if name in table)[syscalls.ARCHITECTURES[machine][0]]


def test_every_call_is_answered_as_the_table_says(machine, ask):
    column = syscalls.ARCHITECTURES[machine][0]
    forbidden = {pair[column] for table in syscalls.FORBIDDEN.values() for pair in table.values()} - {None}
    absent = {pair[column] for pair in syscalls.ABSENT.values()}
    by_argument = {pair[column] for pair in syscalls.NUMBERS.values()}
    for call in set(range(syscalls.FIRST_UNKNOWN)) - by_argument:
        assert ask(call) == (EPERM if call in forbidden else ENOSYS if call in absent else seccomp.ALLOW), call
    assert ask(syscalls.FIRST_UNKNOWN) == ask(2000) == ENOSYS


def test_foreign_numbering_ends_the_process(machine, ask):
    assert ask(1, architecture=0x40000003) == seccomp.KILL
    assert ask(0x40000001) == seccomp.KILL


@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("clone", [17], True),
        ("clone", [0x3D0F00], True),
        ("clone", [0x10000011], False),
        ("clone", [0x00020011], False),
        ("socketpair", [1], True),
        ("socketpair", [2], False),
        ("prlimit64", [0, 7], True),
        ("prlimit64", [4242, 7], False),
        ("sched_setaffinity", [0], True),
        ("sched_setaffinity", [1], False),
        ("ioctl", [1, 0x5401], True),
        ("ioctl", [1, 0x5412], False),
        ("ioctl", [1, 0x1_0000_5412], False),
        ("fcntl", [1, 1], True),
        ("fcntl", [1, 8], False),
        ("fcntl", [1, 10], False),
        ("rt_sigaction", [2], True),
        ("rt_sigaction", [17], False),
        ("prctl", [1], True),
        ("prctl", [36], False),
    ],
)
def test_some_calls_are_judged_by_their_arguments(machine, ask, name, arguments, allowed):
    assert ask(number(machine, name), *arguments) == (seccomp.ALLOW if allowed else EPERM)


def test_signals_are_forbidden_where_nothing_else_confines_them(machine, ask):
    closed = seccomp.build_filter(machine, signals=False)
    for name in syscalls.SIGNALS:
        assert ask(number(machine, name)) == seccomp.ALLOW
        assert run(closed, machine, number(machine, name)) == EPERM


def test_program_fits_into_the_kernel(machine):
    assert len(seccomp.build_filter(machine, signals=False)) // 8 <= 4096


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_are_those_of_the_kernels_headers(machine, header):
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed")
    lines = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text(encoding="utf-8"))
    known = {name: int(value) for name, value in lines}
    column, newest = syscalls.ARCHITECTURES[machine][0], max(known.values())
    for table in (*syscalls.FORBIDDEN.values(), syscalls.SIGNALS, syscalls.ABSENT, syscalls.NUMBERS):
        for name, pair in table.items():
            assert pair[column] == known.get(name) or (pair[column] or 0) > newest, name


ATTEMPTS = """
import ctypes, os, socket, sys
from grader.worker.lockdown import lock
lock({"limits": [], "user": None, "read_all": False, "filter": sys.argv[1]}, None)
libc = ctypes.CDLL(None, use_errno=True)
def number(attempt):
    try:
        attempt()
    except OSError as exc:
        return exc.errno
def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
print([number(attempt) for attempt in (
    lambda: socket.socket(),
    lambda: socket.socket(socket.AF_UNIX),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: os.chmod("/", 0o755),
    lambda: os.memfd_create("x"),
    lambda: call(272, 0x10000000),
    lambda: call(435, 0, 0),
    lambda: socket.socketpair()[0].close(),
    lambda: os.kill(os.getpid(), 0),
    lambda: os.waitpid(os.fork() or os._exit(0), 0),
)])
"""


@pytest.mark.skipif(bool(why_unavailable(Level.LANDLOCK)), reason="this kernel has no Landlock, or no seccomp")
def test_kernel_obeys_the_filter():
    if os.uname().machine != "x86_64":
        pytest.skip("the attempts use x86_64's numbers")
    order = seccomp.build_filter(signals=True).hex()
    command = [sys.executable, "-W", "ignore", "-c", ATTEMPTS, order]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert eval(done.stdout) == [errno.EPERM] * 6 + [errno.ENOSYS, None, None, None]
    assert socket.socket().close() is None
