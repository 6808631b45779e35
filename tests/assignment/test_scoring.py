"""Points are split over cases, summed without drift, and a check without points is our mistake."""

from dataclasses import replace

import pytest

from grader.assignment import scoring
from grader.model.errors import UnusableAssignment
from grader.model.results import CheckResult, Section, Status


def result(section="A", points=1.0, max_points=1.0, status=Status.PASSED):
    return CheckResult("x::y", "t", section, "f", status, points, max_points)


def test_points_are_split_equally_over_cases():
    ids = ["a.py::one[x]", "a.py::one[y]", "a.py::two"]
    assert scoring.share_points(ids, {"a.py::one": 3.0}, {"a.py::two": 2.0}) == {
        "a.py::one[x]": 1.5,
        "a.py::one[y]": 1.5,
        "a.py::two": 2.0,
    }


def test_case_with_a_line_of_its_own_has_those_points_of_its_check():
    ids = ["a.py::one[x]", "a.py::one[y]", "a.py::one[z]"]
    shares = scoring.share_points(ids, {"a.py::one": 3.0, "a.py::one[y]": 0.5}, {})
    assert shares == {"a.py::one[x]": 1.25, "a.py::one[y]": 0.5, "a.py::one[z]": 1.25}
    with pytest.raises(UnusableAssignment, match="more points than the check itself"):
        scoring.share_points(ids, {"a.py::one": 3.0, "a.py::one[y]": 4.0}, {})
    with pytest.raises(UnusableAssignment, match="no such check"):
        scoring.share_points(ids, {"a.py::one": 3.0, "a.py::one[gone]": 1.0}, {})


def test_check_without_points_is_refused():
    with pytest.raises(UnusableAssignment, match="two has no points"):
        scoring.share_points(["a.py::two"], {}, {})


def test_points_without_check_are_refused():
    with pytest.raises(UnusableAssignment, match="no such check"):
        scoring.share_points([], {"a.py::gone": 1.0}, {})


def test_thirds_sum_to_the_whole():
    assert scoring.total([result(points=10 / 3, max_points=10 / 3)] * 3) == (10.0, 10.0)


def test_sections_keep_their_order_and_unknown_ones_follow():
    rows = [result("Z"), result("B", 0.0, 2.0), result("A"), result("B")]
    assert scoring.sections(rows, ["B", "A", "empty"]) == (
        Section("B", 1.0, 3.0),
        Section("A", 1.0, 1.0),
        Section("Z", 1.0, 1.0),
    )


def test_one_broken_check_makes_a_grade_incomplete():
    rows = [result(), replace(result(), status=Status.FAILED)]
    assert scoring.complete(rows)
    assert not scoring.complete([*rows, result(status=Status.BROKEN)])
