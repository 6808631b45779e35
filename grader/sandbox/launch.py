"""Puts together the command, the environment and the restrictions of a worker."""

import errno
import importlib
import json
import os
import platform
import secrets
import sys
from functools import cache
from pathlib import Path
from typing import Any

from grader.assignment.points_and_limits import Limits
from grader.model.sandbox_levels import LEVELS
from grader.sandbox import bubblewrap, landlock, processes, seccomp
from grader.sandbox.host_files import CHECKS, PIPED, Program, footprint, interpreter, open_to_all, site_sources
from grader.sandbox.host_system import IS_WINDOWS
from grader.sandbox.level import Level
from grader.sandbox.sandbox_limits import SCRATCH_MB, SHARED_SLACK
from grader.sandbox.workspace import Workspace

__all__ = ["command", "environment", "lock_order", "own_user", "process_command", "process_order"]

# The submission comes onto the path only when the worker is locked: a package `grader` in it would run before that.
# The search for garbage begins when all of ours is imported: with the line in grader/worker/__main__.py that spares it
# later on, this is 3.6 % of what grading the functions of a submission costs (13 of 367 ms).
BOOT = (
    "import gc, sys; gc.disable(); sys.path.append(sys.argv[2]); from {module} import main; "
    "main(int(sys.argv[1]), sys.argv[3], sys.argv[3:])"
)
# Where there is no link to NumPy, its folder is searched for these names only.
PROCESS_BOOT = """
import gc, sys
gc.disable()
import json
from importlib.machinery import PathFinder
folders = json.loads(sys.argv[1])
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [folders[name]]) if path is None and name in folders else None
sys.meta_path.append(Finder)
sys.path.append(sys.argv[2])
from {module} import main
main(0, sys.argv[3], sys.argv[3:])
"""
DEVICES = tuple(Path(device) for device in bubblewrap.DEVICES)
#: user ids that no one has on a host with all of them, and in a container with 65,536
WIDE_IDS, NARROW_IDS = range(1 << 30, 1 << 31), range(61_184, 65_520)
#: CAP_SETGID and CAP_SETUID
MAY_CHANGE_USER = 0b11 << 6
#: from here on RLIMIT_NPROC counts a namespace's users apart from the host's
SEPARATE_COUNTS = (5, 14)


def command(
    workspace: Workspace, level: Level, control_fd: int, import_roots: tuple[str, ...], program: Program = CHECKS
) -> list[str]:
    """Returns the command of a worker.

    Args:
        workspace: what it may import.
        level: how it is shut in.
        control_fd: the inherited control socket.
        import_roots: folders inside the workspace from which flat modules import each other.
        program: what it runs.
    """
    has_namespaces, places = LEVELS[level].has_namespaces, workspace.places(level)
    python = bubblewrap.command(workspace, program) if has_namespaces else [str(interpreter())]
    # -I -S: no environment, no user or site packages, no .pth; the path is the standard library and what BOOT adds.
    options = ["-I", "-S", "-B", "-X", "utf8", "-c", BOOT.format(module=program.module), str(control_fd)]
    roots = (f"{places.tree}/{root}" for root in import_roots if root != ".")
    return [*python, *options, places.site, places.tree, *roots]


def process_command(workspace: Workspace, import_roots: tuple[str, ...]) -> list[str]:
    """Returns the command of a worker that serves one session over its standard streams; see `command`."""
    sources = site_sources(PIPED)
    folders = {name: str(source.parent) for name, source in sources.items() if not name.startswith("grader/")}
    options = ["-I", "-S", "-B", "-X", "utf8", "-c", PROCESS_BOOT.format(module=PIPED.module), json.dumps(folders)]
    roots = (str(workspace.tree / root) for root in import_roots if root != ".")
    return [str(interpreter()), *options, str(workspace.site), str(workspace.tree), *roots]


def process_order(limits: Limits) -> dict[str, Any]:
    """Returns the lock order of a system that has no such limits."""
    words = _words(Level.PROCESS, limits)
    return {"limits": [], "user": None, "read_all": False, "filter": "", "scope": False, "words": words}


def environment(workspace: Workspace, level: Level, program: Program = CHECKS) -> dict[str, str]:
    """Returns the whole environment of a worker: one BLAS thread, nothing of the host's but its BLAS kernel choice."""
    chosen = {name: value for name, value in os.environ.items() if name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")}
    scratch = workspace.places(level).scratch
    places = {"HOME": scratch, "TMPDIR": scratch, "PATH": "/usr/bin:/bin"}
    if LEVELS[level].has_ruleset:
        # The loader's cache in /etc is out of reach when a module is imported late.
        places["LD_LIBRARY_PATH"] = ":".join(map(str, footprint(program).library_folders()))
    if IS_WINDOWS:
        # Python does not start without the first; C extensions are linked with what lies in System32.
        names = ("SYSTEMROOT", "PATH", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE")
        places = {**places, "USERPROFILE": scratch, "TEMP": scratch, "TMP": scratch}
        places |= {name: os.environ[name] for name in names if name in os.environ}
    return {**chosen, **threads, **places, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}


def lock_order(
    workspace: Workspace, level: Level, limits: Limits, user: int | None, program: Program = CHECKS
) -> tuple[dict[str, Any], int]:
    """Returns what the worker does to itself before it loads student code, and a Landlock ruleset or -1.

    Args:
        workspace: what it may read, and where it may write.
        level: which of the walls stand.
        limits: memory, sizes and counts.
        user: from `own_user`.
        program: what it runs.

    See grader/worker/lockdown.py for the order's entries. The caller closes the ruleset.
    """
    values = {
        "RLIMIT_AS": limits.memory_mb << 20,
        "RLIMIT_FSIZE": limits.file_mb << 20,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": _process_limit(level, limits, user),
        processes.BRAND: 0,
    }
    traits = LEVELS[level]
    resource = importlib.import_module("resource")
    order = {
        "limits": [[name, value] for name, value in values.items() if value >= 0 and hasattr(resource, name)],
        "user": user,
        "read_all": user is not None
        and not LEVELS[level].has_namespaces
        and not _open_without_rights(workspace, program),
        "filter": _filter(level).hex() if traits.is_closed else "",
        "scope": traits.has_ruleset and landlock.scopes_signals(),
        "words": _words(level, limits),
    }
    return order, _ruleset(workspace, program) if traits.has_ruleset else -1


def own_user(level: Level) -> int | None:
    """Returns a user id that nobody has, for one worker, or None where we may not change users.

    It keeps a worker from the files and processes of ours, makes the kernel count its processes apart, and lets all of
    them be killed at once. Only root can do that; inside a user namespace the worker is nobody already.
    """
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return None
    if LEVELS[level].has_namespaces and bubblewrap.has_own_user():
        return None
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    rights = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:")), 0)
    rows = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text("ascii").splitlines()]
    for ids in (WIDE_IDS, NARROW_IDS):
        mapped = any(first <= ids[0] and ids[-1] < first + count for first, _, count in rows)
        if mapped and rights & MAY_CHANGE_USER == MAY_CHANGE_USER:
            return ids[secrets.randbelow(len(ids))]
    return None


def _words(level: Level, limits: Limits) -> dict[str, str]:
    """Returns what a student reads after an error of the operating system that is a limit's or the sandbox's doing."""
    words = {
        errno.EAGAIN: f"one check may have {limits.processes} processes and threads",
        errno.EFBIG: f"a file may have {limits.file_mb} MB",
        errno.EMFILE: f"{limits.open_files} files may be open",
        errno.ENOSPC: f"{SCRATCH_MB} MB fit into the scratch folder",
    }
    if LEVELS[level].is_closed:
        forbidden = "the sandbox forbids network, other programs, and files outside of the submission"
        words |= {errno.EPERM: forbidden, errno.EACCES: forbidden}
    return {str(number): text for number, text in words.items()}


def _process_limit(level: Level, limits: Limits, user: int | None) -> int:
    """Returns RLIMIT_NPROC, -1 for none: exact where the worker's user is its own, else above the tasks of ours."""
    if not sys.platform.startswith("linux"):
        return -1
    # Two are the worker itself and the process of the check.
    if user is not None or (LEVELS[level].has_namespaces and bubblewrap.has_own_user() and _counts_apart()):
        return limits.processes + 2
    return processes.tasks_of_user(os.geteuid()) + SHARED_SLACK


def _counts_apart() -> bool:
    major, minor = platform.release().split(".")[:2]
    return os.geteuid() != 0 and (int(major), int("".join(filter(str.isdigit, minor)) or 0)) >= SEPARATE_COUNTS


@cache
def _filter(level: Level) -> bytes:
    return seccomp.build_filter(signals=LEVELS[level].has_namespaces or landlock.scopes_signals())


def _ruleset(workspace: Workspace, program: Program) -> int:
    needed = footprint(program)
    readable = [*needed.stdlib_parts(), *needed.libraries, *needed.site.values(), workspace.tree, workspace.site]
    readable += [workspace.data] if workspace.data is not None else []
    return landlock.build_ruleset(readable, [workspace.scratch], DEVICES)


def _open_without_rights(workspace: Workspace, program: Program) -> bool:
    sources = [*site_sources(program).values(), interpreter(), *filter(None, [workspace.data])]
    return all(map(open_to_all, sources)) and open_to_all(workspace.root.parent)
