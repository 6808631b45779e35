"""A folder that student code has written to in, nothing of it out: removal that no name, mode, link or depth stops."""

import contextlib
import os
import secrets

__all__ = ["remove_folder"]


def remove_folder(folder: str) -> None:
    """Removes a folder with all below it; what cannot be removed stays, silently. Links are never followed.

    shutil.rmtree gives up where a mode forbids it and ends in a RecursionError a thousand folders down. Here the
    content of each folder is first moved to the top, so that no path is ever long and nothing recurses.
    """
    mark, number = secrets.token_hex(4), 0
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    while True:
        before = number
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
                continue
            number = _lift_content(entry.path, os.path.join(folder, mark), number)
            with contextlib.suppress(OSError):
                os.rmdir(entry.path)
        if number == before:
            break
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _lift_content(folder: str, prefix: str, number: int) -> int:
    """Moves what a folder holds beside it, numbered; returns the next free number."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    try:
        names = os.listdir(folder)
    except OSError:
        return number
    for name in names:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            if os.path.isdir(path) and not os.path.islink(path):
                # A folder moves only if it may be written itself.
                os.chmod(path, 0o700)
        with contextlib.suppress(OSError):
            os.rename(path, f"{prefix}{number}")
            number += 1
    return number
