"""Draws where a value is wrong: a plane of small squares for each image, the darker the larger the error."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model.results import ErrorMap, ErrorPanel
from reports.text import one_line

__all__ = ["DrawnPanel", "ErrorPicture", "error_picture"]

#: units of the drawing: side of a square, height of a title and its width a character, room between panels, whole width
SIDE, TITLE, LETTER, GAP, WIDTH = 12, 14, 5.6, 14, 440


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """One plane, ready to be placed."""

    title: str
    x: float
    y: float
    width: int
    height: int
    #: step of the error, 1 to 3, and the outline of its squares
    paths: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ErrorPicture:
    """Where a value is wrong, in words and as a drawing."""

    words: str
    width: float
    height: float
    #: empty where the words say all
    panels: tuple[DrawnPanel, ...]


def error_picture(places: ErrorMap, n_panels: int) -> ErrorPicture:
    """Returns the picture of an error map, its first panels in lines as wide as a card."""
    panels, x, y, line, width = [], 0.0, 0.0, 0.0, 0.0
    for panel in places.panels[:n_panels]:
        drawn = _panel(panel)
        wide = max(drawn.width, LETTER * len(drawn.title))
        if x and x + wide > WIDTH:
            x, y, line = 0.0, y + line + GAP, 0.0
        panels.append(DrawnPanel(drawn.title, round(x, 1), y, drawn.width, drawn.height, drawn.paths))
        x, line, width = x + wide + GAP, max(line, TITLE + drawn.height), max(width, x + wide)
    return ErrorPicture(one_line(f"{places.name}: {places.words}", 300), round(width, 1), y + line, tuple(panels))


def _panel(panel: ErrorPanel) -> DrawnPanel:
    columns = max(map(len, panel.rows), default=0)
    paths = tuple((step, d) for step in (1, 2, 3) if (d := _outline(panel.rows, str(step))))
    return DrawnPanel(one_line(panel.title, 60), 0, 0, SIDE * columns, SIDE * len(panel.rows), paths)


def _outline(rows: Sequence[str], step: str) -> str:
    """Returns an SVG path around all squares of a step, neighbours of a row in one piece."""
    parts = []
    for n, row in enumerate(rows):
        start = 0
        while (start := row.find(step, start)) >= 0:
            end = start
            while row[end : end + 1] == step:
                end += 1
            parts.append(f"M{SIDE * start} {SIDE * n}h{SIDE * (end - start)}v{SIDE}H{SIDE * start}z")
            start = end
    return "".join(parts)
