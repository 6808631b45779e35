"""Plain data for the result of one check: how it ended, its points, its figures and the words for the student."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from grader.model.case_names import is_fixed

__all__ = ["CheckResult", "ErrorMap", "ErrorPanel", "Measure", "Picture", "Reproduction", "Series", "Status"]

#: numbers with a point or an exponent, and texts without end: what an array looks like; not shapes and indices
_VALUES = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\S{40,}")
#: numbered lines of the student's file below a message, which hold no inputs
_CODE_LINES = re.compile(r"(?:(?:[> ] [ \d]+ \|.*|  +\| *\^)\n?)+")


class Status(StrEnum):
    """How one check ended, and by that who has to act."""

    PASSED = "passed"
    #: the answer is wrong
    FAILED = "failed"
    #: not implemented: absent, or still returns None
    MISSING = "missing"
    #: the student's code raised an exception
    RAISED = "raised"
    TIMEOUT = "timeout"
    #: the worker process died
    CRASHED = "crashed"
    MEMORY = "memory"
    #: cannot be judged because of another check's failure
    BLOCKED = "blocked"
    #: internal error, not the student's code; the grade is incomplete
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that a check took; `passed` says whether it keeps its limit (NaN never does)."""

    name: str
    value: float
    #: None for a figure that is shown but decides nothing
    limit: float | None = None
    #: "<=", "<", ">=" or ">": how value must stand to limit
    relation: str = "<"

    @property
    def passed(self) -> bool:
        if self.limit is None:
            return True
        value, limit = self.value, self.limit
        return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[self.relation]


@dataclass(frozen=True, slots=True)
class Series:
    """One curve that a check recorded, for a plot."""

    #: what the curve shows, e.g. "train accuracy"
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture that a check recorded."""

    title: str
    #: PNG, base64
    png: str


@dataclass(frozen=True, slots=True)
class ErrorPanel:
    """One plane of an array in a picture of its errors."""

    #: which plane: "image 0, channel 1"; empty where there is one only
    title: str
    #: a digit for each entry: 0 right, 1 to 3 wrong, 3 by more than half of the largest error
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorMap:
    """Where a value is wrong."""

    #: of the value, e.g. "dx"
    name: str
    #: a sentence: "Wrong in column 3, in every image, channel and row."
    words: str
    #: empty where a picture shows no more than the sentence
    panels: tuple[ErrorPanel, ...] = ()


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A small call that shows a failure, for the student's notebook."""

    #: lines of Python, made of inputs that everybody may know
    call: str
    #: what came back, or the exception
    got: str
    #: what should come back; empty where it was an exception
    expected: str
    #: what the student's code printed during it, capped
    printed: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one submission: outcome, points, figures and the words for the student."""

    #: stable name, e.g. "test_1_layers.py::test_forward[stride2-pad1]"
    id: str
    #: the claim, as a sentence
    title: str
    section: str
    #: the student's function that is judged, e.g. "layer_forward"
    function: str
    status: Status
    points: float
    max_points: float
    #: whether the student kit holds this check
    visible: bool = True
    measures: tuple[Measure, ...] = ()
    #: what went wrong, in one or two sentences; empty when passed
    message: str = ""
    #: what to look at; empty when there is no likely cause
    hint: str = ""
    #: names of the known mistakes that were recognised; the hint has their sentences
    mistakes: tuple[str, ...] = ()
    #: the functions whose mistake cost these points, where that is not the function that is judged
    follows_from: tuple[str, ...] = ()
    #: legal but unusual things, which cost nothing
    remarks: tuple[str, ...] = ()
    #: what the student's code printed, capped
    output: str = ""
    seconds: float = 0.0
    series: tuple[Series, ...] = ()
    pictures: tuple[Picture, ...] = ()
    #: of the first failed check of a function; None where no small call goes wrong
    reproduction: Reproduction | None = None
    #: of the first failed check of each cause that has right entries, too; None of others, and of another shape
    error_map: ErrorMap | None = None

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED

    @property
    def is_public(self) -> bool:
        """Whether its inputs are the assignment's own, which everybody knows."""
        return self.visible and is_fixed(self.id.partition("[")[2])

    def without_inputs(self) -> "CheckResult":
        """Returns the result without prints, and without numbers in what an exception says after its line."""
        where, raises, said = self.message.partition(" raises ")
        said, end, lines = said.partition("\n")
        if not _CODE_LINES.fullmatch(lines):
            said, lines = f"{said}{end}{lines}", ""
        return replace(self, output="", message=f"{where}{raises}{_VALUES.sub('…', said)}{end if lines else ''}{lines}")

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "CheckResult":
        """Returns the result that a row of grade.json describes."""
        # Grades of earlier versions name no mistakes and nothing that follows, and have no calls and no places.
        later = ("mistakes", "follows_from", "reproduction", "error_map")
        values = {each.name: row[each.name] for each in fields(cls) if each.name not in later}
        values["reproduction"] = Reproduction(**row["reproduction"]) if row.get("reproduction") else None
        values["mistakes"] = tuple(row.get("mistakes", ()))
        values["follows_from"] = tuple(row.get("follows_from", ()))
        values["error_map"] = _error_map(row["error_map"]) if row.get("error_map") else None
        values["status"] = Status(row["status"])
        values["measures"] = tuple(Measure(**{**m, "value": float(m["value"])}) for m in row["measures"])
        values["remarks"] = tuple(row["remarks"])
        values["series"] = tuple(
            Series(curve["name"], tuple(map(float, curve["x"])), tuple(map(float, curve["y"])))
            for curve in row["series"]
        )
        values["pictures"] = tuple(Picture(**picture) for picture in row["pictures"])
        return cls(**values)


def _error_map(row: Mapping[str, Any]) -> ErrorMap:
    panels = tuple(ErrorPanel(panel["title"], tuple(panel["rows"])) for panel in row["panels"])
    return ErrorMap(row["name"], row["words"], panels)
