"""Chooses the best sandbox level that this host offers."""

import platform
from enum import StrEnum
from functools import cache

from grader.model.errors import SandboxUnavailable

__all__ = ["CLOSES", "Level", "available_levels", "choose_level", "why_unavailable"]


class Level(StrEnum):
    """How much stands between student code and the host, best first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    LIMITS = "limits"


#: what each level closes, in words for `doctor` and the report
CLOSES = {
    Level.BUBBLEWRAP: "own namespaces: no network, no foreign process, no file but the interpreter, NumPy and the "
    "submission, read-only, a private /tmp; a filter of system calls; and limits",
    Level.LANDLOCK: "the same files and no network by kernel rules on an ordinary process; a filter of system calls; "
    "and limits. Names of other files stay visible, foreign processes do without being reachable",
    Level.LIMITS: "limits of time, memory, processes and file sizes only: files and network stay reachable",
}


def available_levels() -> tuple[Level, ...]:
    """Returns the levels that work on this host, best first."""
    return tuple(level for level in Level if not why_unavailable(level))


@cache
def why_unavailable(level: Level) -> str:
    """Returns why a level does not work here, as a sentence with the way out; "" when it works."""
    # Here, since the walls' own modules are needed by no one who only names a level.
    from grader.sandbox import bubblewrap, landlock, seccomp

    if level is Level.LIMITS:
        return ""
    if level is Level.BUBBLEWRAP and (reason := bubblewrap.why_unavailable()):
        return reason
    if level is Level.LANDLOCK and (reason := landlock.why_unavailable()):
        return reason
    if not seccomp.supported():
        return f"there is no system-call filter for the processor {platform.machine()}."
    return seccomp.why_unavailable()


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
        reasons = " ".join(f"{level}: {why_unavailable(level)}" for level in (Level.BUBBLEWRAP, Level.LANDLOCK))
        raise SandboxUnavailable(
            f"This host offers no sandbox that is safe for other people's code. {reasons} "
            "Install one, or accept the risk with --sandbox limits."
        )
    return best
