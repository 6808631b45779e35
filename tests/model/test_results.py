"""A grade survives the trip through JSON, bad JSON is refused by name, and rounding never lies."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from full_grade import make_grade
from hypothesis import given
from hypothesis import strategies as st

from grader.model.results import (
    CheckResult,
    Grade,
    Measure,
    Status,
    display_points,
)

SCHEMA = Path(__file__).parents[2] / "grader" / "model" / "grade.schema.json"


def test_grade_survives_the_trip_through_json():
    grade = make_grade()
    again = Grade.from_json(grade.to_json())
    assert math.isnan(again.checks[0].measures[0].value)
    assert again.to_json() == grade.to_json()


def test_grade_of_an_earlier_version_has_no_calls_and_no_places():
    data = make_grade().to_dict()
    for row in data["checks"]:
        del row["reproduction"], row["error_map"]
    (check,) = Grade.from_dict(data).checks
    assert (check.reproduction, check.error_map) == (None, None)


def test_call_of_an_earlier_version_has_no_prints():
    data = make_grade().to_dict()
    del data["checks"][0]["reproduction"]["printed"]
    (check,) = Grade.from_dict(data).checks
    assert check.reproduction.printed == ""


def test_grade_json_is_strict_json():
    assert "NaN" not in make_grade().to_json()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": 3}, "schema"),
        ({"score": -1}, "score"),
        ({"extra": 1}, "extra"),
        ({"checks": [{"id": "x"}]}, "checks"),
    ],
)
def test_foreign_grade_is_refused_by_place(change, place):
    with pytest.raises(ValueError, match=place):
        Grade.from_dict({**make_grade().to_dict(), **change})


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null"])
def test_text_that_is_no_grade_is_refused(text):
    with pytest.raises(ValueError, match="not "):
        Grade.from_json(text)


def test_schema_in_json_knows_every_status():
    schema = json.loads(SCHEMA.read_text())
    enum = schema["properties"]["checks"]["items"]["properties"]["status"]["enum"]
    assert enum == [status.value for status in Status]


@pytest.mark.parametrize(
    ("value", "relation", "passed"),
    [(0.5, "<", True), (1.0, "<", False), (1.0, "<=", True), (math.nan, "<", False), (math.nan, ">=", False)],
)
def test_measure_keeps_its_limit_only_when_it_is_so(value, relation, passed):
    assert Measure("error", value, 1.0, relation).passed is passed


@pytest.mark.parametrize(
    ("points", "max_points", "text"),
    [
        (100, 100, "100"),
        (99.99, 100, "99.9"),
        (99.95, 100, "99.9"),
        (0, 100, "0"),
        (0.001, 100, "0.1"),
        (42.25, 100, "42.2"),
        (2.96, 3, "2.9"),
        (0, 0.04, "0"),
        (0.04, 0.04, "0.04"),
        (0.02, 0.04, "0.02"),
        (0.05, 0.1, "0.05"),
        (0.1875, 0.25, "0.1"),
        (0, 0.0632, "0"),
    ],
)
def test_rounding_never_shows_full_or_none_unless_true(points, max_points, text):
    assert display_points(points, max_points) == text


@given(st.floats(1e-6, 200), st.floats(0, 1))
def test_shown_points_are_between_none_and_full(max_points, share):
    points = share * max_points
    shown, total = float(display_points(points, max_points)), float(display_points(max_points, max_points))
    assert (shown == 0) is (points == 0)
    assert (shown >= total) is (points >= max_points)


def test_full_marks_need_a_complete_grade():
    check = replace(make_grade().checks[0], status=Status.PASSED, points=4.0)
    assert make_grade(checks=(check,)).full_marks
    assert not make_grade(checks=(check,), complete=False).full_marks


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("operands could not be broadcast together with shapes (2,3,8) (4,)", True),
        ("index 12 is out of bounds for axis 0 with size 5", True),
        ("[-0.25 1.5e-3 .5]", False),
        ("1e-7", False),
        ("QWERTZ" * 10, False),
    ],
)
def test_no_number_of_a_hidden_input_is_shown_with_an_exception(text, shown):
    message = f"layers.py line 3: `raise ValueError(x / 2.5)` raises ValueError ({text})."
    checks = (
        CheckResult("a.py::test_a[drawn1]", "t", "s", "f", Status.RAISED, 0, 1, False, message=message, output="x"),
        CheckResult("a.py::test_a[plain]", "t", "s", "f", Status.BLOCKED, 0, 1, message=f"g comes first. {message}"),
        CheckResult("a.py::test_a[notebook]", "t", "s", "f", Status.RAISED, 0, 1, message=message, output="x"),
    )
    grade = replace(make_grade(), checks=checks)
    hidden = replace(grade, environment=replace(grade.environment, hidden=True)).for_students()
    assert [text in check.message for check in hidden.checks] == [shown, shown, True]
    assert all("line 3: `raise ValueError(x / 2.5)` raises" in check.message for check in hidden.checks)
    assert replace(grade, environment=replace(grade.environment, hidden=False)).for_students().checks == grade.checks


@pytest.mark.parametrize("told", [{"hidden": True}, {"seed": 7}, {"seed": None}])
def test_a_grade_of_version_1_is_read(told):
    data = make_grade().to_dict()
    made = {name: value for name, value in data["environment"].items() if name not in ("options", "hidden")}
    old = {**data, "schema": 1, "environment": {**made, **told, "tempo": "slow"}}
    environment = Grade.from_dict(old).environment
    assert environment.options == {"tempo": "slow"}
    assert environment.hidden is (told.get("hidden") or told.get("seed") is not None)
    assert Grade.from_dict(old).to_dict()["schema"] == 2
