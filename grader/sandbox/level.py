"""What this host offers in, a sandbox level out: bubblewrap where namespaces work, else limits only."""

import shutil
import subprocess
import sys
from enum import StrEnum
from functools import cache

from grader.errors import SandboxUnavailable

__all__ = ["CLOSES", "Level", "available_levels", "choose_level", "why_unavailable"]


class Level(StrEnum):
    """How much stands between student code and the host, best first."""

    BUBBLEWRAP = "bubblewrap"
    LIMITS = "limits"


#: what each level closes, in words for `doctor` and the report
CLOSES = {
    Level.BUBBLEWRAP: "own namespaces: no network, no foreign process, read-only interpreter, private /tmp; and limits",
    Level.LIMITS: "limits of time, memory, processes and file sizes only: files and network stay reachable",
}


def available_levels() -> tuple[Level, ...]:
    """Returns the levels that work on this host, best first."""
    return tuple(level for level in Level if not why_unavailable(level))


@cache
def why_unavailable(level: Level) -> str:
    """Returns why a level does not work here, as a sentence with the way out; "" when it works."""
    if level is Level.LIMITS:
        return ""
    if not sys.platform.startswith("linux"):
        return "bubblewrap exists on Linux only."
    program = shutil.which("bwrap")
    if program is None:
        return "the program bwrap is not installed (Debian, Ubuntu: apt install bubblewrap)."
    trial = [program, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False, timeout=20)
    if done.returncode:
        return f"bwrap is installed but this host forbids it ({done.stderr.strip()[:120]})."
    return ""


def choose_level(requested: str | None, *, trusted: bool) -> Level:
    """Returns the level to run at.

    Args:
        requested: a level's name, or None for the best one here.
        trusted: whether the code is the user's own (self-check, demo), so that limits are enough.

    Raises:
        SandboxUnavailable: the requested level does not work here, or none that is safe for strangers' code does.
    """
    if requested is not None:
        level = Level(requested)
        if reason := why_unavailable(level):
            raise SandboxUnavailable(f"The sandbox level {level} does not work here: {reason}")
        return level
    best = available_levels()[0]
    if best is Level.LIMITS and not trusted:
        raise SandboxUnavailable(
            f"This host offers no sandbox that is safe for other people's code: {why_unavailable(Level.BUBBLEWRAP)} "
            "Install it, or accept the risk with --sandbox limits."
        )
    return best
