"""A class is graded whole whatever happens on the way: killed, resumed; and slow ones come first."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from patience import wait_until
from small_class import RIGHT, WRONG, class_in, spec_in, without_times

from grader.classes.class_grading import Finished, Task, grade_class
from grader.classes.submission_grader import SubmissionGrader
from grader.model.errors import UnusableInput
from grader.model.people import About, Adjustment
from grader.model.results import Ungraded
from grader.publishing.page_maker import PageMaker
from grader.sandbox.processes import descendants
from grader.store.database import Store
from grader.store.writer_lock import only_writer

OFF = ("--similarity", "off", "--sandbox", "limits")


def batch(folder, output, **options):
    words = [sys.executable, "-m", "grader", "batch", folder / "in", "-o", output, "--assignment", folder / "tiny"]
    return subprocess.Popen([*map(str, words), *OFF, "-j", "2"], stdout=subprocess.DEVNULL, **options)


def content(output):
    """Returns all that a run leaves that a person could see, but for times."""
    with Store.open_existing(output) as store:
        outcomes = [without_times(outcome) for outcome in store.outcomes()]
        keys = store.keys()
    pages = sorted(str(path.relative_to(output)) for path in output.glob("submissions/*/*"))
    return outcomes, keys, pages, (output / "grades.csv").read_text()


@pytest.mark.slow
def test_killed_five_times_and_finished_is_as_never_killed(tmp_path):
    spec_in(tmp_path)
    texts = {f"s{i}": (RIGHT, WRONG, "import os\nos._exit(3)\n", "x = (")[i % 4] for i in range(10)}
    class_in(tmp_path / "in", texts)
    assert batch(tmp_path, tmp_path / "whole", stderr=subprocess.DEVNULL).wait(600) == 0
    lines = []
    for number in range(5):
        process = batch(tmp_path, tmp_path / "killed", stderr=subprocess.PIPE, text=True)
        # From the middle of the first submission on: at a line, or when the next one's folder is there.
        for line in process.stderr:
            if line.startswith("[") and "unchanged" not in line:
                lines.append(line)
                break
        if number % 2:
            _wait_for_another_folder(tmp_path / "killed", process)
        below = descendants(process.pid, thorough=True)
        process.kill()
        process.wait()
        process.stderr.close()
        _wait_until_gone(below)
    assert len(lines) >= 3  # else it was finished too early to say anything
    assert batch(tmp_path, tmp_path / "killed", stderr=subprocess.DEVNULL).wait(600) == 0
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    with Store.open_existing(tmp_path / "killed") as store:
        assert [run.number for run in store.runs() if run.finished] == [1]


def _wait_for_another_folder(output, process):
    """Waits until one more submission gets its pages, or all have theirs."""
    known = len(list(output.glob("submissions/*")))
    wait_until(
        lambda: len(list(output.glob("submissions/*"))) > known or process.poll() is not None, "the pages of another"
    )


def _is_alive(pid):
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # that of a zombie is empty
    except OSError:
        return False


def _wait_until_gone(pids):
    """Waits until no process of a killed run is left; one that stays behind fails the test."""
    wait_until(lambda: not any(map(_is_alive, pids)), "the end of the runners of a killed run")


def test_slowest_of_the_last_time_are_started_first(tmp_path):
    started = []

    def executor(tasks, spec):
        started.append([task.name for task in tasks])
        for task in tasks:
            yield Finished(task.name, "", Ungraded(task.name, "no reason"))

    class Known(Store):
        def seconds(self):
            return {"a": 1.0, "b": 9.0, "c": 4.0}

    tasks = [Task(name, tmp_path) for name in "abcd"]
    with Known(tmp_path) as store:
        store.begin_run("{}", "")
        grade_class(tasks, None, store, executor, lambda finished: None)
    assert started == [["b", "c", "d", "a"]]


def test_second_grader_in_the_same_folder_is_refused(tmp_path):
    with only_writer(tmp_path), pytest.raises(UnusableInput, match="Another grader is at work"), only_writer(tmp_path):
        pass
    with only_writer(tmp_path):
        pass


def test_runner_makes_the_pages_with_what_is_known_of_the_submission(tmp_path):
    spec = spec_in(tmp_path)
    (task,) = class_in(tmp_path / "in", {"ada": WRONG})
    raised = Adjustment("ada", "", 1.0, "Well explained.", "appeal", "Grace", "2026-11-20T10:00:00+00:00")
    with SubmissionGrader(spec) as grader:
        finished = grader.grade_safely(replace(task, about=About(adjustments=(raised,))))
        (tmp_path / "in" / "ada" / "main.py").rename(tmp_path / "in" / "ada" / "notes.txt")
        unusable = grader.grade_safely(task)
    assert list(finished.pages) == ["grade.json", "report.html"]
    assert finished.pages["grade.json"] == finished.outcome.to_json()
    assert "Well explained." in finished.pages["report.html"]
    assert "main.py" in unusable.pages["ungraded.txt"]


def test_page_that_cannot_be_made_costs_no_grade(tmp_path, monkeypatch):
    spec = spec_in(tmp_path)
    (task,) = class_in(tmp_path / "in", {"ada": RIGHT})
    monkeypatch.setattr(PageMaker, "pages", lambda *_: 1 / 0)
    with SubmissionGrader(spec) as grader:
        finished = grader.grade_safely(task)
    assert finished.outcome.full_marks
    assert finished.key
    assert finished.pages == {}
