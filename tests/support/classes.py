"""Made-up classes of any size for the tests of the class pages: students of different strength, causes, copies."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from grades import CONV_CODE, GROUPNORM_CODE, POOL_CODE, check, grade_of

from grader.model.results import CheckResult, FunctionSource, Grade, Status, Ungraded
from reports.entries import IndexEntry

SECTIONS = (
    ("Prerequisites", 16),
    ("Convolution", 12),
    ("Max pooling", 8),
    ("Spatial batch normalization", 10),
    ("Spatial group normalization", 8),
    ("Three-layer network", 16),
    ("Training", 4),
    ("Speed", 4),
    ("Notebook", 6),
    ("General inputs", 108),
)
FUNCTIONS = ("conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive", "spatial_batchnorm_forward")
CAUSES = (
    "The padding is missing on one side.",
    "Is the sum over the batch divided by the number of examples?",
    "A size or an index is a float: `/` always gives one in Python 3.",
    "Only pixels in several windows are wrong: there the gradients of the windows add up.",
    "",
)
CODES = (("conv_forward_naive", CONV_CODE), ("max_pool_backward_naive", POOL_CODE), ("groupnorm", GROUPNORM_CODE))


def checks_of_a_class() -> list[CheckResult]:
    """Returns 192 passed checks in ten sections."""
    made = []
    for section, n_checks in SECTIONS:
        for i in range(n_checks):
            function = FUNCTIONS[len(made) % len(FUNCTIONS)]
            name = f"test_{section[:9].lower().replace(' ', '_')}.py::test_{function}[case-{i}]"
            points = 0.0 if section == "Prerequisites" else 100 / 176
            title = f"{function} handles case {i} of {section.lower()} (stride {i % 3 + 1}, pad {i % 2})"
            made.append(
                check(name, title, section, function=function, points=points, max_points=points, visible=i % 2 == 0)
            )
    return made


def entries_of(n_students: int, seed: int = 1, *, with_code: bool = True) -> Iterator[IndexEntry]:
    """Yields a class, one submission at a time; every 97th is not graded, every 89th not final."""
    rng = random.Random(seed)
    passed = checks_of_a_class()
    difficulty = [rng.random() for _ in passed]
    for number in range(n_students):
        name = f"{number:04}-student-{rng.choice(('abe', 'lin', 'oto', 'zoé'))}"
        if number % 97 == 96:
            yield IndexEntry(Ungraded(name, "layers.py is not in it. Put cs231n/layers.py into the archive."), None)
            continue
        sources = code_of(rng, number) if with_code else ()
        # One draw a student decides most: the strong pass nearly all, and some stop at a section.
        weakness, stop = rng.random() ** 3, len(passed) if rng.random() < 0.8 else rng.randrange(len(passed))
        checks = tuple(
            _ended(rng, each, weakness * how_hard, is_missing=i > stop)
            for i, (each, how_hard) in enumerate(zip(passed, difficulty, strict=True))
        )
        if number % 89 == 88:
            checks = (replace(checks[0], status=Status.BROKEN, message="A golden is missing."), *checks[1:])
        yield IndexEntry(grade_of(name, checks, sources=sources), f"submissions/{number:04}/report.html")


def _ended(rng: random.Random, passed: CheckResult, risk: float, *, is_missing: bool) -> CheckResult:
    if is_missing:
        message = f"{passed.function} returned None: is it implemented?"
        return replace(passed, status=Status.MISSING, points=0.0, message=message)
    if rng.random() > risk:
        return replace(passed, seconds=rng.random() / 5)
    status = rng.choice((Status.FAILED, Status.FAILED, Status.FAILED, Status.RAISED, Status.TIMEOUT))
    wrong = rng.randrange(1, 90)
    message = f"dx is wrong in {wrong} of 96 entries, first at [0, {wrong}] (dx error {rng.random():.1e}) [f, pad=1]."
    hint = rng.choice(CAUSES) if status is Status.FAILED else ""
    return replace(passed, status=status, points=0.0, message=message, hint=hint)


def code_of(rng: random.Random, number: int) -> tuple[FunctionSource, ...]:
    """Returns the functions of a student: everybody's own, but every 50th renames the variables of number 7."""
    if number == 7 or number % 50 == 49:
        own = random.Random(7)
        sources = tuple(_own(own, name, code) for name, code in CODES)
        return sources if number == 7 else tuple(map(renamed, sources))
    return tuple(_own(rng, name, code) for name, code in CODES)


def renamed(source: FunctionSource) -> FunctionSource:
    """Returns the function with its variables renamed and its comments taken out: what one does to hide a copy."""
    code = re.sub(r"#.*", "", source.code)
    for name, other in (("out", "result"), ("padded", "bigger"), ("dx", "grad"), ("window", "part"), ("grouped", "g")):
        code = re.sub(rf"\b{name}\b", other, code)
    return replace(source, code=code)


def _own(rng: random.Random, name: str, code: str) -> FunctionSource:
    """Returns a function of the same length in which most lines compute something else."""
    signs = "+-*/%"
    lines = [
        f"{line} {rng.choice(signs)} k[{rng.randrange(9)}] {rng.choice(signs)} ({rng.randrange(99)}, n)"
        if " = " in line and rng.random() < 0.9
        else line
        for line in (code * 2).split("\n")
    ]
    return FunctionSource(name, "cs231n/layers.py", 10, "\n".join(lines))


def one_grade(name: str, **changes: object) -> Grade:
    """Returns a full grade of 192 checks."""
    return grade_of(name, tuple(checks_of_a_class()), **changes)
