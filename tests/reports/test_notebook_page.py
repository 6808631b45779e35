"""An executed notebook as a page: everything that it drew and printed, nothing that could run, load or hide."""

import base64
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import notebooks
import pytest
from grades import HOSTILE, mixed

from grader.model.results import Attachment, NotebookFigure
from grader.publishing.submission_files import publish_outcome
from grader.store.database import Store
from reports.notebook_page import notebook_html, plain_notebook_html
from reports.notebook_table import notebook_view
from reports.page import report_html

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)

HOSTILE_HTML = [
    "<script>document.title='owned'</script>",
    "<svg onload=\"document.title='owned'\"><script>document.title='owned'</script></svg>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<img src='http://evil.example/x.png'>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<iframe src='http://evil.example'></iframe><iframe srcdoc='<script>top.document.title=1</script>'></iframe>",
    "<object data='http://evil.example'></object><embed src='http://evil.example'>",
    "<a href=\"javascript:document.title='owned'\">a</a><a href='data:text/html,<script>1</script>'>b</a>",
    "<a href='&#106;avascript:alert(1)'>c</a><a href=' javascript:alert(1)'>d</a><a href='vbscript:x'>e</a>",
    "<style>body { display: none } .top::before { content: '100 points' }</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<div style='position:fixed;inset:0;background:url(http://evil.example)'>over</div>",
    "<form action=http://evil.example><input name=x autofocus onfocus=alert(1)><button>Login</button></form>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'><base href='http://evil.example'>",
    "<p id=main class='top score notice'>100 of 100 points</p>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "</div></div></main></body><h1>Full marks</h1><textarea>",
    "<video src=http://evil.example autoplay></video><audio onerror=alert(1) src=x></audio>",
]


def display(**data):
    return {
        "output_type": "display_data",
        "data": {key.replace("_", "/", 1): v for key, v in data.items()},
        "metadata": {},
    }


def hostile_cells():
    cells = [notebooks.code("1", [display(text_html=html)], 1) for html in HOSTILE_HTML]
    cells += [notebooks.markdown(html) for html in HOSTILE_HTML]
    cells += [notebooks.code(html, [], 1) for html in HOSTILE_HTML]
    kinds = {
        "application/javascript": "document.title='owned'",
        "application/vnd.jupyter.widget-view+json": '{"model_id": "x"}',
        "text/latex": "$\\href{javascript:alert(1)}{x}$",
        "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='owned'</script></svg>",
        "image/png": '"><script>document.title=1</script>',
        "text/plain": "<b>plain</b>",
    }
    cells += [
        notebooks.code("1", [{"output_type": "display_data", "data": {k: v}, "metadata": {}}], 1)
        for k, v in kinds.items()
    ]
    error = {"output_type": "error", "ename": "<b>E", "evalue": HTML, "traceback": [f"\x1b[31m{HTML}\x1b[0m"]}
    stream = {"output_type": "stream", "name": "stdout", "text": HTML + "\x00\x07"}
    return [*cells, notebooks.code("1", [error, stream], 1)]


HTML = HOSTILE_HTML[0] + HOSTILE_HTML[2]


def page(*cells, title="Ada"):
    content = json.loads(notebooks.notebook(*cells))
    for number, cell in enumerate(content["cells"]):
        cell["id"] = f"c{number}"
    content["nbformat_minor"] = 5
    return notebook_html(json.dumps(content).encode(), title)


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_page_shows_code_prints_plots_and_text():
    outputs = [{"output_type": "stream", "name": "stdout", "text": "difference: 1e-9\n"}, display(image_png=PNG)]
    html = page(notebooks.markdown("# Title\n\n*words*"), notebooks.code("x = f(1)  # why", outputs, 7))
    assert "difference: 1e-9" in html
    assert "<em>words</em>" in html
    assert re.search(r"In.{1,6}\[7\]:", html)
    assert f'src="data:image/png;base64,{PNG}' in html.replace("\n", "")
    assert re.search(r'<span class="c1"># why</span>', html)
    assert all(attributes.get("alt") for tag, attributes in Tags(html).found if tag == "img")


def test_nothing_hostile_is_left():
    tags = Tags(page(*hostile_cells())).found
    own = {"html", "head", "meta", "title", "link", "style", "body", "main", "header", "bdi"}
    assert not {tag for tag, _ in tags} & {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "svg",
        "video",
        "audio",
        "base",
    }
    assert sum(tag in ("style", "link", "main", "body", "title") for tag, _ in tags) == 5
    for tag, attributes in tags:
        if tag in own:
            continue
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "srcset")]
        assert attributes.get("href", "#").startswith(("#", "http://", "https://", "report.html")), attributes
        assert attributes.get("src", "data:image/").startswith("data:image/"), attributes
        assert not {"top", "score", "notice"} & set((attributes.get("class") or "").split()) or tag == "header"


def pasted(source, **attachments):
    cell = notebooks.markdown(source)
    cell["attachments"] = attachments
    return cell


@pytest.mark.parametrize(
    "source",
    ["![words](attachment:a%20b.png)", '<img src="attachment:a%20b.png">', "text <img src='attachment:a%20b.png'>"],
)
def test_pasted_picture_is_shown(source):
    html = page(pasted(source, **{"a b.png": {"image/png": PNG, "image/svg+xml": "<svg onload=alert(1)>"}}))
    assert f'src="data:image/png;base64,{PNG}"' in html


@pytest.mark.parametrize(
    "bundle",
    [None, 3, [], {}, {"image/png": 3}, {"image/png": ""}, {"image/png": "PHN2Zz4="}, {"image/svg+xml": "PHN2Zz4="},
     {"text/html": "<script>"}, {"image/png": PNG + '" onerror="alert(1)'}, {"image/jpeg": PNG}],
)  # fmt: skip
def test_picture_that_is_not_there_or_none_has_a_sentence(bundle):
    cells = [pasted("before ![](attachment:a.png) after", **{} if bundle is None else {"a.png": bundle})]
    cells += [notebooks.code("1", [display(**{"text_markdown": "![](attachment:a.png)"})], 1)]
    html = page(*cells)
    assert html.count("The picture a.png is not shown: the notebook does not hold it.") == 2
    assert "before" in html
    assert not [tag for tag, _ in Tags(html).found if tag == "img"]


def test_output_that_says_it_is_a_picture_and_is_none_is_not_shown():
    html = page(notebooks.code("1", [display(image_png="PHN2Zz4=", text_plain="words")], 1))
    assert "data:image/png" not in html
    assert "words" in html


@pytest.mark.parametrize(
    "open_end", ["<script>", "<style>", "<!--", "<textarea>", "<title>", "<plaintext>", "<svg><style>"]
)
def test_no_cell_takes_the_next_one_in(open_end):
    after = notebooks.markdown("*after*")
    raw = notebooks.markdown(open_end) | {"cell_type": "raw"}
    for cell in (notebooks.markdown(open_end), raw, notebooks.code("1", [display(text_html=open_end)], 1)):
        assert "<em>after</em>" in page(cell, after)


@pytest.mark.parametrize("source", [">" * 30_000, "".join(" " * i + "- a\n" for i in range(250)), "<div>" * 8_000])
def test_text_that_is_nested_without_end_is_shown_somehow(source):
    assert 'class="cells"' in page(notebooks.markdown(source), notebooks.markdown("after"))


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"cell_type": "markdown"},
        {"cell_type": 3, "source": 4},
        {"cell_type": "code", "source": ["a = ", "1"], "outputs": "x"},
        {"cell_type": "code", "source": {}, "outputs": [None, 3, {}, {"output_type": "x", "data": 3}]},
        {"cell_type": "code", "source": "\ud800", "outputs": [{"output_type": "stream", "text": ["\ud800", 1]}]},
        {"cell_type": "code", "source": "", "outputs": [{"output_type": "error", "traceback": 3}]},
        {"cell_type": "code", "source": "", "execution_count": "x",
         "outputs": [{"output_type": "display_data", "data": {"image/png": [], "text/plain": 3}}]},
        {"cell_type": "raw", "source": "<script>", "metadata": {"format": "text/html", "raw_mimetype": 3}},
    ],
)  # fmt: skip
def test_cells_of_odd_forms_are_shown_somehow(cell):
    content = json.dumps({"cells": [cell, notebooks.markdown("*after*")], "metadata": 3, "nbformat": "x"}).encode()
    assert "<em>after</em>" in notebook_html(content, "x")
    assert "*after*" in plain_notebook_html(content, "x")
    assert "<script>" not in notebook_html(content, "x")


def test_svg_is_a_picture_and_other_kinds_are_plain_text():
    svg = "<svg xmlns='http://www.w3.org/2000/svg'/>"
    html = page(notebooks.code("1", [display(**{"image_svg+xml": svg, "text_plain": "<Figure>"})], 1))
    assert f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" in html
    both = {
        "output_type": "display_data",
        "data": {"application/javascript": "alert(1)", "text/plain": "<x>"},
        "metadata": {},
    }
    html = page(notebooks.code("1", [both], 1))
    assert "alert(1)" not in html
    assert "&lt;x&gt;" in html


def test_long_texts_lose_their_middle():
    stream = {"output_type": "stream", "name": "stdout", "text": "a" * 500_000 + "end"}
    html = page(notebooks.code("1", [stream], 1))
    assert len(html) < 100_000
    assert "characters are left out here" in html
    assert "aend" in html


def test_what_is_no_notebook_is_refused():
    for content in (b"[]", b"{}", b"no", b'{"cells": 3}'):
        with pytest.raises(ValueError, match=r"not a notebook|Expecting"):
            notebook_html(content, "x")
        with pytest.raises(ValueError, match=r"not a notebook|Expecting"):
            plain_notebook_html(content, "x")


def test_table_says_what_was_expected_handed_in_and_executed():
    figures = (
        NotebookFigure("dx error", 5, "around e-8", 2.95e-9, 3.1e-9, True),
        NotebookFigure("means", 6, "close to zero", 0.1, 0.1, False, "T", "[0.1 0.]", "[0.1 0.0]", HOSTILE),
        NotebookFigure("speedup", 0, "faster", None, None, None),
    )
    grade = replace(mixed(), figures=figures, attachments=(Attachment("notebook.ipynb", b"{}"),))
    view = notebook_view(grade)
    assert [row.word for row in view.rows] == ["As expected", "Not as expected", "Only shown"]
    assert [(row.cell, row.handed_in, row.executed) for row in view.rows] == [
        ("5", "2.95e-09", "3.1e-09"),
        ("6", "[0.1 0.]", "[0.1 0.0]"),
        ("–", "–", "–"),
    ]
    html = report_html(grade)
    assert '<a href="notebook.html">' in html
    assert "<script>" not in html
    assert notebook_view(mixed()) is None
    assert "Figures of the notebook" not in report_html(mixed())


def test_notebook_is_kept_by_the_store_and_published_beside_the_report(tmp_path):
    content = notebooks.notebook(
        notebooks.code("print(1)", [{"output_type": "stream", "name": "stdout", "text": "1\n"}], 1)
    )
    grade = replace(mixed(), attachments=(Attachment("notebook.ipynb", content),))
    with Store(tmp_path) as store:
        store.save("key", grade)
        plain = store.outcome(grade.submission.name)
        assert plain.attachments == ()
        assert store.with_attachments(plain).attachments == grade.attachments
        publish_outcome(tmp_path / "out", store.with_attachments(plain))
        store.forget({grade.submission.name})
        assert store.with_attachments(plain).attachments == ()
    assert (tmp_path / "out" / "notebook.ipynb").read_bytes() == content
    assert "print" in (tmp_path / "out" / "notebook.html").read_text()
    publish_outcome(tmp_path / "out", plain)
    assert not (tmp_path / "out" / "notebook.html").exists()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_notebook_does_nothing_in_a_browser(tmp_path, scheme):
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    file = tmp_path / "notebook.html"
    file.write_text(page(*hostile_cells(), notebooks.code("1", [display(image_png=PNG)], 1)), encoding="utf-8")
    events, requests = [], []
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        visit = browser.new_page(color_scheme=scheme)
        visit.on("dialog", lambda dialog: events.append(dialog.message))
        visit.on("console", lambda message: events.append(message.text))
        visit.on("request", lambda request: requests.append(request.url))
        visit.goto(file.as_uri())
        assert visit.title() == "Ada: the executed notebook"
        for link in visit.query_selector_all(".cells a")[:20]:
            link.evaluate("a => a.removeAttribute('target')")
        assert visit.evaluate("[...document.images].filter(i => i.src.includes('png')).every(i => i.naturalWidth > 0)")
        assert visit.evaluate("getComputedStyle(document.body).display") == "block"
        # Nothing lies over the page, and nothing is wider than it.
        assert visit.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        browser.close()
    assert events == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
