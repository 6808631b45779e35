"""Reads the numbers behind a label from what a cell printed."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.notebook.notebook_limits import MAX_CHARACTERS, MAX_NUMBERS, MAX_SHOWN
from grader.notebook.spec import Conditions, FigureSpec

__all__ = ["Printed", "judge", "read_figure", "text_of"]

# Between a label and its values older years and students put other signs.
_VALUES = re.compile(r"(?:[\s:=~≈]|is\b|->)*((?:[-+(\[.\d]|np\.|array\(|inf|nan).*)", re.IGNORECASE | re.DOTALL)

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_NUMPY = re.compile(r"\bnp\.\w+\(|\barray\(|\bdtype=\S+")


@dataclass(frozen=True, slots=True)
class Printed:
    """One figure as a cell printed it."""

    numbers: tuple[float, ...]
    #: what stood there, cut
    text: str

    def worst(self, figure: FigureSpec) -> float:
        """Returns the number that stands for the figure: of a vector the entry furthest from what is expected."""
        if figure.relation != "near":
            return self.numbers[0]
        return max(_distances(self.numbers, figure), key=lambda pair: math.inf if math.isnan(pair[0]) else pair[0])[1]


def text_of(outputs: Iterable[Mapping[str, Any]]) -> str:
    """Returns what a cell printed to its standard output."""
    parts = [
        str(output.get("text", ""))
        for output in outputs
        if output.get("output_type") == "stream" and output.get("name") == "stdout"
    ]
    text = "".join(parts)
    half = MAX_CHARACTERS // 2
    return text if len(text) <= MAX_CHARACTERS else f"{text[:half]}\n{text[-half:]}"


def read_figure(text: str, figure: FigureSpec) -> Printed | None:
    """Returns the figure in what a cell printed, or None when it is not there."""
    lines = text.splitlines()
    start = 0
    if figure.after:
        places = [number for number, line in enumerate(lines) if _begins(line, figure.after)]
        if not places:
            return None
        start = places[0] + 1
    found = [printed for number in range(start, len(lines)) if (printed := _on_line(lines, number, figure))]
    if not found:
        return None
    return found[-1] if figure.take == "last" else found[0]


def judge(figure: FigureSpec, printed: Printed, conditions: Conditions) -> bool | None:
    """Returns whether a figure is as expected; None for one that is only shown. NaN never is."""
    limit = figure.limit_on(conditions)
    number = printed.numbers[0]
    if figure.relation == "":
        return None
    if limit is None:
        kept = math.isfinite(number)
    elif figure.relation == "near":
        n_expected = len(figure.value)
        fits = n_expected == 1 or n_expected == len(printed.numbers)
        kept = fits and all(distance <= limit for distance, _ in _distances(printed.numbers, figure))
    elif figure.relation == "within":
        kept = figure.low <= number <= figure.high
    else:
        kept = number < limit if figure.relation == "<" else number > limit
    # One that is only shown, as a measured time, may depend on chance.
    return (True if kept else None) if figure.shown else kept


def _on_line(lines: list[str], number: int, figure: FigureSpec) -> Printed | None:
    line = lines[number][:10_000]
    if figure.pattern:
        match = re.search(figure.pattern, line)
        rest = match.group(1) if match else ""
    else:
        rest = _behind(line, figure.label)
    if "[" in rest and "]" not in rest:
        # NumPy breaks a long vector over several lines.
        for following in lines[number + 1 : number + 100]:
            rest += " " + following[:1_000]
            if "]" in following:
                break
    numbers = tuple(float(text) for text in _NUMBER.findall(_NUMPY.sub(" ", rest))[:MAX_NUMBERS])
    return Printed(numbers, " ".join(rest.split())[:MAX_SHOWN]) if numbers else None


def _begins(line: str, label: str) -> bool:
    return _plain(line).startswith(_plain(label))


def _behind(line: str, label: str) -> str:
    """Returns the values that a line has after a label that it begins with; "" when it does not, or says more first."""
    bare = label.rstrip(" :")
    if not _begins(line, bare):
        return ""
    missing, place = len(_plain(bare)), 0
    while missing:
        missing -= not line[place].isspace()
        place += 1
    values = _VALUES.match(line, place)
    return values[1] if values else ""


def _plain(text: str) -> str:
    return "".join(text.split()).lower()


def _distances(numbers: tuple[float, ...], figure: FigureSpec) -> list[tuple[float, float]]:
    values = figure.value * len(numbers) if len(figure.value) == 1 else figure.value
    return [(abs(number - value), number) for number, value in zip(numbers, values, strict=False)]
