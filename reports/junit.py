"""Writes a grade as JUnit XML."""

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from xml.etree import ElementTree as ET

from grader.model.results import CheckResult, Grade, Status, display_points
from reports.claims import Claim, claims_of
from reports.distance import number
from reports.status_words import STATUS_WORDS
from reports.text import excerpt, one_line, sentence_and_lines, xml_text

__all__ = ["junit_xml"]

#: the kind of element that says how a check ended; a passed one has none
_KINDS = {
    Status.FAILED: "failure",
    Status.MISSING: "failure",
    Status.RAISED: "error",
    Status.TIMEOUT: "error",
    Status.CRASHED: "error",
    Status.MEMORY: "error",
    Status.BROKEN: "error",
    Status.BLOCKED: "skipped",
}

_N_CHARACTERS = 20_000


def junit_xml(grade: Grade) -> str:
    """Returns a JUnit file: one suite a section, one case a claim, points and figures as properties.

    A failure is a wrong or missing answer, an error is code that raised, crashed or ran past a limit or a fault of
    ours, and skipped is a check that waits for another. The
    text of a failure names the cases of the claim that are wrong. Source: _pytest/junitxml.py, family xunit2.
    """
    root = ET.Element("testsuites", name=xml_text(one_line(grade.submission.name)))
    sections = list(dict.fromkeys(check.section for check in grade.checks))
    by_section = sorted(grade.checks, key=lambda check: sections.index(check.section))
    for section, checks in groupby(by_section, key=lambda check: check.section):
        root.append(_suite(grade, section, claims_of(checks)))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(grade: Grade, section: str, claims: Sequence[Claim]) -> ET.Element:
    kinds = [_KINDS.get(claim.result.status) for claim in claims]
    suite = ET.Element(
        "testsuite",
        name=xml_text(section),
        errors=str(kinds.count("error")),
        failures=str(kinds.count("failure")),
        skipped=str(kinds.count("skipped")),
        tests=str(len(claims)),
        time=_seconds(math.fsum(claim.result.seconds for claim in claims)),
        # The format asks for a host; "localhost" is its word for one that does not matter.
        hostname="localhost",
    )
    if _is_time(grade.started):
        suite.set("timestamp", grade.started)
    suite.extend(map(_case, claims))
    return suite


def _case(claim: Claim) -> ET.Element:
    check = claim.result
    case = ET.Element(
        "testcase", classname=xml_text(check.function), name=xml_text(check.id), time=_seconds(check.seconds)
    )
    properties = ET.SubElement(case, "properties")
    for name, value in _properties(check, claim.visible):
        ET.SubElement(properties, "property", name=xml_text(name), value=xml_text(value))
    if kind := _KINDS.get(check.status):
        case.append(_outcome(check, kind))
    if check.output:
        ET.SubElement(case, "system-out").text = _long(check.output)
    return case


def _properties(check: CheckResult, visible: str) -> list[tuple[str, str]]:
    properties = [
        ("title", check.title),
        ("status", check.status.value),
        ("points", display_points(check.points, check.max_points, digits=4)),
        ("max_points", display_points(check.max_points, check.max_points, digits=4)),
        ("visible", visible),
    ]
    for measure in check.measures:
        limit = "" if measure.limit is None else f" ({measure.relation} {number(measure.limit)})"
        properties.append((f"measure: {measure.name}", f"{measure.value!r}{limit}"))
    return properties + [("remark", remark) for remark in check.remarks]


def _outcome(check: CheckResult, kind: str) -> ET.Element:
    word = STATUS_WORDS[check.status].word
    sentence, _ = sentence_and_lines(check.message, 1000)
    outcome = ET.Element(kind, message=xml_text(one_line(f"{word}: {sentence or check.title}", 500)))
    if kind == "skipped":
        outcome.set("type", check.status.value)
    outcome.text = _long("\n".join(part for part in (check.title, check.message, check.hint) if part))
    return outcome


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _long(text: str) -> str:
    return excerpt(xml_text(text), _N_CHARACTERS).text


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
