"""Reads the files of a folder, and packs files so that equal ones give equal bytes."""

import io
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

__all__ = ["files_below", "zipped"]


def files_below(folder: Path) -> dict[str, bytes]:
    """Returns the files below a folder but for Python's caches, place -> content, in the order of their places."""
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix(): (folder / path).read_bytes() for path in paths if "__pycache__" not in path.parts}


def zipped(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """Returns a zip of the files without times.

    Args:
        files: place -> content.
        programs: places of those that can be run.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in files.items():
            entry = zipfile.ZipInfo(place, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if place in programs else 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
