"""A mistake is named only where it explains what is wrong, and nothing else does as well."""

import numpy as np
import pytest

from grader.judging.fingerprints import Fingerprint, changed_in_place, fingerprint_of
from grader.judging.recognising import Suspect, recognise

RNG = np.random.RandomState(0)
RIGHT = RNG.randn(2, 3, 4)
WRONG, OTHER = RIGHT + RNG.randn(2, 3, 4), RIGHT + RNG.randn(2, 3, 4)


def kept(actual, right=RIGHT):
    return fingerprint_of(actual, right)


A, B, C = (kept(RIGHT + RNG.randn(2, 3, 4)) for _ in range(3))


def named(failed, effects, passed=()):
    """Returns the names by check; `effects` has for each mistake what is wrong in the checks that it ends."""
    suspects = [Suspect(f"{name}/1", name.split("-")[0], f"{name}.") for name in effects]
    found = recognise(failed, passed, suspects, lambda key, check: effects[key.removesuffix("/1")].get(check))
    return {check: [suspect.name for suspect in mistakes] for check, mistakes in found.items()}


# Fingerprints


def test_equal_errors_have_equal_fingerprints_whatever_the_rounding():
    assert kept(WRONG).same(kept(WRONG + 1e-12 * RNG.randn(2, 3, 4)))
    assert not kept(WRONG).same(kept(OTHER))
    assert not kept(WRONG).same(kept(WRONG + 1e-3 * RNG.randn(2, 3, 4)))


def test_small_errors_are_told_apart():
    tiny, other = (1e-5 * RNG.randn(2, 3, 4) for _ in range(2))
    assert kept(RIGHT + tiny).same(kept(RIGHT + tiny))
    assert not kept(RIGHT + tiny).same(kept(RIGHT + other))
    assert not kept(RIGHT + tiny).same(kept(RIGHT - tiny))


def test_form_counts():
    assert not kept(WRONG).same(kept(WRONG.reshape(2, 12)))
    assert kept(WRONG.T).same(kept(WRONG.T.copy()))
    assert not kept(np.rint(WRONG)).same(kept(np.rint(WRONG).astype(int)))
    assert kept(None).same(kept(None))
    assert not kept(None).same(kept([1.0]))


def test_single_precision_on_the_way_is_allowed_for():
    assert kept(WRONG.astype(np.float32)).same(kept(WRONG))
    assert not kept(WRONG.astype(np.float32)).same(kept(OTHER))


def test_values_that_are_not_finite_are_compared_by_their_places():
    odd, elsewhere = WRONG.copy(), WRONG.copy()
    odd[0, 0, 0], elsewhere[1, 1, 1] = np.nan, np.inf
    assert kept(odd).same(kept(np.where(np.isnan(odd), np.inf, OTHER)))
    assert not kept(odd).same(kept(elsewhere))
    assert not kept(odd).same(kept(WRONG))


def test_single_numbers_have_to_agree_to_seven_digits():
    right = np.array(2.0)
    assert kept(2.5, right).same(kept(2.5 + 1e-14, right))
    assert not kept(2.5, right).same(kept(2.500001, right))


def test_huge_and_empty_values_have_fingerprints():
    assert kept(np.full((2, 3, 4), 1e300)).same(kept(np.full((2, 3, 4), 1e300)))
    assert kept(np.zeros((2, 0))).same(kept(np.zeros((2, 0))))
    assert len(kept(np.zeros(10**6)).products) == 3


# Decisions


def test_mistake_that_explains_two_checks_has_its_name():
    failed = {"one": {"out": A}, "two": {"out": B}}
    assert named(failed, {"right": failed, "other": {"one": {"out": C}}}) == {"one": ["right"], "two": ["right"]}


def test_another_wrong_value_of_one_case_is_enough_against_it():
    failed = {"one": {"out": A}, "two": {"out": B}, "three": {"out": C}}
    assert named(failed, {"suspect": {**failed, "three": {"out": A}}}) == {}


def test_a_case_that_the_student_passes_is_enough_against_it():
    failed = {"one": {"out": A}, "two": {"out": B}}
    assert named(failed, {"suspect": {**failed, "three": {"out": C}}}, passed=["three"]) == {}
    assert named(failed, {"suspect": {**failed, "three": {}}}, passed=["three"]) == {}


def test_cases_that_it_leaves_right_say_nothing():
    failed = {"one": {"out": A}, "two": {"out": B}}
    assert named(failed, {"suspect": failed}, passed=["three"]) == {"one": ["suspect"], "two": ["suspect"]}


def test_two_mistakes_that_explain_the_same_are_not_named():
    failed = {"one": {"out": A}, "two": {"out": B}}
    assert named(failed, {"first": failed, "second": failed}) == {}
    assert named(failed, {"same-1": failed, "same-2": failed}) == {"one": ["same"], "two": ["same"]}


def test_the_mistake_that_explains_more_is_the_one():
    failed = {"one": {"out": A}, "two": {"out": B}, "three": {"out": C}}
    part = {"one": {"out": A}, "two": {"out": B}}
    assert named(failed, {"part": part, "whole": failed}) == {check: ["whole"] for check in failed}


def test_one_check_is_too_few_where_others_fail_in_another_way():
    failed = {"one": {"out": A}, "two": {}}
    assert named(failed, {"suspect": {"one": {"out": A}, "two": {}}}) == {"one": ["suspect"]}
    assert named(failed, {"suspect": {"one": {"out": A}}}) == {"one": ["suspect"]}
    failed = {"one": {"out": A}, "two": {}, "three": {}}
    assert named(failed, {"suspect": {"one": {"out": A}, "two": {}}}) == {}


def test_two_mistakes_in_different_results_are_both_named():
    failed = {check: {"dx": A, "dw": B} for check in ("one", "two")}
    effects = {"of dx": {check: {"dx": A} for check in failed}, "of dw": {check: {"dw": B} for check in failed}}
    assert named(failed, effects) == {check: ["of dx", "of dw"] for check in failed}


def test_a_right_result_where_it_makes_a_wrong_one_is_enough_against_it():
    failed = {check: {"dx": A} for check in ("one", "two")}
    assert named(failed, {"suspect": {check: {"dx": A, "dw": B} for check in failed}}) == {}


def test_an_input_that_is_changed_is_evidence():
    failed = {"untouched": changed_in_place(("x",))}
    effects = {"of x": failed, "of w": {"untouched": changed_in_place(("w",))}}
    assert named(failed, effects) == {"untouched": ["of x"]}


@pytest.mark.parametrize("failed", [{}, {"one": {}, "two": {}}])
def test_nothing_is_asked_where_nothing_is_known(failed):
    assert recognise(failed, ["three"], [Suspect("a/1", "a", "A.")], lambda key, check: pytest.fail("asked")) == {}


def test_fingerprints_are_plain_data():
    assert Fingerprint("(2,) f", (1.0, 2.0, 3.0)) == Fingerprint("(2,) f", (1.0, 2.0, 3.0))
