"""Measures a command with all its processes: CPU seconds, wall seconds and peak memory."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "usage_of"]

MEASURE = Path(__file__).with_name("measure.py")


@dataclass(frozen=True)
class Usage:
    """What a command and all processes that came of it have used."""

    cpu_seconds: float
    wall_seconds: float
    #: of all of them together
    peak_mb: float


def usage_of(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] = {}, *, cores: int = 1
) -> Usage:
    """Runs a command on so many cores; raises RuntimeError, with the end of what it said, when it fails."""
    among = sorted(os.sched_getaffinity(0))[:cores]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(MEASURE), *map(str, command)],
        cwd=folder,
        env={**_usual(), **environment},
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, among),
    )
    found = json.loads(done.stdout)
    if found["code"] not in (0, 1):  # 1: points were lost
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {found['code']}: {done.stderr[-2000:]}")
    return Usage(found["cpu_seconds"], found["wall_seconds"], found["peak_mb"])


def _usual() -> dict[str, str]:
    """Returns our environment without what keeps Python from keeping what it has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
