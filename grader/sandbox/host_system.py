"""Knows which system this is: what of POSIX it has, for all of the sandbox.

Windows has no fork, no resource limits, no Unix sockets and no /proc; macOS has the first three.
"""

import importlib
import importlib.util
import os
import sys

__all__ = ["CAN_LOCK", "HAS_FORK", "IS_WINDOWS", "MISSING_LIMITS", "lock_file", "own_user_id"]

IS_WINDOWS = sys.platform == "win32"
#: whether a worker can fork a session: by fork itself, limits of the child, and descriptors sent over a socket
HAS_FORK = hasattr(os, "fork") and importlib.util.find_spec("resource") is not None
#: whether the kernel holds a file for a process until that ends
CAN_LOCK = importlib.util.find_spec("fcntl") is not None


def _missing_limits() -> str:
    """Returns a sentence on what this system does not limit, "" where it limits all."""
    if sys.platform.startswith("linux") and HAS_FORK:
        return ""
    if HAS_FORK:
        return "This system has no /proc: memory and processes of a check are not limited reliably."
    if IS_WINDOWS:
        return "This system does not limit the number of files, their size or what code outside the check may reach."
    return "This system does not limit memory, processes, open files or file sizes; time is limited."


MISSING_LIMITS = _missing_limits()


def lock_file(descriptor: int) -> None:
    """Holds an open file until this process ends; raises OSError when another holds it, or nobody can."""
    if not CAN_LOCK:
        raise OSError("this system has no such locks")
    fcntl = importlib.import_module("fcntl")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def own_user_id() -> int:
    """Returns the number of the user, 0 where users have none, as os.stat says there."""
    return os.geteuid() if hasattr(os, "geteuid") else 0
