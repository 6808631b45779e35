"""Kills the grading of a class again and again, and looks whether it ends as one that nobody touched.

`tox -e endurance` runs it. The same generated class is graded twice: once in peace, once with `kill -9` at random
moments, of the whole command or first of one of its runners, and then to the end. The pages that are there then have to
be those that its store gives. After that both stores have their clock times removed and their pages written anew: every
file and every row has to be the same, byte for byte. No temporary folder may be left.
"""

import argparse
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

from graded_class import digests, forget_times, grader, report, rows, unlike

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
            left = digests(folder / name)
            report(folder / name)
            differing += unlike(f"{name}, as left and as its store gives it", left, digests(folder / name))
            forget_times(folder / name)
            report(folder / name)
        files, kept = digests(folder / "whole"), rows(folder / "whole")
        differing += unlike("whole and killed", files, digests(folder / "killed"))
        differing += unlike("the stores of whole and killed", kept, rows(folder / "killed"))
    print("\n".join(differing[:20]) if differing else f"All {len(files)} files and {len(kept)} rows are the same.")
    sys.exit(bool(differing))


def _batch(folder: Path, name: str, jobs: int) -> subprocess.Popen[bytes]:
    words = grader("batch", folder / "in", "-o", folder / name, "-j", jobs, "--seed", SEED, *QUICK)
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


if __name__ == "__main__":
    main()
