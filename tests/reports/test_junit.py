"""The JUnit file follows the rules of its readers, for every status and for hostile text."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from grades import BROKEN_CHECK, HOSTILE, PASSED_CHECKS, check, grade_of, hostile, incomplete, perfect

from grader.model.results import Status
from reports.junit import junit_xml

KINDS = {
    Status.PASSED: None,
    Status.FAILED: "failure",
    Status.MISSING: "failure",
    Status.RAISED: "error",
    Status.TIMEOUT: "error",
    Status.CRASHED: "error",
    Status.MEMORY: "error",
    Status.BROKEN: "error",
    Status.BLOCKED: "skipped",
}

SUITE_ATTRIBUTES = {"name", "errors", "failures", "skipped", "tests", "time", "timestamp", "hostname"}

ORDER = ["properties", "failure", "error", "skipped", "system-out", "system-err"]


def parse(grade) -> ET.Element:
    return ET.fromstring(junit_xml(grade).encode())


def properties(case: ET.Element) -> dict[str, str]:
    return {prop.get("name"): prop.get("value") for prop in case.iter("property")}


@pytest.mark.parametrize("status", list(Status))
def test_each_status_has_its_kind(status):
    check = replace(PASSED_CHECKS[1], status=status, message="a sentence", hint="a hint")
    case = parse(grade_of("x", (check,))).find("testsuite/testcase")
    kinds = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
    assert kinds == ([KINDS[status]] if KINDS[status] else [])
    if kinds:
        assert "a sentence" in case.find(kinds[0]).get("message")
        assert "a hint" in case.find(kinds[0]).text


def test_counts_of_a_suite_are_those_of_its_cases():
    root = parse(incomplete())
    assert root.tag == "testsuites"
    claims = {(check.section, check.id.partition("[")[0]) for check in incomplete().checks}
    assert sum(int(suite.get("tests")) for suite in root) == len(claims)
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute)) == sum(case.find(tag) is not None for case in cases)


def test_file_has_the_attributes_and_the_order_of_xunit2():
    for suite in parse(incomplete()):
        assert set(suite.attrib) == SUITE_ATTRIBUTES
        assert float(suite.get("time")) >= 0
        for case in suite:
            assert set(case.attrib) == {"classname", "name", "time"}
            places = [ORDER.index(child.tag) for child in case]
            assert places == sorted(places)
            assert len(set(places)) == len(places)
            skipped = case.find("skipped")
            assert skipped is None or {"type", "message"} == set(skipped.attrib)


def test_points_and_figures_travel_as_properties():
    case = parse(incomplete()).find(".//testcase[@name='conv_forward_naive::test_finite[pad0]']")
    found = properties(case)
    assert (found["points"], found["max_points"], found["status"]) == ("0.5", "2", "failed")
    assert found["visible"] == "no"
    assert found["measure: relative error"] == "nan (< 1e-07)"
    assert found["measure: largest entry"] == "inf (< 1)"


def test_cases_of_a_claim_are_one_testcase_whose_failure_names_the_wrong_ones():
    cases = [
        check(f"t.py::t[{name}]", f"f is right ({name})", "S", status, points=points, visible=visible, message=message)
        for name, status, points, visible, message in (
            ("small", Status.PASSED, 2.0, True, ""),
            ("drawn0", Status.FAILED, 0.0, False, "out is one."),
            ("tall", Status.FAILED, 0.5, True, "out is two."),
            ("wide", Status.RAISED, 0.0, True, "TypeError."),
        )
    ]
    (case,) = parse(grade_of("x", tuple(cases))).iter("testcase")
    assert case.get("name") == "t.py::t"
    found = properties(case)
    assert (found["points"], found["max_points"], found["visible"]) == ("2.5", "8", "partly")
    assert found["title"] == "f is right (4 cases, 1 right)"
    assert case.find("failure").get("message") == "Wrong answer: out is two."
    assert "This is the case tall. Also wrong: drawn0 and wide." in case.find("failure").text


def test_a_lost_point_never_rounds_up_to_full_marks():
    check = replace(PASSED_CHECKS[1], status=Status.FAILED, points=1.9999999)
    assert properties(parse(grade_of("x", (check,))).find(".//testcase"))["points"] == "1.9999"


def test_hostile_text_stays_text():
    root = parse(hostile())
    tags = {element.tag for element in root.iter()}
    assert tags <= {"testsuites", "testsuite", "testcase", "properties", "property", *ORDER}
    output = root.find(".//system-out").text
    assert "<script>alert(1)</script>" in output
    assert "]]>" in output
    assert "#x07" in output
    assert "#xD800" in output
    assert "\x1b" not in output


def test_long_output_is_cut_and_time_that_is_none_is_left_out():
    check = replace(BROKEN_CHECK, output=HOSTILE * 10_000)
    grade = replace(grade_of("x", (check,)), started="yesterday")
    assert len(junit_xml(grade)) < 60_000
    assert parse(grade).find("testsuite").get("timestamp") is None


def test_same_section_is_one_suite_in_order_of_the_grade():
    shuffled = replace(perfect(), checks=perfect().checks[::-1])
    names = [suite.get("name") for suite in parse(shuffled)]
    assert len(names) == len(set(names))
    assert names[0] == perfect().checks[-1].section
