"""Made-up grades for the tests of the reports: perfect, mixed with all nine statuses, unfinished and hostile."""

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

#: one text with everything that could break out of a page, a cell, an XML file, a terminal or a workflow log
HOSTILE = (
    "=cmd|' /C calc'!A0 <script>alert(1)</script>\"><img src=x onerror=alert(2)> ]]> &amp; `` ``` {{ 7*7 }} {% x %} "
    "[bold red]rich[/] [link=http://evil.example]x[/link] \x1b[31mred\x1b[0m "
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07 "
    "\u202eesrever\u2066 \x00\x07\x08\x7f\x9b31m \ud800 \ufffe \r\n::error file=x::owned\n::set-output name=a::b\n"
    "##[error]owned %0A::warning::x | a | b | ![x](http://evil.example/x.png) @everyone"
)

ENVIRONMENT = Environment("3.11.9", "2.3.1", "bubblewrap", True, "sha256:5f0c6d1e2a", "0.1.0")

CONV_CODE = '''def conv_forward_naive(x, w, b, conv_param):
    """Slides every filter over the padded images."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    # pads the rows and forgets the columns
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (0, 0)), mode="constant")
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = padded[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache
'''

POOL_CODE = """def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    dx = np.zeros_like(x)
    print("dout", dout.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i, j] = dout[:, :, i, j]  # not yet routed to the maximum
    return dx
"""

GROUPNORM_CODE = """def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    grouped = x.reshape(N, G, C / G, H, W)
    return grouped, None
"""


def check(name: str, title: str, section: str, status: Status = Status.PASSED, **changes: object) -> CheckResult:
    """Returns a check of 2 points whose function is the part of the name before "::"."""
    function = name.partition("::")[0]
    won = 2.0 if status is Status.PASSED else 0.0
    made = CheckResult(f"{name}", title, section, function, status, won, 2.0, seconds=0.04)
    return replace(made, **changes)  # type: ignore[arg-type]


def error(value: float, limit: float = 1e-8, name: str = "relative error") -> tuple[Measure, ...]:
    """Returns the one figure of a usual check."""
    return (Measure(name, value, limit),)


PASSED_CHECKS = (
    check(
        "affine_forward::test_values",
        "affine_forward multiplies and adds the bias",
        "Prerequisites",
        points=0.0,
        max_points=0.0,
        measures=error(1.2e-16, 1e-9),
    ),
    check(
        "conv_forward_naive::test_values[notebook]",
        "conv_forward_naive computes the notebook's example",
        "Convolution",
        measures=error(2.2121476417505994e-08, 1e-7),
    ),
    check(
        "conv_forward_naive::test_shape[stride1-pad1]",
        "conv_forward_naive returns the documented shape",
        "Convolution",
        remarks=("The cache holds a padded copy of x; that is allowed.",),
    ),
    check(
        "conv_backward_naive::test_dx[notebook]",
        "conv_backward_naive returns the gradient of x",
        "Convolution",
        measures=(*error(2.95e-9, 1e-8), Measure("error against your own forward", 3.1e-12, 1e-6)),
        output="x (4, 3, 5, 5)\n",
    ),
    check(
        "max_pool_forward_naive::test_values[notebook]",
        "max_pool_forward_naive computes the notebook's example",
        "Max pooling",
        measures=error(4.1666665157267834e-08, 1e-7),
    ),
    check(
        "max_pool_backward_naive::test_values[notebook]",
        "max_pool_backward_naive sends the gradient to the maximum",
        "Max pooling",
        measures=error(0.0, 1e-10),
    ),
    check(
        "ThreeLayerConvNet::test_loss",
        "The loss of a fresh network is near log(C)",
        "Network",
        measures=(Measure("difference to log(C)", 1.2e-4, 1e-2),),
    ),
    check(
        "ThreeLayerConvNet::test_accuracy",
        "The network learns in one epoch",
        "Network",
        measures=(Measure("training accuracy", 0.447, 0.4, ">="), Measure("seconds", 21.5)),
        seconds=21.5,
    ),
)

#: one check of every status, and more than one where functions share a cause
LOST_CHECKS = (
    check(
        "softmax_loss::test_values",
        "softmax_loss returns the mean loss over the batch",
        "Prerequisites",
        Status.FAILED,
        max_points=0.0,
        measures=(Measure("relative error", 0.98, 1e-9),),
        message="loss is 115.1, should be 2.302 [softmax_loss, N=50, C=10].",
        hint="Is the sum over the batch divided by the number of examples?",
    ),
    check(
        "conv_forward_naive::test_values[stride2-pad1]",
        "conv_forward_naive pads with zeros on both sides",
        "Convolution",
        Status.FAILED,
        measures=(
            Measure("relative error", 2.1e-3, 1e-7),
            Measure("wrong entries", 36, 0, "<="),
            Measure("seconds", 0.21),
        ),
        message="out.shape is (2, 3, 5, 3), should be (2, 3, 5, 5) [conv_forward_naive, stride=2, pad=1].",
        hint="Which axes does the padding reach?",
        reproduction=Reproduction(
            "x = np.arange(6.0).reshape(1, 1, 2, 3)\nout, cache = conv_forward_naive(x, w, b, conv_param)",
            "out, shape (1, 1, 1, 2):\n[[[[5. 8.]]]]",
            "out, shape (1, 1, 1, 2):\n[[[[ 5. 11.]]]]",
            "x (1, 1, 2, 3)\n",
        ),
    ),
    check(
        "conv_forward_naive::test_finite[pad0]",
        "conv_forward_naive returns finite numbers",
        "Convolution",
        Status.FAILED,
        points=0.5,
        visible=False,
        measures=(Measure("relative error", math.nan, 1e-7), Measure("largest entry", math.inf, 1.0)),
        message="out holds NaN at index (0, 1, 0, 0).",
    ),
    check(
        "conv_backward_naive::test_dx[pad0]",
        "conv_backward_naive handles pad=0",
        "General inputs",
        Status.BLOCKED,
        message="conv_forward_naive fails first, so its backward pass cannot be judged.",
    ),
    check(
        "max_pool_backward_naive::test_values[overlap]",
        "Overlapping windows accumulate",
        "General inputs",
        Status.FAILED,
        measures=(Measure("relative error", 1.0000001e-10, 1e-10),),
        message=(
            "dx is wrong in 12 of 64 entries, first at [0, 0, 1, 1] (relative error 1.0e-10, should be below 1e-10).\n"
            "index        | obtained   | expected\n"
            "[0, 0, 1, 1] | 0.62342342 | 1.2468468\n"
            "[0, 0, 1, 3] | -1.5       | -3"
        ),
        output="dout (2, 3, 4, 4)\n" * 3,
        error_map=ErrorMap(
            "dx",
            "Wrong in row 1, in every column.",
            (ErrorPanel("image 0, channel 0", ("000", "213")), ErrorPanel("image 0, channel 1", ("000", "333"))),
        ),
    ),
    check(
        "spatial_batchnorm_forward::test_train",
        "spatial_batchnorm_forward normalises each channel",
        "Spatial batch norm",
        Status.MISSING,
        message="spatial_batchnorm_forward returned None: is it implemented?",
    ),
    check(
        "spatial_batchnorm_forward::test_test_mode",
        "spatial_batchnorm_forward uses running statistics in test mode",
        "Spatial batch norm",
        Status.MISSING,
        message="spatial_batchnorm_forward returned None: is it implemented?",
    ),
    check(
        "spatial_batchnorm_forward::test_shapes",
        "spatial_batchnorm_forward accepts non-square images",
        "Spatial batch norm",
        Status.MISSING,
        message="spatial_batchnorm_forward returned None: is it implemented?",
        visible=False,
    ),
    check(
        "spatial_groupnorm_forward::test_values[G2]",
        "spatial_groupnorm_forward normalises each group",
        "Spatial group norm",
        Status.RAISED,
        message="TypeError: 'float' object cannot be interpreted as an integer (layers.py, line 412).",
        hint="A size must be a whole number: which division gives one?",
    ),
    check(
        "ThreeLayerConvNet::test_speed",
        "One step of the network takes less than five seconds",
        "Network",
        Status.TIMEOUT,
        measures=(Measure("seconds", 16.4, 5.0, "<="),),
        message="Too slow: stopped after 16 seconds.",
        seconds=16.4,
    ),
    check(
        "ThreeLayerConvNet::test_big_batch",
        "The network takes a batch of 500 images",
        "Network",
        Status.MEMORY,
        message="The limit of 1,024 MB was passed.",
    ),
    check(
        "ThreeLayerConvNet::test_overfit",
        "The network overfits 100 images",
        "Network",
        Status.CRASHED,
        message="The process ended with signal 11 (segmentation fault).",
        measures=(Measure("training accuracy", 0.61, 0.95, ">="),),
    ),
)

BROKEN_CHECK = check(
    "ThreeLayerConvNet::test_gradients",
    "Every gradient agrees with a numerical one",
    "Network",
    Status.BROKEN,
    message="The golden archive lacks the case 'network-grad'.",
)

SOURCES = (
    FunctionSource("conv_forward_naive", "cs231n/layers.py", 88, CONV_CODE),
    FunctionSource("max_pool_backward_naive", "cs231n/layers.py", 203, POOL_CODE),
    FunctionSource("spatial_groupnorm_forward", "cs231n/layers.py", 409, GROUPNORM_CODE),
    FunctionSource("ThreeLayerConvNet.loss", "cs231n/classifiers/cnn.py", 61, "def loss(self, X, y=None):\n    pass\n"),
)


def grade_of(name: str, checks: tuple[CheckResult, ...], **changes: object) -> Grade:
    """Returns a grade whose score and sections are the sums of the checks' points."""
    names = dict.fromkeys(check.section for check in checks)
    sections = tuple(
        Section(
            name,
            math.fsum(check.points for check in checks if check.section == name),
            math.fsum(check.max_points for check in checks if check.section == name),
        )
        for name in names
    )
    made = Grade(
        submission=SubmissionInfo(name, "sha256:1f3a5c"),
        score=math.fsum(section.score for section in sections),
        max_score=math.fsum(section.max_score for section in sections),
        complete=all(check.status is not Status.BROKEN for check in checks),
        sections=sections,
        checks=checks,
        environment=ENVIRONMENT,
        sources=SOURCES,
        started="2026-11-22T10:00:00+00:00",
        seconds=12.5,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def perfect() -> Grade:
    """Returns a grade in which every check passes."""
    mended = tuple(
        replace(check, status=Status.PASSED, points=check.max_points, message="", hint="", measures=error(3.3e-10))
        for check in LOST_CHECKS
    )
    return grade_of("Ada Lovelace", PASSED_CHECKS + mended)


def mixed() -> Grade:
    """Returns a final grade with every status but broken."""
    return grade_of("Grace Hopper", PASSED_CHECKS + LOST_CHECKS, notes=("np.int was put back (--compat), line 17.",))


def incomplete() -> Grade:
    """Returns a grade with all nine statuses: one check is broken, so it is not final."""
    return grade_of("Alan Turing", (*PASSED_CHECKS, *LOST_CHECKS, BROKEN_CHECK))


def unfinished() -> Grade:
    """Returns the grade of an empty template."""
    checks = tuple(
        replace(check, status=Status.MISSING, points=0.0, measures=(), message=f"{check.function} returned None.")
        for check in PASSED_CHECKS
    )
    return grade_of("Edsger Dijkstra", checks, sources=())


def hostile(text: str = HOSTILE) -> Grade:
    """Returns a grade in which every text that can come from a submission is hostile."""
    checks = tuple(
        replace(
            check,
            id=f"{check.id}{text}",
            title=text,
            section=text,
            function=text,
            message=text,
            hint=text,
            remarks=(text,),
            output=text,
            reproduction=Reproduction("x = 1", text, "2", text),
            error_map=ErrorMap(text, text, (ErrorPanel(text, ("03",)),)),
            measures=tuple(replace(measure, name=text) for measure in check.measures),
        )
        for check in (*PASSED_CHECKS, *LOST_CHECKS, BROKEN_CHECK)
    )
    grade = grade_of(text, checks)
    return replace(
        grade,
        submission=SubmissionInfo(text, text),
        environment=replace(ENVIRONMENT, python=text, numpy=text, golden=text, grader=text),
        notes=(text,),
        started=text,
        sources=(FunctionSource(text, text, 3, text * 3),),
    )
