"""Turns a matplotlib figure into inline SVG that takes its colours from the page."""

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "new_figure", "svg_of"]

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
#: what is drawn -> the colour that it is drawn with, in whose place the class `plot-<name>` of the page comes
COLOURS = {
    "ink": "#010101",
    "bar": "#020202",
    "mark": "#030303",
    "grid": "#040404",
    "other": "#050505",
    "faint": "#060606",
}
_CLASSES = {colour: f"plot-{name}" for name, colour in COLOURS.items()}
_KEPT = {"fill", "stroke", "stroke-width", "stroke-dasharray", "text-anchor", "font-size"}


def new_figure(width: float, height: float) -> "Figure":
    """Returns an empty figure, in inches of a page at 100 %."""
    # The library takes a third of a second to import, and many reports have no plot.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def svg_of(figure: "Figure", key: str, title: str = "", text: str = "") -> Markup:
    """Returns a figure as an SVG element without styles; the same figure gives the same text.

    Args:
        figure: drawn in COLOURS.
        key: letters and dashes; begins every id, so that no two drawings of a page share one.
        title: name of the drawing for those who do not see it; without one it is hidden from them.
        text: what there is to see, in a sentence or two.
    """
    import matplotlib

    drawn = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": key}):
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(drawn.getvalue())
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style") or _is_blank(child):
                parent.remove(child)
    for element in root.iter():
        _restyle(element)
        # Ticks are drawn once and used again; only those links and their ids stay. HTML knows no namespace of links.
        if link := element.attrib.pop(f"{{{_XLINK}}}href", ""):
            element.set("href", link)
        if element.tag == f"{{{_SVG}}}g":
            element.attrib.pop("id", None)
    _name(root, title, text)
    markup = ElementTree.tostring(root, encoding="unicode")
    return Markup(re.sub(r">\s+<", "><", re.sub(r'\b(id="|labelledby="|url\(#|href="#)', rf"\1{key}-", markup)))


def _name(root: ElementTree.Element, title: str, text: str) -> None:
    """Gives a drawing its class and its name and description, or hides it from readers of screens."""
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("class", "plot")
    if not title:
        root.set("aria-hidden", "true")
        return
    root.attrib |= {"role": "img", "aria-labelledby": "title"}
    for place, (name, words) in enumerate((("title", title), ("desc", text))):
        element = ElementTree.Element(f"{{{_SVG}}}{name}", {"id": name} if name == "title" else {})
        element.text = words
        root.insert(place, element)


def _is_blank(element: ElementTree.Element) -> bool:
    return "fill: none" in element.get("style", "") and "stroke" not in element.get("style", "")


def _restyle(element: ElementTree.Element) -> None:
    """Puts classes and attributes in place of a style, which the page's policy forbids."""
    style = dict(part.split(":", 1) for part in element.attrib.pop("style", "").split(";") if ":" in part)
    classes = []
    for name, value in ((name.strip(), value.strip()) for name, value in style.items()):
        if value.lower() in _CLASSES:
            classes.append(f"{_CLASSES[value.lower()]}-{name}")
        elif name == "font":
            element.set("font-size", value.split()[0])
        elif name in _KEPT:
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))
