"""Measures a command: its CPU seconds, its wall seconds and the peak memory of its largest process."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "usage_of"]


@dataclass(frozen=True)
class Usage:
    """What a command and all processes that it waited for have used."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def usage_of(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] = {}) -> Usage:
    """Runs a command on one core; raises RuntimeError, with the end of what it said, when it fails."""
    log = folder / "usage.log"
    core = min(os.sched_getaffinity(0))
    start = time.perf_counter()
    with open(log, "wb") as out:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env={**_usual(), **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1: points were lost
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
    return Usage(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024)


def _usual() -> dict[str, str]:
    """Returns our environment without what keeps Python from keeping what it has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
