"""What is checked on several inputs is one line, with the points of all its cases."""

from dataclasses import replace

from grades import mixed

from grader.model.results import CheckResult, Status
from reports.cards import DETAILS
from reports.claim_views import ClaimView, claim_views
from reports.claims import Claim, by_claim


def case(name, points, max_points, message=""):
    status = Status.FAILED if message else Status.PASSED
    title = f"forward pads with zeros ({name})"
    return CheckResult(
        f"test_a.py::test_pads[{name}]", title, "Layers", "forward", status, points, max_points, message=message
    )


def test_cases_of_one_claim_are_one_line_with_the_first_failure():
    checks = case("a", 0.5, 0.5), case("b", 0, 0.5, "out is 1.\nlines"), case("c", 0, 0.5, "out is 2.")
    other = replace(case("a", 0.5, 0.5), id="test_a.py::test_other", title="forward keeps x (at all)")
    free = replace(case("a", 0, 0), id="test_a.py::test_free")
    found = claim_views(replace(mixed(), checks=(*checks, other, free)), DETAILS[0])
    assert found == (
        ClaimView("forward pads with zeros", "0.5 of 1.5 points", "1 of 3 cases", "out is 1."),
        ClaimView("forward keeps x (at all)", "0.5 of 0.5 points", "1 of 1 case", ""),
    )


def test_each_claim_is_on_the_line_of_the_first_cause_that_it_has():
    a, b, c = (
        replace(case(name, 0, 1, "out is 1."), id=f"test_a.py::{claim}[{name}]", hint=hint)
        for claim, name, hint in (("one", "a", "X."), ("two", "b", "X."), ("one", "c", "Y."))
    )
    assert by_claim((a, b, c)) == ((a, b, c),)
    assert by_claim((a, c)) == ((a, c),)
    assert by_claim((c, replace(b, hint="Z."))) == ((c,), (replace(b, hint="Z."),))


def test_a_claim_ends_as_what_was_judged_not_as_what_waits():
    waits, broken = (replace(case("a", 0, 1, "m"), status=status) for status in (Status.BLOCKED, Status.BROKEN))
    wrong = replace(case("b", 0, 1, "out is 1."), visible=False)
    assert [each.status for each in Claim((case("a", 1, 1), waits, broken, wrong)).lost] == [
        Status.FAILED,
        Status.BROKEN,
        Status.BLOCKED,
    ]
    assert Claim((case("a", 1, 1), wrong)).visible == "partly"


def test_a_page_that_is_too_large_lists_fewer():
    checks = tuple(replace(case("a", 1, 1), id=f"test_a.py::test_{n}") for n in range(500))
    assert len(claim_views(replace(mixed(), checks=checks), DETAILS[-1])) == DETAILS[-1].n_lost


def test_a_sentence_that_ends_several_claims_is_left_to_its_card():
    checks = tuple(replace(case("a", 0, 1, "No file."), id=f"test_a.py::test_{n}") for n in range(3))
    assert {view.failure for view in claim_views(replace(mixed(), checks=checks), DETAILS[0])} == {""}
