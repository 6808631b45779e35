"""Measures on this host what grading costs above the student's own code: prints a table and never fails.

Run it with `tox -e bench`. Every figure is a median, and every ratio is taken within this one run.
"""

import argparse
import importlib
import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

from pathlib import Path
from tempfile import TemporaryDirectory

import epoch
import grading
import layers
import throughput
from rich.console import Console
from rich.table import Table

__all__ = ["main"]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs behind each median")
    parser.add_argument("--rivals", type=Path, help="python of an environment with nbgrader and otter-grader")
    parser.add_argument("--students", type=int, default=5, help="submissions of the class, two or more")
    given = parser.parse_args()
    repeat = given.repeat
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


def _torch() -> object | None:
    try:
        return importlib.import_module("torch")
    except ImportError:
        return None


if __name__ == "__main__":
    main()
