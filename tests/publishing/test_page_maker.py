"""Pages are made apart from the grades: what is too much for a page costs that page, and a sentence stands there."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import notebooks
import pytest
from grades import mixed

import grader
import reports
from grader.model.check_results import Series
from grader.model.people import About, Adjustment, Student
from grader.model.results import Attachment, FunctionSource, Ungraded
from grader.publishing import page_maker, page_worker
from grader.publishing.page_maker import PageMaker
from grader.sandbox import helper
from grader.sandbox.helper import Helper, Overrun
from reports.notebook_page import notebook_html
from reports.page import report_html

ABOUT = About(
    students=(Student("Ada"),), adjustments=(Adjustment("ada", "", 1.0, "Well explained.", "appeal", "G", "2026", 3),)
)


@pytest.fixture(scope="module")
def maker():
    with PageMaker() as maker:
        yield maker


def with_notebook(*cells):
    return replace(mixed(), attachments=(Attachment("notebook.ipynb", notebooks.notebook(*cells)),))


def test_pages_are_those_that_this_process_would_make(maker):
    grade = with_notebook(notebooks.markdown("# Title"), notebooks.code("x = 1", [], 1))
    pages = maker.pages(grade, ABOUT)
    assert list(pages) == ["grade.json", "notebook.ipynb", "notebook.html", "report.html"]
    shown = grade.for_students()
    assert pages["grade.json"] == shown.to_json()
    assert pages["report.html"] == report_html(shown, ABOUT)
    assert pages["notebook.html"] == notebook_html(grade.attachments[0].content, grade.submission.name)
    assert maker.pages(Ungraded("x", "no file")) == {"ungraded.txt": "no file\n"}


def test_process_is_kept_and_ends_with_its_maker():
    with PageMaker() as maker:
        maker.pages(mixed())
        process = maker._helper._process
        maker.pages(mixed())
        assert maker._helper._process is process
    assert process.returncode is not None


def test_what_is_no_notebook_has_a_sentence_for_a_page(maker):
    pages = maker.pages(replace(mixed(), attachments=(Attachment("notebook.ipynb", b"{}"),)))
    assert "could not be made: it ends in ValueError" in pages["notebook.html"]
    assert pages["report.html"].count("<table") > 0


def test_page_that_takes_too_long_is_plain_and_the_next_is_whole(maker, monkeypatch):
    monkeypatch.setattr(page_maker, "FULL_SECONDS", 1)
    slow = [notebooks.markdown("[a](b " * 6_000) for _ in range(40)]
    started = time.monotonic()
    pages = maker.pages(with_notebook(notebooks.code("print(1)", [], 1), *slow))
    assert time.monotonic() - started < 60
    assert "left out: to make them took too much time" in pages["notebook.html"]
    assert "print(1)" in pages["notebook.html"]
    monkeypatch.undo()
    assert "<em>words</em>" in maker.pages(with_notebook(notebooks.markdown("*words*")))["notebook.html"]


@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"cells": ' + b"[" * 100_000, json.dumps({"cells": [1, None, {}, []]}).encode()]
)
def test_notebooks_of_odd_forms_have_a_page(maker, content):
    pages = maker.pages(replace(mixed(), attachments=(Attachment("notebook.ipynb", content),)))
    assert pages["notebook.html"].startswith("<!doctype html>")
    assert len(pages["report.html"]) > 10_000


def test_report_that_cannot_be_made_is_a_sentence(maker, monkeypatch):
    def ask(*_):
        raise Overrun("takes <too> much")

    grade = mixed()
    monkeypatch.setattr(Helper, "ask", ask)
    page = maker.pages(replace(grade, submission=replace(grade.submission, name="<b>\x1b")))["report.html"]
    assert "could not be made: it takes &lt;too&gt; much. The grade stands" in page
    assert "&lt;b&gt;?" in page


def test_odd_texts_of_a_grade_reach_the_report(maker):
    odd = "\ud800 \x00 \u202e " + "(" * 5_000
    grade = replace(mixed(), notes=(odd,), sources=(FunctionSource("f\ud800", "a.py", 1, f"x = '{odd}'"),))
    assert "<h1" in maker.pages(grade)["report.html"]


def test_process_can_reach_nothing(monkeypatch):
    """Whoever took it over by a hole in a library would find no file to write and no program to start."""
    body = (
        "import os, socket, subprocess\n"
        "def attempt(action):\n"
        "    try: action()\n"
        "    except OSError: return 'kept'\n"
        "    return 'got in'\n"
        "from grader.publishing import page_worker as pagework\n"
        "def tried(message, content):\n"
        "    return ' '.join(map(attempt, (lambda: open('/tmp/owned', 'w'), lambda: open('/etc/passwd'),\n"
        "        lambda: subprocess.run(['/bin/true']), lambda: socket.socket())))\n"
        "pagework.PAGES['report'] = tried\n"
        "pagework.main()\n"
    )
    monkeypatch.setattr(helper, "BOOT", f"import json, sys; sys.path[:] = json.loads(sys.argv[1])\n{body}")
    with PageMaker() as maker:
        assert maker.pages(mixed())["report.html"] == "kept kept kept kept"


def test_templates_may_be_read_where_an_editable_install_leaves_them_off_the_path(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    assert {Path(reports.__file__).parent, Path(grader.__file__).parent} <= set(page_worker._places())


def test_report_with_plots_needs_no_folder_that_matplotlib_made_before(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    series = (Series("loss", (1.0, 2.0, 3.0), (2.3, 1.0, 0.5)), Series("train accuracy", (1.0, 3.0), (0.1, 0.9)))
    first, *others = mixed().checks
    plotted = replace(mixed(), checks=(replace(first, series=series), *others))
    with PageMaker() as maker:
        page = maker.pages(plotted)["report.html"]
    assert "could not be made" not in page
    assert "<svg" in page
