"""The pages of a class list every submission: nothing lost, nothing taken for a zero, no script but their own."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from classes import entries_of
from grades import HOSTILE, check, grade_of, hostile, incomplete, mixed, perfect, unfinished
from parsed_page import Page

from grader.model.people import About, Adjustment, Lateness, Student
from grader.model.results import Status, Ungraded
from reports.entries import IndexEntry
from reports.overview.facts import gather
from reports.overview.matrix import by_pattern, matrix_data
from reports.overview.pages import class_pages

UNGRADED = Ungraded("Barbara Liskov", "layers.py is not in it. Put cs231n/layers.py into the archive.")

CLASS = [
    IndexEntry(perfect(), "submissions/ada/report.html"),
    IndexEntry(mixed(), "submissions/grace/report.html"),
    IndexEntry(UNGRADED, None),
    IndexEntry(incomplete(), "submissions/alan/report.html"),
    IndexEntry(unfinished(), None),
]


def pages_of(entries, **options) -> dict[str, str]:
    return dict(class_pages(iter(entries), **options))


def index_of(entries, **options) -> str:
    return pages_of(entries, **options)["index.html"]


def rows_of(html: str) -> list[str]:
    """Returns the text of each row of the table of submissions."""
    table = html[html.index('id="submissions"') :]
    body = re.search(r"<tbody>(.*?)</tbody>", table, re.DOTALL)[1]
    return [Page(f"<tr>{row}</tr>").text for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)]


def test_every_submission_has_a_row_and_open_questions_come_first():
    rows = rows_of(index_of(CLASS))
    assert [row.split()[0] for row in rows] == ["Barbara", "Alan", "Ada", "Grace", "Edsger"]


def test_row_without_a_final_grade_gives_a_reason_and_no_score():
    barbara, alan, *_ = rows_of(index_of(CLASS))
    assert barbara == f"Barbara Liskov Not graded {UNGRADED.reason}"
    assert alan.startswith("Alan Turing Not final 65 %")
    assert "course staff's turn" in alan


def test_row_shows_score_sections_and_how_many_checks_ended_how():
    *_, ada, grace, edsger = rows_of(index_of(CLASS))
    assert ada.startswith("Ada Lovelace 36 100 % 4 100 %")
    assert ada.endswith("✓ 20")
    assert grace.startswith("Grace Hopper 14.5 65 % 4 40 % 0")
    assert "✗ 4 ○ 3 ! 1" in grace
    assert edsger.startswith("Edsger Dijkstra 0 0 % 0 0 %")


def test_lateness_and_adjustments_show_beside_the_name_and_count():
    about = About(
        students=(Student(name="Grace Brewster Hopper"),),
        lateness=Lateness("2026-11-22T10:00:00+00:00", "2026-11-20T10:00:00+00:00", late_days=2, penalty=4.0),
        adjustments=(Adjustment("Grace Hopper", "", 1.5, "", "regrade", "TA", "2026-11-23T10:00:00+00:00"),),
    )
    row = rows_of(index_of([IndexEntry(mixed(), None, about)]))[0]
    assert row.startswith("Grace Brewster Hopper Grace Hopper late by 2 days adjusted by +1.5 14.5 before 12 ")


def test_signs_have_words_for_those_who_do_not_see_them():
    page = Page(index_of(CLASS))
    labels = page.attributes("span", "aria-label")
    assert "4 Wrong answer" in labels
    assert "20 Passed" in labels
    assert "✗ Wrong answer" in page.text


def test_summary_counts_and_gives_the_median_of_final_grades():
    text = Page(index_of(CLASS, title="Autumn")).text
    assert "5 submissions: 3 graded, 1 not final and 1 not graded. The median is 14.5 of 36 points." in text
    assert "Autumn" in text
    assert "No submissions." in Page(index_of([])).text


@pytest.mark.parametrize("name", ["index.html", "matrix.html", "checks.html", "misconceptions.html"])
def test_only_the_script_of_the_page_may_run(name):
    entries = [*CLASS, IndexEntry(hostile(), "x.html"), IndexEntry(Ungraded(HOSTILE, HOSTILE), None)]
    html = pages_of(entries, title=HOSTILE)[name]
    page = Page(html)
    policy = page.attributes("meta", "content")[0]
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) <= 1
    assert len([tag for tag, _ in page.tags if tag == "script"]) == len(scripts) + html.count('type="application/json"')
    if scripts:
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not {"src", "style"} & {attribute for _, attributes in page.tags for attribute in attributes}
    assert not [href for href in page.attributes("a", "href") if ":" in href]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "https://evil.example/",
        "//evil.example/",
        "\\\\evil.example",
        "data:text/html,x",
        "http://[",
    ],
)
def test_link_that_leaves_the_folder_is_not_made(href):
    for name, html in pages_of([IndexEntry(mixed(), href)]).items():
        links = Page(html).attributes("a", "href")
        assert not [link for link in links if not re.fullmatch(r"#main|[a-z]+\.html(#[a-z0-9-]+)?", link)], name
        assert "evil.example" not in html


def test_links_beside_the_page_are_kept():
    links = Page(index_of(CLASS)).attributes("a", "href")
    reports = [link for link in links if link.startswith("submissions/")]
    assert reports == [f"submissions/{name}/report.html" for name in ("alan", "ada", "grace")]


def test_rows_sort_by_numbers_and_those_without_one_stay_empty():
    html = index_of(CLASS)
    assert 'data-sort="14.5"' in html
    assert re.search(r'class="ungraded".*?data-sort=""', html, re.DOTALL)
    assert '"None"' not in html


def test_few_scores_are_read_and_many_are_drawn():
    assert 'class="plot"' not in index_of(CLASS)
    html = index_of(entries_of(30, with_code=False))
    assert 'class="plot"' in html
    numbers = re.search(r'<details class="numbers">(.*?)</details>', html, re.DOTALL)[1]
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", numbers))) == 30


def test_matrix_has_a_letter_for_each_student_and_check_and_nobody_is_lost():
    html = pages_of(CLASS)["matrix.html"]
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])
    assert [row[0] for row in data["rows"]] == ["Alan Turing", "Ada Lovelace", "Grace Hopper", "Edsger Dijkstra"]
    assert [row[1] for row in data["rows"]] == ["", "36", "14.5", "0"]
    assert {len(line) for line in data["cells"]} == {len(data["checks"])} == {18}
    assert set(data["cells"][1]) == {"p", "-"}
    assert set(data["cells"][0]) == set("pfmrtcybx")
    assert sorted(data["orders"]["pattern"]) == sorted(data["orders"]["name"]) == [0, 1, 2, 3]
    assert data["orders"]["name"] == [1, 0, 3, 2]


def test_cases_of_a_claim_are_one_column_of_the_matrix():
    def grade(name, *statuses):
        cases = (check(f"t.py::t[c{i}]", f"f is right (c{i})", "S", status) for i, status in enumerate(statuses))
        return IndexEntry(grade_of(name, tuple(cases)), None)

    passed, failed = Status.PASSED, Status.FAILED
    facts = gather([grade("a", passed, passed), grade("b", Status.BLOCKED, failed), grade("c", passed, Status.BROKEN)])
    data = matrix_data(facts)
    assert data["checks"] == [["f is right (2 cases)", 0, 50]]
    assert dict(zip([row[0] for row in data["rows"]], data["cells"], strict=True)) == {"a": "p", "b": "f", "c": "x"}


def test_rows_that_end_alike_stand_together():
    lines = ["pppp", "ffpp", "ppff", "ffpp", "ppff"]
    assert by_pattern(np.array([list(line) for line in lines])) == [0, 1, 3, 2, 4]


def test_check_that_only_some_had_leaves_the_others_open():
    extra = replace(check("speed::test_fast", "It is fast", "Speed"), status=Status.FAILED, message="Too slow.")
    facts = gather([IndexEntry(perfect(), None), IndexEntry(grade_of("Late", (*perfect().checks, extra)), None)])
    assert [row.letters[-1] for row in facts.rows] == ["-", "f"]


def test_section_that_hardly_anyone_has_takes_no_columns_and_explains_the_other_maxima():
    checks = sorted(perfect().checks, key=lambda check: -check.max_points)
    lone = replace(checks[0], points=0.5, max_points=0.5)
    extra = check("nb::test_figure", "The figure", "Notebook", points=1.0, max_points=1.0)
    usual = [IndexEntry(grade_of(f"s{i}", tuple(checks)), None) for i in range(5)]
    pages = pages_of([*usual, IndexEntry(grade_of("late", (lone, *checks[1:], extra)), None)])
    left_out = "Not shown because fewer than a fifth of the submissions have them: 1 check of Notebook."
    assert left_out in pages["matrix.html"]
    assert "The figure" not in pages["matrix.html"]
    assert "The figure" in pages["checks.html"]
    words = re.search(r'<p class="aside">(A section .*?)</p>', pages["index.html"])[1]
    assert f"{checks[0].section} is out of" in words
    assert "shown in percent" in words
    assert pages["index.html"].count('data-sort="100.0">100 %</td>') > 1
    same = pages_of(usual)
    assert "Not shown because" not in same["matrix.html"]
    assert "count for more" not in same["index.html"]


def test_pages_hold_the_same_bytes_each_time():
    assert pages_of(entries_of(40, with_code=False)) == pages_of(entries_of(40, with_code=False))


def test_entries_are_read_once_and_let_go():
    alive = []

    def entries():
        for entry in entries_of(5, with_code=False):
            alive.append(entry.grade.submission.name)
            yield entry

    stream = entries()
    pages_of(stream)
    assert len(alive) == 5
    assert next(stream, None) is None


@pytest.mark.slow
def test_a_thousand_students_fit_into_two_megabytes():
    pages = pages_of(entries_of(1000, with_code=False))
    assert sum(len(text.encode()) for text in pages.values()) < 2_000_000
