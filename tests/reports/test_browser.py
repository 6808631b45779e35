"""The pages work in a real browser: quiet, alone, in the dark, on paper and by keyboard."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from grades import LOST_CHECKS, PASSED_CHECKS, grade_of, hostile, incomplete, mixed, perfect

from reports.page import report_html

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page opened from a file, with everything that it complained about or asked for."""

    def __init__(self, browser: "sync_api.Browser", folder: Path, html: str, **options: object) -> None:
        self.file = folder / "page.html"
        self.file.write_text(html, encoding="utf-8")
        self.page = browser.new_page(**options)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.refused: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", lambda request: self.refused.append(f"{request.url}: {request.failure}"))
        self.page.goto(self.file.as_uri())

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()


PAGES = {
    "perfect": lambda: report_html(perfect()),
    "incomplete": lambda: report_html(incomplete()),
    "hostile": lambda: report_html(hostile()),
}


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_asks_for_nothing_and_fits(browser, tmp_path, name, width):
    with Visit(browser, tmp_path, PAGES[name](), viewport={"width": width, "height": 800}) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert visit.complaints == []
        assert visit.requests == [visit.file.as_uri()]
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_policy_stops_what_is_not_ours(browser, tmp_path):
    injected = '<img src="http://evil.example/x.png"><script>document.title = "owned"</script></main>'
    with Visit(browser, tmp_path, report_html(mixed()).replace("</main>", injected)) as visit:
        assert visit.page.title() != "owned"
        assert len(visit.complaints) >= 2
        assert visit.refused == ["http://evil.example/x.png: csp"]


@pytest.mark.parametrize("name", ["incomplete"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser, tmp_path, name, scheme):
    with Visit(browser, tmp_path, PAGES[name](), color_scheme=scheme) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, background[4:-1].split(","))) < 200) == (scheme == "dark")
        assert visit.page.evaluate(WORST_CONTRAST) >= 4.5


def test_keyboard_skips_to_the_results_and_opens_the_details(browser, tmp_path):
    with Visit(browser, tmp_path, report_html(mixed())) as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the results"
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"
        for _ in range(60):
            visit.page.keyboard.press("Tab")
            if visit.page.evaluate("document.activeElement.matches('.passed > summary')"):
                break
        visit.page.keyboard.press("Enter")
        assert visit.page.locator(".passed").first.get_attribute("open") is not None
        outline = visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_print_shows_what_needs_work_and_counts_what_works(browser, tmp_path):
    checks = tuple(replace(LOST_CHECKS[1], id=f"c{i}", title=f"claim {i}", hint=f"Look {i}.") for i in range(9))
    with Visit(browser, tmp_path, report_html(grade_of("x", (*checks, *PASSED_CHECKS)))) as visit:
        folded = visit.page.locator(".more .card").first
        assert not folded.is_visible()
        visit.page.emulate_media(media="print", color_scheme="dark")
        assert folded.bounding_box()["height"] > 20
        # A right submission would fill forty pages with what passes.
        assert visit.page.locator(".passed summary").first.is_visible()
        assert not visit.page.locator(".passed .card").first.is_visible()
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not visit.page.locator("nav").is_visible()
        cut = "[...document.querySelectorAll('pre')].filter(e => getComputedStyle(e).maxHeight !== 'none').length"
        assert visit.page.evaluate(cut) == 0


#: the smallest contrast of any text against the ground under it. Source: WCAG 2.2, relative luminance.
WORST_CONTRAST = """
(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let worst = 21;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script")) continue;
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    const [a, b] = [luminance(parse(ink)), luminance(ground(element))];
    worst = Math.min(worst, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return worst;
})()
"""
