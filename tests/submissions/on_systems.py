"""Grades submissions on this system and on one without POSIX, and says where the verdicts differ.

    python tests/submissions/on_systems.py [WORDS ...]     submissions with one of these words in their name, or all

`tox -e portable` runs it on all. The other system is this one without what Windows lacks, see tests/support/without_posix.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
SEED = 20261122
#: function, its body, and what stands at the top of the file: what ends a process, or makes it print, or keeps state
MANNERS = {
    "loop without end": ("conv_forward_naive", "while True:\n    pass\n", ""),
    "wait without end": ("conv_forward_naive", "import time\ntime.sleep(1000)\n", ""),
    "exit of the process": ("conv_forward_naive", "import os\nos._exit(3)\n", ""),
    "exit by an exception": ("conv_forward_naive", "raise SystemExit(3)\n", ""),
    "recursion": ("conv_forward_naive", "def deeper(n):\n    return deeper(n + 1)\ndeeper(0)\n", ""),
    "wild pointer": ("conv_forward_naive", "import ctypes\nctypes.string_at(0)\n", ""),
    "own exception": ("max_pool_forward_naive", "raise ValueError('no \\u2603 here')\n", ""),
    "value too large": ("max_pool_forward_naive", "out, cache = np.zeros((1 << 13, 1 << 13)), None\n", ""),
    "state between calls": (
        "max_pool_forward_naive",
        "CALLS.append(1)\nprint('call', len(CALLS))\nout, cache = np.full(3, float(len(CALLS))), x\n",
        "CALLS = []\n",
    ),
    "much printed": ("max_pool_forward_naive", "print('x' * 1000000)\nout, cache = x, x\n", ""),
    "import that exits": ("max_pool_forward_naive", "out, cache = x, x\n", "import os\nos._exit(4)\n"),
    "import that raises": ("max_pool_forward_naive", "out, cache = x, x\n", "import no_such_module\n"),
}


def submissions():
    """Returns all that there are, by name."""
    from submissions.legal import legal
    from submissions.mutants import mutants
    from submissions.variants import Rewrite, variant

    own = [variant(name, Rewrite(function, body), top=top) for name, (function, body, top) in MANNERS.items()]
    return {one.name: one for one in (*own, *mutants(), *legal())}


def verdicts(names):
    """Yields, for each submission, its name and what a student sees of each check."""
    from grader.assignment.definition import Assignment
    from grader.assignment.golden_cases import public_goldens
    from grader.grading.runner import Runner
    from grader.sandbox.level import level_for_own_code

    assignment, everything = Assignment.load(), submissions()
    for name in names:
        one = everything[name]
        with Runner(assignment, public_goldens(assignment), level_for_own_code(), None, one.keyword) as runner:
            grade = runner.grade(one.submission())
        rows = [[row.id, row.status, row.points, row.message, row.hint, row.output] for row in grade.checks]
        yield name, {"score": grade.score, "complete": grade.complete, "checks": rows, "notes": list(grade.notes)}


def graded(names, *, posix):
    """Returns the verdicts of another process, which has POSIX or not."""
    places = [str(TESTS.parent), str(TESTS)]
    if not posix:
        places.insert(0, str(TESTS / "support" / "without_posix"))
    command = [sys.executable, str(Path(__file__)), "--only-grade", *names]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(line) for line in done.stdout.splitlines())


def differences(names):
    """Returns a sentence for each check, note and score that differs between the systems."""
    ours, others = graded(names, posix=True), graded(names, posix=False)
    found = []
    for name in names:
        here, there = ours[name], others[name]
        found += [f"{name}: {row} there {other}" for row, other in zip(here["checks"], there["checks"]) if row != other]
        found += [f"{name}: {key} {here[key]}, there {there[key]}" for key in here if here[key] != there[key]]
    return [sentence[:1500] for sentence in found]


def main(words):
    if words[:1] == ["--only-grade"]:
        for row in verdicts(words[1:]):
            print(json.dumps(row), flush=True)
        return 0
    sys.path[:0] = [str(TESTS.parent), str(TESTS)]
    names = [name for name in submissions() if not words or any(word in name for word in words)]
    found = differences(names)
    print("\n".join(found))
    print(f"{len(names)} submissions, {len(found)} differences")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
