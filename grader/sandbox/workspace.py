"""A student's files and the given files in, a folder that the worker imports out."""

import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType

import numpy as np

__all__ = ["Workspace"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of one worker on disk; removes them when closed."""

    #: holds the two others; private to us
    root: Path
    #: the student's tree with the given files laid over it
    tree: Path
    #: what the worker may import besides the standard library: NumPy and our worker
    site: Path

    @classmethod
    def lay(cls, files: Mapping[str, bytes], given: Mapping[str, bytes]) -> "Workspace":
        """Writes the student's files, then the given files over them.

        Args:
            files: workspace path -> content, from a Submission.
            given: workspace path -> content; these win.

        Raises:
            ValueError: a path would leave the folder.
        """
        root = Path(tempfile.mkdtemp(prefix="grader-"))
        workspace = cls(root, root / "workspace", root / "site")
        for name, content in {**files, **given}.items():
            path = workspace.tree / _safe(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        workspace._lay_site()
        return workspace

    def close(self) -> None:
        """Removes the folders."""
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _lay_site(self) -> None:
        for name, source in site_sources().items():
            target = self.site / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)


def site_sources() -> dict[str, Path]:
    """Returns what the worker may import, place -> source: NumPy with its libraries, and our worker package."""
    numpy_folder = Path(np.__file__).resolve().parent
    sources = {"numpy": numpy_folder, "grader/worker": Path(__file__).resolve().parents[1] / "worker"}
    libraries = numpy_folder.parent / "numpy.libs"
    if libraries.is_dir():
        sources["numpy.libs"] = libraries
    return sources


def interpreter() -> tuple[Path, Path]:
    """Returns the real Python executable, outside of any virtual environment, and its prefix."""
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    return executable, Path(sys.base_prefix).resolve()


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"{name!r} is no path inside a workspace")
    return path
