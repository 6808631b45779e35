"""A class with one of every attack in it; whether the others have the grades that they have without the attacks.

`python tests/endurance/attacked.py` runs it, as root and as an ordinary user:
`setpriv --reuid 1000 --regid 1000 --clear-groups python tests/endurance/attacked.py`.
"""

import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from graded_class import digests, forget_times, grader, report, unlike

from grader.assignment.definition import Assignment
from grader.assignment.solution import solution_module
from grader.sandbox.removal import remove_folder

ATTACKS_FOLDER = Path(__file__).parents[1] / "attacks"
sys.path.insert(0, str(ATTACKS_FOLDER))

SEED = 231
#: what makes a class take hours and is graded by the same machinery
QUICK = ("--training", "off", "--speed", "off", "--similarity", "off")


def main() -> None:
    """Grades a class without and with the attacks; the exit code says whether the others' grades are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--attacks", type=int, default=10_000, help="at most so many, evenly chosen")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--notebook", choices=["on", "off", "auto"], default="auto")
    given = parser.parse_args()
    words = (*QUICK, "--notebook", given.notebook, "-j", given.jobs, "--seed", SEED)
    with TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        samples = solution_module(Assignment.load(), "samples")
        for sample in samples.generated(given.students, SEED):
            samples.write_samples(folder / "plain", students=[sample])
        shutil.copytree(folder / "plain", folder / "attacked", symlinks=True)
        names = _hand_in(folder / "attacked", folder, given.attacks)
        print(f"{given.students} submissions, {len(names)} attacks, as user {os.geteuid()}", flush=True)
        for name in ("plain", "attacked"):
            started = time.monotonic()
            command = grader("batch", folder / name, "-o", folder / f"{name}-out", *words)
            code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
            print(f"{name}: exit code {code} after {time.monotonic() - started:.0f} s", flush=True)
        whole, attacked = (_grades(folder / f"{name}-out") for name in ("plain", "attacked"))
        print(_figures({name: grade for name, grade in attacked.items() if name not in whole}), flush=True)
        pages = []
        for name in ("plain", "attacked"):
            forget_times(folder / f"{name}-out")
            report(folder / f"{name}-out", "--similarity", "off")
            found = digests(folder / f"{name}-out" / "submissions")
            pages.append({file: digest for file, digest in found.items() if file.partition("/")[0] in whole})
        whole, attacked = (_grades(folder / f"{name}-out") for name in ("plain", "attacked"))
        common = {name: grade for name, grade in attacked.items() if name in whole}
        # A thousand folders inside each other are more than shutil removes.
        for name in ("plain", "attacked", "made"):
            remove_folder(str(folder / name))
        differing = [*unlike("the grades", whole, common), *unlike("the pages", *pages)]
        if len(whole) != given.students:
            differing.append(f"only {len(whole)} of {given.students} submissions have an outcome without the attacks")
    same = f"All {len(whole)} grades and {len(pages[0])} pages are the same."
    print("\n".join(differing[:20]) if differing else same)
    sys.exit(bool(differing))


def _hand_in(into: Path, folder: Path, most: int) -> list[str]:
    """Writes one submission for each attack; returns their names."""
    import arena
    from attack import hand_in
    from handed_in import HANDED_IN
    from notebook_pages import NOTEBOOK_PAGES

    for name in ("outside", "temporary"):
        (folder / name).mkdir()
    makers = [
        *(("code", attack.name, lambda attack=attack: hand_in(attack, lambda text: _fill(text, folder)).files)
          for attack in arena.ATTACKS),
        *(("page", name, lambda cells=cells: {"work.ipynb": _notebook(cells)})
          for name, cells in NOTEBOOK_PAGES.items()),
        *(("file", each.name, each.make) for each in HANDED_IN if os.geteuid() == 0 or not each.needs_root),
    ]  # fmt: skip
    chosen = makers[:: max(1, -(-len(makers) // most))]
    names = []
    for number, (kind, name, make) in enumerate(chosen):
        called = "attack-" + re.sub(r"[^a-z0-9]+", "-", f"{kind}-{name}-{number}".lower())
        names.append(called)
        if kind == "file":
            made = make(_fresh(folder / "made" / str(number)))
            made.rename(into / (called + "".join(made.suffixes if made.is_file() else ())))
            continue
        for place, content in {**(_honest() if kind == "page" else {}), **make()}.items():
            path = into / called / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return names


def _honest() -> dict[str, bytes]:
    from attack import honest_files

    return honest_files()


def _notebook(cells: list[dict[str, object]]) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def _fresh(folder: Path) -> Path:
    (folder / "outside").mkdir(parents=True)
    return folder


def _fill(text: str, folder: Path) -> str:
    places = {"OUTSIDE": folder / "outside", "TEMPORARY": folder / "temporary", "GRADER": os.getpid(), "PORT": 9}
    return re.sub(r"@([A-Z_]+)@", lambda found: str(places.get(found[1], folder / "nowhere")), text)


def _grades(graded: Path) -> dict[str, str]:
    """Returns name -> outcome as the store has it."""
    with closing(sqlite3.connect(graded / "grades.sqlite")) as db:
        return {name: f"{kind} {text}" for name, kind, text in db.execute("SELECT name, kind, json FROM outcome")}


def _figures(outcomes: dict[str, str]) -> str:
    """Returns in words what came of the attacks."""
    rows = {name: json.loads(text.partition(" ")[2]) for name, text in outcomes.items()}
    grades = {name: row for name, row in rows.items() if outcomes[name].startswith("grade ")}
    ours = sorted(name for name, row in rows.items() if row.get("ours") or row.get("complete") is False)
    slow = sorted(grades, key=lambda name: -grades[name]["seconds"])[:5]
    longest = ", ".join(f"{name} {grades[name]['seconds']:.0f} s" for name in slow)
    return f"{len(rows)} attacks have an outcome, {len(grades)} a grade, by our fault {ours}; longest: {longest}"


if __name__ == "__main__":
    main()
