"""What a class did not understand: figures of checks, causes, and failures that say the same, computed by hand."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from grades import check, grade_of, mixed, perfect

from grader.model.results import CheckResult, Status
from reports.entries import IndexEntry
from reports.exports.misconceptions import misconceptions_csv
from reports.overview.anonymous import anonymised
from reports.overview.distribution import distribution_svg, score_bins
from reports.overview.facts import gather
from reports.overview.findings import cause_views, check_views, missing_views, unexplained_views
from reports.overview.statistics import check_figures, point_biserial, score_figures, section_figures
from reports.overview.wording import general_words


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "dx is wrong in 11 of 96 entries, first at [0, 0, 1, 3] (dx error 1.3e+00, should be below 1e-06) "
            "[max_pool_backward_naive, pool_height=2, x (2, 3, 4, 4)].",
            "dx is wrong in … of … entries, first at […] (dx error …, should be below …).",
        ),
        ("out.shape is (2, 3), should be (2, 3, 5) [f, pad=0].\nindex | value", "out.shape is (…), should be (…)."),
        ("layers.py line 34: `out = x / 2` raises TypeError (no).", "layers.py line …: `…` raises TypeError (no)."),
        ("`np.int` is gone, `reshape` stays", "`…` is gone, `reshape` stays"),
        ("loss is NaN, should be -2.302", "loss is NaN, should be …"),
        ("conv2d takes x1 and 1x1", "conv2d takes x1 and 1x1"),
        ("", ""),
    ],
)
def test_failures_that_differ_in_numbers_only_say_the_same(message, words):
    assert general_words(message) == words


def test_point_biserial_is_the_correlation_by_hand():
    passed = [True] * 5 + [False] * 5
    rest = np.array([9.0, 8, 7, 9, 7, 4, 5, 6, 5, 5])
    # means 8 and 5, p = q = 1/2, variance of all (1+0+1+1+1 + 1+0+1+0+0)/10 + 1.5**2 = 2.85
    assert point_biserial(passed, rest) == pytest.approx(3 / 2.85**0.5 / 2)
    assert point_biserial(passed, rest) == pytest.approx(np.corrcoef(passed, rest)[0, 1])
    assert point_biserial([not each for each in passed], rest) < 0


@pytest.mark.parametrize(
    ("passed", "rest"),
    [([True] * 12, range(12)), ([True, False] * 6, [3.0] * 12), ([True, False] * 4, range(8)), ([], [])],
)
def test_discrimination_stays_open_where_it_has_no_meaning(passed, rest):
    assert point_biserial(passed, np.array(rest, float)) is None


def class_of_twelve(**changes: object) -> list[IndexEntry]:
    """Returns twelve grades of two checks: the first six pass both, the others fail the first."""
    entries = []
    for i in range(12):
        first = check("conv::a", "It pads", "Convolution", seconds=float(i))
        if i >= 6:
            lost = {"status": Status.FAILED, "points": 0.0, "message": f"{i} of 9 are wrong [conv, pad=1]."} | changes
            first = replace(first, **lost)
        second = check("conv::b", "It strides", "Convolution", points=2.0 - i / 10)
        entries.append(IndexEntry(grade_of(f"student-{i}", (first, second)), f"{i}.html"))
    return entries


def test_check_shows_pass_rate_median_time_and_grouped_failures():
    facts = gather(class_of_twelve())
    view, _ = check_views(facts, check_figures(facts))
    assert (view.rate_words, view.counts, view.time_words) == ("50 %", "6 of 12", "5.5 s")
    assert view.discrimination == pytest.approx(0.8691, abs=1e-3)
    (group,) = view.groups
    assert (group.n_students, str(group.words), group.n_more) == (6, "… of … are wrong.", 3)
    assert group.students == (("student-6", "6.html"), ("student-7", "7.html"), ("student-8", "8.html"))


def test_grade_that_is_not_final_says_nothing_about_a_check():
    broken = check("conv::b", "It strides", "Convolution", Status.BROKEN)
    entries = [*class_of_twelve(), IndexEntry(grade_of("late", (check("conv::a", "It pads", "C"), broken)), None)]
    facts = gather(entries)
    assert check_figures(facts)[0].n_judged == 12
    assert score_figures(facts).n_final == 12
    assert section_figures(facts)[0].n_students == 12


def test_cause_counts_students_not_checks_and_what_it_costs():
    facts = gather(class_of_twelve(hint="Is the padding on both sides?"))
    (cause,) = cause_views(facts)
    assert (cause.n_students, cause.share_words, cause.costs) == (6, "50 %", "costs 2 points each")
    assert str(cause.words) == "Is the padding on both sides?"
    assert cause.functions == (("conv", 6),)
    assert unexplained_views(facts) == ()


def test_function_of_a_student_counts_for_one_cause():
    lost = replace(check("conv::a", "It pads", "C"), status=Status.FAILED, points=0.0, message="x is wrong.")
    checks = [replace(lost, id=f"conv::{i}", hint=hint) for i, hint in enumerate(["", "Bias?", "Pad?", "Bias?", ""])]
    facts = gather([IndexEntry(grade_of("eve", tuple(checks)), None)])
    (cause,) = cause_views(facts)
    assert (str(cause.words), cause.n_students, cause.costs) == (
        "Bias?",
        1,
        f"costs {5 * lost.max_points:g} points each",
    )
    assert not facts.unexplained


def of_two_mistakes(more: str = "") -> list[IndexEntry]:
    """Returns two students with a mistake of the convolution, one of whom has another one of the pooling."""

    def lost(name: str, *mistakes: str, **changes: object) -> CheckResult:
        hint = " ".join(f"Says {mistake}." for mistake in mistakes)
        wrong = check(name, "It works", "C", Status.FAILED, message="out is wrong.", hint=hint, mistakes=mistakes)
        return replace(wrong, **changes)

    both = lost("conv::b", "stride", "bias")
    unnamed = lost("conv::c", hint="Another cause?")
    waits = lost("net::a", "stride", status=Status.BLOCKED, hint="Says stride. Look at conv first.")
    first = (lost("conv::a", "stride"), both, unnamed, waits, lost("pool::a", "overlap"))
    return [
        IndexEntry(grade_of(f"ada{more}", first), None),
        IndexEntry(grade_of(f"bob{more}", (lost("conv::a", "stride"),)), None),
        IndexEntry(perfect(), None),
    ]


def test_known_mistakes_are_counted_with_what_they_cost_and_what_goes_with_them():
    views = {view.name: view for view in cause_views(gather(of_two_mistakes()))}
    assert set(views) == {"stride", "bias", "overlap"}
    stride = views["stride"]
    assert (str(stride.words), stride.n_students, stride.share_words) == ("Says stride.", 2, "67 %")
    # Four checks of the one, of which one names nothing and one waits, and one of the other.
    assert (stride.costs, stride.functions) == ("costs 5 points each", (("conv", 2), ("net", 1)))
    assert stride.beside == (("bias", 1), ("overlap", 1))
    assert views["overlap"].functions == (("pool", 1),)


def test_table_of_misconceptions_has_no_names_and_no_code():
    quoting = check("conv::a", "It works", "C", Status.RAISED, message="`mine = 1` raises X.", hint="Look at the X.")
    entries = [*of_two_mistakes(), IndexEntry(grade_of("=cmd", (quoting,)), None)]
    text, n_rows = misconceptions_csv(entries)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert n_rows == len(rows) == 4
    assert {name: rows[0][name] for name in ("mistake", "students", "share", "points", "points_each")} == {
        "mistake": "stride",
        "students": "2",
        "share": "0.500",
        "points": "10",
        "points_each": "5",
    }
    assert rows[0]["together_with"] == "bias (1); overlap (1)"
    assert [row["example"] for row in rows if not row["mistake"]] == ["`…` raises X."]
    assert not [name for name in ("ada", "bob", "cmd", "mine") if name in text]


def test_anonymous_pages_show_mistakes_that_several_students_make():
    entries = [entry for copy in "xyz" for entry in of_two_mistakes(copy)]
    views = {view.name: view for view in cause_views(anonymised(gather(entries), b"secret"))}
    assert (str(views["stride"].words), views["stride"].n_students) == ("Says stride.", 6)
    assert views["stride"].beside == (("bias", 3), ("overlap", 3))
    assert cause_views(anonymised(gather(of_two_mistakes()), b"secret")) == ()


def test_failure_without_a_hint_is_listed_from_two_students_on():
    assert unexplained_views(gather(class_of_twelve()))[0].n_students == 6
    assert unexplained_views(gather(class_of_twelve()[:7])) == ()


def test_what_is_not_written_or_waits_is_no_misconception():
    facts = gather([IndexEntry(mixed(), None)])
    assert [str(view.words) for view in missing_views(facts)] == ["<code>spatial_batchnorm_forward</code>"]
    said = "".join(f"{view.words}{view.example}" for view in cause_views(facts))
    assert "conv_forward_naive fails first" not in said
    assert cause_views(gather([IndexEntry(perfect(), None)])) == ()


def test_bins_hold_every_score_even_past_the_maximum():
    bins = score_bins([0.0, 4.9, 5.0, 99.9, 100.0, 103.0], 100.0)
    assert [each.n_students for each in bins] == [2, 1, *[0] * 17, 3]


def test_plot_has_no_style_of_its_own_and_is_the_same_each_time():
    facts = gather(class_of_twelve())
    figures = score_figures(facts)
    draw = lambda: distribution_svg(score_bins([3.0, 4.0], figures.max_score), figures)  # noqa: E731
    assert draw() == draw()
    assert "style" not in draw()
    assert "#0" not in draw()
    assert "median" in draw()
