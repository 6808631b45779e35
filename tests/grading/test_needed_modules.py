"""No import costs the functions of another answer file, where a process without it saves them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny

from grader.grading.needed_modules import NeededModules
from grader.model.results import Status
from grader.reading.submission import Submission
from grader.sandbox.level import available_levels

CHECKS = '''
import pytest

@pytest.mark.section("First")
@pytest.mark.function("halve")
def test_halve(student):
    """halve halves its input."""
    assert student.main.halve(1.0) == 0.5, "halve does not"

@pytest.mark.section("First")
@pytest.mark.function("triple")
def test_triple(student):
    """triple triples its input."""
    assert student.extra.triple(1.0) == 3.0, "triple does not"

@pytest.mark.section("Second")
@pytest.mark.function("halve")
def test_both(student):
    """halve undoes doubling."""
    {both}
'''
BOTH = "assert student.main.halve(student.extra.triple(2.0)) == 3.0, 'they do not fit'"
RUBRIC = """
total = 10
[points]
"test_tiny.py::test_halve" = 4
"test_tiny.py::test_triple" = 2
"test_tiny.py::test_both" = 4
"""
HALVE = "def halve(x):\n    return round(x / 2, 3)\n"
TRIPLE = "import main\ndef triple(x):\n    return 3 * x\n"
RUIN = "import builtins\nbuiltins.round = None\n"


@pytest.fixture(params=available_levels())
def grade(request, tmp_path, monkeypatch):
    text = tiny.ASSIGNMENT.replace("[given]", 'extra = "extra.py"\n[given]')
    monkeypatch.setattr(tiny, "ASSIGNMENT", text + 'triple = { module = "extra", returns = ["out"] }\n')

    def run(main=HALVE, extra=TRIPLE, both=BOTH):
        runner = tiny.runner(tmp_path, checks=CHECKS.format(both=both), rubric=RUBRIC, level=request.param)
        folder = tmp_path / "ada"
        folder.mkdir()
        (folder / "main.py").write_text(main)
        (folder / "extra.py").write_text(extra)
        grade = runner.grade(Submission.from_path(folder, runner.assignment))
        return grade, {check.id.partition("::test_")[2]: check for check in grade.checks}

    return run


def test_an_import_costs_its_own_module_only(grade):
    _, checks = grade(extra=TRIPLE + RUIN, both="pass")
    assert [check.status for check in checks.values()] == [Status.PASSED] * 3


def test_results_stand_in_the_order_of_the_checks(grade):
    result, _ = grade(extra=TRIPLE + RUIN)
    assert [check.id.partition("::")[2] for check in result.checks] == ["test_halve", "test_triple", "test_both"]


def test_a_check_that_calls_more_than_its_module_is_given_all(grade):
    counted = "calls = []\n"
    result, checks = grade(main=counted + HALVE)
    assert result.complete
    assert [check.status for check in checks.values()] == [Status.PASSED] * 3
    assert "Printed" not in "".join(result.notes)


def test_what_a_module_imports_is_its_own_affair(grade):
    _, checks = grade(main=HALVE + RUIN, extra="from main import halve\ndef triple(x):\n    return round(3 * x)\n")
    assert {check.status for check in checks.values()} == {Status.RAISED}


def test_a_module_comes_with_those_that_change_nothing_for_it():
    functions = {"f": SimpleNamespace(module="a"), "g": SimpleNamespace(module="b")}
    assignment = SimpleNamespace(functions=functions, tools={"solver": None}, modules={"a": "", "b": ""})
    needed = NeededModules(assignment, {"b": ("a",)})
    given = {name: needed.of(marked(name)) for name in ("f", "g", "of no module")}
    assert given == {"f": {"a", "solver"}, "g": {"a", "b", "solver"}, "of no module": {"a", "b", "solver"}}


def marked(function):
    mark = SimpleNamespace(args=(function,))
    return SimpleNamespace(get_closest_marker=lambda name: mark, path=Path("test_x.py"), name="test_x")
