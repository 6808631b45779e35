"""The list of fixtures is what the engine gives and what checks ask for."""

import inspect
import re
from pathlib import Path
from typing import get_type_hints

import grader.judging
from grader.assignment.definition import Assignment
from grader.assignment.golden_cases import public_goldens
from grader.grading.runner import Runner
from grader.judging import Fixtures
from grader.sandbox.level import Level

CHECKS = Path(grader.judging.__file__).parents[1] / "checks"


def test_the_list_is_what_the_engine_gives():
    assignment = Assignment.load()
    runner = Runner(assignment, public_goldens(assignment), Level.LIMITS, None)
    plugins = [plugin for plugin in runner._plugins() if hasattr(plugin, "constants")]
    given = {name for plugin in plugins for name in plugin.constants}
    made = {name for plugin in plugins for name, value in inspect.getmembers(type(plugin)) if is_fixture(value)}
    assert {*given, *made, "figure"} == set(get_type_hints(Fixtures))


def is_fixture(value):
    return "fixture" in type(value).__name__.lower() or hasattr(value, "_pytestfixturefunction")


def test_checks_type_their_fixtures_by_the_list():
    types = {name: kind.__name__ for name, kind in get_type_hints(Fixtures).items()}
    for path in sorted(CHECKS.glob("test_*.py")):
        for parameters in re.findall(r"^def test_\w+\(([^)]*)\)", path.read_text(), re.M):
            asked = dict(re.findall(r"(\w+): (\w+)", parameters))
            assert asked.pop("case_id", "str") == "str"
            assert asked == {name: types[name] for name in asked}, path
