"""The report page says everything that a grade holds, safely, in one small file."""

import base64
import hashlib
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from grades import (
    BROKEN_CHECK,
    ENVIRONMENT,
    HOSTILE,
    LOST_CHECKS,
    PASSED_CHECKS,
    grade_of,
    hostile,
    incomplete,
    mixed,
    perfect,
    unfinished,
)
from parsed_page import Page

from grader.model.people import About, Lateness
from grader.model.results import FunctionSource, Grade, Measure, Status
from reports.cards import with_code
from reports.code import code_view
from reports.order import alike
from reports.page import report_html
from reports.report_limits import MAX_REPORT_BYTES

GOLD = Path(__file__).parent / "gold" / "report.html"


ALL_GRADES = {
    "perfect": perfect,
    "mixed": mixed,
    "incomplete": incomplete,
    "unfinished": unfinished,
    "hostile": hostile,
}


@pytest.fixture(params=ALL_GRADES)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(report_html(ALL_GRADES[request.param]()))


def test_every_element_is_closed_and_every_id_is_unique(page):
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_link_stays_on_the_page_and_arrives(page):
    ids = {f"#{attrs['id']}" for _, attrs in page.tags if "id" in attrs}
    links = page.attributes("a", "href") + page.attributes("use", "href")
    assert links
    assert set(links) <= ids


def test_page_loads_nothing_and_runs_nothing(page):
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "base", "audio", "video"}
    assert page.attributes("link", "href") == ["data:,"]
    for _, attrs in page.tags:
        assert not {"src", "srcset", "action", "style", "background"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]


def test_policy_allows_exactly_the_style_of_the_page():
    html = report_html(mixed())
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = Page(html).attributes("meta", "content")[0]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "script-src 'none'" in policy
    assert "url(" not in style
    assert "@import" not in style


def test_page_has_landmarks_and_headings_in_order(page):
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(tag) for tag in ("main", "nav", "h1")] == [1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_hostile_text_is_shown_as_text():
    html = report_html(hostile())
    shown = Page(html)
    assert "<script>alert(1)</script>" in shown.text
    assert "{{ 7*7 }}" in shown.text
    assert "49" not in shown.attributes("p", "title")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)


def test_everything_about_a_lost_check_is_on_the_page():
    text = Page(report_html(mixed())).text
    for check in LOST_CHECKS:
        assert check.title in text
        assert all(" ".join(line.split()) in text for line in check.message.splitlines())
        assert check.hint in text
    assert "21,000 times the limit" in text
    assert "not a number" in text
    assert "What the code printed dout (2, 3, 4, 4)" in text
    assert "cs231n/layers.py, line 88" in text
    assert "for n in range(N):" in text
    assert "np.int was put back" in text
    assert "hidden inputs" in text


def test_call_to_paste_stands_on_the_page_line_by_line():
    found = LOST_CHECKS[1].reproduction
    html = report_html(grade_of("x", LOST_CHECKS))
    assert f'<pre class="paste" tabindex="0">{found.call}</pre>' in html
    assert "It givesout, shape (1, 1, 1, 2): [[[[5. 8.]]]]" in Page(html).text
    raised = replace(LOST_CHECKS[1], reproduction=replace(found, expected=""))
    assert "It should be" not in Page(report_html(grade_of("x", (raised,)))).text


def test_table_in_a_message_keeps_its_columns():
    html = report_html(mixed())
    assert '<pre class="lines" tabindex="0">index        | obtained   | expected\n[0, 0, 1, 1] |' in html
    first = html[html.index('id="first"') : html.index('id="work"')]
    assert "dx is wrong in 12 of 64 entries" in first
    assert "obtained" not in first


def test_every_status_has_a_word_and_a_sign():
    html = report_html(incomplete())
    for status in Status:
        assert f'href="#icon-{status.value}"' in html
        assert f'<symbol id="icon-{status.value}"' in html


def test_prerequisites_come_first_and_what_waits_comes_last():
    html = report_html(mixed())
    first = html[html.index('id="first"') : html.index('id="work"')]
    names = re.findall(r"<code>(\w+)</code>", first)
    assert names[0] == "softmax_loss"
    assert names[1:3] == ["conv_forward_naive", "max_pool_backward_naive"]
    assert names[-1] == "conv_backward_naive"


def test_checks_that_say_the_same_share_a_card():
    text = Page(report_html(mixed())).text
    assert "3 checks alike" in text
    assert "What the code printed" in text


@pytest.mark.parametrize(
    ("grade", "sentence"),
    [
        (perfect(), "Full marks: all 20 checks pass."),
        (mixed(), "8 of 20 checks pass. All failures are in 7 functions."),
        (unfinished(), "0 of 8 checks pass. 6 functions are not implemented yet."),
        (
            grade_of("x", (PASSED_CHECKS[1], LOST_CHECKS[0])),
            "Full marks, but 1 check does not pass yet.",
        ),
        (grade_of("x", ()), "No check ran, so there is nothing to score."),
    ],
)
def test_headline_says_how_the_submission_stands(grade, sentence):
    assert sentence in Page(report_html(grade)).text


def test_grade_that_is_not_final_says_so_and_whose_turn_it_is():
    text = Page(report_html(incomplete())).text
    assert "so far, not final" in text
    assert "1 check could not be judged because of an internal error (not in this code)" in text
    assert "course staff's turn" in text
    assert BROKEN_CHECK.title in text
    assert "not final" not in Page(report_html(mixed())).text
    assert "did not finish" in Page(report_html(replace(mixed(), complete=False))).text


def test_broken_check_alone_leaves_the_student_nothing_to_do():
    text = Page(report_html(grade_of("x", (*PASSED_CHECKS, BROKEN_CHECK)))).text
    assert "What to do first" not in text
    assert "nothing to do about them in the code" in text
    assert "Full marks" not in text


def test_page_of_a_selfcheck_says_that_hidden_inputs_did_not_run():
    grade = replace(mixed(), environment=replace(ENVIRONMENT, hidden=False, sandbox="limits"))
    assert "Only visible checks ran" in Page(report_html(grade)).text
    assert "Only visible checks ran" not in Page(report_html(mixed())).text


@pytest.mark.parametrize(("score", "shown"), [(100.0, "100"), (99.99, "99.9"), (99.999999, "99.9"), (0.001, "0.1")])
def test_a_lost_point_never_reads_as_full_marks(score, shown):
    html = report_html(replace(mixed(), score=score, max_score=100.0))
    assert f"<b>{shown}</b> of 100 points" in html
    bar = float(re.search(r'class="bar-won" width="([\d.]+)"', html)[1])
    assert (bar == 100) == (score == 100)
    assert bar > 0


def many_checks(n_checks: int, text: str) -> Grade:
    """Returns a grade whose every part is as large as a submission can make it."""
    checks = tuple(
        replace(
            (*PASSED_CHECKS, *LOST_CHECKS)[i % 20],
            id=f"check{i}",
            function=f"f{i % 30}{text[:50]}",
            section=f"s{i % 40}{text[:50]}",
            title=text,
            message=text,
            hint=text,
            remarks=(text,) * 20,
            output=text,
            measures=(Measure(text, 1e-3, 1e-8),) * 20,
        )
        for i in range(n_checks)
    )
    sources = tuple(FunctionSource(f"f{i}{text[:50]}", text, 1, text * 3) for i in range(30))
    return grade_of(text, checks, sources=sources, notes=(text,) * 100)


@pytest.mark.parametrize("text", ["&" * 70_000, "😀" * 70_000, "'x' + 1\n" * 9000, '(("""\\' * 9000, "a" * 70_000])
@pytest.mark.slow
def test_page_stays_small_whatever_a_submission_made_large(text):
    html = report_html(many_checks(200, text))
    assert len(html.encode()) < MAX_REPORT_BYTES
    shown = Page(html)
    assert shown.open == []
    assert "left out" in shown.text


def test_long_output_and_code_say_that_they_were_cut():
    check = replace(LOST_CHECKS[1], output="start" + "y" * 100_000 + "end")
    source = FunctionSource("conv_forward_naive", "layers.py", 1, "x = 1\n" * 9000)
    text = Page(report_html(grade_of("x", (check,), sources=(source,)))).text
    assert "This is the beginning and the end; 94,008 characters in the middle are left out." in text
    assert "The first 400 lines of 9,000; the rest is left out." in text


def test_usual_class_size_grade_is_shown_in_full():
    checks = tuple(
        replace(check, id=f"{check.id}-{i}", title=f"{check.title} ({i})")
        for i in range(8)
        for check in (*PASSED_CHECKS, *LOST_CHECKS)
    )
    html = report_html(grade_of("x", checks))
    assert "left out" not in html
    shown = Page(html).text
    assert all(check.title in shown for check in checks)


def test_functions_that_fail_for_one_reason_are_one_thing_to_do():
    reason = "layers.py line 34: `print x` is not valid Python."
    checks = tuple(replace(check, status=Status.RAISED, points=0.0, message=reason) for check in PASSED_CHECKS)
    waiting = tuple(
        replace(LOST_CHECKS[3], id=f"w{i}", function=f"f{i}", message=f"f{i} needs another function") for i in range(3)
    )
    html = report_html(grade_of("x", (*waiting, *checks)))
    items = re.findall(r"<li><a href=.*?</li>", html[html.index('id="first"') : html.index('id="work"')], re.DOTALL)
    assert [item.count("<a ") for item in items] == [6, 3]
    assert "<code>print x</code> is not valid Python." in items[0]
    assert "up to 14 points" in items[0]
    assert "Fix the functions above first" in items[1]


def test_file_that_cannot_be_imported_is_one_card_for_all_of_its_functions():
    reason = "layers.py line 34: `print x` is not valid Python."
    change = {"status": Status.RAISED, "points": 0.0, "message": reason, "measures": (), "output": "", "remarks": ()}
    page = Page(report_html(grade_of("x", tuple(replace(check, **change) for check in PASSED_CHECKS))))
    assert "affine_forward and 5 more functions" in page.text
    assert "0 of 8 checks pass. All failures have the same cause." in page.text
    assert page.text.count("is not valid Python") == 2  # what to do first, and the card
    assert "Also conv_forward_naive, conv_backward_naive" in page.text


def test_places_of_another_case_name_it():
    first = replace(LOST_CHECKS[1], id="a[pad0]")
    other = replace(first, id="a[wide-image]", error_map=LOST_CHECKS[4].error_map)
    assert "dx [wide-image]: Wrong in row 1" in Page(report_html(grade_of("x", (first, other)))).text


@pytest.mark.parametrize(
    ("name", "lines", "sets"),
    [
        ("dx", ["dx = np.zeros(3)", "  dx[n, :, i : j] += w", "dw, dx = f(x)", "dx *= 2"], True),
        ("dx", ['"""Text.', "    dx = 1", '"""'], False),
        ("dx", ["if dx == 1:", "y = dx", "f(dx=3)", "dx2 = 1", "# dx", "f(a, dx=3)", "dx[0]", ""], False),
        ("grads['W1']", ["grads['W1'] = dw", 'grads["W1"] += reg * W1', "x, grads['W1'] = f()"], True),
        ("grads['W1']", ["grads['W2'] = dw", "grads = {}"], False),
    ],
)
def test_lines_that_set_a_wrong_value_are_marked(name, lines, sets):
    source = FunctionSource("f", "layers.py", 5, "\n".join(lines))
    view = code_view(source, 5000, wrong=(name,))
    assert view.setting == (frozenset(range(5, 5 + len(lines))) if sets else frozenset())
    assert view.legend == (f"▹ marks where {name} is set." if sets else "")


def test_wrong_value_of_a_card_is_marked_in_the_code():
    html = report_html(mixed())
    assert re.findall(r'<span data-line="(\d+)" class="sets">', html) == ["97", "103", "205", "209"]
    assert "▹ marks where dx is set." in html


def test_places_of_errors_are_drawn_and_said():
    html = report_html(mixed())
    assert "dx: Wrong in row 1, in every column." in Page(html).text
    (svg,) = re.findall(r'<figure class="places">\s*<svg.*?</svg>', html, re.DOTALL)
    assert re.findall(r"<text[^>]*>(.*?)</text>", svg) == [
        "image 0, channel 0",
        "image 0, channel 1",
    ]
    assert re.findall(r'class="places-(\d)" d="(.*?)"', svg) == [
        ("1", "M12 12h12v12H12z"),
        ("2", "M0 12h12v12H0z"),
        ("3", "M24 12h12v12H24z"),
        ("3", "M0 12h36v12H0z"),
    ]


def test_failures_of_one_cause_share_a_card_whatever_their_numbers_are():
    first, hint = LOST_CHECKS[1], "Which axes does the padding reach?"
    others = [
        replace(first, id="drawn", title="drawn inputs", visible=False, message="out is wrong in 3 of 7 entries."),
        replace(LOST_CHECKS[2], hint="Another cause."),
        replace(first, id="wide", title="wide images", message="out is wrong in 2 of 8 entries.", reproduction=None),
        replace(first, id="dx", title="gradient of x", message="dx is wrong in 2 of 8 entries."),
    ]
    groups = alike((*others, first))
    assert [[check.id for check in same] for same in groups] == [
        ["wide", first.id, "drawn"],
        [LOST_CHECKS[2].id],
        ["dx"],
    ]
    html = report_html(grade_of("x", (*others, first)))
    assert html.count(hint) == 2
    # The call is that of whichever check has it.
    assert first.reproduction.call in html


def test_known_mistake_and_exception_of_a_line_are_causes():
    first, raised = LOST_CHECKS[1], LOST_CHECKS[8]
    checks = [
        replace(first, id="a", mistakes=("bias",), message="out is wrong."),
        replace(first, id="b", mistakes=("bias",), message="dx is wrong.", hint="Another hint."),
        replace(raised, id="c", message="layers.py line 4: `a + b` raises ValueError (shapes (2,3) (4,))."),
        replace(raised, id="d", message="layers.py line 4: `a + b` raises ValueError (shapes (5,6) (7,)).", hint=""),
        replace(raised, id="e", message="layers.py line 9: `a - b` raises ValueError (shapes (5,6) (7,))."),
    ]
    assert [[check.id for check in same] for same in alike(checks)] == [["a", "b"], ["c", "d"], ["e"]]


def test_function_with_many_lost_checks_folds_the_later_ones():
    checks = tuple(replace(LOST_CHECKS[1], id=f"c{i}", title=f"claim {i}", hint=f"Look {i}.") for i in range(9))
    html = report_html(grade_of("x", checks))
    assert "6 more checks of <code>conv_forward_naive</code>" in html
    assert html.index("claim 2") < html.index('<details class="more">') < html.index("claim 3<")
    assert "more check" not in report_html(grade_of("x", checks[:4]))


def test_line_that_a_message_names_is_marked_in_the_code():
    html = report_html(mixed())
    assert re.findall(r'<span data-line="(\d+)" class="at">', html) == ["412"]
    other_file = replace(LOST_CHECKS[8], message="cnn.py line 411: x raises y")
    assert 'class="at"' not in report_html(grade_of("x", (other_file,)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a `b` c", "a <code>b</code> c"),
        ("`<i>`", "<code>&lt;i&gt;</code>"),
        ("one ` alone", "one ` alone"),
        ("`a` and `", "<code>a</code> and `"),
        ("", ""),
    ],
)
def test_words_between_backticks_are_code(text, html):
    assert with_code(text) == html


def test_line_numbers_are_those_of_the_file():
    html = report_html(mixed())
    numbers = [int(n) for n in re.findall(r'<span data-line="(\d+)"', html)]
    assert numbers[:18] == list(range(88, 106))


def test_multi_line_strings_are_coloured_on_each_line():
    source = FunctionSource("softmax_loss", "layers.py", 5, 'def f():\n    """one\n    two"""\n    return 1\n')
    html = report_html(grade_of("x", (LOST_CHECKS[0],), sources=(source,)))
    assert '<span data-line="7"><i class="s">    two&#34;&#34;&#34;</i>' in html


def test_small_report_equals_its_gold_file(tmp_path):
    grade = grade_of("Ada Lovelace", (PASSED_CHECKS[1], LOST_CHECKS[1]))
    actual = scrub(report_html(grade))
    if os.environ.get("ACCEPT_GOLD"):
        GOLD.write_text(actual)
    (tmp_path / "report.html").write_text(actual)
    assert actual == GOLD.read_text(), f"to accept {tmp_path / 'report.html'}, run again with ACCEPT_GOLD=1"


def scrub(html: str) -> str:
    """Leaves out the style sheet and its hash: how a page looks is not what the gold file holds."""
    html = re.sub(r"<style>.*?</style>", "<style></style>", html, flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-", html)


def test_hostile_constant_holds_what_it_should():
    for trick in ("=cmd", "<script>", "]]>", "\x1b[31m", "\u202e", "\n::error", "\ud800"):
        assert trick in HOSTILE


def test_score_that_counts_stands_first_and_the_checks_own_beside_it():
    late = Lateness("2026-11-22T10:00:00+00:00", "2026-11-20T10:00:00+00:00", late_days=1, penalty=10.0)
    page = Page(report_html(perfect(), About(lateness=late)))
    assert page.text.index("26 of 36 points") < page.text.index("Final score 26 of 36, 36 before late penalty")
    assert "before late penalty" not in Page(report_html(perfect())).text
