"""A workspace and a level in, the command line and environment of a worker process out."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

from grader.assignment import Limits
from grader.sandbox.level import Level
from grader.sandbox.workspace import Workspace, interpreter, site_sources

__all__ = ["command", "environment", "set_limits"]

BOOT = (
    "import sys; sys.path += sys.argv[2:]; from grader.worker.__main__ import main; main(int(sys.argv[1]), sys.argv[3])"
)
SCRATCH_MB = 64


def command(workspace: Workspace, level: Level, control_fd: int, import_roots: tuple[str, ...]) -> list[str]:
    """Returns the command of a worker.

    Args:
        workspace: what it may import.
        level: how it is shut in.
        control_fd: the inherited control socket.
        import_roots: folders inside the workspace from which flat modules import each other.
    """
    executable, prefix = interpreter()
    if level is Level.BUBBLEWRAP:
        tree, site = Path("/workspace"), Path("/site")
        wrapper = _bubblewrap(workspace, executable, prefix)
    else:
        tree, site, wrapper = workspace.tree, workspace.site, []
    # -I -S: no environment, no user or site packages, no .pth; the path is the standard library and what BOOT adds.
    python = [str(executable), "-I", "-S", "-B", "-X", "utf8", "-c", BOOT, str(control_fd)]
    return [*wrapper, *python, str(site), str(tree), *(str(tree / root) for root in import_roots if root != ".")]


def environment() -> dict[str, str]:
    """Returns the whole environment of a worker: one BLAS thread, nothing of the host's but its BLAS kernel choice."""
    chosen = {name: value for name, value in os.environ.items() if name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")}
    return {**chosen, **threads, "HOME": "/tmp", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0"}


def set_limits(limits: Limits) -> Callable[[], None]:
    """Returns what the worker process does before it becomes Python: it takes its resource limits."""
    memory, file_size = limits.memory_mb << 20, limits.file_mb << 20

    def apply() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return apply


def _bubblewrap(workspace: Workspace, executable: Path, prefix: Path) -> list[str]:
    mounts = ["--size", str(SCRATCH_MB << 20), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    for folder in ("/usr/lib", "/usr/lib64", "/lib", "/lib64"):
        if Path(folder).exists():
            mounts += ["--ro-bind", folder, folder]
    if prefix == Path("/usr"):
        mounts += ["--ro-bind", str(executable), str(executable)]
    else:
        mounts += ["--ro-bind", str(prefix), str(prefix)]
    for place, source in site_sources().items():
        mounts += ["--ro-bind", str(source), f"/site/{place}"]
    mounts += ["--ro-bind", str(workspace.tree), "/workspace", "--chdir", "/workspace"]
    alone = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "worker"]
    return ["bwrap", *alone, *mounts, "--remount-ro", "/", "--"]
