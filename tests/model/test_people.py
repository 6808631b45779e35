"""Adjustments and lateness change the points that count, never those that the checks gave."""

from dataclasses import replace

import pytest
from full_grade import make_grade

from grader.model.people import About, Adjustment, Lateness, change_words, comments, final_points
from grader.model.results import Ungraded


def adjusted(*changes, **known):
    made = (Adjustment("ada", check, points, comment, "why", "kim", "2026") for check, points, comment in changes)
    return About(adjustments=tuple(made), **known)


def test_points_of_the_whole_submission_are_added_and_never_below_zero():
    grade = make_grade()
    assert final_points(grade, About()) == grade.score
    assert final_points(grade, adjusted(("", 2.5, ""))) == grade.score + 2.5
    assert final_points(grade, adjusted(("", -1000, ""))) == 0


def test_points_of_a_check_stay_within_its_maximum():
    grade = make_grade()
    check = next(each for each in grade.checks if each.points < each.max_points)
    gap = check.max_points - check.points
    assert final_points(grade, adjusted((check.id, gap + 5, ""))) == pytest.approx(grade.score + gap)
    mended = replace(check, points=check.max_points)
    later = replace(grade, checks=tuple(mended if each is check else each for each in grade.checks))
    assert final_points(later, adjusted((check.id, gap, ""))) == later.score
    gone = adjusted(("no::such", 3, "was right"))
    assert final_points(grade, gone) == grade.score
    assert "no longer there" in comments(grade, gone)[0]


def test_lateness_is_taken_off_last_and_said():
    grade = replace(make_grade(), score=2.0)
    about = adjusted(("", 1, "Well argued."), lateness=Lateness("", "", 2, 1, 1.5))
    assert final_points(grade, about) == pytest.approx(grade.score - 0.5)
    assert change_words(grade, about) == ("late by 2 days", "adjusted by +1")
    assert comments(grade, about) == (
        "+1 points by the course staff: Well argued.", "Late by 2 days, 1 of them free: 1.5 points off.",
    )  # fmt: skip


def test_what_is_not_final_has_no_points():
    about = adjusted(("", 5, ""))
    assert final_points(replace(make_grade(), complete=False), about) is None
    assert final_points(Ungraded("ada", "nothing in it"), about) is None
