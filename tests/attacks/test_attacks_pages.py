"""Whatever a notebook holds, its page is there soon, and so are the report and the pages of the next submission."""

import json
import resource
import time
from dataclasses import replace

import pytest
from grades import mixed
from notebook_pages import NOTEBOOK_PAGES, code

from grader.model.results import Attachment
from grader.publishing import page_maker
from grader.publishing.page_maker import PageMaker

pytestmark = pytest.mark.slow

#: of processor time, both tries at a page and the report together
MOST_SECONDS = 25
#: pages that no limit of time is long enough for: with shorter ones as much is shown, sooner
ENDLESS = (
    "brackets that never close",
    "links that never close",
    "pictures that never close",
    "environments that never close",
    "headings without end",
)


@pytest.fixture(scope="module")
def maker():
    with PageMaker() as maker:
        yield maker


@pytest.fixture(autouse=True)
def _shorter_limits(request, monkeypatch):
    if request.node.callspec.params["name"] in ENDLESS:
        monkeypatch.setattr(page_maker, "FULL_SECONDS", 3)
        monkeypatch.setattr(page_maker, "SHORT_SECONDS", 2)


@pytest.mark.parametrize("name", NOTEBOOK_PAGES)
def test_every_page_is_made_in_time(maker, name):
    cells = [*NOTEBOOK_PAGES[name], code("after = 1")]
    content = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    pages = maker.pages(replace(mixed(), attachments=(Attachment("notebook.ipynb", content),)))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < MOST_SECONDS
    assert time.monotonic() - started < 300
    html = pages["notebook.html"]
    assert "after" in html or "more cells are left out" in html
    assert len(html) < 40_000_000
    assert "<script" not in html
    assert "Back to the report" in html, "even what is too much has a plain page"
    assert "could not be made" not in pages["report.html"]
