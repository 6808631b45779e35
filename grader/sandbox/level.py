"""Chooses the best sandbox level that this host offers."""

import platform
from functools import cache

from grader.model.errors import SandboxUnavailable
from grader.model.sandbox_levels import LEVELS, Level
from grader.sandbox.host_system import HAS_FORK

__all__ = ["Level", "available_levels", "choose_level", "level_for_own_code", "why_unavailable"]


def available_levels() -> tuple[Level, ...]:
    """Returns the levels that work on this host, best first."""
    return tuple(level for level in Level if not why_unavailable(level))


@cache
def why_unavailable(level: Level) -> str:
    """Returns why a level does not work here, as a sentence with the way out; "" when it works."""
    traits = LEVELS[level]
    if traits.has_fork and not HAS_FORK:
        return "it needs Linux or macOS, for it starts a session as a fork."
    if not traits.has_fork and HAS_FORK:
        return "it is for systems without fork; use limits here."
    if not traits.is_closed:
        return ""
    # Here, since the walls' own modules are needed by no one who only names a level.
    from grader.sandbox import bubblewrap, landlock, seccomp

    if traits.has_namespaces and (reason := bubblewrap.why_unavailable()):
        return reason
    if traits.has_ruleset and (reason := landlock.why_unavailable()):
        return reason
    if not seccomp.supported():
        return f"there is no system-call filter for the processor {platform.machine()}."
    return seccomp.why_unavailable()


def level_for_own_code() -> Level:
    """Returns the level at which somebody's own code, or ours, runs: limits, where there is a fork to set them in."""
    return Level.LIMITS if HAS_FORK else Level.PROCESS


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
    if not (LEVELS[best].is_safe or trusted):
        reasons = " ".join(f"{level}: {why_unavailable(level)}" for level in Level if LEVELS[level].is_safe)
        raise SandboxUnavailable(
            f"This host offers no sandbox that is safe for other people's code. {reasons} "
            f"Install one, or accept the risk with --sandbox {level_for_own_code()}."
        )
    return best
