"""Makes sure that only one process writes to a folder of grades at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from grader.model.errors import UnusableInput
from grader.store.files import remove_parts

__all__ = ["only_writer"]


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Holds the folder while the block runs; the system lets go of it when the process dies, however it dies.

    What such a death has left half written is removed first.

    Raises:
        UnusableInput: another process holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as exc:
        raise UnusableInput(f"Another grader is at work in {folder}; wait for it, or choose another folder.") from exc
    except OSError as exc:
        raise UnusableInput(f"{folder} cannot be written: {exc.strerror}. Choose another folder with -o.") from exc
    try:
        remove_parts(folder)
        yield
    finally:
        lock.release()
