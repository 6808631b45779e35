"""Lays the student's files and the given files into the folder that the worker imports."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from grader.model.sandbox_levels import LEVELS, Level, Places
from grader.sandbox.host_files import CHECKS, Program, site_sources
from grader.sandbox.host_system import HAS_FORK
from grader.sandbox.removal import own_folder, remove_folder

__all__ = ["Workspace"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of one worker on disk; removes them when closed."""

    #: holds the others; private to us
    root: Path
    #: the student's tree with the given files laid over it
    tree: Path
    #: what the worker may import besides the standard library: NumPy and our worker
    site: Path
    #: the only place that the worker may write, where it has no /tmp of its own
    scratch: Path
    #: a folder of data that the worker may read
    data: Path | None = None
    #: open while the folders are in use; without it, whoever tidies up after killed graders may remove them
    lock: IO[bytes] | None = field(default=None, compare=False)

    @classmethod
    def lay(
        cls,
        files: Mapping[str, bytes],
        given: Mapping[str, bytes],
        program: Program = CHECKS,
        data: Path | None = None,
    ) -> "Workspace":
        """Writes the student's files, then the given files over them.

        Args:
            files: workspace path -> content, from a Submission.
            given: workspace path -> content; these win.
            program: what runs in it.
            data: a folder of the host's that it may read.

        Raises:
            ValueError: a path would leave the folder.
        """
        folder, lock = own_folder()
        root = Path(folder)
        workspace = cls(root, root / "workspace", root / "site", root / "scratch", data, lock)
        try:
            workspace._write({**files, **given})
            workspace._lay_site(program)
        except BaseException:
            workspace.close()
            raise
        return workspace

    def lay_anew(self, files: Mapping[str, bytes], given: Mapping[str, bytes]) -> None:
        """Puts another submission into the same folder; nothing may run in it at that time."""
        for entry in list(self.tree.iterdir()):
            if entry.is_dir():
                remove_folder(str(entry))
            else:
                entry.unlink()
        self._write({**files, **given})

    def places(self, level: Level) -> Places:
        """Returns where its folders are for a worker at a level."""
        own = LEVELS[level].places
        return own or Places(str(self.tree), str(self.site), str(self.scratch), str(self.data or ""))

    def fresh_scratch(self, owner: int | None) -> None:
        """Empties the scratch folder and gives it to a user; None is the one we are."""
        remove_folder(str(self.scratch))
        self.scratch.mkdir(mode=0o700)
        if owner is not None:
            os.chown(self.scratch, owner, owner)
            # Other users of the host stay out; the worker's group comes in.
            os.chown(self.root, -1, owner)
            self.root.chmod(0o710)

    def close(self) -> None:
        """Removes the folders."""
        remove_folder(str(self.root))
        if self.lock is not None:
            self.lock.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _write(self, files: Mapping[str, bytes]) -> None:
        self.tree.mkdir(mode=0o755, exist_ok=True)
        for name, content in files.items():
            path = self.tree / _safe(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        # Whatever the umask of the caller's shell is, the worker's user must be able to read.
        for folder, _, names in os.walk(self.tree):
            os.chmod(folder, 0o755)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)

    def _lay_site(self, program: Program) -> None:
        for name, source in site_sources(program).items():
            target = self.site / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if HAS_FORK:
                target.symlink_to(source)
            elif name.startswith("grader/"):
                # Links are a privilege on Windows. Ours is small; NumPy is found where it is, see launch.PROCESS_BOOT.
                shutil.copytree(source, target)
            target.parent.chmod(0o755)
        self.site.chmod(0o755)


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"{name!r} is no path inside a workspace")
    return path
