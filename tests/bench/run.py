"""Measures on this host what grading costs above the student's own code: prints a table and never fails.

Run it with `tox -e bench`. Every figure is a median, and every ratio is taken within this one run. `tox -e bench --
--baseline COMMIT` measures whole grades instead, beside those of an earlier commit; docs/performance.md has its table.
"""

import argparse
import importlib
import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

from pathlib import Path
from tempfile import TemporaryDirectory

import against
import epoch
import grading
import layers
import throughput
from builds import earlier_build, this_build
from rich.console import Console
from rich.table import Table

__all__ = ["main"]

#: beside the environments of tox
BUILDS = Path(__file__).parents[2] / ".tox" / "baselines"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs behind each median")
    parser.add_argument("--rivals", type=Path, help="python of an environment with nbgrader and otter-grader")
    parser.add_argument("--students", type=int, default=5, help="submissions of the class, two or more")
    parser.add_argument("--baseline", metavar="COMMIT", help="measure whole grades beside this earlier commit")
    parser.add_argument("--rows", nargs="+", choices=[*against.GROUPS], default=[*against.GROUPS], help="of --baseline")
    parser.add_argument("--slow-repeat", type=int, default=1, help="runs of commands that take minutes, of --baseline")
    parser.add_argument("--builds", type=Path, default=BUILDS, help="folder that keeps builds of earlier commits")
    given = parser.parse_args()
    repeat = given.repeat
    if given.baseline:
        _beside_baseline(given.baseline, given.rows, repeat, given.slow_repeat, given.builds.resolve())
        return
    table = Table("What", "Median", "Beside", "Ratio", "Aim", title=f"Median of {repeat} runs")
    with TemporaryDirectory() as folder:
        torch = _torch()
        trained = epoch.rows(repeat, torch)
        for row in (*grading.rows(Path(folder), repeat), *layers.rows(repeat, torch), *trained):
            table.add_row(*row)
    with TemporaryDirectory() as folder:
        for row in throughput.rows(Path(folder), max(2, given.students), given.rivals):
            table.add_row(*row)
    Console(width=140).print(table)


def _beside_baseline(commit: str, groups: list[str], repeat: int, slow_repeat: int, folder: Path) -> None:
    """Prints the table of whole grades, of an earlier commit and of now."""
    # Whoever types a command has set none of these.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.pop(name, None)
    builds = earlier_build(commit, folder), this_build()
    before, now = (build.name for build in builds)
    title = f"Least of {repeat} runs each, of slow commands {slow_repeat}, in turn"
    table = Table("What", "Unit", before, now, "Ratio", "Aim", title=title)
    for row in against.rows(groups, builds, folder / "caches", repeat, slow_repeat):
        table.add_row(row.what, row.unit, f"{row.before:.2f}", f"{row.now:.2f}", f"{row.ratio:.3f}", row.aim)
    Console(width=140).print(table)


def _torch() -> object | None:
    try:
        return importlib.import_module("torch")
    except ImportError:
        return None


if __name__ == "__main__":
    main()
