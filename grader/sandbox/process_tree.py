"""Starts a worker where there is no fork, and ends it with all that it has started: a Job object on Windows."""

import contextlib
import ctypes
import subprocess
from pathlib import Path
from typing import Any

from grader.sandbox.host_system import IS_WINDOWS

__all__ = ["ProcessTree"]

#: of JOBOBJECT_EXTENDED_LIMIT_INFORMATION, winnt.h
EXTENDED_LIMITS = 9
JOB_MEMORY, KILL_ON_CLOSE = 0x200, 0x2000
NO_WINDOW = 0x08000000
#: how long the end of a killed process is awaited
END_SECONDS = 20.0
#: NTSTATUS of a process that Windows has ended -> the signal that says the same elsewhere
STATUSES = {0xC0000005: 11, 0xC00000FD: 11, 0xC000001D: 4, 0xC0000094: 8, 0xC0000017: 9, 0xC000013A: 2}


class _Basic(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; IO_COUNTERS are six numbers."""

    _fields_ = (
        ("BasicLimitInformation", _Basic),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class ProcessTree:
    """One process and all that it starts.

    Args:
        command: of the process.
        env: its whole environment.
        cwd: the folder it runs in.
        said: file for what it says on its standard error.
        memory_bytes: that all of it may use, where the system can limit that.
    """

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path, said: Path, memory_bytes: int) -> None:
        self._job = _Job(memory_bytes) if IS_WINDOWS else None
        with said.open("wb") as errors:
            # Whoever presses Ctrl-C at the terminal means us, and we end it.
            apart: dict[str, Any] = {"creationflags": NO_WINDOW} if IS_WINDOWS else {"start_new_session": True}
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                **apart,
            )
        if self._job is not None:
            self._job.take(self.process)

    def end(self, grace: float = 0.0) -> tuple[int, bool]:
        """Ends all of it; returns how the first process ended, below 0 for a signal, and whether it had lived on.

        Args:
            grace: seconds in which it may end by itself.
        """
        lingered = False
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            lingered = grace > 0
        if self._job is None or not self._job.end():
            self._kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        code = self.process.poll()
        if code is None:
            return -9, lingered
        return -STATUSES[code & 0xFFFFFFFF] if code & 0xFFFFFFFF in STATUSES else code, lingered

    def memory_mb(self) -> float:
        """Returns the most memory that it has used, 0 where the system does not say."""
        return self._job.peak_bytes() / (1 << 20) if self._job is not None else 0.0

    def close(self) -> None:
        """Lets go of what the system keeps of it."""
        if self._job is not None:
            self._job.close()
            self._job = None

    def _kill(self) -> None:
        if IS_WINDOWS and self.process.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(self.process.pid)]
            with contextlib.suppress(OSError):
                subprocess.run(command, capture_output=True, check=False)
        self.process.kill()


class _Job:
    """A Job object: Windows ends all of its processes at once, also when the handle to it is closed.

    Source: learn.microsoft.com/windows/win32/procthread/job-objects.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
        self._kernel.CreateJobObjectW.restype = ctypes.c_void_p
        self._handle: Any = ctypes.c_void_p(self._kernel.CreateJobObjectW(None, None))
        limits = _Extended()
        limits.BasicLimitInformation.LimitFlags = JOB_MEMORY | KILL_ON_CLOSE
        limits.JobMemoryLimit = memory_bytes
        if self._handle:
            self._kernel.SetInformationJobObject(
                self._handle, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
            )
        self._holds = False

    def take(self, process: "subprocess.Popen[bytes]") -> None:
        """Takes in a process, which has not yet run student code."""
        handle = ctypes.c_void_p(int(process._handle))  # type: ignore[attr-defined,unused-ignore]
        self._holds = bool(self._handle and self._kernel.AssignProcessToJobObject(self._handle, handle))

    def end(self) -> bool:
        """Ends its processes; returns False when it has none."""
        return self._holds and bool(self._kernel.TerminateJobObject(self._handle, 9))

    def peak_bytes(self) -> int:
        """Returns the most memory that its processes have used together."""
        found = _Extended()
        asked = self._handle and self._kernel.QueryInformationJobObject(
            self._handle, EXTENDED_LIMITS, ctypes.byref(found), ctypes.sizeof(found), None
        )
        return int(found.PeakJobMemoryUsed) if asked else 0

    def close(self) -> None:
        """Closes the handle, at which Windows ends what is still in it."""
        if self._handle:
            self._kernel.CloseHandle(self._handle)
            self._handle = None
