"""The built-in assignment loads, and each kind of wrong file is named."""

import shutil

import pytest

from grader.assignment.definition import BUILT_IN, Assignment
from grader.model.errors import UnusableAssignment

MINIMAL = """
title = "T"
public_seed = 1
[modules]
a = "a.py"
[given]
files = ["g.py"]
[sections]
order = ["S"]
[functions]
f = { module = "a", returns = ["out"] }
"""


def folder_with(tmp_path, toml=MINIMAL, rubric="[points]\n"):
    (tmp_path / "assignment.toml").write_text(toml)
    (tmp_path / "rubric.toml").write_text(rubric)
    return tmp_path


def test_built_in_assignment_loads_and_its_points_keep_the_total():
    assignment = Assignment.load()
    # Lines for single cases take their points from the line of their check.
    points = [value for check, value in assignment.rubric.points.items() if "[" not in check]
    assert sum(points) == pytest.approx(assignment.rubric.total) == 100
    assert assignment.has_solution
    assert set(assignment.given_bytes()) == set(assignment.given_files)
    assert {spec.module for spec in assignment.functions.values()} <= set(assignment.modules)


def test_digest_follows_every_file_that_decides(tmp_path):
    copy = tmp_path / "checks"
    shutil.copytree(BUILT_IN, copy)
    before = Assignment.load(copy).digest()
    (copy / "rubric.toml").write_text((copy / "rubric.toml").read_text() + "\n# changed\n")
    assert Assignment.load(copy).digest() != before


def test_given_files_beside_the_checks_come_first(tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "g.py").write_bytes(b"x = 1\n")
    assert Assignment.load(folder_with(tmp_path)).given_bytes() == {"g.py": b"x = 1\n"}


def test_without_solution_and_given_files_the_way_out_is_said(tmp_path):
    assignment = Assignment.load(folder_with(tmp_path))
    assert not assignment.has_solution
    with pytest.raises(UnusableAssignment, match="names no solution, so none is installed here"):
        assignment.given_bytes()


@pytest.mark.parametrize(
    ("toml", "rubric", "words"),
    [
        (None, "", "cannot be read"),
        ("title = ", "", "not valid TOML"),
        (MINIMAL.replace("public_seed = 1", ""), "", "lacks the entry 'public_seed'"),
        (MINIMAL.replace('["S"]', "5"), "", "wrong kind"),
        ("titel = 'T'\n" + MINIMAL, "", "unknown entry 'titel'; did you mean title"),
        (MINIMAL, "[limits]\ncpu = 1\n", "unknown limit 'cpu'"),
        (MINIMAL, '[limits]\ncpu_seconds = "1"\n', "cpu_seconds in .limits. should be a number"),
        (MINIMAL, '[points]\n"a" = -1\n', "points of a should be a number of at least 0, not -1"),
        (MINIMAL, '[points]\n"a" = "x"\n', "points of a should be a number"),
        (MINIMAL, "points = 3\n", r"points should be a table, \[points\]"),
        (MINIMAL, "totl = 100\n", "unknown entry 'totl'; did you mean total"),
        (MINIMAL, "total = 0\n", "total should be more than 0"),
        (MINIMAL, "total = true\n", "total should be a number"),
    ],
)
def test_wrong_file_is_named(tmp_path, toml, rubric, words):
    if toml is not None:
        folder_with(tmp_path, toml, rubric)
    with pytest.raises(UnusableAssignment, match=words):
        Assignment.load(tmp_path)
