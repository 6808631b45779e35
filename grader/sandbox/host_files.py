"""Lists the files of the host that a worker needs: standard library, NumPy, shared libraries."""

import compileall
import importlib.metadata
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from grader.model.errors import GraderFault

__all__ = [
    "CHECKS",
    "NOTEBOOKS",
    "PIPED",
    "Footprint",
    "Program",
    "footprint",
    "interpreter",
    "open_to_all",
    "site_sources",
]

#: parts of a standard library that are no part of it: other packages, and tests
LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "ensurepip", "sitecustomize.py"})

# Run by the interpreter itself, since only the dynamic loader knows what the extension modules are linked with.
# It imports little: half of its time went into `glob`.
PROBE = """
import ctypes, os, sys
for folder in filter(os.path.isdir, sys.path):
    for name in os.listdir(folder):
        if name.endswith(".so") and "tkinter" not in name and "test" not in name:
            try: ctypes.CDLL(os.path.join(folder, name))
            except OSError: pass
for file in sys.argv[1:]:
    try: ctypes.CDLL(file)
    except OSError: pass
print("\\n".join(folder for folder in sys.path if os.path.isdir(folder)))
print()
for line in open("/proc/self/maps"):
    if line.count("/") and ".so" in line: print(line[line.index("/"):].strip())
sys.stdout.flush()
# Not through the ends of libraries that were never begun.
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Program:
    """Which code of ours a worker runs, and what it may import besides the standard library and NumPy."""

    #: has `main`, see grader/worker/__main__.py
    module: str
    #: folders of the package `grader`
    ours: tuple[str, ...]
    #: distributions, with all that these need
    distributions: tuple[str, ...] = ()


#: serves checks, a process for each session
PIPED = Program("grader.worker.one_session", ("worker",))
#: serves checks
CHECKS = Program("grader.worker.__main__", ("worker",))
#: runs notebooks; imageio and SciPy are there for students' cells, where the host has them
NOTEBOOKS = Program(
    "grader.kernel.__main__", ("worker", "kernel"), ("ipykernel", "nbclient", "matplotlib", "imageio", "scipy")
)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What of the host a worker reads, besides its workspace."""

    #: the real interpreter, outside of any virtual environment
    executable: Path
    #: folders of the standard library
    stdlib: tuple[Path, ...]
    #: shared libraries that interpreter, standard library and NumPy are linked with, as real files
    libraries: tuple[Path, ...]
    #: place below the site folder -> source: NumPy with its libraries, and our worker package
    site: dict[str, Path]

    def stdlib_parts(self) -> list[Path]:
        """Returns the files and folders of the standard library without what belongs to other packages."""
        return [Path(e.path) for folder in self.stdlib for e in os.scandir(folder) if e.name not in LEFT_OUT]

    def library_folders(self) -> list[Path]:
        """Returns where the shared libraries lie, for the dynamic loader."""
        return list(dict.fromkeys(library.parent for library in self.libraries))

    def links(self) -> dict[Path, str]:
        """Returns the names by which shared libraries ask for each other, beside them: link -> what it says."""
        real = {library.name for library in self.libraries}
        return {
            Path(entry.path): text
            for folder in self.library_folders()
            for entry in os.scandir(folder)
            if ".so." in entry.name and entry.is_symlink() and (text := os.readlink(entry.path)) in real
        }


def footprint(program: Program = CHECKS) -> Footprint:
    """Returns what a worker needs of this host, looked for once.

    Raises:
        GraderFault: the interpreter does not tell.
    """
    return _look(program)


@cache
def site_sources(program: Program = CHECKS) -> dict[str, Path]:
    """Returns what the worker may import besides the standard library, place -> source."""
    numpy_folder = Path(np.__file__).resolve().parent
    sources = {f"grader/{name}": Path(__file__).resolve().parents[1] / name for name in program.ours}
    for folder in sources.values():
        # A worker sees them read-only: what is not compiled now would be compiled by each worker anew.
        compileall.compile_dir(folder, maxlevels=0, quiet=2)
    for distribution in _with_requirements(program.distributions):
        sources |= _installed(distribution)
    sources |= {"numpy": numpy_folder}
    libraries = numpy_folder.parent / "numpy.libs"
    if libraries.is_dir():
        sources["numpy.libs"] = libraries
    return sources


@cache
def _look(program: Program) -> Footprint:
    executable = interpreter()
    site = site_sources(program)
    extensions = [str(path) for name, source in site.items() if source.is_dir() for path in source.rglob("*.so")]
    command = [str(executable), "-I", "-S", "-B", "-c", PROBE, *extensions]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise GraderFault(f"The interpreter {executable} does not run by itself: {done.stderr.strip()[-300:]}")
    folders, _, mapped = done.stdout.partition("\n\n")
    inside = tuple(site.values())
    libraries = {Path(line) for line in mapped.splitlines() if os.path.isfile(line)}
    stdlib = tuple(Path(line) for line in folders.splitlines())
    outside = sorted(path for path in libraries if not any(path.is_relative_to(folder) for folder in inside + stdlib))
    # lib-dynload lies inside the first folder on most systems
    top = tuple(folder for folder in stdlib if not any(other in folder.parents for other in stdlib))
    return Footprint(executable, top, tuple(outside), site)


def _with_requirements(names: tuple[str, ...]) -> list[importlib.metadata.Distribution]:
    """Returns installed distributions and those that they need, each once; absent ones are left out."""
    found: dict[str, importlib.metadata.Distribution | None] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        # The debugger would be loaded with the kernel, and nobody debugs here.
        if name in found or name == "debugpy":
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
            continue
        waiting += [
            match.group()
            for line in found[name].requires or ()  # type: ignore[union-attr]
            if "extra ==" not in line and (match := re.match(r"[\w.-]+", line))
        ]
    return [distribution for distribution in found.values() if distribution is not None]


def _installed(distribution: importlib.metadata.Distribution) -> dict[str, Path]:
    """Returns what a distribution has put into its site folder, at the top."""
    places = {file.parts[0] for file in distribution.files or () if file.parts and file.parts[0] not in ("..", "")}
    root = Path(str(distribution.locate_file("")))
    wanted = (place for place in sorted(places) if place != "__pycache__" and not place.endswith(".pth"))
    return {place: (root / place).resolve() for place in wanted if (root / place).exists()}


def interpreter() -> Path:
    """Returns the real Python executable, outside of any virtual environment."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def open_to_all(path: Path) -> bool:
    """Whether any user of this host may read a path, going by the modes of it and of the folders above."""
    modes = [os.stat(folder).st_mode for folder in path.resolve().parents]
    needed = 0o005 if path.is_dir() else 0o004
    return all(folder & 0o001 for folder in modes) and os.stat(path).st_mode & needed == needed
