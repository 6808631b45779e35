"""Builds the bubblewrap command that starts Python in namespaces of its own.

Inside there are the interpreter, its libraries, NumPy, our worker and the workspace, all read-only, three devices, and
a small /tmp; no /proc, no /etc, no home, no network but an empty one, no process but the worker's.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from grader.model.sandbox_levels import LEVELS, Level
from grader.sandbox.host_files import CHECKS, LEFT_OUT, Footprint, Program, footprint
from grader.sandbox.sandbox_limits import SCRATCH_MB
from grader.sandbox.workspace import Workspace

__all__ = [
    "command",
    "has_own_user",
    "why_unavailable",
]

#: the program, the arguments about users that work on this host, and why none does
Variant = tuple[str, tuple[str, ...], str]

#: places inside; host paths do not show
INSIDE = LEVELS[Level.BUBBLEWRAP].places
assert INSIDE is not None, "namespaces have places of their own"
PYTHON, SITE, TREE, DATA = Path("/python"), Path(INSIDE.site), Path(INSIDE.tree), Path(INSIDE.data)
SCRATCH = INSIDE.scratch
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
NOBODY = "65534"
#: arguments with which Python starts and ends
NOTHING = ("-I", "-S", "-B", "-c", "")
ALONE = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "worker", "--cap-drop", "ALL"),
)


def command(workspace: Workspace, program: Program = CHECKS) -> list[str]:
    """Returns the command before its arguments; it runs the interpreter."""
    bwrap, owner, reason = _variant()
    if reason:
        raise ValueError(f"bubblewrap does not work here: {reason}")
    tree = ["--ro-bind", str(workspace.tree), str(TREE), "--chdir", str(TREE)]
    if workspace.data is not None:
        tree += ["--ro-bind", str(workspace.data), str(DATA)]
    return _wrapped(bwrap, owner, [*tree, "--remount-ro", "/"], program)


def has_own_user() -> bool:
    """Whether the namespace has users of its own; else the worker changes its user itself."""
    return "--unshare-user" in _variant()[1]


def why_unavailable() -> str:
    """Returns why bubblewrap does not work here, as a sentence with the way out; "" when it does."""
    return _variant()[2]


@cache
def _variant() -> Variant:
    if not sys.platform.startswith("linux"):
        return "", (), "bubblewrap exists on Linux only."
    program = shutil.which("bwrap")
    if program is None:
        return "", (), "the program bwrap is not installed (Debian, Ubuntu: apt install bubblewrap)."
    helps = subprocess.run([program, "--help"], capture_output=True, text=True, check=False, timeout=20).stdout
    if "--size" not in helps:
        return "", (), "bwrap is older than 0.6 and cannot limit the size of /tmp."
    said = ""
    for owner in _owners("--disable-userns" in helps):
        trial = _wrapped(program, owner, [], CHECKS)
        done = subprocess.run([*trial, *NOTHING], capture_output=True, text=True, check=False, timeout=20)
        if done.returncode == 0:
            return program, owner, ""
        said = done.stderr.strip().splitlines()[0][:160] if done.stderr.strip() else f"exit code {done.returncode}"
    return "", (), f"bwrap is installed but this host forbids it ({said})."


def _wrapped(bwrap: str, owner: tuple[str, ...], tree: list[str], program: Program) -> list[str]:
    needed = footprint(program)
    return [bwrap, *ALONE, *owner, *_system(program), *tree, "--", str(_place(needed.executable, needed))]


def _owners(can_forbid_more: bool) -> list[tuple[str, ...]]:
    """Returns the ways to have a user without rights inside, best first."""
    nobody = ("--unshare-user", "--uid", NOBODY, "--gid", NOBODY, *(["--disable-userns"] if can_forbid_more else []))
    # Root needs no user namespace; with a real user of its own the kernel counts the worker's processes.
    as_root = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    return [as_root, nobody] if os.geteuid() == 0 else [nobody]


@cache
def _system(program: Program) -> tuple[str, ...]:
    """Returns the mounts that are the same for every workspace."""
    needed = footprint(program)
    shown = {Path(device): Path(device) for device in DEVICES}
    shown |= {_place(file, needed): file for file in (needed.executable, *needed.libraries, *needed.stdlib)}
    shown |= _loaders(needed)
    shown |= {SITE / name: source for name, source in needed.site.items()}
    links = {_place(link, needed): text for link, text in needed.links().items()}
    mounts: list[str] = []
    # Folders that bwrap makes by itself are closed to everyone but root.
    for folder in sorted({above for place in [*shown, *links, TREE / "."] for above in place.parents}):
        mounts += ["--perms", "0755", "--dir", str(folder)] if folder != Path("/") else []
    mounts += ["--perms", "1777", "--size", str(SCRATCH_MB << 20), "--tmpfs", SCRATCH]
    for place, source in shown.items():
        mounts += ["--dev-bind" if place.parent == Path("/dev") else "--ro-bind", str(source), str(place)]
    for link, text in links.items():
        mounts += ["--symlink", text, str(link)]
    for folder in needed.stdlib:
        for hidden in (_place(folder / name, needed) for name in sorted(LEFT_OUT) if (folder / name).is_dir()):
            mounts += ["--size", "4096", "--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    folders = ":".join(str(_place(folder, needed)) for folder in needed.library_folders())
    # There is no ld.so.cache inside; set here, the variable does not reach bwrap itself.
    return (*mounts, "--setenv", "LD_LIBRARY_PATH", folders)


def _place(path: Path, needed: Footprint) -> Path:
    """Returns where a file of the interpreter goes: as far from the executable as on the host, where Python looks."""
    prefix = needed.executable.parent.parent
    return PYTHON / path.relative_to(prefix) if path.is_relative_to(prefix) else path


def _loaders(needed: Footprint) -> dict[Path, Path]:
    """Returns the dynamic loader by the names that executables ask for it."""
    real = set(needed.libraries)
    names = [Path(path) for folder in ("/lib", "/lib64") for path in Path(folder).glob("ld-*.so*")]
    return {name: name.resolve() for name in names if name.resolve() in real}
