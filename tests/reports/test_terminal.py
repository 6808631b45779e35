"""The terminal shows what was lost first and never obeys what a submission wrote."""

import io
import re
from dataclasses import replace

import pytest
from grades import BROKEN_CHECK, ENVIRONMENT, LOST_CHECKS, PASSED_CHECKS, grade_of, hostile, incomplete, mixed, perfect
from rich.console import Console, RenderableType

from grader.model.results import FunctionSource, Grade, Measure, Status
from reports.status_words import range_words
from reports.terminal import grade_table, selfcheck_view


def shown(view: RenderableType, *, colour: bool = False, width: int = 120) -> str:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=colour, color_system="standard" if colour else None).print(view)
    return file.getvalue()


def test_table_shows_score_sections_and_every_lost_check():
    text = shown(grade_table(incomplete()))
    assert "14.5 of 38 points" in text
    assert re.search(r"Convolution +6\.5 of 10 +━+ +3 of 5 checks", text)
    assert re.search(r"Prerequisites +no points", text)
    for check in LOST_CHECKS:
        assert check.title in text
        assert all(line in text for line in check.message.splitlines())
        assert check.hint in text
    assert BROKEN_CHECK.title in text
    assert "so far, not final" in text
    assert "course staff's turn" in " ".join(text.split())


def test_words_that_checks_share_are_said_once():
    assert shown(grade_table(mixed())).count("spatial_batchnorm_forward returned None") == 1


@pytest.mark.parametrize(("points", "n_green"), [(36.0, 20), (35.99, 19), (0.001, 1), (0.0, 0)])
def test_bar_is_full_or_empty_only_when_that_is_true(points, n_green):
    section = replace(perfect().sections[1], score=points, max_score=36.0)
    text = shown(grade_table(replace(perfect(), sections=(section,))), colour=True)
    bar = re.search(r"\x1b\[32m(━+)\x1b", text)
    assert len(bar[1] if bar else "") == n_green


def test_selfcheck_lists_failing_functions_first_with_their_place():
    text = shown(selfcheck_view(mixed()))
    order = ["softmax_loss", "conv_forward_naive  cs231n/layers.py:88", "ThreeLayerConvNet", "✓ Passed: affine_forward"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "Which axes does the padding reach?" in text


def test_selfcheck_gives_a_call_to_paste():
    text = shown(selfcheck_view(mixed()))
    for line in LOST_CHECKS[1].reproduction.call.splitlines():
        assert line in text
    assert "It gives: out, shape (1, 1, 1, 2):" in text


def test_selfcheck_says_where_a_value_is_wrong():
    assert "dx: Wrong in row 1, in every column." in shown(selfcheck_view(mixed()))


def test_selfcheck_gives_the_worst_figure_against_its_limit():
    measures = (Measure("small", 2e-8, 1e-8), Measure("large", 1e-2, 1e-8), Measure("fine", 1e-9, 1e-8))
    text = shown(selfcheck_view(grade_of("x", (replace(LOST_CHECKS[1], measures=measures),))))
    assert "large 0.01, should be below 1e-08: 1 million times the limit" in text
    assert "small" not in text
    nan = (*measures, Measure("odd", float("nan"), 1e-8))
    assert "odd NaN" in shown(selfcheck_view(grade_of("x", (replace(LOST_CHECKS[1], measures=nan),))))


def test_selfcheck_counts_the_checks_that_it_leaves_out():
    checks = tuple(replace(LOST_CHECKS[1], id=f"c{i}", hint=f"Look {i}.") for i in range(9))
    assert "and 6 more checks of this function" in shown(selfcheck_view(grade_of("x", checks)))


def test_selfcheck_names_the_sandbox_and_that_only_visible_checks_ran():
    own = replace(mixed(), environment=replace(ENVIRONMENT, hidden=False, sandbox="limits"))
    assert "Only visible checks ran" in shown(selfcheck_view(own))
    assert "Sandbox limits" in shown(selfcheck_view(own))
    assert "Only visible checks ran" not in shown(selfcheck_view(mixed()))


def test_selfcheck_of_a_perfect_submission_is_short_and_kind():
    text = shown(selfcheck_view(perfect()))
    assert "Full marks: all 20 checks pass. Well done." in text
    assert len(text.splitlines()) < 15


def unwritten(n_functions: int) -> Grade:
    """Returns the grade of a template with so many functions, in two sections."""
    change = {"status": Status.MISSING, "points": 0.0, "hint": "", "measures": (), "reproduction": None}
    checks = tuple(
        replace(
            LOST_CHECKS[1],
            **change,
            id=f"t[{n}]",
            function=f"function_{n}",
            section="Layers" if n < 8 else "Network",
            message=f"function_{n} returned None: is it implemented?",
        )
        for n in range(n_functions)
    )
    source = FunctionSource("function_0", "cs231n/layers.py", 19, "def function_0(): ...\n")
    return replace(mixed(), checks=checks, sources=(source,))


def test_selfcheck_of_a_template_says_what_comes_first_and_how_much_is_left_on_one_screen():
    text = shown(selfcheck_view(unwritten(10), so_far=range_words(0.0, 0.0, 100.0)), width=80)
    assert text.split()[:4] == ["Begin", "with:", "function_0", "cs231n/layers.py:19"]
    assert re.search(r"Layers +8 of 8 +function_0 and 7 more", text)
    assert re.search(r"Network +2 of 2 +function_8, function_9", text)
    assert "Not written yet: 10 of 10 functions" in text
    assert "Points so far: at least 0, at most 0 of 100." in text
    assert text.count("is it implemented?") == 1
    assert len(text.splitlines()) < 20


def test_no_name_is_cut_on_a_narrow_terminal():
    text = shown(selfcheck_view(unwritten(3)), width=24)
    assert "…" not in text


def test_selfcheck_says_whose_results_are_kept():
    text = shown(selfcheck_view(replace(mixed(), kept=("affine_forward", "conv_forward_naive"))))
    assert re.search(r"conv_forward_naive  cs231n/layers.py:88 .*\(kept: nothing of it changed\)", text)
    assert "✓ Passed, kept: nothing of it changed: affine_forward" in text
    assert re.search(r"2 of \d+ functions kept from an earlier check, since nothing of them has changed", text)


def test_range_of_points_promises_no_hidden_check():
    assert range_words(20.0, 60.0, 100.0).endswith("of 100. Hidden checks decide what lies between.")


@pytest.mark.parametrize("view", [grade_table, selfcheck_view])
def test_hostile_text_is_neither_markup_nor_command(view):
    text = shown(view(hostile()))
    assert "[bold red]rich[/]" in text
    assert "[link=http://evil.example]" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    coloured = shown(view(hostile()), colour=True)
    assert "\x1b]" not in coloured
    assert not re.search(r"\x1b(?!\[[\d;]*m)", coloured)


def test_passing_checks_are_not_listed_in_the_table():
    text = shown(grade_table(mixed()))
    assert PASSED_CHECKS[1].title not in text


def test_checks_that_fail_for_one_reason_are_named_a_few_times_only():
    message = "f returned a list, should be an array."
    change = {"status": Status.FAILED, "points": 0.0, "message": message, "hint": "", "function": "f", "measures": ()}
    missing = tuple(replace(PASSED_CHECKS[0], id=f"test_f[{number}]", **change) for number in range(8))
    text = shown(selfcheck_view(replace(mixed(), checks=missing)))
    assert text.count(message) == 1
    assert f"and {len(missing) - 3} more check" in text
