"""The class page lists every submission: nothing lost, nothing taken for a zero, nothing run but its own script."""

import base64
import hashlib
import re

import pytest
from grades import HOSTILE, hostile, incomplete, mixed, perfect, unfinished
from test_reports_page import Page

from grader.results import Ungraded
from reports.page import IndexEntry, index_html

UNGRADED = Ungraded("Barbara Liskov", "layers.py is not in it. Put cs231n/layers.py into the archive.")

CLASS = [
    IndexEntry(perfect(), "submissions/ada/report.html"),
    IndexEntry(mixed(), "submissions/grace/report.html"),
    IndexEntry(UNGRADED, None),
    IndexEntry(incomplete(), "submissions/alan/report.html"),
    IndexEntry(unfinished(), None),
]


def rows_of(html: str) -> list[str]:
    """Returns the text of each row of the table."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[1]
    return [Page(f"<tr>{row}</tr>").text for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)]


def test_every_submission_has_a_row_and_open_questions_come_first():
    rows = rows_of(index_html(CLASS))
    assert [row.split()[0] for row in rows] == ["Barbara", "Alan", "Ada", "Grace", "Edsger"]


def test_row_without_a_final_grade_gives_a_reason_and_no_score():
    barbara, alan, *_ = rows_of(index_html(CLASS))
    assert barbara == f"Barbara Liskov Not graded {UNGRADED.reason}"
    assert alan.startswith("Alan Turing Not final 6.5")
    assert "course staff's turn" in alan


def test_row_shows_score_sections_and_how_many_checks_ended_how():
    *_, ada, grace, edsger = rows_of(index_html(CLASS))
    assert ada.startswith("Ada Lovelace 36 10 4 10")
    assert ada.endswith("✓ 20")
    assert grace.startswith("Grace Hopper 14.5 6.5 4 4 0")
    assert "✗ 4 ○ 3 ! 1" in grace
    assert edsger.startswith("Edsger Dijkstra 0 0 0 0")


def test_signs_have_words_for_those_who_do_not_see_them():
    page = Page(index_html(CLASS))
    labels = page.attributes("span", "aria-label")
    assert "4 Wrong answer" in labels
    assert "20 Passed" in labels
    assert "✗ Wrong answer" in page.text


def test_summary_counts_and_gives_the_median_of_final_grades():
    text = Page(index_html(CLASS, title="Autumn")).text
    assert "5 submissions: 3 graded, 1 not final and 1 not graded. The median is 14.5 of 36 points." in text
    assert "Autumn" in text
    assert "No submissions." in Page(index_html([])).text


def test_only_the_script_of_the_page_may_run():
    html = index_html([*CLASS, IndexEntry(hostile(), "x.html"), IndexEntry(Ungraded(HOSTILE, HOSTILE), None)], HOSTILE)
    page = Page(html)
    assert page.open == []
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[-1].encode()).digest()).decode()
    policy = page.attributes("meta", "content")[0]
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not {"src", "style"} & {name for _, attrs in page.tags for name in attrs}
    assert "<script>alert(1)</script>" in page.text


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
    page = Page(index_html([IndexEntry(perfect(), href)]))
    assert page.attributes("a", "href") == ["#main"]
    assert "Ada Lovelace" in page.text


def test_links_beside_the_page_are_kept():
    links = Page(index_html(CLASS)).attributes("a", "href")
    assert links[1:] == ["submissions/alan/report.html", "submissions/ada/report.html", "submissions/grace/report.html"]


def test_rows_sort_by_numbers_and_those_without_one_stay_empty():
    html = index_html(CLASS)
    assert 'data-sort="14.5"' in html
    assert re.search(r'class="ungraded">.*?data-sort=""', html, re.DOTALL)
    assert '"None"' not in html
