"""Grades right versions of the functions, written in many ways: each has to earn every point.

`tox -e adequacy` runs it and writes docs/rewrites.md. That a version is right is shown without any check: it gives the
solution's values on drawn inputs that the contract allows. Each is then graded through the wall, by all checks.
"""

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(HERE)]
sys.path.append(str(ROOT / "tests"))

import numpy as np  # noqa: E402
from drawn import difference  # noqa: E402
from edits import REFERENCE  # noqa: E402
from inprocess import ASSIGNMENT  # noqa: E402
from mutation_page import percent  # noqa: E402
from planting import module_of  # noqa: E402
from rewrites_layers import convolutions, poolings  # noqa: E402
from rewrites_network import networks  # noqa: E402
from rewrites_norms import batchnorms, groupnorms  # noqa: E402
from submissions.legal import legal  # noqa: E402
from submissions.variants import Variant, variant  # noqa: E402

from grader.assignment.golden_cases import LiveGoldens  # noqa: E402
from grader.grading.runner import Runner  # noqa: E402
from grader.sandbox.level import Level  # noqa: E402
from reference.mistakes.mistake import pieces, place_of  # noqa: E402

__all__ = ["Judged", "Rewrite", "differences", "page", "rewrites"]

SEED = 7
PAGE = ROOT / "docs" / "rewrites.md"
N_DRAWN = 100
NETWORK = "ThreeLayerConvNet"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One or two functions of the solution, written in another way."""

    name: str
    functions: dict[str, str]

    @property
    def texts(self) -> dict[str, str]:
        """Returns the answer files that differ from the solution's: workspace path -> text."""
        texts: dict[str, str] = {}
        solved = variant("solved").files
        for function, text in self.functions.items():
            place = place_of(function)
            parts = dict(pieces(texts.get(place) or solved[place].decode()))
            texts[place] = "".join({**parts, function: f"{text}\n\n"}.values())
        return texts


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one rewrite."""

    name: str
    #: on what it differs from the solution, beside all checks; "" where nothing was found
    differs: str
    score: float
    max_score: float
    #: lost checks, with what they say
    lost: tuple[tuple[str, str], ...] = ()

    @property
    def is_rejected(self) -> bool:
        return bool(self.lost) or self.score < self.max_score


def rewrites() -> list[Rewrite]:
    """Returns all of them, none like another."""
    made = (*convolutions(45), *poolings(30), *batchnorms(33), *groupnorms(32), *networks(30))
    return [Rewrite(*each) for each in made]


def differences(rewrite: Rewrite) -> str:
    """Returns on what a rewrite differs from the solution on drawn inputs; "" where nothing was found."""
    functions = dict(REFERENCE)
    for place, text in rewrite.texts.items():
        module: ModuleType = module_of(place, text)
        functions |= {name: getattr(module, name) for name in rewrite.functions if hasattr(module, name)}
    if NETWORK in rewrite.functions:
        functions[NETWORK] = _with_weights_of_the_solution(functions[NETWORK])
    return next((found for name in rewrite.functions if (found := difference(name, REFERENCE, functions, N_DRAWN))), "")


def _with_weights_of_the_solution(network: Any) -> Any:
    """Returns a network that may draw its weights in any order, and that is given images of its own type."""

    class Same(network):  # type: ignore[misc]
        def __init__(self, **settings: Any) -> None:
            state = np.random.get_state()
            super().__init__(**settings)
            np.random.set_state(state)
            right = REFERENCE[NETWORK](**settings).params
            kinds = (
                {name: (value.shape, value.dtype) for name, value in each.items()} for each in (self.params, right)
            )
            if next(kinds) != next(kinds):
                raise ValueError("other parameters")
            # In the order of the solution: what compares them fills them one by one.
            self.params = right

        def loss(self, X: Any, y: Any = None) -> Any:
            return super().loss(X.astype(self.dtype), y)

    return Same


_AT_HAND: list[Any] = []


def _prepare() -> None:
    goldens = LiveGoldens(ASSIGNMENT, SEED)
    # The checks that no rewrite of a function can change are left out.
    runners = cache(lambda keyword: Runner(ASSIGNMENT, goldens, Level.LIMITS, SEED, keyword))
    _AT_HAND[:] = runners, variant("solved").files


def _judge(task: Rewrite | Variant) -> Judged:
    runners, solved = _AT_HAND
    differs = ""
    if isinstance(task, Rewrite):
        differs = differences(task)
        files = {**solved, **{place: text.encode() for place, text in task.texts.items()}}
        task = Variant(task.name, files, changed=frozenset(task.functions))
    grade = runners(task.keyword).grade(task.submission())
    lost = tuple(
        (check.id, check.message) for check in grade.checks if check.points < check.max_points or not check.passed
    )
    return Judged(task.name, differs, grade.score, grade.max_score, lost)


def page(made: Iterable[Judged], others: Iterable[Judged]) -> str:
    """Returns docs/rewrites.md, of generated rewrites and of those that were written one by one."""
    made, others = list(made), list(others)
    rows = [*made, *others]
    right = [row for row in rows if not row.differs]
    rejected = sum(row.is_rejected for row in right)
    counts = Counter(row.name.partition(":")[0].partition(" by axes")[0] for row in made)
    out = [
        HEAD.format(n=len(rows), made=len(made), others=len(others), drawn=N_DRAWN, rate=percent(rejected, len(right)))
    ]
    out += ["| of | rewrites |", "|---|---|", *(f"| {kind} | {count} |" for kind, count in counts.items())]
    out += [f"| written one by one | {len(others)} |", "", "## Rejected\n"]
    out += [f"- {row.name}: {row.score:g} of {row.max_score:g}. {_said(row)}" for row in right if row.is_rejected] or [
        "None."
    ]
    if wrong := [row for row in rows if row.differs]:
        out += [
            "\n## Not the same as the solution, and not counted\n",
            *(f"- {row.name}: {row.differs}" for row in wrong),
        ]
    out += ["\n## All rewrites\n", *(f"- {row.name}" for row in rows)]
    return "\n".join(out) + "\n"


def _said(row: Judged) -> str:
    return "; ".join(f"`{name}`: {message.splitlines()[0] if message else ''}" for name, message in row.lost[:3])


def main() -> None:
    """Grades the rewrites, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="grade every N-th rewrite only")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("-o", "--output", type=Path, default=PAGE)
    given = parser.parse_args()
    groups = [rewrites()[:: given.every], list(legal()[:: given.every])]
    judged: list[list[Judged]] = []
    with multiprocessing.get_context("fork").Pool(given.jobs, _prepare) as pool:
        for group in groups:
            judged.append([])
            for row in pool.imap(_judge, group):
                judged[-1].append(row)
                if row.is_rejected or row.differs:
                    print(row, flush=True)
                if len(judged[-1]) % 20 == 0:
                    print(f"{len(judged[-1])} of {len(group)}", flush=True)
    given.output.write_text(page(*judged), encoding="utf-8")
    print(given.output)


HEAD = """# Right answers, written in other ways

`tox -e adequacy` writes this page. {n} right versions of the graded functions, {made} put together from the ways in
which students write each part (loops, taps, columns, views, einsum; where the zeros of the padding come from; what is
cached; how a derivative and its sums are written) and {others} written one by one, are graded through the wall by all
checks that call what they change, visible and hidden. That those put together are right is shown beside the checks:
they give the solution's values on {drawn} drawn inputs that the contract allows.

**Wrong rejections: {rate}**, with the 95 % interval.
"""

if __name__ == "__main__":
    main()
