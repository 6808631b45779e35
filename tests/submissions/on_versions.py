"""Grades all test submissions on every pair of a Python and a NumPy, and writes docs/versions.md from what differs.

    python tests/submissions/on_versions.py [WORDS ...]     submissions with one of these words in their name, or all

`tox -e versions` runs it. A pair has an environment of its own below build/versions; its verdicts are kept there, one line
a submission, so that an interrupted run goes on where it was. `--fresh` grades again, as a change of the grader needs.
Pythons are looked for on the PATH and among pyenv's; `--python FILE` names others.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
FOLDER = ROOT / "build" / "versions"
PAGE = ROOT / "docs" / "versions.md"
#: the pairs, for kits
TRIED = ROOT / "grader" / "kit" / "tried_versions.json"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NUMPYS = ("1.26", "2.1", "2.4", "2.5")
#: which of their checks reaches a limit of time first hangs on the machine, and tox -e portable grades them
ENDLESS = ("loop without end", "wait without end")
#: what a student reads of a check
WORDS = ("id", "status", "points", "message", "hint", "remarks", "output")


@dataclass(frozen=True)
class Cell:
    """One pair of versions."""

    python: str
    numpy: str

    @property
    def name(self) -> str:
        return f"python{self.python}-numpy{self.numpy}"

    @property
    def rows(self) -> Path:
        return FOLDER / f"{self.name}.jsonl"


def submissions():
    """Returns all that there are, by name."""
    from submissions.on_systems import submissions as on_every_system
    from submissions.version_bound import version_bound

    others = {name: one for name, one in on_every_system().items() if name not in ENDLESS}
    return {**{one.name: one for one in version_bound()}, **others}


def digest(one):
    """Returns what tells whether a submission is the one that was graded."""
    return hashlib.sha256(b"\0".join(one.files.values())).hexdigest()[:16]


def verdicts(names):
    """Yields, for each submission, its name and what a student sees of it."""
    from contextlib import ExitStack

    from grader.assignment.definition import Assignment
    from grader.assignment.golden_cases import public_goldens
    from grader.grading.runner import Runner
    from grader.sandbox.level import level_for_own_code

    assignment, everything, runners = Assignment.load(), submissions(), {}
    goldens, level = public_goldens(assignment), level_for_own_code()
    with ExitStack() as open_runners:
        for name in names:
            one = everything[name]
            if one.keyword not in runners:
                runner = Runner(assignment, goldens, level, None, one.keyword)
                runners[one.keyword] = open_runners.enter_context(runner)
            grade = runners[one.keyword].grade(one.submission())
            rows = [{word: getattr(check, word) for word in WORDS} for check in grade.checks]
            yield {
                "name": name,
                "digest": digest(one),
                "score": grade.score,
                "complete": grade.complete,
                "notes": grade.notes,
                "checks": rows,
            }


def interpreter(version, named):
    """Returns the program of a Python; None where there is none at hand."""
    for program in (*named, shutil.which(f"python{version}"), *map(str, _of_pyenv(version))):
        if program and version == _version_of(program):
            return program
    return None


def _of_pyenv(version):
    return sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), reverse=True)


def _version_of(program):
    ask = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    done = subprocess.run([program, "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def environment(cell, program):
    """Returns the program of a pair's environment, which is made where it is absent; "" where no such NumPy is made.

    What the grader needs is installed once for each Python; NumPy alone lies in the pair's own environment, before it.
    """
    shared, own = FOLDER / f"python{cell.python}", FOLDER / cell.name
    if not _is_ready(shared):
        _make(shared, program)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        _install(shared, project["dependencies"], check=True)
        _ready(shared)
    if not _is_ready(own):
        _make(own, program)
        if not _install(own, [f"numpy=={cell.numpy}.*", "--only-binary=numpy", "--no-deps"]):
            return ""
        (_site(own) / "shared.pth").write_text(f"{_site(shared)}\n", encoding="utf-8")
        _ready(own)
    return str(own / "bin" / "python")


def _make(folder, program):
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([program, "-m", "venv", "--without-pip", str(folder)], check=True)


def _install(folder, what, *, check=False):
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet", *what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and (check or "No matching distribution" not in done.stderr):
        raise RuntimeError(done.stderr[-2000:])
    return not done.returncode


def _site(folder):
    (site,) = folder.glob("lib/python3*/site-packages")
    return site


def _is_ready(folder):
    return (folder / ".ready").exists()


def _ready(folder):
    (folder / ".ready").touch()


def graded(cell, program, names, fresh):
    """Grades what is not graded yet, and returns why there is nothing; "" where there is."""
    if program is None:
        return f"no Python {cell.python} was at hand"
    python = environment(cell, program)
    if not python:
        return f"NumPy {cell.numpy} has no wheel for Python {cell.python}"
    if fresh:
        cell.rows.unlink(missing_ok=True)
    everything, known = submissions(), rows_of(cell)
    left = [name for name in names if known.get(name, {}).get("digest") != digest(everything[name])]
    if left:
        ask = "import json, platform, numpy; print(json.dumps([platform.python_version(), numpy.__version__]))"
        versions = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout
        (FOLDER / f"{cell.name}.json").write_text(versions, encoding="utf-8")
        _grade(cell, python, left)
    return ""


def _grade(cell, python, names):
    with cell.rows.open("ab") as out, (FOLDER / f"{cell.name}.log").open("wb") as log:
        done = _run(python, "--only-grade", *names, stdout=out, stderr=log)
    if done.returncode:
        raise RuntimeError(f"{cell.name}: {Path(log.name).read_text(encoding='utf-8', errors='replace')[-2000:]}")


def rows_of(cell):
    """Returns the verdicts of a pair that are kept, by name; the last of each."""
    if not cell.rows.exists():
        return {}
    lines = cell.rows.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.endswith("}")]  # the last one may have been cut off
    return {row["name"]: row for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--only-grade", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only-page", default="", help=argparse.SUPPRESS)
    parser.add_argument("--fresh", action="store_true", help="grade again what is kept")
    parser.add_argument("--python", action="append", default=[], help="a Python that is not on the PATH")
    parser.add_argument("--numpys", default=",".join(NUMPYS))
    parser.add_argument("-j", "--jobs", type=int, default=2, help="pairs at a time")
    args = parser.parse_args()
    if args.only_grade:
        for row in verdicts(args.words):
            print(json.dumps(row), flush=True)
        return 0
    if args.only_page:
        return _write({Cell(python, numpy): reason for python, numpy, reason in json.loads(args.only_page)})
    sys.path[:0] = [str(ROOT), str(TESTS)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    names = [name for name in submissions() if not args.words or any(word in name for word in args.words)]
    programs = {version: interpreter(version, args.python) for version in PYTHONS}
    # The newest first: all others are compared with it.
    cells = [Cell(python, numpy) for python in reversed(PYTHONS) for numpy in reversed(args.numpys.split(","))]

    def run(cell):
        reason = graded(cell, programs[cell.python], names, args.fresh)
        print(f"{cell.name}: {reason or 'graded'}", flush=True)
        return reason

    for python in reversed(PYTHONS):  # what its pairs share is made by one of them
        first, *others = [cell for cell in cells if cell.python == python]
        if programs[python]:
            environment(first, programs[python])
    with ThreadPoolExecutor(args.jobs) as pool:
        reasons = dict(zip(cells, pool.map(run, cells), strict=True))
    newest = next((cell for cell, reason in reasons.items() if not reason), None)
    if args.words or newest is None:
        return 0
    # The newest Python reads what every other one reads.
    stated = json.dumps([[cell.python, cell.numpy, reason] for cell, reason in reasons.items()])
    return _run(environment(newest, programs[newest.python]), "--only-page", stated).returncode


def _run(python, *arguments, **options):
    """Runs this file with another Python."""
    places = os.pathsep.join([str(ROOT), str(TESTS)])
    environ = {**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([python, str(Path(__file__)), *arguments], env=environ, check=False, **options)


def _write(reasons):
    """Writes the page and the file that kits take their span from; 1 where a difference has no explanation."""
    from submissions.versions_page import page

    graded = [cell for cell, reason in reasons.items() if not reason]
    exact = {cell: json.loads((FOLDER / f"{cell.name}.json").read_text(encoding="utf-8")) for cell in graded}
    cells = {cell.name: exact.get(cell, reason) for cell, reason in reasons.items()}
    everything = submissions()
    rows = {cell.name: {name: row for name, row in rows_of(cell).items() if name in everything} for cell in graded}
    text, unexplained = page(cells, rows, {name: one.files for name, one in everything.items()})
    PAGE.write_text(text, encoding="utf-8")
    TRIED.write_text(json.dumps(sorted(exact.values()), indent=1) + "\n", encoding="utf-8")
    print("\n".join(unexplained))
    print(f"{len(graded)} pairs, {len(everything)} submissions, {len(unexplained)} differences without an explanation")
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main())
