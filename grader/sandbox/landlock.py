"""Makes the Landlock ruleset with which a worker closes the file system to itself.

The kernel then refuses whatever the rules do not name: for the worker and all that it starts, for good.
Source: the kernel's Documentation/userspace-api/landlock.rst, include/uapi/linux/landlock.h.
"""

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Iterable
from enum import IntFlag
from functools import cache
from pathlib import Path

__all__ = ["File", "abi_version", "build_ruleset", "scopes_signals", "why_unavailable"]

CREATE_RULESET, ADD_RULE = 444, 445
VERSION_FLAG, PATH_BENEATH = 1, 1

#: connect and bind over TCP; abstract Unix sockets and signals to processes outside
NET_ALL, SCOPE_ALL = 0b11, 0b11


class File(IntFlag):
    """Rights to files, in the kernel's order; the comment is the first ABI that knows them."""

    EXECUTE = 1 << 0  # 1
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # 2
    TRUNCATE = 1 << 14  # 3
    IOCTL_DEV = 1 << 15  # 5


READ = File.READ_FILE | File.READ_DIR
SCRATCH = READ | File.WRITE_FILE | File.TRUNCATE | File.MAKE_REG | File.MAKE_DIR | File.REMOVE_FILE | File.REMOVE_DIR
ON_A_FILE = File.EXECUTE | File.WRITE_FILE | File.READ_FILE | File.TRUNCATE | File.IOCTL_DEV


@cache
def abi_version() -> int:
    """Returns the version of Landlock that this kernel speaks; 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    version: int = _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG))
    return max(0, version)


def why_unavailable() -> str:
    """Returns why there is no Landlock here, as a sentence; "" when there is."""
    if not sys.platform.startswith("linux"):
        return "Landlock exists on Linux only."
    if not abi_version():
        code = ctypes.get_errno()
        missing = "this kernel has none (it came with Linux 5.13)" if code == errno.ENOSYS else "it is switched off"
        return f"Landlock cannot be used: {missing} ({os.strerror(code)})."
    return ""


def scopes_signals(abi: int | None = None) -> bool:
    """Whether the rules also keep signals inside; older kernels need the system-call filter for that."""
    return (abi_version() if abi is None else abi) >= 6


def handled(abi: int) -> tuple[File, int, int]:
    """Returns what an ABI can refuse: rights to files, network rights, scopes."""
    newest = 13 if abi < 2 else 14 if abi < 3 else 15 if abi < 5 else 16
    return File((1 << newest) - 1), NET_ALL if abi >= 4 else 0, SCOPE_ALL if abi >= 6 else 0


def ruleset_attributes(abi: int) -> bytes:
    """Returns struct landlock_ruleset_attr in the length that an ABI knows."""
    files, network, scope = handled(abi)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    return struct.pack("<QQQ", files, network, scope)[:size]


def build_ruleset(readable: Iterable[Path], writable: Iterable[Path], devices: Iterable[Path]) -> int:
    """Returns the descriptor of a ruleset; the caller closes it.

    Args:
        readable: files, and folders with all below them.
        writable: folders in which files and folders may also be made, changed and removed.
        devices: character devices to read and write.

    Raises:
        OSError: the kernel refuses; a path that is not there is simply not allowed.
    """
    files, _, _ = handled(abi_version())
    attributes = ruleset_attributes(abi_version())
    ruleset = _call(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        for paths, rights in ((readable, READ), (writable, SCRATCH), (devices, File.READ_FILE | File.WRITE_FILE)):
            for path in paths:
                _allow(ruleset, path, rights & files)
    except BaseException:
        os.close(ruleset)
        raise
    return ruleset


def _allow(ruleset: int, path: Path, rights: File) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= ON_A_FILE
        rule = struct.pack("<Qi", rights, place)
        _call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
