"""A class that is killed again and again in; whether it ends as one that nobody touched out.

`tox -e endurance` runs it. The same generated class is graded twice: once in peace, once with `kill -9` at random
moments, of the whole command or first of one of its runners, and then to the end. The pages that are there then have to
be those that its store gives. After that both stores have their clock times removed and their pages written anew: every
file and every row has to be the same, byte for byte. No temporary folder may be left.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment.definition import Assignment
from grader.assignment.solution import solution_module
from grader.sandbox.processes import descendants

__all__ = ["main"]

SEED = 231
#: what makes a class take hours and is graded by the same machinery
QUICK = ("--training", "off", "--speed", "off", "--notebook", "off")


def main() -> None:
    """Grades, kills, compares; the exit code says whether all is the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="of the moments")
    given = parser.parse_args()
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "tmp").mkdir()
        samples = solution_module(Assignment.load(), "samples")
        for sample in samples.generated(given.students, SEED):
            samples.write_samples(folder / "in", students=[sample])
        seconds = _finish(folder, "whole", given.jobs)
        print(f"{given.students} submissions in {seconds:.0f} s; moments from seed {given.seed}", flush=True)
        rng = random.Random(given.seed)
        for kill in range(given.kills):
            moment = rng.uniform(2.0, max(3.0, seconds / given.kills))
            n_graded = _kill(folder, "killed", given.jobs, moment, rng)
            print(f"kill {kill + 1} after {moment:.1f} s: {n_graded} are graded", flush=True)
        print(f"finished in {_finish(folder, 'killed', given.jobs):.0f} s", flush=True)
        differing = [f"{path} is left" for path in (folder / "tmp").iterdir()]
        for name in ("whole", "killed"):
            left = _digests(folder / name)
            _report(folder / name)
            differing += _unlike(f"{name}, as left and as its store gives it", left, _digests(folder / name))
            _forget_times(folder / name)
            _report(folder / name)
        files, rows = _digests(folder / "whole"), _rows(folder / "whole")
        differing += _unlike("whole and killed", files, _digests(folder / "killed"))
        differing += _unlike("the stores of whole and killed", rows, _rows(folder / "killed"))
    print("\n".join(differing[:20]) if differing else f"All {len(files)} files and {len(rows)} rows are the same.")
    sys.exit(bool(differing))


def _grader(*words: object) -> list[str]:
    return [sys.executable, "-m", "grader", *map(str, words)]


def _batch(folder: Path, name: str, jobs: int) -> subprocess.Popen[bytes]:
    words = _grader("batch", folder / "in", "-o", folder / name, "-j", jobs, "--seed", SEED, *QUICK)
    environment = {**os.environ, "TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def _finish(folder: Path, name: str, jobs: int) -> float:
    start = time.monotonic()
    code = _batch(folder, name, jobs).wait()
    if code not in (0, 1):
        raise RuntimeError(f"grader batch ended with {code}")
    return time.monotonic() - start


def _kill(folder: Path, name: str, jobs: int, moment: float, rng: random.Random) -> int:
    """Grades for some seconds, then kills; returns how many outcomes the store holds."""
    process = _batch(folder, name, jobs)
    time.sleep(moment)
    below = sorted(descendants(process.pid))
    if below and rng.random() < 0.5:
        # One of its processes first; the command goes on without it for a moment.
        os.kill(rng.choice(below), signal.SIGKILL)
        time.sleep(rng.uniform(0.0, 1.0))
    process.kill()
    process.wait()
    with closing(sqlite3.connect(folder / name / "grades.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM outcome").fetchone()[0])


def _forget_times(graded: Path) -> None:
    """Sets everything in a store to zero that a clock has said."""
    with closing(sqlite3.connect(graded / "grades.sqlite")) as db, db:
        db.execute("UPDATE run SET started = ''")
        for name, text in db.execute("SELECT name, json FROM outcome WHERE kind = 'grade'").fetchall():
            grade = json.loads(text)
            grade |= {"started": "", "seconds": 0.0, "budget": None}
            for check in grade["checks"]:
                check["seconds"] = 0.0
            db.execute("UPDATE outcome SET json = ?, seconds = 0 WHERE name = ?", (json.dumps(grade), name))


def _report(graded: Path) -> None:
    subprocess.run(_grader("report", graded), check=True, stdout=subprocess.DEVNULL)


def _digests(graded: Path) -> dict[str, str]:
    """Returns name -> digest of every file but the store's own."""
    paths = [path for path in graded.rglob("*") if path.is_file() and not path.name.startswith("grades.sqlite")]
    return {str(path.relative_to(graded)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _rows(graded: Path) -> dict[str, str]:
    """Returns table and number -> content of every row of a store, sorted."""
    with closing(sqlite3.connect(graded / "grades.sqlite")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: sorted(map(repr, db.execute(f"SELECT * FROM {table}"))) for table in tables}
    return {f"{table} {number}": row for table in tables for number, row in enumerate(rows[table])}


def _unlike(what: str, one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [f"{what}: {name} differs" for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


if __name__ == "__main__":
    main()
