"""What is wrong with a check file is said in a sentence."""

import pytest
import tiny

from grader.assignment.definition import Assignment
from grader.grading.runner import Runner
from grader.model.errors import UnusableAssignment
from grader.sandbox.level import Level

SKIPPED = '''
import pytest

@pytest.mark.{}
def test_double(student):
    """double doubles its input."""
'''


@pytest.mark.parametrize("mark", ["skip", "xfail(strict=True)", "poinst(3)"])
def test_an_unknown_mark_is_named_with_the_known_ones(tmp_path, mark):
    name = mark.partition("(")[0]
    runner = tiny.runner(tmp_path, checks=SKIPPED.format(mark))
    sentence = (
        rf"^test_tiny\.py(::test_double)? has the mark '{name}', which checks cannot have; available: section, "
        "function, needs, hidden, limit, asks, points, and pytest's parametrize.$"
    )
    with pytest.raises(UnusableAssignment, match=sentence):
        runner.list_checks()


def test_another_error_of_a_check_file_is_said(tmp_path):
    with pytest.raises(UnusableAssignment, match=r"(?s)test_tiny\.py could not be run.*ValueError: no"):
        tiny.runner(tmp_path, checks="raise ValueError('no')").list_checks()


MARKED = '''
import pytest

@pytest.mark.{}
def test_double(student):
    """double doubles its input."""
'''


@pytest.mark.parametrize(
    ("mark", "hint"),
    [
        ("section('Frist')", "did you mean 'First'"),
        ("function('duoble')", "did you mean 'double'"),
        ("needs('halv')", "did you mean 'halve'"),
        ("needs('test_doubl')", "did you mean 'test_double'"),
        ("needs('xyz')", "known are Model, double, halve, test_double"),
    ],
)
def test_slip_in_a_mark_is_named_with_what_was_meant(tmp_path, mark, hint):
    runner = tiny.runner(tmp_path, checks=MARKED.format(mark))
    with pytest.raises(UnusableAssignment, match=rf"test_double has the mark .*, which does not exist; {hint}"):
        runner.list_checks()


@pytest.mark.parametrize(
    "mark", ["function('notebook')", "needs('halve', 'test_double')", "section('First')", "section('Other')"]
)
def test_names_that_marks_may_have(tmp_path, mark):
    rubric = "total = 1\n[points]\n'test_tiny.py::test_double' = 1\n"
    assert tiny.runner(tmp_path, checks=MARKED.format(mark), rubric=rubric).list_checks()


def test_import_from_the_own_folder_needs_a_package(tmp_path):
    checks = "from .helping import X\n" + MARKED.format("section('First')")
    rubric = "total = 1\n[points]\n'test_tiny.py::test_double' = 1\n"
    runner = tiny.runner(tmp_path, checks=checks, rubric=rubric)
    (tmp_path / "tiny" / "helping.py").write_text("X = 1\n")
    with pytest.raises(UnusableAssignment, match=r"then needs an __init__\.py: make an empty one"):
        runner.list_checks()
    (tmp_path / "tiny" / "__init__.py").write_text("")
    assert runner.list_checks()


def test_a_folder_whose_name_is_none_of_pythons_gets_one_suggested(tmp_path):
    tiny.runner(tmp_path, checks="from .helping import X\n" + MARKED.format("section('First')"))
    folder = (tmp_path / "tiny").rename(tmp_path / "our-hw2")
    (folder / "__init__.py").write_text("")
    (folder / "helping.py").write_text("X = 1\n")
    runner = Runner(Assignment.load(folder), tiny.FakeGoldens(), Level.LIMITS, 5, "")
    with pytest.raises(UnusableAssignment, match="call the folder our_hw2 instead of our-hw2"):
        runner.list_checks()
