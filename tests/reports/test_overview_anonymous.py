"""The pages for showing in class name nobody, quote nobody and lead to nobody, and stay the same from day to day."""

import re
from dataclasses import replace

from classes import entries_of
from grades import check, grade_of

from grader.model.people import About, Student
from grader.model.results import Status, Ungraded
from reports.entries import IndexEntry
from reports.overview.anonymous import FEWEST, invented_names
from reports.overview.pages import anonymous_pages

SECRET = b"kept beside the grades"


def pages_of(entries, secret=SECRET) -> dict[str, str]:
    return dict(anonymous_pages(iter(entries), secret, "Autumn"))


def failing(name: str, message: str, hint: str = "", student: str = "") -> IndexEntry:
    lost = check("conv::a", "It pads", "Convolution", Status.RAISED, message=message, hint=hint)
    known = About(students=(Student(name=student),))
    return IndexEntry(grade_of(name, (lost, check("conv::b", "It strides", "Convolution"))), "r.html", known)


def test_no_name_no_link_to_a_report_and_no_page_of_pairs():
    pages = pages_of(entries_of(60))
    assert set(pages) == {"index.html", "matrix.html", "checks.html", "misconceptions.html"}
    for name, html in pages.items():
        assert not re.search(r"\d{4}-student", html), name
        assert "submissions/" not in html, name
        assert "similarity.html" not in html, name
        assert "names are invented" in html


def test_reason_of_an_ungraded_submission_stays_away():
    html = pages_of([IndexEntry(Ungraded("Eve", "eve_smith_final.zip holds no layers.py."), None)])["index.html"]
    assert "Not graded" in html
    assert "smith" not in html


def test_words_of_a_few_students_are_not_shown_and_those_of_many_are():
    rare, common = "KeyError ('my own words')", "ValueError (cannot broadcast)"
    entries = [failing(f"s-{i}", rare) for i in range(FEWEST - 1)] + [failing(f"t-{i}", common) for i in range(FEWEST)]
    for name in ("checks.html", "misconceptions.html"):
        html = pages_of(entries)[name]
        assert "my own words" not in html
        assert "cannot broadcast" in html


def test_words_that_name_somebody_are_not_shown_however_common():
    entries = [failing(f"s-{i}", "NameError (zelda is not defined)", "Where does zelda come from?") for i in range(9)]
    entries.append(failing("0007", "other", student="Zelda Quist"))
    assert not [name for name, html in pages_of(entries).items() if "zelda" in html.lower()]


def test_code_that_a_message_quotes_is_not_shown():
    entries = [failing(f"s-{i}", "layers.py line 3: `secret_trick = x` raises IndexError (9).") for i in range(9)]
    assert not [name for name, html in pages_of(entries).items() if "secret_trick" in html]


def test_lateness_and_changes_stay_away():
    entry = replace(failing("s-1", "x"), about=About(notes=("attempt 2",), students=(Student(name="Ada"),)))
    assert not [name for name, html in pages_of([entry]).items() if "attempt 2" in html or ">Ada<" in html]


def test_invented_names_stay_the_same_and_depend_on_the_secret():
    names = [f"student-{i}" for i in range(1500)]
    invented = invented_names(names, SECRET)
    assert len(set(invented.values())) == 1500
    assert invented == invented_names(reversed(names), SECRET)
    assert invented != invented_names(names, b"another")
    assert pages_of(entries_of(20)) == pages_of(entries_of(20))


def test_order_of_the_rows_is_that_of_the_invented_names():
    html = pages_of(entries_of(60, with_code=False))["index.html"]
    for kind in ("final", "not-final"):
        names = re.findall(rf'<tr class="{kind}".*?<bdi>(.*?)</bdi>', html)
        assert names == sorted(names)
