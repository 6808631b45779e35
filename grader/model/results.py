"""Plain data for the grade of one submission, to and from JSON; what its checks came to is in check_results.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from grader.model.check_results import CheckResult, ErrorMap, ErrorPanel, Measure, Picture, Reproduction, Series, Status
from grader.model.grade_json import as_of_now, compact, json_ready, rows, validate

__all__ = [
    "Attachment",
    "BudgetUse",
    "CheckResult",
    "Environment",
    "ErrorMap",
    "ErrorPanel",
    "FunctionSource",
    "Grade",
    "Measure",
    "NotebookFigure",
    "Picture",
    "Reproduction",
    "Section",
    "Series",
    "Status",
    "SubmissionInfo",
    "Ungraded",
    "display_points",
]

#: 2: what was an entry of the environment for each option is `options`
SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class Section:
    """The points of one group of checks."""

    name: str
    score: float
    max_score: float


@dataclass(frozen=True, slots=True)
class SubmissionInfo:
    """Which submission a grade belongs to."""

    name: str
    #: "sha256:..." over the answer files
    digest: str
    #: "files" or "notebook"
    kind: str = "files"


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """The student's own text of one function that a report shows."""

    function: str
    #: path inside the submission, e.g. "package/layers.py"
    file: str
    #: number of the first line, from 1
    line: int
    code: str
    #: how a notebook's definition differs from this one, which was graded, as a unified diff; "" where it doesn't
    difference: str = ""


@dataclass(frozen=True, slots=True)
class NotebookFigure:
    """One number that a cell of the notebook prints: as expected, as handed in, as executed again."""

    #: what is printed, e.g. "dx error"
    name: str
    #: number of the cell, from 1; 0 when the notebook has none that prints it
    cell: int
    #: the assignment's expectation, in words, e.g. "below 1e-6"
    expected: str
    handed_in: float | None
    executed: float | None
    #: whether the executed one keeps the expectation; None for a figure that is only shown
    passed: bool | None
    #: what the cell is about, e.g. "Layer, forward"
    title: str = ""
    #: as printed, where the figure is a vector: the numbers above are its entry furthest from what is expected
    handed_in_text: str = ""
    executed_text: str = ""
    #: why it is not accepted, as a sentence
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a grade, as the executed notebook does; it is kept beside grade.json."""

    #: file name, without folders
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Environment:
    """What the grade was made with; the same environment and secret seed give the same points.

    The seed itself is not here: from it the hidden cases follow, and students read this. The store keeps it for a run.
    """

    python: str
    numpy: str
    #: level of the sandbox, see `grader.model.sandbox_levels`
    sandbox: str
    #: whether the hidden checks ran, or the visible ones only
    hidden: bool
    #: digest of the golden archive or of the reference that made the goldens
    golden: str
    #: version of the grader
    grader: str
    #: which data the checks used, in words; empty when none were needed
    data: str = ""
    #: the course's choices, by the names of the options that the assignment declares; folders are not among them
    options: Mapping[str, str] = field(default_factory=dict)
    #: how the notebook was executed, in words; empty when it was not
    notebook: str = ""
    #: pytest's -k expression, where only the checks that match it ran
    selection: str = ""


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What the checks of a submission used of their common budget; sections with budgets of their own are apart."""

    #: of processor time, of all processes of the submission
    cpu_seconds: float
    cpu_budget_seconds: float
    #: for which the grader waited, without those in which others had the processor
    wall_seconds: float
    wall_budget_seconds: float


@dataclass(frozen=True, slots=True)
class Grade:
    """All results of one submission, scored."""

    submission: SubmissionInfo
    score: float
    max_score: float
    #: False when a check is broken: such a grade is never a zero
    complete: bool
    sections: tuple[Section, ...]
    checks: tuple[CheckResult, ...]
    environment: Environment
    #: things about the whole submission that cost nothing: granted repairs, replaced files
    notes: tuple[str, ...] = ()
    sources: tuple[FunctionSource, ...] = ()
    figures: tuple[NotebookFigure, ...] = ()
    #: not in grade.json
    attachments: tuple[Attachment, ...] = ()
    #: ISO 8601, UTC
    started: str = ""
    seconds: float = 0.0
    #: None in grades of earlier versions
    budget: BudgetUse | None = None
    #: functions whose results are those of an earlier check of a student's own, since nothing of them has changed
    kept: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the submission is called, as `Ungraded.name`."""
        return self.submission.name

    @property
    def full_marks(self) -> bool:
        """True when the grade is complete and no check that carries points lost any; where none does, when all pass."""
        if self.max_score <= 0:
            return self.complete and all(check.passed for check in self.checks)
        return self.complete and all(check.points >= check.max_points for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Returns the content of grade.json; numbers that JSON lacks (NaN, infinity) become strings."""
        names = (each.name for each in fields(self) if each.name != "attachments")
        return {"schema": SCHEMA_VERSION, **{name: json_ready(getattr(self, name)) for name in names}}

    def to_json(self) -> str:
        """Returns the text of grade.json, one key order, each check on a line of its own, ending in a newline."""
        lines = (f" {compact(key)}: {rows(value)}" for key, value in self.to_dict().items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def for_students(self) -> "Grade":
        """Returns the grade as its student reads it: without what may hold inputs from the secret seed.

        Of a grade with hidden checks, these are prints and numbers in exceptions of every check but of the notebook's
        own cases.
        """
        if not self.environment.hidden:
            return self
        return replace(
            self, checks=tuple(check if check.is_public else check.without_inputs() for check in self.checks)
        )

    @classmethod
    def from_dict(cls, data: Any) -> "Grade":
        """Returns the grade that `to_dict` described.

        Raises:
            ValueError: data does not follow the published schema; the message names the place.
        """
        data = as_of_now(data, SCHEMA_VERSION, {each.name for each in fields(Environment)})
        validate(data)
        return cls._of(data)

    @classmethod
    def from_own_json(cls, text: str) -> "Grade":
        """Returns the grade in a text that a process of ours has just made of one: it is not validated again."""
        return cls._of(json.loads(text))

    @classmethod
    def _of(cls, data: dict[str, Any]) -> "Grade":
        return cls(
            submission=SubmissionInfo(**data["submission"]),
            sections=tuple(Section(**row) for row in data["sections"]),
            checks=tuple(CheckResult.from_dict(row) for row in data["checks"]),
            environment=Environment(**data["environment"]),
            notes=tuple(data["notes"]),
            sources=tuple(FunctionSource(**row) for row in data["sources"]),
            figures=tuple(_figure_from_dict(row) for row in data["figures"]),
            budget=BudgetUse(**data["budget"]) if data.get("budget") else None,
            kept=tuple(data.get("kept", ())),
            **{key: data[key] for key in ("score", "max_score", "complete", "started", "seconds")},
        )

    @classmethod
    def from_json(cls, text: str) -> "Grade":
        """Returns the grade in the text of a grade.json; raises ValueError when it is none."""
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as exc:
            raise ValueError(f"not JSON: {exc}") from exc
        return cls.from_dict(data)


@dataclass(frozen=True, slots=True)
class Ungraded:
    """A submission in which nothing could be graded, so that nobody takes its absence for a zero."""

    name: str
    #: one sentence: what is wrong with it and the way out
    reason: str
    #: True when it is the grader that failed, not the submission
    ours: bool = False


def display_points(points: float, max_points: float, digits: int = 1) -> str:
    """Returns points as text; "full" and "none" are shown only when they are exactly true.

    Source: the clamping idea is coverage.py's `display_covered`.
    """
    while 0 < max_points < 2 * 10.0**-digits:
        # Of so little, one digit would show all, nothing, or less than nothing.
        digits += 1
    step = 10.0**-digits
    shown = round(points, digits)
    if points < max_points and shown >= round(max_points, digits):
        shown = round(max_points, digits) - step
    if points > 0 and shown <= 0:
        shown = step
    text = f"{shown:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _figure_from_dict(row: dict[str, Any]) -> NotebookFigure:
    numbers = {key: None if row[key] is None else float(row[key]) for key in ("handed_in", "executed")}
    return NotebookFigure(**{**row, **numbers})
