"""Restricts the worker's own process for good: limits, user, files and system calls.

The grader makes the rules (grader/sandbox/{landlock,seccomp}.py) and sends them with the first message; the worker
applies them after NumPy is loaded and before any student code is, and no child of it can lift them.
"""

import contextlib
import ctypes
import importlib
import os
import signal
import sys
from ctypes import c_size_t, c_ulong, get_errno
from functools import cache
from os import close, strerror
from struct import pack
from types import ModuleType
from typing import Any

from grader.worker.original_builtins import BUILTINS

__all__ = ["die_with_parent", "lock", "scope_signals"]

globals()["__builtins__"] = BUILTINS

SET_DEATH_SIGNAL, SET_KEEP_CAPABILITIES, SET_NO_NEW_PRIVILEGES, SET_CHILD_SUBREAPER = 1, 8, 38, 36
SET_SECCOMP, SECCOMP_FILTER = 22, 2
CREATE_RULESET, RESTRICT_SELF = 444, 446
SCOPE_SIGNALS = 2
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION = 0x20080522
#: CAP_DAC_READ_SEARCH, to read an interpreter that lies in root's home
READ_SEARCH = 1 << 2
IS_LINUX = sys.platform.startswith("linux")
# What a child asks of the kernel, made before a student's module can change what makes it.
_DEATH = tuple(c_ulong(value) for value in (getattr(signal, "SIGKILL", 9), 0, 0, 0))
_SCOPED = pack("<QQQ", 0, 0, SCOPE_SIGNALS)
_SCOPED_SIZE = c_size_t(len(_SCOPED))


def lock(order: dict[str, Any], ruleset_fd: int | None) -> None:
    """Applies a lock order to this process.

    Args:
        order: "limits" [[resource name, value], ...]; "user" a user id to change to, or None; "read_all" whether that
            user needs the right to read past file modes; "filter" a seccomp program as hex digits, or "".
        ruleset_fd: a Landlock ruleset, or None; closed here.

    Raises:
        OSError: the kernel refuses a part of it.
    """
    # macOS and others have the limits only.
    linux = sys.platform.startswith("linux")
    if linux:
        # Orphans of student code come back to us, where they are seen and ended.
        _prctl(SET_CHILD_SUBREAPER, 1)
    if order["user"] is not None:
        _change_user(order["user"], order["read_all"])
    # Windows has no such module, and gets no such limits.
    resource = importlib.import_module("resource") if order["limits"] else ModuleType("none")
    for name, value in order["limits"]:
        with contextlib.suppress(ValueError, OSError):  # an even lower limit of the host's own is as good
            resource.setrlimit(getattr(resource, name), (value, value))
    if not linux:
        return
    die_with_parent()
    _prctl(SET_NO_NEW_PRIVILEGES, 1)
    if ruleset_fd is not None:
        _syscall(RESTRICT_SELF, ruleset_fd, 0)
        os.close(ruleset_fd)
    if order["filter"]:
        _filter_calls(bytes.fromhex(order["filter"]))


def die_with_parent() -> None:
    """Has the kernel kill this process when the one that started it is gone."""
    if IS_LINUX and _libc().prctl(SET_DEATH_SIGNAL, *_DEATH) != 0:
        _fail("prctl")


def scope_signals() -> None:
    """Lets this process and its children signal each other only; not the process that forked it."""
    ruleset = _syscall(CREATE_RULESET, _SCOPED, _SCOPED_SIZE, 0)
    _syscall(RESTRICT_SELF, ruleset, 0)
    close(ruleset)


def _change_user(user: int, read_all: bool) -> None:
    if read_all:
        _prctl(SET_KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    rights = READ_SEARCH if read_all else 0
    header = pack("<Ii", CAPABILITY_VERSION, 0)
    _syscall(CAPSET[os.uname().machine], header, pack("<6I", rights, rights, 0, 0, 0, 0))


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def _filter_calls(steps: bytes) -> None:
    program = _Program(len(steps) // 8, steps)
    _prctl(SET_SECCOMP, SECCOMP_FILTER, ctypes.byref(program))


def _prctl(option: int, *arguments: Any) -> None:
    padded = [*arguments, 0, 0, 0, 0][:4]
    wide = [c_ulong(value) if isinstance(value, int) else value for value in padded]
    if _libc().prctl(option, *wide) != 0:
        _fail("prctl")


def _syscall(number: int, *arguments: Any) -> int:
    result: int = _libc().syscall(number, *arguments)
    if result < 0:
        _fail(f"system call {number}")
    return result


def _fail(what: str) -> None:
    code = get_errno()
    raise OSError(code, f"{what}: {strerror(code)}")


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
