"""Submissions are read apart from what grades them: whatever reading one of them does, the next is read."""

import sys

import pytest
from small_class import RIGHT, class_in, spec_in

from grader.assignment.definition import Assignment
from grader.classes import submission_reader
from grader.classes.pool import local_pool
from grader.classes.submission_grader import SubmissionGrader
from grader.classes.submission_reader import SubmissionReader
from grader.grading.text_findings import examine
from grader.model.errors import GraderFault, UnusableInput, UnusableSubmission
from grader.model.results import Ungraded
from grader.sandbox import helper

pytestmark = pytest.mark.slow

#: name of a submission -> what happens where it is read or its text is looked at
DEEDS = {
    "hang": "sum(itertools.repeat(0))",
    "loop": "loop()",
    "memory": "bytes(1 << 40)",
    "stubborn": "stubborn()",
    "deep": "(lambda f: f(f))(lambda f: f(f))",
    "abort": "os.abort()",
    "exit": "os._exit(0)",
    "error": "1 / 0",
    "missing": "fail(UnusableInput('a package is missing'))",
}
BOOT = f"""
import json, sys
sys.path[:] = json.loads(sys.argv[1])
import itertools, os
from contextlib import nullcontext
from grader.classes import reading_worker as worker
from grader.model.errors import UnusableInput
worker.GRACE_SECONDS = 1
DEEDS = {DEEDS!r}
found = worker._found

def loop():
    while True: pass

def stubborn():
    while True:
        try: loop()
        except Exception: pass

def fail(error):
    raise error

def hostile(message, asked):
    op = message["op"]
    name = asked.name if op == "findings" else os.path.basename(asked[0])
    before, _, deed = name.partition("-")
    if before == op:
        with worker.reading_within(name, 0.5) if op == "submission" else nullcontext():
            eval(DEEDS[deed])
    return found(message, asked)

worker._found = hostile
worker.main()
"""


@pytest.fixture
def hostile(monkeypatch):
    """Has readers come upon what their submissions are called by."""
    monkeypatch.setattr(helper, "BOOT", BOOT.replace("{", "{{").replace("}", "}}"))
    monkeypatch.setattr(submission_reader, "READ_SECONDS", 1)
    monkeypatch.setattr(submission_reader, "EXAMINE_SECONDS", 1)


def test_what_is_read_there_is_what_is_read_here(tmp_path):
    spec = spec_in(tmp_path)
    (task,) = class_in(tmp_path / "in", {"ada": RIGHT + "\nimport os\nos.system('x')\n"})
    with SubmissionReader(spec) as reader:
        submission = reader.submission(task)
        assert submission == spec.submission(task.path, Assignment.load(spec.assignment), task.read())
        assert reader.tree(task) == task.read()
        findings = reader.findings(submission)
    assert findings == examine(submission, Assignment.load(spec.assignment))
    assert findings.notes
    assert [source.function for source in findings.sources] == ["halve", "double", "Model"]


@pytest.mark.parametrize(
    ("deed", "error", "words"),
    [
        ("hang", UnusableSubmission, "takes longer than 1 s to be read; hand in the assignment's code alone"),
        ("loop", UnusableSubmission, "takes more than 0.5 s to be read"),
        ("stubborn", UnusableSubmission, "takes longer than 1 s to be read"),
        ("memory", UnusableSubmission, "takes too much memory to be read"),
        ("deep", UnusableSubmission, "is nested too deeply to be read"),
        ("abort", UnusableSubmission, "takes too much memory or stack to be read"),
        ("exit", UnusableSubmission, "takes too much memory or stack to be read"),
        ("error", GraderFault, "ZeroDivisionError"),
        ("missing", UnusableInput, "a package is missing"),
    ],
)
def test_what_cannot_be_read_costs_itself_alone(tmp_path, hostile, deed, error, words):
    spec = spec_in(tmp_path)
    good, bad = class_in(tmp_path / "in", {"ada": RIGHT, f"submission-{deed}": RIGHT})
    # A process that is ended from outside takes three seconds to be; that it can happen again, "abort" and "exit" show.
    rounds = 1 if deed in ("hang", "stubborn") else 2
    with SubmissionReader(spec) as reader:
        for _ in range(rounds):
            with pytest.raises(error, match=words):
                reader.submission(bad)
            assert reader.submission(good).files["main.py"].decode() == RIGHT


def test_text_that_hangs_the_parser_costs_itself_alone(tmp_path, monkeypatch):
    """Real: Python 3.11 joins the parts of an f-string one by one, in C; elsewhere it may be read in no time."""
    monkeypatch.setattr(submission_reader, "READ_SECONDS", 1)
    spec = spec_in(tmp_path)
    good, bad = class_in(tmp_path / "in", {"ada": RIGHT, "eve": f"{RIGHT}\nx = f'{'{a}' * 300_000}'\n"})
    with SubmissionReader(spec) as reader:
        if sys.version_info < (3, 12):
            with pytest.raises(UnusableSubmission, match="to be read; hand in the assignment's code alone"):
                reader.submission(bad)
        assert reader.submission(good).files["main.py"].decode() == RIGHT


@pytest.mark.parametrize("deed", ["hang", "memory", "deep", "abort", "error"])
def test_what_cannot_be_examined_is_graded_and_said(tmp_path, hostile, deed):
    spec = spec_in(tmp_path)
    tasks = class_in(tmp_path / "in", {"ada": RIGHT, f"findings-{deed}": RIGHT})
    with SubmissionGrader(spec) as grader:
        good, bad = map(grader.grade_safely, tasks)
    assert bad.outcome.score == good.outcome.score == bad.outcome.max_score
    assert good.outcome.sources
    assert "was not examined and is not shown" in " ".join(bad.outcome.notes)
    assert bad.key


def test_class_goes_on_after_what_is_too_deep(tmp_path):
    spec = spec_in(tmp_path)
    tasks = class_in(tmp_path / "in", {"ada": RIGHT, "eve": "x = " + "(" * 10**5 + ")" * 10**5, "grace": RIGHT})
    outcomes = {finished.name: finished.outcome for finished in local_pool(2)(tasks, spec)}
    assert outcomes["ada"].full_marks
    assert outcomes["grace"].full_marks
    assert not isinstance(outcomes["eve"], Ungraded) or not outcomes["eve"].ours
