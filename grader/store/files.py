"""Writes files so that each is there whole or not at all."""

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.model.errors import UnusableInput

__all__ = ["remove_parts", "whole_file", "write_whole"]

#: ending of a file that is not whole yet
PART = ".part"
#: no file is written for so long
STALE_SECONDS = 60.0


def write_whole(path: Path, content: str | bytes, *, durable: bool = False, mode: int = 0o644) -> None:
    """Writes a file by way of a temporary one beside it; raises UnusableInput when the place cannot be written.

    Args:
        path: where it goes.
        content: all of it.
        durable: wait until it is on the disk, as what nothing can write again has to; some milliseconds.
        mode: who may read it.
    """
    with whole_file(path, mode) as file:
        file.write(content.encode() if isinstance(content, str) else content)
        if durable:
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def whole_file(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yields a file that appears under its name when the block ends well; raises as `write_whole` does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as exc:
        full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
        way_out = "Make room and run the same again; what is done is kept" if full else "Choose another folder with -o"
        raise UnusableInput(f"{path} cannot be written: {exc.strerror}. {way_out}.") from exc


def remove_parts(folder: Path) -> None:
    """Removes what writers have left in a folder and below it that were killed in the middle of a file."""
    for part in folder.rglob(f".*{PART}"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()
