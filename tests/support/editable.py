"""A Python that finds the checkout as an editable install does: by a finder of its own, and not on sys.path."""

import sysconfig
import venv
from pathlib import Path

FINDER = """
import importlib.util
import sys

class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in {packages!r}:
            folder = {root!r} + "/" + name
            file = folder + "/__init__.py"
            return importlib.util.spec_from_file_location(name, file, submodule_search_locations=[folder])

sys.meta_path.insert(0, Finder)
"""


def editable_python(folder: Path) -> str:
    """Makes an environment in a folder and returns its interpreter; dependencies come from the one that runs this."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    root = str(Path(__file__).parents[2])
    (site / "editable_finder.py").write_text(FINDER.format(root=root, packages=("grader", "reports", "reference")))
    (site / "editable.pth").write_text(f"{sysconfig.get_path('purelib')}\nimport editable_finder\n")
    return str(python)
