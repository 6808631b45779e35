"""The pages of a class work in a real browser at a thousand students: at once, quietly, without barriers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from classes import entries_of
from grades import HOSTILE, hostile, incomplete, mixed, perfect, unfinished
from test_browser import ARGUMENTS, CHROMIUM

from grader.model.results import Grade, Ungraded
from reports.entries import IndexEntry
from reports.overview.pages import Comparison, anonymous_pages, class_pages
from reports.overview.resemblance import Resemblance

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]

PAGES = ("index.html", "matrix.html", "checks.html", "misconceptions.html", "similarity.html", "similar/001.html")
#: milliseconds for one step inside the browser, its layout included; what people feel as at once
AT_ONCE = 100

FEW = [
    IndexEntry(perfect(), "ada.html"),
    IndexEntry(mixed(), "grace.html"),
    IndexEntry(Ungraded("Barbara Liskov", "no layers.py in it"), None),
    IndexEntry(incomplete(), "alan.html"),
    IndexEntry(unfinished(), "edsger.html"),
]
HOSTILES = [IndexEntry(hostile(), "a.html"), IndexEntry(Ungraded(HOSTILE, HOSTILE), None)]


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Returns a folder of pages for a thousand students, sixty, a few, hostile ones, and for showing in class."""
    sixty = list(entries_of(60))
    sources = {each.grade.submission.name: each.grade.sources for each in sixty if isinstance(each.grade, Grade)}
    pages = {
        "thousand": class_pages(entries_of(1000, with_code=False), "Autumn"),
        "sixty": class_pages(sixty, "Autumn", Comparison(Resemblance(), sources.__getitem__)),
        "few": class_pages(FEW),
        "hostile": class_pages(HOSTILES, HOSTILE),
        "anonymous": anonymous_pages(FEW, b"secret", "Autumn"),
    }
    folders = {name: tmp_path_factory.mktemp(name) for name in pages}
    for name, folder in folders.items():
        (folder / "similar").mkdir()
        for place, text in pages[name]:
            (folder / place).write_text(text, encoding="utf-8")
    (folders["few"] / "ada.html").write_text("Ada's report", encoding="utf-8")
    return folders


class Visit:
    """A page of a class, with everything that it complained about or asked for."""

    def __init__(self, browser: "sync_api.Browser", file: Path, **options: object) -> None:
        self.file = file
        self.page = browser.new_page(**options)
        self._clock: sync_api.CDPSession | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    def names(self) -> list[str]:
        # Rows out of sight have no inner text yet.
        return self.page.locator("#submissions tbody tr:visible th").all_text_contents()

    def milliseconds(self, action: str) -> float:
        """Returns how long an action and the layout after it keep the browser's main thread busy: the best of five."""
        return min(self._busy(f"(() => {{ {action}; document.body.offsetHeight }})()") for _ in range(5))

    def busy_so_far(self) -> float:
        """Returns the processor's milliseconds of the page's main thread, whatever else the machine does."""
        if self._clock is None:
            self._clock = self.page.context.new_cdp_session(self.page)
            self._clock.send("Performance.enable", {"timeDomain": "threadTicks"})
        metrics = self._clock.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "ThreadTime")

    def _busy(self, script: str) -> float:
        before = self.busy_so_far()
        self.page.evaluate(script)
        return self.busy_so_far() - before


@pytest.mark.parametrize("width", [400, 1280])
def test_pages_are_quiet_ask_for_nothing_and_fit(browser, folders, width):
    hostile = [folders["hostile"] / page for page in PAGES[:4]] if width == 400 else []
    for file in [*(folders["sixty"] / page for page in PAGES), *hostile]:
        with Visit(browser, file, viewport={"width": width, "height": 800}) as visit:
            assert visit.complaints == [], file
            assert visit.requests == [visit.file.as_uri()]
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, file


def test_paper_shows_all_columns_and_the_whole_matrix(browser, folders):
    for page in PAGES[:4]:
        with Visit(browser, folders["sixty"] / page, viewport={"width": 1050, "height": 500}) as visit:
            visit.page.emulate_media(media="print")
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 1050, page
            if page == "matrix.html":
                assert visit.page.locator("#canvas").bounding_box()["height"] > 60 * 3
            if page == "checks.html":
                heights = "[...document.querySelectorAll('.checks tbody tr')].map(row => row.offsetHeight)"
                assert max(visit.page.evaluate(heights)) < 120


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser, folders, scheme):
    # Each kind of page once; a second colour scheme changes colours only.
    pages = [*(folders["few"] / page for page in PAGES[:4]), *(folders["sixty"] / page for page in PAGES[4:])]
    options = {"runOnly": ["color-contrast"]} if scheme == "dark" else {"resultTypes": ["violations"]}
    found = {}
    for file in [*pages, folders["anonymous"] / "misconceptions.html"]:
        with Visit(browser, file, color_scheme=scheme) as visit:
            visit.page.evaluate("[...document.querySelectorAll('details')].slice(0, 4).forEach(d => d.open = true)")
            results = axe.Axe().run(visit.page, options=options)
            assert results.response["passes"], file
            found |= {(file, each["id"]): each["nodes"][0]["html"] for each in results.response["violations"]}
    assert found == {}


def test_a_thousand_students_can_be_used_within_a_second(browser, folders):
    for page in PAGES[:4]:
        with Visit(browser, folders["thousand"] / page) as visit:
            # All that the browser's main thread has done for it, the script that makes the page answer included.
            assert 0 < visit.busy_so_far() < 1000, page


def test_a_thousand_rows_sort_and_filter_at_once(browser, folders):
    with Visit(browser, folders["thousand"] / "index.html") as visit:
        n_columns = visit.page.locator("#submissions thead button").count()
        assert n_columns == 12
        for column in range(n_columns):
            assert (
                visit.milliseconds(f"document.querySelectorAll('#submissions thead button')[{column}].click()")
                < AT_ONCE
            )
        for text in ("99", "s", "wrong answer", ""):
            typed = (
                f"const f = document.getElementById('filter'); f.value = '{text}'; f.dispatchEvent(new Event('input'))"
            )
            assert visit.milliseconds(typed) < AT_ONCE
        visit.page.locator("#filter").fill("0099-")
        assert len(visit.names()) == 1
        visit.page.locator("#filter").fill("")
        visit.page.get_by_label("Show").select_option("ungraded")
        assert len(visit.names()) == 10
        assert visit.page.locator("#shown").inner_text() == "10 of 1000 shown"


def test_table_sorts_by_each_column_and_keeps_the_ungraded_last(browser, folders):
    with Visit(browser, folders["few"] / "index.html") as visit:
        assert visit.names()[:2] == ["Barbara Liskov", "Alan Turing"]
        score = visit.page.get_by_role("button", name="Score")
        score.click()
        assert visit.names()[:3] == ["Edsger Dijkstra", "Grace Hopper", "Ada Lovelace"]
        assert visit.page.get_by_role("columnheader", name="Score").get_attribute("aria-sort") == "ascending"
        score.click()
        assert visit.names()[:3] == ["Ada Lovelace", "Grace Hopper", "Edsger Dijkstra"]
        visit.page.get_by_role("button", name="Submission").press("Enter")
        assert visit.names()[:2] == ["Ada Lovelace", "Alan Turing"]
        visit.page.get_by_role("button", name="Network").click()
        assert visit.names()[-1] == "Barbara Liskov"
        assert visit.page.locator("#submissions [aria-sort]").count() == 1


def test_table_filters_by_words_standing_and_ending(browser, folders):
    with Visit(browser, folders["few"] / "index.html") as visit:
        visit.page.get_by_label("Find").fill("LAYERS.PY")
        assert visit.names() == ["Barbara Liskov"]
        assert visit.page.locator("#shown").inner_text() == "1 of 5 shown"
        visit.page.get_by_label("Find").fill("")
        visit.page.get_by_label("Show").select_option("full")
        assert visit.names() == ["Ada Lovelace"]
        visit.page.get_by_label("Show").select_option("")
        visit.page.get_by_label("Has a check with status").select_option("c")
        assert visit.names() == ["Alan Turing", "Grace Hopper"]


def test_table_stays_one_for_screen_readers(browser, folders):
    with Visit(browser, folders["few"] / "index.html") as visit:
        table = visit.page.locator("#submissions")
        assert table.get_by_role("row").count() == 6
        assert table.get_by_role("columnheader").count() == 2 + 6 + 1
        assert table.get_by_role("rowheader", name="Ada Lovelace").count() == 1
        assert table.get_by_role("row", name="Grace Hopper").get_by_role("cell").count() == 8


def test_matrix_is_drawn_and_reads_by_keyboard(browser, folders):
    with Visit(browser, folders["few"] / "matrix.html") as visit:
        matrix = visit.page.get_by_role("application", name="Matrix of students and checks")
        colours = (
            "(() => { const c = document.getElementById('canvas'), d = c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data, s = new Set();"
            "for (let i = 0; i < d.length; i += 4) s.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); return s.size })()"
        )
        assert visit.page.evaluate(colours) >= 10
        matrix.focus()
        readout = visit.page.locator("#readout")
        assert readout.inner_text().startswith("Alan Turing (not final): ")
        matrix.press("ArrowDown")
        matrix.press("End")
        assert readout.inner_text().startswith("Ada Lovelace (36 points): ")
        first = readout.inner_text()
        matrix.press("ArrowLeft")
        assert readout.inner_text() != first
        visit.page.get_by_label("Rows").select_option("name")
        matrix.press("Home")
        assert readout.inner_text().startswith("Ada Lovelace")
        matrix.press("Enter")
        visit.page.wait_for_url("**/ada.html")


def test_matrix_reads_as_a_table(browser, folders):
    with Visit(browser, folders["few"] / "matrix.html") as visit:
        visit.page.get_by_label("Section").select_option(label="Network")
        rows = visit.page.locator("#plain tbody tr").all_inner_texts()
        assert len(rows) == 4
        assert rows[1].startswith("Ada Lovelace")
        assert "? Could not be judged" in rows[0]


def test_matrix_of_a_thousand_draws_at_once(browser, folders):
    with Visit(browser, folders["thousand"] / "matrix.html") as visit:
        for order in ("pattern", "name", "score"):
            chosen = (
                f"const s = document.getElementById('order'); s.value = '{order}'; s.dispatchEvent(new Event('change'))"
            )
            assert visit.milliseconds(chosen) < AT_ONCE


def test_pages_read_without_a_script(browser, folders):
    with Visit(browser, folders["few"] / "index.html", java_script_enabled=False) as visit:
        assert visit.page.locator("#submissions tbody tr").count() == 5
        assert not visit.page.locator("#filter").is_visible()
        assert visit.page.locator("thead button").count() == 0
    with Visit(browser, folders["few"] / "matrix.html", java_script_enabled=False) as visit:
        assert visit.page.locator("noscript .notice").is_visible()


def test_pages_lead_to_each_other(browser, folders):
    with Visit(browser, folders["sixty"] / "index.html") as visit:
        for name in ("Matrix", "Checks", "Misconceptions", "Similarity", "Overview"):
            visit.page.get_by_role("navigation").get_by_role("link", name=name).click()
            assert visit.page.locator("[aria-current=page]").inner_text() == name
        visit.page.get_by_role("navigation").get_by_role("link", name="Similarity").click()
        visit.page.get_by_role("link", name="Side by side").first.click()
        assert visit.page.locator("mark").count() > 10
        assert visit.complaints == []
