"""What one mistake costs is said once, as a sum over all that was lost to it."""

from dataclasses import replace

from grades import mixed
from rich.console import Console

from grader.model.results import CheckResult, Grade, Status
from reports.cost import cost_words
from reports.order import lost_groups
from reports.terminal import grade_table, selfcheck_view
from reports.views import page_view


def check(function, points, max_points, follows_from=(), case="a"):
    status = Status.PASSED if points == max_points else Status.BLOCKED if follows_from else Status.FAILED
    return CheckResult(
        f"test_a.py::test_{function}[{case}]", f"{function} is right", "Layers", function, status, points, max_points,
        message="" if points == max_points else f"{function} gives 1, should be 2.", follows_from=follows_from,
    )  # fmt: skip


def costs(*checks):
    grade = grade_of(*checks)
    return {group.function: cost_words(grade, group) for group in lost_groups(grade)}


def grade_of(*checks):
    return Grade.from_json(replace(mixed(), checks=checks).to_json())


def test_a_mistake_to_which_nothing_else_was_lost_says_so():
    found = costs(check("forward", 0, 3), check("forward", 0, 0.1, case="b"), check("backward", 4, 4))
    assert found == {"forward": "What is wrong here costs 3.1 points; nothing else was lost to it."}


def test_what_follows_is_counted_once_with_the_mistake_that_it_follows_from():
    checks = (
        check("forward", 0, 3),
        check("backward", 3.2, 4, ("forward",)),
        # Blocked by what is itself only a consequence, and by the mistake: counted with that alone.
        check("net", 0, 2, ("backward", "forward")),
        check("other", 0, 1),
    )
    assert costs(*checks) == {
        "forward": "What is wrong here costs 5.8 points: 3 here, 0.8 in backward and 2 in net, which follow from it.",
        "other": "What is wrong here costs 1 point; nothing else was lost to it.",
        "backward": "All that was lost here follows from forward.",
        "net": "All that was lost here follows from forward.",
    }


def test_a_mistake_of_its_own_beside_one_that_follows_is_its_own():
    found = costs(check("forward", 0, 3), check("backward", 0, 4), check("backward", 1, 2, ("forward",), case="b"))
    assert found["backward"] == "What is wrong here costs 4 points; nothing else was lost to it."
    assert found["forward"] == "What is wrong here costs 4 points: 3 here and 1 in backward, which follows from it."


def test_functions_that_name_each_other_end():
    found = costs(check("a", 0, 1, ("b",)), check("b", 0, 1, ("a",)))
    assert len(found) == 2


def test_page_and_terminal_say_it():
    grade = grade_of(check("forward", 0, 3), check("backward", 3.2, 4, ("forward",)))
    said = "What is wrong here costs 3.8 points: 3 here and 0.8 in backward, which follows from it."
    assert page_view(grade).functions[0].cost == said
    for view in (grade_table, selfcheck_view):
        console = Console(width=200)
        with console.capture() as shown:
            console.print(view(grade))
        assert said in shown.get()
