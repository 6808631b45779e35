"""Files that carry the names of Python's own modules, for tests of what is imported from the current folder."""

import subprocess
import sys
from pathlib import Path

__all__ = ["plant_modules"]


def plant_modules(folder: Path, *names: str, code: str) -> None:
    """Writes `code` as each public module of the standard library, and as `names`.

    What `python -m` itself imports before the first line of a package is left out: no package can be ahead of that.
    """
    listing = [sys.executable, "-c", "import runpy, sys; print(*sys.modules)"]
    first = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    for name in {*sys.stdlib_module_names, *names} - set(first):
        if not name.startswith("_"):
            (folder / f"{name}.py").write_text(code)
