"""Recognising inputs earns at most ten points, however they are recognised, and whatever the secret seed is."""

import math

import pytest
from inprocess import ASSIGNMENT, check_id, collect, points, run
from recognition import KEYS, by_heart

from grader.assignment.golden_cases import LiveGoldens, public_goldens

MOST = 10


@pytest.fixture(scope="module")
def every_check():
    return collect()


@pytest.fixture(scope="module")
def checks(every_check):
    """Those that are judged where only functions are."""
    return [item for item in every_check if item.get_closest_marker("section").args[0] not in ASSIGNMENT.optional]


def earned(every_check, checks, functions, seed):
    """Returns what functions earn of a hundred points with the cases of a secret seed, and for which checks."""
    share = points(every_check)
    outcomes = run(checks, functions, LiveGoldens(ASSIGNMENT, seed))
    passed = {check: share[check] for check, outcome in outcomes.items() if outcome.status == "passed"}
    return 100 * math.fsum(passed.values()) / math.fsum(share[check] for check in outcomes), passed


@pytest.mark.parametrize("key", KEYS)
def test_recognising_what_the_kit_asks_earns_ten_points_at_most(every_check, checks, key):
    visible = [item for item in checks if not item.get_closest_marker("hidden")]
    functions = by_heart(visible, public_goldens(ASSIGNMENT), KEYS[key])
    total, passed = earned(every_check, checks, functions, seed=7)
    assert total <= MOST, passed
    # In the kit, where the numbers are known, the same functions look perfect.
    if key == "by every byte":
        outcomes = run(visible, functions, public_goldens(ASSIGNMENT))
        assert {check_id(item) for item in visible} == {name for name, o in outcomes.items() if o.status == "passed"}


def test_cases_known_by_heart_have_ten_points_at_most(every_check):
    share = points(every_check)
    known = ("notebook", "default", "notebook-scaled", "notebook-warm-up")
    listed = [check for check in share if check.partition("[")[2].rstrip("]") in known]
    section = {check_id(item): item.get_closest_marker("section").args[0] for item in every_check}
    assert math.fsum(share[check] for check in listed if section[check] != "Notebook") < MOST / 2
