"""A student's check keeps what a change cannot reach, and its grade equals that of a fresh one."""

import re
from dataclasses import replace

import pytest
import tiny

from grader.model.results import Grade
from grader.store.kept_checks import FOLDER, KeptChecks

TEXT = """import numpy as np

SCALE = 2


def _times(x, n):
    return n * x


def halve(x):
    return x / 2


def double(x):
    return _times(x, SCALE), (x,)


class Model:
    def __init__(self, n, dtype):
        self.params = {"w": np.zeros(n, dtype)}
        self.reg = 0.0

    def loss(self, x):
        return self.reg * x, {"b": self.params["b"].tolist()}
"""
EVERYTHING = ("halve", "double", "Model")
WRONG = TEXT.replace("x / 2", "x / 4")


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """The checks of the tiny assignment, collected once."""
    return tiny.runner(tmp_path_factory.mktemp("kept"), seed=None)


@pytest.fixture
def check(runner, tmp_path, monkeypatch):
    """Checks a text as a student would, one after the other in one folder."""
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))

    def graded(text: str, *, fresh: bool = False) -> Grade:
        submission = tiny.submission(text, runner.assignment.folder.parent)
        return runner.grade(submission, kept=None if fresh else KeptChecks(tmp_path))

    return graded


def without_clocks(grade: Grade) -> Grade:
    checks = tuple(replace(check, seconds=0.0) for check in grade.checks)
    return replace(grade, checks=checks, started="", seconds=0.0, budget=None, kept=())


ABSENT = TEXT.replace("x / 2", "None")
#: text -> what is kept of the text before it
ONE_AFTER_THE_OTHER = [
    (TEXT, ()),
    (f"# by me\n{TEXT}\ndef unused(x):\n    return x\n", EVERYTHING),
    (TEXT.replace("SCALE = 2", "SCALE = 3"), ("halve", "Model")),
    (WRONG, ("Model",)),
    # What is blocked follows from how something else ended.
    (WRONG, ("halve", "Model")),
    # A message may name lines.
    (f"\n{WRONG}", ("Model",)),
    (f"{TEXT}\ndef halve(x):\n    return x\n", ("Model",)),
    (ABSENT, ("Model",)),
    (ABSENT, EVERYTHING),
    (f"from given import GIVEN\n{TEXT}", ()),
]


@pytest.mark.slow
def test_what_a_change_cannot_reach_is_kept_and_the_grade_equals_a_fresh_one(check):
    for text, kept in ONE_AFTER_THE_OTHER:
        grade = check(text)
        assert grade.kept == kept, text
        if kept:
            assert without_clocks(grade) == without_clocks(check(text, fresh=True))


@pytest.mark.slow
def test_nothing_is_kept_of_code_that_reading_does_not_explain(check):
    for text in (
        f"{TEXT}\nSEEN = {{}}\n",
        TEXT.replace("return x / 2", "return getattr(x, '__truediv__')(2)"),
        f"{TEXT}\ndef broken(x=missing):\n    missing = 1\n    return missing\n",
        f"{TEXT}\ndef f(:\n",
        f"{TEXT}\nLONG = 0x{'f' * 5000}\n",
    ):
        check(text)
        assert check(text).kept == ()


def test_what_is_kept_is_charged_to_the_budget_once_more(runner, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    submission, store = tiny.submission(TEXT, runner.assignment.folder.parent), KeptChecks(tmp_path)
    runner.grade(submission, kept=store)
    (path,) = (tmp_path / "cache" / FOLDER).glob("*.json")
    (key,) = re.findall(r'"key": "(\w+)"', path.read_text())
    store.write(key, [replace(function, cpu_seconds=100.0) for function in store.read(key).values()])
    assert runner.grade(submission, kept=store).budget.cpu_seconds > 300


def test_damaged_file_is_as_good_as_none(check, tmp_path):
    check(TEXT)
    KeptChecks(tmp_path).path.write_bytes(b"not ours")
    assert check(TEXT).kept == ()


def test_what_grades_others_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    runner, store = tiny.runner(tmp_path, seed=5), KeptChecks(tmp_path)
    runner.grade(tiny.submission(TEXT, tmp_path), kept=store)
    assert not store.path.exists()


def test_selected_checks_keep_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    runner, store = tiny.runner(tmp_path, seed=None, keyword="halve"), KeptChecks(tmp_path)
    runner.grade(tiny.submission(WRONG, tmp_path), kept=store)
    # What was not selected may be why another check is blocked.
    assert not store.path.exists()
