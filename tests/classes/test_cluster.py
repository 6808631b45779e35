"""A class graded on a cluster of processes comes out as on one machine, and a worker lost on the way costs nothing."""

import os
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from patience import wait_until
from tiny import RIGHT, write_assignment

from grader.classes.class_grading import RunnerSpec, Task
from grader.classes.cluster import cluster
from grader.classes.discovery import discover
from grader.classes.pool import local_pool
from grader.model.errors import GraderFault, UnusableInput
from grader.model.results import Grade, Ungraded
from grader.sandbox.level import Level

pytest.importorskip("distributed")

#: no golden archive is asked for anything
CHECKS = '''
import numpy as np
import os
import pytest

@pytest.mark.section("Second")
@pytest.mark.function("double")
def test_double(student):
    """double doubles its input."""
    assert student.main.double(np.ones(3))[0].tolist() == [2.0, 2.0, 2.0]

@pytest.mark.section("First")
@pytest.mark.function("halve")
def test_halve(student):
    """halve halves its input."""
    assert student.main.halve(np.ones(1)).tolist() == [0.5]
'''
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_double" = 6
"test_tiny.py::test_halve" = 4
[limits]
cpu_seconds = 1
wall_seconds = 4
import_seconds = 4
"""
WRONG = RIGHT.replace("2 * x", "3 * x")


def spec_in(folder, checks=CHECKS):
    assignment = write_assignment(folder / "tiny", checks, RUBRIC)
    return RunnerSpec(assignment.folder, Level.LIMITS, None)


def class_in(folder, texts):
    for name, text in texts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "main.py").write_text(text)
    return discover(folder).tasks


def without_times(finished):
    """Returns what is the same in every run."""
    outcome = finished.outcome
    if isinstance(outcome, Grade):
        checks = tuple(replace(check, seconds=0.0) for check in outcome.checks)
        outcome = replace(outcome, checks=checks, started="", seconds=0.0, budget=None)
    return finished.name, finished.key, outcome


def outcomes(executor, tasks, spec):
    return {finished.name: without_times(finished) for finished in executor(tasks, spec)}


@pytest.fixture(scope="module")
def machines():
    """A scheduler with two worker processes that are replaced when they die; gives a task up at its second loss."""
    import dask
    from distributed import LocalCluster

    dask.config.set({"distributed.scheduler.allowed-failures": 1})
    with LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as running:
        yield running


def pids(machines):
    from distributed import Client

    with Client(machines, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


@pytest.mark.slow
def test_outcomes_are_those_of_the_local_pool(machines, tmp_path):
    spec = spec_in(tmp_path)
    class_in(tmp_path / "in", {"ada": RIGHT, "bob": WRONG, "eve": "import os\nos._exit(0)\n"})
    (tmp_path / "in" / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    with zipfile.ZipFile(tmp_path / "in" / "zoe.zip", "w") as archive:
        archive.writestr("a2/main.py", RIGHT)
        archive.writestr("a2/.hidden/x.py", "")
        archive.writestr("../outside.py", "a note says that it was left out")
    tasks = discover(tmp_path / "in").tasks
    here = outcomes(local_pool(1), tasks, spec)
    there = outcomes(cluster(machines.scheduler_address), tasks, spec)
    assert there == here
    assert here["ada"][2].score == 10
    assert "outside.py" in here["zoe"][2].notes[0]
    assert isinstance(here["broken"][2], Ungraded)
    known = [replace(task, known_key=here[task.name][1]) for task in tasks]
    again = outcomes(cluster("local:1"), known, spec)
    assert [name for name, (_, _, outcome) in sorted(again.items()) if outcome is None] == ["ada", "bob", "eve", "zoe"]


@pytest.mark.slow
def test_workers_say_what_they_are_at(machines, tmp_path):
    spec = spec_in(tmp_path)
    tasks = class_in(tmp_path / "in", {"ada": RIGHT, "bob": RIGHT.replace("return x / 2", "while True: pass")})
    heard = []
    list(cluster(machines.scheduler_address, on_progress=lambda *said: heard.append(said))(tasks, spec))
    assert {name for name, _ in heard} == {"ada", "bob"}
    assert ("bob", "1 of 2 checks") in heard


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing(machines, tmp_path):
    spec = spec_in(tmp_path)
    tasks = class_in(tmp_path / "in", {f"s{i}": RIGHT if i % 3 else WRONG for i in range(10)})
    victim = pids(machines)[0]
    there = {}
    for finished in cluster(machines.scheduler_address)(tasks, spec):
        if len(there) == 1:
            os.kill(victim, 9)
        there[finished.name] = finished.outcome.score
    assert there == {f"s{i}": 10 if i % 3 else 4 for i in range(10)}
    assert victim not in pids(machines)


@pytest.mark.slow
def test_a_submission_that_kills_its_workers_is_left_ungraded_and_alone(machines, tmp_path):
    last = "    assert student.main.halve"
    deadly = CHECKS.replace(last, f"    if student.main.halve(np.ones(1)).size == 2: os._exit(1)\n{last}")
    spec = spec_in(tmp_path, deadly)
    texts = {"killer": RIGHT.replace("return x / 2", "return np.ones(2)")} | {f"s{i}": RIGHT for i in range(3)}
    there = outcomes(cluster(machines.scheduler_address), class_in(tmp_path / "in", texts), spec)
    assert {name: getattr(outcome, "score", None) for name, (_, _, outcome) in there.items()} == {
        "killer": None, "s0": 10, "s1": 10, "s2": 10,
    }  # fmt: skip
    assert there["killer"][2].ours
    assert "died" in there["killer"][2].reason


def test_no_scheduler_is_one_sentence(tmp_path):
    spec = spec_in(tmp_path)
    for address in ("tcp://127.0.0.1:9", "nonsense://x", str(tmp_path / "nowhere.json"), "local:x"):
        with pytest.raises(UnusableInput, match="No Dask scheduler"):
            list(cluster(address, wait_seconds=1)([Task("x", tmp_path)], spec))


@pytest.mark.slow
def test_a_worker_that_would_grade_otherwise_is_refused(machines, tmp_path, monkeypatch):
    spec = spec_in(tmp_path)
    monkeypatch.setattr("grader.classes.cluster.__version__", "0.0.0")
    with pytest.raises(UnusableInput, match=r"worker tcp://.* cannot grade: it has grader .* in place of 0.0.0"):
        list(cluster(machines.scheduler_address)([Task("x", tmp_path)], spec))


@pytest.mark.slow
def test_a_scheduler_lost_on_the_way_is_one_sentence(tmp_path):
    spec = spec_in(tmp_path)
    tasks = class_in(tmp_path / "in", {f"s{i}": RIGHT for i in range(6)})
    file = tmp_path / "dask.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    start = (sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard")
    scheduler = subprocess.Popen([*start, "--host", "127.0.0.1", "--scheduler-file", file], **quiet)
    try:
        wait_for(file)
        start = (sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1")
        worker = subprocess.Popen([*start, "--no-dashboard", "--scheduler-file", file], **quiet)
        run = cluster(str(file))(tasks, spec)
        assert next(run).outcome.score == 10
        scheduler.kill()
        with pytest.raises(GraderFault, match=r"was lost .* what is graded is kept"):
            list(run)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def wait_for(file):
    wait_until(lambda: file.is_file() and file.read_text().endswith("}"), "the scheduler")
