"""Makes the pictures of the documentation: `python docs/make_pictures.py`, with chromium installed.

The flow is drawn; the pages are those of the demo class, as a browser shows them.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

PICTURES = Path(__file__).parent / "pictures"
#: name -> place, from 0 to 10 across and 0 to 6 up, and what it is: data, a step that grades, or behind the wall
BOXES = {
    "path": (0.5, 4.5, "data"),
    "Submission": (2.7, 4.5, "data"),
    "assignment folder": (0.9, 2.6, "data"),
    "Assignment": (3.0, 2.6, "data"),
    "each check,\nby pytest": (5.3, 3.6, "step"),
    "worker": (5.3, 5.6, "wall"),
    "CheckResult": (7.4, 3.6, "data"),
    "Grade": (9.3, 3.6, "data"),
    "grades.sqlite": (9.3, 1.9, "data"),
    "pages and files": (7.2, 1.9, "data"),
}
#: from, to, words, and where these stand beside the middle of the arrow
ARROWS = (
    ("path", "Submission", "reading/", (0, 0.2)),
    ("assignment folder", "Assignment", "assignment/", (0.15, 0.2)),
    ("Submission", "each check,\nby pytest", "grading/", (0.35, 0.2)),
    ("Assignment", "each check,\nby pytest", "", (0, 0)),
    ("each check,\nby pytest", "worker", "calls and values:\nsandbox/, notebook/", (-1.05, 0.4)),
    ("each check,\nby pytest", "CheckResult", "judging/", (0, 0.2)),
    ("CheckResult", "Grade", "scoring", (0.1, 0.2)),
    ("Grade", "grades.sqlite", "store/", (0.35, 0)),
    ("Grade", "pages and files", "reports/, publishing/", (-1.0, 0.1)),
)
#: readable on a light page and on a dark one
FILL = {"data": "#dfe9f2", "step": "#d9ecd9", "wall": "#f3dede"}
LINE = "#7a8794"
SEED = 231


def main() -> None:
    """Writes all pictures."""
    PICTURES.mkdir(exist_ok=True)
    draw_flow(PICTURES / "flow.svg")
    with TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        subprocess.run([sys.executable, "-m", "grader", "demo", "-o", str(demo)], check=True)
        take_pages(demo / "grades")


def draw_flow(path: Path) -> None:
    """Draws how a submission becomes a grade."""
    figure = Figure(figsize=(10, 4.6))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.4, 10.2), ylim=(1.3, 6.3))
    axes.axis("off")
    axes.plot([4.2, 6.4], [4.75, 4.75], color="#b35c5c", linestyle="--", linewidth=1.5)
    axes.text(6.5, 4.75, "the wall", color="#b35c5c", va="center", fontsize=10)
    boxes = {}
    for name, (x, y, kind) in BOXES.items():
        box = {"boxstyle": "round,pad=0.45", "facecolor": FILL[kind], "edgecolor": LINE}
        boxes[name] = axes.text(x, y, name, ha="center", va="center", fontsize=10, color="#1d2730", bbox=box, zorder=3)
    # Boxes have no size before they are drawn, and arrows end at their edges.
    FigureCanvasAgg(figure).draw()
    for start, end, words, (aside, up) in ARROWS:
        (x, y, _), (to_x, to_y, _) = BOXES[start], BOXES[end]
        arrow = {
            "arrowstyle": "<->" if end == "worker" else "->",
            "color": LINE,
            "linewidth": 1.3,
            "patchA": boxes[start].get_bbox_patch(),
            "patchB": boxes[end].get_bbox_patch(),
            "shrinkA": 3,
            "shrinkB": 3,
        }
        axes.annotate("", xy=(to_x, to_y), xytext=(x, y), arrowprops=arrow)
        place = (x + to_x) / 2 + aside, (y + to_y) / 2 + up
        axes.text(*place, words, color=LINE, ha="center", va="center", fontsize=9)
    figure.savefig(path, transparent=True, metadata={"Date": None})


def take_pages(graded: Path) -> None:
    """Takes pictures of the pages of a graded class, as a browser shows them."""
    from playwright.sync_api import sync_playwright

    shots = (
        ("index.html", "class", 0),
        ("index.html", "table", 1300),
        ("matrix.html", "matrix", 0),
        ("submissions/noa-ben-david/report.html", "report", 0),
    )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 800}, color_scheme="light")
        for place, name, down in shots:
            page.goto((graded / place).as_uri())
            page.evaluate(f"window.scrollTo(0, {down})")
            page.wait_for_timeout(300)
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
