"""Sessions in processes of their own, where there is no fork; `tox -e portable` compares every submission."""

import numpy as np
import pytest
from submissions.on_systems import differences

from grader.assignment.points_and_limits import Limits
from grader.model.errors import Crashed, SandboxUnavailable, TimedOut
from grader.notebook.execute import NotebookWorker
from grader.notebook.spec import NotebookLimits
from grader.sandbox.host_system import HAS_FORK
from grader.sandbox.level import Level
from grader.sandbox.process_worker import ProcessWorker
from grader.sandbox.workspace import Workspace
from grader.worker import serve

CODE = b"""import os
import numpy as np
CALLS = []
def count(x):
    CALLS.append(x)
    print("call", len(CALLS))
    return x + len(CALLS)
def leave(x):
    os._exit(3)
def compute(x):
    while True:
        pass
def wait(x):
    import time
    time.sleep(60)
"""


@pytest.fixture
def worker():
    with (
        Workspace.lay({"layers.py": CODE.replace(b"\n", b"\r\n")}, {}) as workspace,
        ProcessWorker(workspace, {"layers": "layers.py"}, Level.PROCESS, Limits()) as worker,
    ):
        yield worker


def call(session, name, value=1.0):
    message = {"op": "call", "module": "layers", "name": name, "count": 1, "keep": []}
    return session.ask(message, [((value,), {})], call=name)[1]


def test_each_session_is_a_process_of_its_own(worker):
    for _ in range(2):
        with worker.session(1) as session:
            assert call(session, "count") == 2.0
            assert call(session, "count") == 3.0
            assert session.output() == "call 1\ncall 2\n"


def test_large_arrays_cross(worker):
    with worker.session(1, another=False) as session:
        x = np.random.default_rng(0).normal(size=1 << 18)
        assert np.array_equal(call(session, "count", x), x + 1)


def test_process_that_leaves_is_told(worker):
    with worker.session(1, another=False) as session, pytest.raises(Crashed, match="with exit code 3"):
        call(session, "leave")


@pytest.mark.slow
def test_limits_of_time(worker):
    busy, silent = Limits(cpu_seconds=1, wall_seconds=60), Limits(wall_seconds=1)
    with worker.session(1, busy) as session, pytest.raises(TimedOut, match="more than the 1 s of processor time"):
        call(session, "compute")
    with worker.session(1, silent, another=False) as session, pytest.raises(TimedOut, match="within 1 s"):
        call(session, "wait")


def test_notebooks_need_a_fork():
    with pytest.raises(SandboxUnavailable, match="Linux and macOS only"):
        NotebookWorker(Level.PROCESS, NotebookLimits())


def test_paths_of_windows_are_named_with_slashes(monkeypatch):
    monkeypatch.setattr(serve, "_separator", "\\")
    inside = serve._inside("C:\\Users\\ada\\work\\cs231n\\layers.py", "C:\\Users\\ada\\work")
    assert inside == "cs231n/layers.py"
    assert serve._inside("C:\\Python\\numpy.py", "C:\\Users\\ada\\work") == ""


@pytest.mark.slow
@pytest.mark.skipif(not HAS_FORK, reason="there is no system with forks to compare with")
def test_verdicts_and_words_are_those_of_a_system_with_forks():
    names = ["own exception", "max_pool_backward_naive overwrites dx"]
    assert not differences(names)
