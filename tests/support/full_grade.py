"""A grade in which every field holds something."""

import math
from dataclasses import replace

from grader.model.results import (
    CheckResult,
    Environment,
    ErrorMap,
    ErrorPanel,
    FunctionSource,
    Grade,
    Measure,
    Reproduction,
    Section,
    Status,
    SubmissionInfo,
)


def make_grade(**changes: object) -> Grade:
    check = CheckResult(
        id="conv::test_values[notebook]",
        title="conv_forward_naive computes the notebook's example",
        section="Convolution",
        function="conv_forward_naive",
        status=Status.FAILED,
        points=0.0,
        max_points=4.0,
        measures=(Measure("difference", math.nan, 1e-7), Measure("seconds", 0.5)),
        message="out is not finite",
        error_map=ErrorMap("out", "Wrong in row 1.", (ErrorPanel("image 0", ("00", "33")),)),
        reproduction=Reproduction("x = 1\nf(x)", "out = nan", "out = 2", "x is 1\n"),
    )
    grade = Grade(
        submission=SubmissionInfo("ada", "sha256:00"),
        score=0.0,
        max_score=4.0,
        complete=True,
        sections=(Section("Convolution", 0.0, 4.0),),
        checks=(check,),
        environment=Environment("3.11.7", "2.4.6", "bubblewrap", True, "sha256:11", "0.1.0"),
        notes=("a note",),
        sources=(FunctionSource("conv_forward_naive", "cs231n/layers.py", 3, "def f(): ...\n"),),
        started="2026-11-22T00:00:00+00:00",
        seconds=1.5,
    )
    return replace(grade, **changes)  # type: ignore[arg-type]
