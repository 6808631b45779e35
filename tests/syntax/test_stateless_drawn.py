"""Drawn modules that are proven stateless give the same answers after other calls as alone.

GENERATED_MODULES=5000 in the environment draws that many, other ones at each run.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_modules import Writer, proven
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import grader

ASKED = int(os.environ.get("GENERATED_MODULES", "0"))
CALLS = [("f", 1), ("f", 2), ("g", 1), ("f", 1), ("f", 2), ("g", 1)]
PATH = os.pathsep.join([str(Path(grader.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH", "")])])


@pytest.fixture(scope="module")
def differing():
    program = [sys.executable, "-W", "ignore", str(Path(__file__).parent / "called_twice.py")]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PATH}
    ) as process:

        def ask(source):
            print(json.dumps({"source": source, "calls": CALLS}), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@pytest.mark.parametrize(
    "body",
    [
        "global calls; calls = calls + 1; return calls",
        "f.calls = getattr(f, 'calls', 0) + 1; return f.calls",
        "kept.append(n); return len(kept)",
        "np.set_printoptions(precision=3 + len(kept)); kept.append(n); return str(np.ones(3) / 3 + kept[0])",
        "raise ValueError(len(kept.append(n) or kept))",
        "print(len(kept.append(n) or kept))",
    ],
)
def test_state_is_noticed(differing, body):
    head = "import numpy as np\ncalls = 0\nkept = []\n"
    assert differing(f"{head}def f(x, n, d):\n    {body}\ndef g(x, n, d):\n    return x\n")


def test_code_without_state_differs_nowhere(differing):
    text = "import time\ndef f(x, n, d):\n    return x * n\ndef g(x, n, d):\n    return time.perf_counter()\n"
    assert differing(text) == []


def test_proven_modules_keep_no_state(differing):
    found = []

    @settings(
        max_examples=ASKED or 30,
        derandomize=not ASKED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def examine(data):
        writer = Writer(lambda things: things[data.draw(st.integers(0, len(things) - 1))])
        text, reason = proven(writer.module())
        found.append(not reason)
        assert reason or differing(text) == [], text

    examine()
    assert sum(found) >= len(found) / 8
