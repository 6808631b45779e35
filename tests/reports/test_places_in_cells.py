"""Functions that stand in cells: named by cell and line to people, by file to platforms; differences are shown."""

import json
from dataclasses import replace

import pytest
from grades import check, grade_of
from grades import mixed as mixed_grade

from grader.model.results import FunctionSource, Grade, Status
from reports.github import annotations
from reports.gitlab import code_quality
from reports.order import line_of, place_of
from reports.page import report_html

CELL = "a/My hw.ipynb cell 12"
SOURCE = FunctionSource("conv_forward_naive", CELL, 3, "def conv_forward_naive(x):\n    return x\n")


def failing(message: str) -> Grade:
    lost = replace(
        check("t.py::test_a", "a", "Convolution", function="conv_forward_naive"),
        status=Status.RAISED,
        points=0.0,
        message=message,
    )
    return grade_of("ada", (lost,), sources=(SOURCE,))


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("hw.ipynb cell 12 line 4: `return x` raises ValueError.", 4),
        ("hw.ipynb cell 11 line 4: `return x` raises ValueError.", 3),
        ("layers.py line 4: `return x` raises ValueError.", 3),
        ("out is wrong.", 3),
    ],
)
def test_line_of_a_message_is_one_of_its_own_cell(message: str, line: int) -> None:
    grade = failing(message)
    assert line_of(grade.checks[0], SOURCE) == line
    assert place_of(grade.checks[0], SOURCE) == ("a/My hw.ipynb", 1)


def test_platforms_get_the_notebook_and_people_the_cell() -> None:
    grade = failing("hw.ipynb cell 12 line 4: `return x` raises ValueError.")
    assert "file=a/My hw.ipynb,line=1," in annotations(grade)
    assert json.loads(code_quality(grade))[0]["location"] == {"path": "a/My hw.ipynb", "lines": {"begin": 1}}
    assert "My hw.ipynb cell 12, line 3" in report_html(grade)


def test_difference_from_the_notebook_is_shown_escaped_and_survives_the_file() -> None:
    diff = "--- cs231n/layers.py\n+++ hw.ipynb cell 2\n-    return x\n+    return '<b>'\n"
    grade = grade_of("ada", mixed_grade().checks, sources=(replace(SOURCE, difference=diff),))
    page = report_html(grade)
    assert "How the notebook's <code>conv_forward_naive</code> differs from the file's, which was graded" in page
    assert "+    return &#39;&lt;b&gt;&#39;" in page
    assert Grade.from_json(grade.to_json()).sources == grade.sources
    assert "How the notebook" not in report_html(mixed_grade())
