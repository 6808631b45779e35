"""What visible results say of all points is neither more nor less than what is certain."""

from dataclasses import replace

import pytest
from grades import PASSED_CHECKS, grade_of

from grader.assignment.definition import BUILT_IN, Assignment
from grader.assignment.suite import CheckInfo
from grader.grading.points_range import points_range
from grader.model.results import Status

ASSIGNMENT = Assignment.load(BUILT_IN)


def range_of(*ended: tuple[str, Status], function: str = "conv_forward_naive"):
    """Returns the range with visible checks that ended so, of a point each, and a hidden one of three."""
    checks = tuple(
        replace(PASSED_CHECKS[1], id=f"t[{n}]", function=name, status=status, max_points=1.0, points=float(passes))
        for n, (name, status) in enumerate(ended)
        for passes in [status is Status.PASSED]
    )
    hidden = CheckInfo("t[drawn]", "", "", function, 3.0, visible=False)
    found = points_range(grade_of("x", checks), (hidden,), ASSIGNMENT)
    return found.at_least, found.at_most, found.max_score


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Status.PASSED, (1.0, 4.0, 4.0)), (Status.FAILED, (0.0, 3.0, 4.0)), (Status.MISSING, (0.0, 0.0, 4.0))],
)
def test_hidden_checks_are_open_but_for_what_is_not_written(status, expected):
    assert range_of(("conv_forward_naive", status)) == expected


def test_function_of_which_a_part_is_there_may_pass_hidden_checks():
    assert range_of(("conv_forward_naive", Status.MISSING), ("conv_forward_naive", Status.FAILED)) == (0.0, 3.0, 5.0)


def test_what_is_judged_again_where_the_solution_is_may_keep_its_points():
    ended = ("ThreeLayerConvNet", Status.BLOCKED)
    assert range_of(ended, function="ThreeLayerConvNet") == (0.0, 4.0, 4.0)


def test_what_could_not_be_judged_is_open():
    assert range_of(("conv_forward_naive", Status.BROKEN)) == (0.0, 4.0, 4.0)
