"""A submission with a notebook through a whole grading: points go to executed figures of right functions only."""

import itertools
import json
import os
from dataclasses import replace

import notebooks
import pytest
import tiny

from grader.assignment.definition import BUILT_IN, Assignment
from grader.grading.notebook_fixtures import NotebookPlugin
from grader.grading.runner import Runner
from grader.grading.submission_run import CurrentRun
from grader.model.options import Options
from grader.model.results import Status
from grader.notebook import judged_notebook
from grader.notebook.spec import NotebookSpec
from grader.reading.submission import Submission
from grader.sandbox.level import Level
from grader.sandbox.processes import descendants

pytestmark = pytest.mark.slow

LIST = """
[limits]
cell_seconds = 60
memory_mb = 1024
[[cell]]
tag = "double"
title = "Doubling"
source = ["double(x)", "expected"]
[[cell.figure]]
key = "double: difference"
label = "difference:"
expected = "around e-9"
relation = "<"
limit = 1e-8
"""
#: the assignment's own check, beside the tiny ones
CHECK = (BUILT_IN / "test_12_notebook.py").read_text().partition("\n")[2] + tiny.CHECKS
IMPORTS = "import numpy as np\nfrom main import double"
CELL = "x = np.arange(3.0)\nexpected = 2 * x\nprint('difference: ', np.max(np.abs(double(x)[0] - expected)))"


def saved(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def whole(cell=CELL, text="difference:  0.0\n"):
    return notebooks.notebook(notebooks.code(IMPORTS, [], 1), notebooks.code(cell, saved(text), 2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graded")
    rubric = tiny.RUBRIC.replace("total = 10", "total = 12").replace(
        "[points]", '[points]\n"test_tiny.py::test_figure" = 2'
    )
    tiny.write_assignment(folder / "tiny", checks=CHECK, rubric=rubric)
    text = tiny.ASSIGNMENT.replace('"Second"]', '"Second", "Notebook"]') + '[optional]\n"Notebook" = "notebook"\n'
    (folder / "tiny" / "assignment.toml").write_text(text)
    (folder / "tiny" / "notebook.toml").write_text(LIST)
    return folder


@pytest.fixture(scope="module")
def runners(folder):
    made = {}

    def runner(choice):
        if choice not in made:
            assignment = Assignment.load(folder / "tiny")
            made[choice] = Runner(assignment, tiny.FakeGoldens(), Level.LIMITS, 5, options=Options.of(notebook=choice))
        return made[choice]

    yield runner
    for one in made.values():
        one.close()


@pytest.fixture
def grade(folder, runners, tmp_path):
    def grade(notebook, text=tiny.RIGHT, choice="auto"):
        (tmp_path / "ada").mkdir(exist_ok=True)
        (tmp_path / "ada" / "main.py").write_text(text)
        if notebook is not None:
            (tmp_path / "ada" / "work.ipynb").write_bytes(notebook)
        return runners(choice).grade(Submission.from_path(tmp_path / "ada", Assignment.load(folder / "tiny")))

    return grade


def figure_check(grade):
    return next(check for check in grade.checks if check.section == "Notebook")


def test_right_notebook_earns_its_points_and_no_note(grade):
    result = grade(whole())
    check = figure_check(result)
    assert check.id == "test_tiny.py::test_figure[double-difference]"
    assert (check.status, check.points) == (Status.PASSED, 2)
    assert (result.score, result.max_score) == (12, 12)
    assert result.notes == ()
    (row,) = result.figures
    assert (row.cell, row.handed_in, row.executed, row.passed) == (2, 0.0, 0.0, True)
    assert result.environment.notebook == "2 code cells"
    (file,) = result.attachments
    assert [cell["outputs"] != [] for cell in json.loads(file.content)["cells"]] == [False, True]


def test_notebook_too_large_for_a_page_is_told_in_a_sentence(grade, monkeypatch):
    monkeypatch.setattr("grader.notebook.judged_notebook.MAX_ATTACHMENT_MB", 0)
    result = grade(whole())
    assert result.attachments == ()
    assert result.notes == ("Notebook: executed, it has 0 MB, and larger ones than 0 MB get no page.",)
    assert result.score == 12


def test_forged_number_changes_no_point_and_is_noted(grade):
    wrong = tiny.RIGHT.replace("return 2 * x, (x,)", "return 2.5 * x, (x,)")
    forged, honest = grade(whole(), wrong), grade(whole(text="difference:  1.0\n"), wrong)
    assert forged.score == honest.score
    assert figure_check(forged).status is Status.BLOCKED
    assert figure_check(forged).message == "double is not right by the checks, whatever the notebook prints."
    assert [note for note in forged.notes if "saved figures came out differently" in note]
    assert honest.notes == ()


def test_constant_in_the_cell_earns_nothing(grade):
    result = grade(whole("x = 1.0\nexpected = 2\ndouble(x)\nprint('difference: 1e-9')", "difference: 1e-9\n"))
    assert figure_check(result).status is Status.FAILED
    # The pytest around this test rewrites the asserts of checks, too.
    assert figure_check(result).message.split("\n")[0] == "Cell 2 prints “difference”, but not what double came to."
    assert "Notebook: Cell 2 prints a figure without computing it." in result.notes


def test_wrong_function_is_judged_by_its_checks_whatever_it_prints(grade):
    wrong = tiny.RIGHT.replace("return 2 * x, (x,)", "return 2.5 * x, (x,)")
    spoiled = "x = np.ones(2)\nexpected = double(x)[0]\nprint('difference:', double(x)[0].sum() - expected.sum())"
    result = grade(whole(spoiled, "difference: 0.0\n"), wrong)
    assert figure_check(result).status is Status.BLOCKED
    assert figure_check(result).points == 0


def test_dead_kernel_costs_the_figures_after_it_and_nothing_else(grade):
    deadly = notebooks.notebook("import ctypes\nctypes.string_at(0)", IMPORTS, CELL)
    result = grade(deadly)
    assert figure_check(result).message.startswith("Cell 1 killed the Python process")
    assert (result.score, result.max_score, result.complete) == (10, 12, True)


def test_without_a_notebook_the_section_leaves_the_total(grade):
    result = grade(None)
    assert (result.score, result.max_score) == (12, 12)
    assert result.figures == result.attachments == ()
    assert not any(check.section == "Notebook" for check in result.checks)


def test_notebook_that_is_asked_for_and_absent_is_missing(grade):
    check = figure_check(grade(None, choice="on"))
    assert (check.status, check.message) == (Status.MISSING, "The submission holds no notebook.")


def test_list_of_checks_has_a_row_for_each_figure(runners):
    title = "A cell of the notebook, executed again, prints the figure that the assignment expects (double-difference)"
    rows = [info for info in runners("auto").list_checks() if info.section == "Notebook"]
    assert [info.title for info in rows] == [title]


def test_leaving_a_runner_ends_what_it_keeps_for_the_next(folder, tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "main.py").write_text(tiny.RIGHT)
    (tmp_path / "ada" / "work.ipynb").write_bytes(whole())
    assignment = Assignment.load(folder / "tiny")
    submission, options = Submission.from_path(tmp_path / "ada", assignment), Options.of(notebook="on")
    before = descendants(os.getpid())
    with Runner(assignment, tiny.FakeGoldens(), Level.LIMITS, 5, options=options) as runner:
        assert runner.grade(submission).score == 12
        assert descendants(os.getpid()) > before
    assert descendants(os.getpid()) == before


def test_checks_without_figures_get_no_cases():
    plugin = NotebookPlugin(CurrentRun(), replace(NotebookSpec(), cells=()))

    class Function:
        fixturenames = ("student",)

    plugin.pytest_generate_tests(Function)


def test_figures_that_take_too_long_to_judge_cost_their_points_alone(grade, monkeypatch):
    monkeypatch.setattr(judged_notebook, "JUDGE_SECONDS", 0.01)
    monkeypatch.setattr(judged_notebook, "judge_figures", lambda *_: all(number >= 0 for number in itertools.count()))
    result = grade(whole())
    check = figure_check(result)
    assert (check.status, check.points, result.score) == (Status.FAILED, 0, 10)
    assert check.message == "What the notebook's cells print takes more than 0.01 s to be judged."
    assert result.complete
