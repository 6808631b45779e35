"""A real worker behind the wall: it answers, and one that dies, loops, sleeps, floods or lies costs one session."""

import os
import socket
from dataclasses import replace

import numpy as np
import pytest

from grader.assignment.points_and_limits import Limits
from grader.model.errors import Crashed, StudentError, TimedOut
from grader.sandbox import children
from grader.sandbox.level import Level, available_levels
from grader.sandbox.processes import descendants
from grader.sandbox.worker import Worker
from grader.sandbox.workspace import Workspace

SOURCE = b"""
import os, signal, sys, time
import numpy as np

print("hello from import")

def double(x):
    print("called")
    return 2 * x, {"cache": x}

def change(x):
    x += 1
    return x

def fail():
    raise ValueError("no luck")

def leave(): os._exit(3)
def leave_politely(): sys.exit(0)
def kill(): os.kill(os.getpid(), signal.SIGSEGV)
def loop():
    while True: pass
def sleep(): time.sleep(60)
def spam():
    for _ in range(3000): print("x" * 1000)
    return 1
def linger():
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
    return 1
def flood():
    for fd in range(3, 64):
        try: os.write(fd, b"\\x00" * 100)
        except OSError: pass
    return 1
def close_all():
    os.closerange(0, 64)
    return 1
def hungry(): return np.ones(1 << 40)
def secret():
    try: root = os.listdir("/")
    except OSError: root = []
    return dict(os.environ), root, sys.path
def reach(port):
    import socket
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return 1
state = []
def pool():
    import threading
    for _ in range(100): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
def fill(n_mb):
    for number in range(n_mb):
        with open(os.path.join(os.environ["TMPDIR"], str(number)), "wb") as file: file.write(bytes(1 << 20))
    return 1
def litter():
    os.makedirs(os.path.join(os.environ["TMPDIR"], "a", "b"))
    return len(os.listdir(os.environ["TMPDIR"]))
def fork_twice():
    os.fork()
    return 1
def gone():
    os.closerange(3, 64)
    time.sleep(60)
def remember():
    state.append(1)
    return len(state)
def draw(): return np.random.rand(), __import__("random").random()
"""

#: all that is at the top inside bubblewrap; lib* and usr for shared libraries
SHOWN = {"dev", "lib", "lib64", "python", "site", "tmp", "usr", "workspace"}
LIMITS = Limits(cpu_seconds=1, wall_seconds=3, import_seconds=5, output_kb=4, memory_mb=1024, processes=8)


@pytest.fixture(params=available_levels(), scope="module")
def level(request):
    return request.param


@pytest.fixture(scope="module")
def worker(level):
    files = {"cs231n/layers.py": SOURCE, "cs231n/broken.py": b"x = 1 +\n", "cs231n/quits.py": b"raise SystemExit(0)\n"}
    modules = {"layers": "cs231n/layers.py", "broken": "cs231n/broken.py", "quits": "cs231n/quits.py"}
    with Workspace.lay(files, {"cs231n/__init__.py": b""}) as workspace, Worker(workspace, modules, level, LIMITS) as w:
        yield w


def call(session, name, *args, count=1, keep=()):
    message = {"op": "call", "module": "layers", "name": name, "count": count, "keep": list(keep)}
    return session.ask(message, [(args, {})], call=name)


def test_function_answers_and_cache_stays(worker):
    with worker.session(1) as session:
        _, (out, cache) = call(session, "double", np.arange(3.0), count=2, keep=[1])
        np.testing.assert_array_equal(out, [0.0, 2.0, 4.0], strict=True)
        assert session.ask({"op": "fetch"}, cache, call="fetch")[1]["cache"].tolist() == [0.0, 1.0, 2.0]
        assert session.output() == "called\n"


def test_what_is_put_behind_the_wall_shows_its_changes(worker):
    with worker.session(1) as session:
        _, ref = session.ask({"op": "put"}, np.zeros(2), call="put")
        call(session, "change", ref)
        assert session.ask({"op": "fetch"}, ref, call="fetch")[1].tolist() == [1.0, 1.0]


def test_exception_comes_with_the_students_frames(worker):
    with worker.session(1) as session:
        reply, _ = call(session, "fail")
    assert reply["error"]["type"] == "ValueError"
    assert reply["error"]["frames"][0][0] == "cs231n/layers.py"
    assert reply["error"]["frames"][0][2] == "fail"


def test_imports_are_told_apart(worker):
    with worker.session(1) as session:
        assert session.imports["layers"] is None
        assert session.imports["broken"]["type"] == "SyntaxError"
        assert session.imports["broken"]["frames"][0][:2] == ["cs231n/broken.py", 1]
        assert session.imports["quits"]["type"] == "SystemExit"
    assert "hello from import" in worker.import_output


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("leave", Crashed, "exit code 3"),
        ("kill", Crashed, "SIGSEGV"),
        ("loop", TimedOut, "processor time"),
        ("sleep", TimedOut, "within 3 s"),
        ("flood", Crashed, "disturbed|ended|killed"),
        ("close_all", Crashed, "ended|killed"),
    ],
)
def test_what_does_not_answer_costs_one_session(worker, name, error, words):
    with worker.session(1) as session:
        with pytest.raises(error, match=words):
            call(session, name)
        with pytest.raises(StudentError):
            call(session, "double", 1)
    with worker.session(1) as session:
        assert call(session, "double", 1, count=2)[1][0] == 2


def test_what_went_well_before_is_told(worker):
    with worker.session(1) as session:
        for _ in range(2):
            call(session, "double", 1, count=2)
        with pytest.raises(Crashed, match=r"exit code 3\. Before that, 2 calls of this check answered\."):
            call(session, "leave")


def test_closing_the_connection_and_going_on_is_told(worker):
    with (
        worker.session(1) as session,
        pytest.raises(Crashed, match="closed the connection to the grader and kept running"),
    ):
        call(session, "gone")


def test_limit_of_processes_and_threads_is_named(worker):
    with worker.session(1) as session:
        error = call(session, "pool")[0]["error"]
    assert error["text"] == "can't start new thread: one check may have 8 processes and threads"


def test_scratch_folder_has_a_size_and_is_empty_for_the_next(worker):
    for _ in range(2):
        with worker.session(1) as session:
            assert call(session, "litter")[1] == 1
    # Of processor time, enough to write that much on a busy machine.
    with worker.session(1, replace(LIMITS, cpu_seconds=60, wall_seconds=600)) as session:
        if worker.level is Level.BUBBLEWRAP:
            assert "64 MB fit into the scratch folder" in call(session, "fill", 80)[0]["error"]["text"]
        else:
            with pytest.raises(Crashed, match="64 MB is the limit"):
                call(session, "fill", 80)
    with worker.session(1) as session:
        assert call(session, "fill", 2)[1] == 1


def test_function_that_forks_answers_once(worker):
    with worker.session(1) as session:
        assert call(session, "fork_twice")[1] == 1
        assert call(session, "double", 2, count=2)[1][0] == 4
        assert call(session, "double", 3, count=2)[1][0] == 6


def test_exit_is_reported_as_an_exception(worker):
    with worker.session(1) as session:
        assert call(session, "leave_politely")[0]["error"]["type"] == "SystemExit"


def test_memory_limit_is_an_exception_of_its_own(worker):
    with worker.session(1) as session:
        assert call(session, "hungry")[0]["error"]["memory"] is True


def test_prints_are_capped_and_say_so(worker):
    with worker.session(1) as session:
        call(session, "spam")
        text = session.output()
    assert len(text) < 5000
    assert "more bytes were printed" in text


def test_no_session_sees_another(worker):
    for _ in range(2):
        with worker.session(1) as session:
            assert call(session, "remember")[1] == 1
            first = call(session, "draw")[1]
    with worker.session(1) as session:
        assert call(session, "draw")[1] == first
    with worker.session(2) as session:
        assert call(session, "draw")[1] != first


def test_what_a_session_leaves_behind_meets_no_other(worker):
    with worker.session(1):
        usual = len(descendants(os.getpid()))
    with worker.session(1) as session:
        call(session, "linger")
    # The end of a session is awaited by the next one, or by the end of the worker.
    with worker.session(1):
        assert len(descendants(os.getpid())) == usual


def test_worker_sees_no_environment_of_ours(worker, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    worker.close()
    with worker.session(1) as session:
        environment, root, path = call(session, "secret")[1]
    assert "SECRET_TOKEN" not in environment
    assert not any("site-packages" in entry for entry in path)
    if worker.level is Level.BUBBLEWRAP:
        assert {"tmp", "python", "workspace"} <= set(root) <= SHOWN


def test_sandbox_has_no_network(worker):
    if worker.level is Level.LIMITS:
        pytest.skip("limits do not close the network")
    with socket.create_server(("127.0.0.1", 0)) as server, worker.session(1) as session:
        assert call(session, "reach", server.getsockname()[1])[0]["error"]["type"] == "PermissionError"


@pytest.mark.parametrize(
    ("text", "kind"),
    [pytest.param("while True: pass", TimedOut, marks=pytest.mark.slow), ("import os; os._exit(0)", Crashed)],
)
def test_import_that_ends_its_process_costs_its_module_only(level, text, kind):
    one = b"print('here')\ndef one(): return 1\n"
    files = {"a.py": one, "b.py": text.encode(), "c.py": one}
    limits = Limits(import_seconds=1)
    with (
        Workspace.lay(files, {}) as workspace,
        Worker(workspace, {"a": "a.py", "b": "b.py", "c": "c.py"}, level, limits) as worker,
        worker.session(1) as session,
    ):
        assert isinstance(session.imports["b"], kind)
        for module in ("a", "c"):
            assert session.imports[module] is None
            message = {"op": "call", "module": module, "name": "one", "count": 1, "keep": []}
            assert session.ask(message, [((), {})], call="one")[1] == 1
    assert worker.import_output == "here\nhere\n"


def test_sessions_hold_what_is_wanted_only(level):
    files = {"a.py": b"def rounded(): return round(2.5)\n", "b.py": b"import builtins\nbuiltins.round = None\n"}
    message = {"op": "call", "module": "a", "name": "rounded", "count": 1, "keep": []}
    with (
        Workspace.lay(files, {}) as workspace,
        Worker(workspace, {"a": "a.py", "b": "b.py"}, level, Limits()) as worker,
    ):
        with worker.session(1) as session:
            assert session.ask(message, [((), {})], call="rounded")[0]["error"]["type"] == "TypeError"
        worker.import_only(["a"])
        with worker.session(1) as session:
            assert session.ask(message, [((), {})], call="rounded")[1] == 2
            assert session.imports == {"a": None}
        assert worker.imports == {"a": None, "b": None}


def test_limits_level_is_what_its_name_says(worker):
    if worker.level is Level.LIMITS:
        with socket.create_server(("127.0.0.1", 0)) as server, worker.session(1) as session:
            assert call(session, "reach", server.getsockname()[1])[1] == 1


def test_given_files_win_and_paths_stay_inside():
    with Workspace.lay({"cs231n/optim.py": b"theirs"}, {"cs231n/optim.py": b"ours"}) as workspace:
        assert (workspace.tree / "cs231n/optim.py").read_bytes() == b"ours"
    assert not workspace.root.exists()
    for name in ("../x.py", "/etc/x.py", "."):
        with pytest.raises(ValueError, match="no path inside"):
            Workspace.lay({name: b""}, {})


def test_calls_in_turn_give_the_last_answer(worker):
    with worker.session(1) as session:
        message = {"op": "call", "module": "layers", "name": "double", "count": 2, "keep": [1]}
        _, (out, _) = session.ask(message, [((np.full(2, x),), {}) for x in (1.0, 5.0)], call="double")
        assert out.tolist() == [10.0, 10.0]


@pytest.mark.parametrize(("said", "taken"), [(0, 0), (3 << 8, 3), (11, -11), (0x137F, -9), (0xFFFF, -9)])
def test_process_that_says_stopped_or_continued_is_taken_for_killed(said, taken):
    assert children._end_of(said) == taken
