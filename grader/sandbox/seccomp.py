"""Builds the filter of system calls for a worker, in classic BPF.

The kernel runs the program at each system call of the worker; it reads the number and the arguments and answers
allow, "operation not permitted", "no such call", or, for calls in a foreign numbering, the end of the process.
Source: the kernel's Documentation/userspace-api/seccomp_filter.rst, include/uapi/linux/{filter,seccomp}.h.
"""

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterable

from grader.sandbox import syscalls

__all__ = ["ALLOW", "KILL", "build_filter", "deny", "supported", "why_unavailable"]

ALLOW, KILL = 0x7FFF0000, 0x80000000
RET_ERRNO = 0x00050000

LOAD, RETURN = 0x20, 0x06
JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_ANY_BIT = 0x15, 0x35, 0x45
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16

#: numbers from here on are the x32 numbering of x86_64
X32 = 0x40000000
AF_UNIX = 1
#: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
NEW_NAMESPACES = 0x7E020000
#: TIOCSTI and TIOCLINUX type into a terminal; FIOSETOWN and SIOCSPGRP say who gets a descriptor's signals
CLOSED_IOCTLS = (0x5412, 0x541C, 0x8901, 0x8902)
#: F_SETOWN, F_SETSIG, F_SETOWN_EX: signals to others by way of a descriptor
CLOSED_FCNTLS = (8, 10, 15)

#: a disposition of this signal decides whether ended children are waited for
SIGCHLD = 17
#: the option of prctl that says to whom orphans go
SET_CHILD_SUBREAPER = 36

Instruction = tuple[int, int, int, int]


def supported(machine: str | None = None) -> bool:
    """Whether there is a table of system calls for a processor; None is this one."""
    return (machine or platform.machine()) in syscalls.ARCHITECTURES


def why_unavailable() -> str:
    """Returns why this kernel filters no system calls, as a sentence; "" when it does."""
    if not sys.platform.startswith("linux"):
        return "seccomp exists on Linux only."
    # PR_GET_SECCOMP answers 0, or the mode that we run under ourselves; without seccomp it fails.
    if ctypes.CDLL(None).prctl(21, *[ctypes.c_ulong(0)] * 4) < 0:
        return "this kernel was built without seccomp."
    return ""


def build_filter(machine: str | None = None, *, signals: bool) -> bytes:
    """Returns the program, 8 bytes an instruction.

    Args:
        machine: processor as platform.machine() names it; None is this one.
        signals: whether signals may be sent, because a namespace or a Landlock scope confines them.
    """
    column, architecture = syscalls.ARCHITECTURES[machine or platform.machine()]
    forbidden = list(syscalls.FORBIDDEN.values()) + ([] if signals else [syscalls.SIGNALS])
    number = {name: pair[column] for name, pair in syscalls.NUMBERS.items()}
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        *_answer_unless(JUMP_EQUAL, architecture, KILL),
        (LOAD, 0, 0, NUMBER_AT),
        *_answer_if(JUMP_GREATER_EQUAL, X32, KILL),
        *_answer_if(JUMP_GREATER_EQUAL, syscalls.FIRST_UNKNOWN, deny(errno.ENOSYS)),
    ]
    for calls, code in [*((calls, errno.EPERM) for calls in forbidden), (syscalls.ABSENT, errno.ENOSYS)]:
        for pair in calls.values():
            if (value := pair[column]) is not None:
                program += _answer_if(JUMP_EQUAL, value, deny(code))
    program += _when(number["clone"], 0, _answer_if(JUMP_ANY_BIT, NEW_NAMESPACES, deny(errno.EPERM)))
    program += _when(number["socketpair"], 0, _answer_unless(JUMP_EQUAL, AF_UNIX, deny(errno.EPERM)))
    for name in ("prlimit64", "sched_setaffinity"):  # 0 is the caller itself
        program += _when(number[name], 0, _answer_unless(JUMP_EQUAL, 0, deny(errno.EPERM)))
    # Children that nobody waits for would leave no trace of the time that they took.
    for name, forbidden_value in (("rt_sigaction", SIGCHLD), ("prctl", SET_CHILD_SUBREAPER)):
        program += _when(number[name], 0, _answer_if(JUMP_EQUAL, forbidden_value, deny(errno.EPERM)))
    for name, commands in (("ioctl", CLOSED_IOCTLS), ("fcntl", CLOSED_FCNTLS)):
        tests = [step for command in commands for step in _answer_if(JUMP_EQUAL, command, deny(errno.EPERM))]
        program += _when(number[name], 1, tests)
    return _pack([*program, (RETURN, 0, 0, ALLOW)])


def deny(code: int) -> int:
    """Returns the filter's answer that makes a call fail with an errno."""
    return RET_ERRNO | code


def _answer_if(jump: int, value: int, answer: int) -> list[Instruction]:
    return [(jump, 0, 1, value), (RETURN, 0, 0, answer)]


def _answer_unless(jump: int, value: int, answer: int) -> list[Instruction]:
    return [(jump, 1, 0, value), (RETURN, 0, 0, answer)]


def _when(number: int | None, argument: int, tests: list[Instruction]) -> list[Instruction]:
    """Returns the tests of one call's argument; a call that passes them is allowed."""
    if number is None:
        return []
    # The low half is what the kernel itself looks at in each of these arguments; both processors are little-endian.
    body = [(LOAD, 0, 0, ARGUMENTS_AT + 8 * argument), *tests, (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def _pack(program: Iterable[Instruction]) -> bytes:
    return b"".join(struct.pack("<HBBI", *step) for step in program)
