"""This interpreter in, the files that a worker needs of the host out: standard library, NumPy, shared libraries."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from grader.errors import GraderFault

__all__ = ["Footprint", "footprint", "interpreter", "open_to_all", "site_sources"]

#: parts of a standard library that are no part of it: other packages, and tests
LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "ensurepip", "sitecustomize.py"})

# Run by the interpreter itself, since only the dynamic loader knows what the extension modules are linked with.
PROBE = """
import ctypes, glob, os, sys
for folder in sys.path:
    for file in glob.glob(os.path.join(folder, "*.so")):
        if "tkinter" not in file and "test" not in os.path.basename(file):
            try: ctypes.CDLL(file)
            except OSError: pass
for file in sys.argv[1:]:
    try: ctypes.CDLL(file)
    except OSError: pass
print("\\n".join(folder for folder in sys.path if os.path.isdir(folder)))
print()
for line in open("/proc/self/maps"):
    if line.count("/") and ".so" in line: print(line[line.index("/"):].strip())
"""


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


@cache
def footprint() -> Footprint:
    """Returns what a worker needs of this host.

    Raises:
        GraderFault: the interpreter does not tell.
    """
    executable = interpreter()
    site = site_sources()
    extensions = [str(path) for path in site["numpy"].glob("*/*.so")]
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


def site_sources() -> dict[str, Path]:
    """Returns what the worker may import besides the standard library, place -> source."""
    numpy_folder = Path(np.__file__).resolve().parent
    sources = {"numpy": numpy_folder, "grader/worker": Path(__file__).resolve().parents[1] / "worker"}
    libraries = numpy_folder.parent / "numpy.libs"
    if libraries.is_dir():
        sources["numpy.libs"] = libraries
    return sources


def interpreter() -> Path:
    """Returns the real Python executable, outside of any virtual environment."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def open_to_all(path: Path) -> bool:
    """Whether any user of this host may read a path, going by the modes of it and of the folders above."""
    modes = [os.stat(folder).st_mode for folder in path.resolve().parents]
    needed = 0o005 if path.is_dir() else 0o004
    return all(folder & 0o001 for folder in modes) and os.stat(path).st_mode & needed == needed
