"""What Gradescope, PrairieLearn and GitHub Classroom read, and grades.json, follow the readers' rules."""

import base64
import json
import math
from dataclasses import replace

import jsonschema
import pytest
from grades import BROKEN_CHECK, HOSTILE, LOST_CHECKS, check, grade_of, hostile, incomplete, mixed, perfect

from grader.model.people import About, Lateness, Student
from grader.model.results import Status, Ungraded
from reports.entries import IndexEntry
from reports.exports.classroom import classroom_json, classroom_result
from reports.exports.gradescope import gradescope_json
from reports.exports.prairielearn import prairielearn_json
from reports.exports.whole import class_json, class_row
from reports.report_limits import MAX_PRAIRIELEARN_BYTES

VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}


def closed(required, **properties):
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
GRADESCOPE = closed(
    ["score", "tests"],
    score=NUMBER,
    execution_time=NUMBER,
    output=TEXT,
    output_format=FORMAT,
    test_output_format=FORMAT,
    test_name_format=FORMAT,
    visibility=VISIBILITY,
    stdout_visibility=VISIBILITY,
    extra_data={"type": "object"},
    leaderboard={"type": "array"},
    tests={
        "type": "array",
        "items": closed(
            ["name"],
            score=NUMBER,
            max_score=NUMBER,
            status={"enum": ["passed", "failed"]},
            name=TEXT,
            name_format=FORMAT,
            number={"type": "string", "pattern": r"^\d+\.\d+$"},
            output=TEXT,
            output_format=FORMAT,
            tags={"type": "array", "items": TEXT},
            visibility=VISIBILITY,
            extra_data={"type": "object"},
        ),
    },
)
IMAGES = {"type": "array", "items": closed(["url"], label=TEXT, url=TEXT)}
PRAIRIELEARN = closed(
    ["gradable", "score"],
    gradable={"const": True},
    score={"type": "number", "minimum": 0, "maximum": 1},
    message=TEXT,
    output=TEXT,
    images=IMAGES,
    tests={
        "type": "array",
        "items": closed(
            # one test without points hides those of all others
            ["name", "points", "max_points"],
            name=TEXT,
            description=TEXT,
            points=NUMBER,
            max_points=NUMBER,
            message=TEXT,
            output=TEXT,
            images=IMAGES,
        ),
    },
)
NOT_GRADABLE = closed(
    ["gradable", "format_errors"],
    gradable={"const": False},
    format_errors={"type": "array", "items": TEXT, "minItems": 1},
)
CLASSROOM = closed(
    ["version", "status", "max_score", "tests"],
    version={"const": 1},
    status={"enum": ["pass", "fail", "error"]},
    max_score=NUMBER,
    message=TEXT,
    tests={
        "type": "array",
        "items": closed(
            ["name", "status", "score"],
            name=TEXT,
            status={"enum": ["pass", "fail", "error"]},
            score=NUMBER,
            message=TEXT,
            test_code=TEXT,
            filename=TEXT,
            line_no={"type": "integer"},
            duration=NUMBER,
        ),
    },
)

_BAD = tuple(check for check in hostile().checks if check.status is not Status.BROKEN)
FINAL = [perfect(), mixed(), replace(hostile(), checks=_BAD, complete=True)]


def valid(text, schema):
    assert "\r" not in text
    assert not [char for char in text if ord(char) < 32 and char != "\n"]
    data = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    jsonschema.validate(data, schema)
    return data


def gradescope_total(data):
    """Returns what Gradescope shows: the score, else the sum of the tests."""
    return data.get("score", math.fsum(test.get("score", 0) for test in data["tests"]))


def classroom_points(results):
    """Returns (totalPoints, maxPoints) as the reporter adds them over its runners."""
    counted = [result for result in results if result["max_score"]]
    return (
        math.fsum(test["score"] for result in counted for test in result["tests"]),
        math.fsum(result["max_score"] for result in counted),
    )


@pytest.mark.parametrize("grade", FINAL)
def test_gradescope_reads_the_score_and_every_test(grade):
    data = valid(gradescope_json(grade), GRADESCOPE)
    assert gradescope_total(data) == pytest.approx(grade.score)
    assert len(data["tests"]) == n_claims(grade)
    assert math.fsum(test.get("score", 0) for test in data["tests"]) == pytest.approx(grade.score)
    for test in data["tests"]:
        lost = test.get("score", 0) < test.get("max_score", 0)
        assert not (lost and test["status"] == "passed")


def n_claims(grade):
    return len({(check.id.partition("[")[0], check.visible) for check in grade.checks})


def test_cases_of_one_claim_are_one_line_with_their_points():
    cases = [
        check(
            f"f.py::t[{name}]", f"f is right for any size ({name})", "S", status, points=points, max_points=0.5, **more
        )
        for name, status, points, more in (
            ("small", Status.PASSED, 0.5, {}),
            ("wide", Status.FAILED, 0.0, {"message": "out is wrong."}),
            ("tall", Status.FAILED, 0.4, {"message": "other."}),
            ("drawn1", Status.PASSED, 0.5, {"visible": False}),
        )
    ]
    visible, hidden = json.loads(gradescope_json(grade_of("x", tuple(cases))))["tests"]
    assert visible["name"] == "S: f is right for any size (3 cases, 1 right)"
    assert (visible["score"], visible["max_score"], visible["status"]) == (0.9, 1.5, "failed")
    assert "out is wrong." in visible["output"]
    assert "This is the case wide. Also wrong: tall." in visible["output"]
    assert (hidden["score"], hidden["status"], hidden["visibility"]) == (0.5, "passed", "after_published")


def test_gradescope_shows_hidden_checks_later_and_never_hides_the_total():
    data = valid(gradescope_json(mixed()), GRADESCOPE)
    assert {test["visibility"] for test in data["tests"]} == {"visible", "after_published"}
    assert data["visibility"] == "visible"


def test_gradescope_takes_points_after_lateness_and_the_instructors_words():
    data = valid(gradescope_json(mixed(), final=10.0, comments=("Two days late.",)), GRADESCOPE)
    assert data["score"] == 10.0
    assert "Two days late." in data["output"]


def test_gradescope_gets_nothing_of_a_grade_that_is_not_final():
    with pytest.raises(ValueError, match="not final"):
        gradescope_json(incomplete())
    with pytest.raises(ValueError, match="No check ran"):
        gradescope_json(grade_of("x", ()))


def test_checks_without_points_are_informational_in_gradescope():
    tests = json.loads(gradescope_json(mixed()))["tests"]
    assert {"score", "max_score"} & set(next(test for test in tests if "softmax" in test["name"])) == set()


@pytest.mark.parametrize("grade", FINAL)
def test_prairielearn_reads_the_share_and_every_test(grade):
    data = valid(prairielearn_json(grade), PRAIRIELEARN)
    assert data["score"] == pytest.approx(grade.score / grade.max_score)
    assert len(data["tests"]) == n_claims(grade)


@pytest.mark.parametrize("outcome", [incomplete(), Ungraded("x", HOSTILE), grade_of("x", ())])
def test_prairielearn_takes_no_attempt_for_what_has_no_grade(outcome):
    assert valid(prairielearn_json(outcome), NOT_GRADABLE)["format_errors"][0]


@pytest.mark.slow
def test_prairielearn_file_stays_below_its_limit():
    checks = tuple(
        check(f"f{i}::t", "t", "S", Status.FAILED, output="x" * 5000, message="m" * 5000) for i in range(300)
    )
    text = prairielearn_json(grade_of("x", checks))
    assert 300_000 < len(text.encode()) <= MAX_PRAIRIELEARN_BYTES
    assert len(valid(text, PRAIRIELEARN)["tests"]) == 300


def test_prairielearn_share_never_leaves_its_range():
    assert json.loads(prairielearn_json(perfect(), final=1000.0))["score"] == 1.0
    assert json.loads(prairielearn_json(mixed(), final=-5.0))["score"] == 0.0


@pytest.mark.parametrize("grade", FINAL)
def test_classroom_adds_up_to_the_score(grade):
    data = valid(classroom_json(grade), CLASSROOM)
    assert classroom_points([data]) == (pytest.approx(grade.score), grade.max_score)
    assert data["status"] == ("pass" if grade.full_marks else "fail")
    assert json.loads(base64.b64decode(classroom_result(grade))) == data


def test_classroom_passes_a_test_at_full_points_only():
    most = check("f::t", "t", "S", Status.PASSED, points=1.9999999)
    test = json.loads(classroom_json(grade_of("x", (most,))))["tests"][0]
    assert (test["status"], test["score"]) == ("fail", 1.9999999)


def test_classroom_leaves_a_grade_that_is_not_final_out_of_the_points():
    data = valid(classroom_json(incomplete()), CLASSROOM)
    assert data["status"] == "error"
    assert "not final" in data["message"]
    assert classroom_points([data]) == (0, 0)
    assert data["tests"]


def test_classroom_adds_lateness_as_a_test_of_its_own():
    assert classroom_points([valid(classroom_json(mixed(), final=10.0), CLASSROOM)])[0] == pytest.approx(10.0)


def test_classroom_passes_at_the_points_that_count_only():
    assert json.loads(classroom_json(perfect(), final=30.0))["status"] == "fail"
    assert json.loads(classroom_json(perfect(), final=perfect().score))["status"] == "pass"
    assert json.loads(classroom_json(mixed(), final=mixed().max_score))["status"] == "pass"
    assert json.loads(classroom_json(mixed(), final=mixed().score))["status"] == "fail"


def test_a_message_in_classroom_is_no_workflow_command():
    failed = replace(
        LOST_CHECKS[1], message="m\n::error::owned\n  ::set-output name=a::b\n##[error]owned", output="::x"
    )
    for test in json.loads(classroom_json(grade_of("x", (failed, BROKEN_CHECK))))["tests"]:
        for line in test["message"].splitlines():
            assert not line.lstrip().startswith("::")
            assert "##[" not in line


def test_class_without_submissions_is_json():
    assert json.loads("".join(class_json([]))) == {"schema": 1, "submissions": [], "without_submission": []}


def test_class_as_json_has_null_and_never_zero_where_there_is_no_grade():
    outcomes = (mixed(), incomplete(), Ungraded('=x, "y"', "no layers.py"))
    late = IndexEntry(mixed(), None, About((Student("Grace"),), lateness=Lateness("", "", 1, penalty=4.5)))
    rows = [class_row(entry) for entry in (*(IndexEntry(outcome, None) for outcome in outcomes), late)]
    data = json.loads("".join(class_json(rows)))["submissions"]
    assert [row["score"] for row in data] == [14.5, None, None, 14.5]
    assert [row["final"] for row in data] == [14.5, None, None, 10.0]
    assert [row["complete"] for row in data] == [True, False, False, True]
    assert data[2]["name"] == '=x, "y"'
    assert set(data[1]["sections"].values()) == {None}
    assert (data[3]["students"][0]["name"], data[3]["lateness"]["penalty"]) == ("Grace", 4.5)
