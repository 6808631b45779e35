"""Functions with one typical mistake each get the name of that mistake, or none, from the fingerprints of the kit."""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from inprocess import ASSIGNMENT, collect, run
from near_misses import NEAR_MISSES

from grader.assignment.golden_cases import archive_folder, public_goldens
from grader.assignment.mistake_archive import MISTAKES, read_mistakes
from grader.judging.recognising import recognise

SHOWN = {mistake.suspect.key: mistake for mistake in read_mistakes(archive_folder(ASSIGNMENT) / MISTAKES)}
#: functions -> near-misses of them -> what they are called; "" has no name
NAMED = tomllib.loads(Path(__file__).with_name("named_as.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def visible():
    """Returns the visible checks by the function that they are about."""
    found = defaultdict(list)
    for item in collect():
        is_optional = item.get_closest_marker("section").args[0] in ASSIGNMENT.optional
        if not is_optional and item.get_closest_marker("hidden") is None:
            found[item.get_closest_marker("function").args[0]].append(item)
    return found


def names_of(function, functions, items):
    """Returns what the mistakes of a function are called."""
    ids = [f"{item.path.name}::{item.name}" for item in items]
    outcomes = dict(zip(ids, run(items, functions, public_goldens(ASSIGNMENT)).values(), strict=True))
    failed = {check: ended.evidence for check, ended in outcomes.items() if ended.status != "passed"}
    suspects = [mistake.suspect for mistake in SHOWN.values() if function in mistake.functions]

    def effect(key, check):
        return SHOWN[key].effects.get(check)

    found = recognise(failed, outcomes.keys() - failed.keys(), suspects, effect)
    return {suspect.name for suspects in found.values() for suspect in suspects}


@pytest.mark.parametrize("function", NAMED)
def test_near_misses_have_their_names_or_none(visible, function):
    found = {name: names_of(function, NEAR_MISSES[name], visible[function]) for name in NAMED[function]}
    assert found == {name: {called} - {""} for name, called in NAMED[function].items()}
