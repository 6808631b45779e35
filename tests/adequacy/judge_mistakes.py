"""Plants each known mistake alone in the solution, grades it, and says what it cost where.

`tox -e adequacy` runs it and writes docs/cost_of_mistakes.md. What is really wrong is found beside the grade: the
checks of the function, judged in this process among functions that are all right but this one. A grade that loses
more, or loses it elsewhere, punishes one mistake twice.
"""

import argparse
import json
import math
import multiprocessing
import os
import sys
import tomllib
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(HERE)]
sys.path.append(str(ROOT / "tests"))

import numpy as np  # noqa: E402
from edits import NAMES, REFERENCE  # noqa: E402
from inprocess import ASSIGNMENT, collect, points, run  # noqa: E402
from planting import module_of  # noqa: E402
from submissions.variants import Variant, variant  # noqa: E402

from grader.assignment.golden_cases import LiveGoldens  # noqa: E402
from grader.grading.runner import Runner  # noqa: E402
from grader.model.results import Grade  # noqa: E402
from grader.sandbox.level import Level  # noqa: E402
from reference.mistakes import MISTAKES, Mistake  # noqa: E402

__all__ = ["Cost", "cost", "page"]

SEED = 7
PAGE = ROOT / "docs" / "cost_of_mistakes.md"
REASONS = HERE / "cost_reasons.toml"
KINDS = ("what is wrong, and nothing else", "also a fifth of what follows from it", "something else")
#: points that are none
NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Cost:
    """What one mistake cost."""

    name: str
    function: str
    #: points of the function's checks that fail where all else is right
    worth: float
    #: points that the grade lost in the function
    lost: float
    #: and in others: function -> points
    elsewhere: dict[str, float]
    #: the others whose loss follows from the function, as the grade says
    follows: tuple[str, ...] = ()
    complete: bool = True

    @property
    def is_fair(self) -> bool:
        return self.complete and abs(self.lost - self.worth) < NOTHING and not self.elsewhere


def cost(mistake: Mistake, grade: Grade, failed: Iterable[str]) -> Cost:
    """Returns what a mistake cost in a grade.

    Args:
        mistake: the one that was planted.
        grade: of the solution with it.
        failed: ids of the function's checks that fail where everything else is right.
    """
    wrong = set(failed)
    worth = math.fsum(check.max_points for check in grade.checks if check.id in wrong)
    lost: dict[str, list[float]] = defaultdict(list)
    for check in grade.checks:
        if check.max_points - check.points > NOTHING:
            lost[check.function].append(check.max_points - check.points)
    here = math.fsum(lost.pop(mistake.function, ()))
    follows = {check.function for check in grade.checks if mistake.function in check.follows_from}
    return Cost(
        mistake.name,
        mistake.function,
        worth,
        here,
        {name: math.fsum(points) for name, points in lost.items()},
        tuple(sorted(follows & set(lost))),
        grade.complete,
    )


def chosen(every: int) -> list[Mistake]:
    """Returns the first form of every N-th mistake of each function, none of which is two at once."""
    names: dict[str, dict[str, Mistake]] = defaultdict(dict)
    for mistake in MISTAKES:
        if len({edit.function for edit in mistake.edits}) == 1 and "+" not in mistake.name:
            names[mistake.function].setdefault(mistake.name, mistake)
    return [mistake for forms in names.values() for mistake in list(forms.values())[::every]]


_AT_HAND: list[Any] = []


def _prepare() -> None:
    warnings.simplefilter("ignore")  # wrong versions divide by zero all the time
    checks = defaultdict(list)
    for item in collect():
        if item.get_closest_marker("section").args[0] not in ASSIGNMENT.optional:
            checks[item.get_closest_marker("function").args[0]].append(item)
    goldens = LiveGoldens(ASSIGNMENT, SEED)
    _AT_HAND[:] = checks, goldens, Runner(ASSIGNMENT, goldens, Level.LIMITS, SEED), variant("solved").files


def _judge(mistake: Mistake) -> Cost:
    checks, goldens, runner, solved = _AT_HAND
    functions = dict(REFERENCE)
    for place, text in mistake.texts().items():
        module = module_of(place, text)
        functions |= {name: getattr(module, name) for name in (*NAMES, "ThreeLayerConvNet") if hasattr(module, name)}
    # The others are right: what they call of this module is the solution's.
    alone = {**REFERENCE, mistake.function: functions[mistake.function]}
    with np.errstate(all="ignore"):
        outcomes = run(checks[mistake.function], alone, goldens)
    failed = [
        f"test_{name.replace('::', '.py::', 1)}" for name, outcome in outcomes.items() if outcome.status != "passed"
    ]
    files = {**solved, **{place: text.encode() for place, text in mistake.texts().items()}}
    return cost(mistake, runner.grade(Variant(mistake.name, files).submission()), failed)


def points_by_function() -> dict[str, float]:
    """Returns what the checks of each function are worth, of 100 for the functions alone."""
    worth: dict[str, float] = defaultdict(float)
    items = collect()
    for item, own in zip(items, points(items).values(), strict=True):
        if item.get_closest_marker("section").args[0] not in ASSIGNMENT.optional:
            worth[item.get_closest_marker("function").args[0]] += own
    return {function: 100 * own / sum(worth.values()) for function, own in worth.items()}


def page(costs: Iterable[Cost], reasons: dict[str, str], worth: dict[str, float], n_known: int) -> str:
    """Returns docs/cost_of_mistakes.md.

    Args:
        costs: of each mistake that was planted.
        reasons: why a mistake costs something else, by its name.
        worth: points of each function.
        n_known: how many mistakes there are.
    """
    rows = list(costs)
    kinds = [_kind(row, worth) for row in rows]
    fair, follows, others = (kinds.count(kind) for kind in KINDS)
    out = [HEAD.format(n=len(rows), known=n_known, fair=fair, follows=follows, others=others)]
    out += ["## By function\n", *_by_function(rows, kinds), ""]
    if others:
        out += ["## Something else was lost\n", "| mistake | function | wrong | lost there | lost elsewhere | why |"]
        out.append("|---|---|---|---|---|---|")
        for row, kind in zip(rows, kinds, strict=True):
            if kind == KINDS[2]:
                why = reasons.get(row.name, "**not explained**") if row.complete else "The grade is not final."
                out.append(f"| {row.name} | `{row.function}` | {_figures(row)} | {why} |")
        out.append("")
    out += [
        "## All mistakes\n",
        "| mistake | function | wrong | lost there | lost elsewhere |",
        "|---|---|---|---|---|",
    ]
    out += [f"| {row.name} | `{row.function}` | {_figures(row)} |" for row in rows]
    return "\n".join(out) + "\n"


def _kind(row: Cost, worth: dict[str, float]) -> str:
    if row.is_fair:
        return KINDS[0]
    # What follows correctly loses a share of its points, and no more.
    rest = 1 - ASSIGNMENT.rubric.follows_through
    kept = all(points <= rest * worth[name] + NOTHING for name, points in row.elsewhere.items())
    right = row.complete and abs(row.lost - row.worth) < NOTHING
    return KINDS[1] if right and kept and set(row.elsewhere) == set(row.follows) else KINDS[2]


def _by_function(rows: list[Cost], kinds: list[str]) -> Iterable[str]:
    yield f"| function | mistakes | {' | '.join(KINDS)} |"
    yield "|---|---|---|---|---|"
    for function in dict.fromkeys(row.function for row in rows):
        own = [kind for row, kind in zip(rows, kinds, strict=True) if row.function == function]
        yield f"| `{function}` | {len(own)} | {' | '.join(str(own.count(kind)) for kind in KINDS)} |"


def _figures(row: Cost) -> str:
    elsewhere = ", ".join(f"`{name}` {points:.2f}" for name, points in row.elsewhere.items())
    return f"{row.worth:.2f} | {row.lost:.2f} | {elsewhere or '0'}"


def _kept(file: Path | None) -> list[Cost]:
    """Returns the finished rows of a file."""
    if file is None or not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Cost(**{**row, "follows": tuple(row["follows"])}) for row in rows]


def main() -> None:
    """Grades the mistakes and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="plant every N-th mistake of each function only")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("-o", "--output", type=Path, default=PAGE)
    parser.add_argument("--function", default="", help="plant mistakes of functions with this in their names only")
    parser.add_argument("--keep", type=Path, help="file of finished rows, which are not judged again")
    given = parser.parse_args()
    costs = _kept(given.keep)
    done = {(row.name, row.function) for row in costs}
    wanted = [mistake for mistake in chosen(given.every) if given.function in mistake.function]
    mistakes = [mistake for mistake in wanted if (mistake.name, mistake.function) not in done]
    with multiprocessing.get_context("fork").Pool(given.jobs, _prepare) as pool:
        for row in pool.imap(_judge, mistakes):
            costs.append(row)
            if given.keep:
                with given.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
            if not row.is_fair:
                print(row, flush=True)
            if len(costs) % 20 == 0:
                print(f"{len(costs) - len(done)} of {len(mistakes)}", flush=True)
    order = list(dict.fromkeys(mistake.name for mistake in MISTAKES))
    costs.sort(key=lambda row: order.index(row.name))
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8")) if REASONS.exists() else {}
    text = page(costs, reasons, points_by_function(), len(chosen(1)))
    given.output.write_text(text, encoding="utf-8")
    print(given.output)


HEAD = """# What one mistake costs

`tox -e adequacy` writes this page. It plants {n} of the {known} mistakes of the [catalogue](known_mistakes.md), one
at a time, in the solution and grades it with all checks of the functions, visible and hidden. *Wrong* is the worth of
the function's own checks that fail where everything else is right: what is really wrong. All other points, of 100 for
the functions alone, are to stay: one mistake costs once. A backward function that follows correctly from a wrong
forward function keeps 80 % of its points (`follows_through`).

{fair} cost what is wrong and nothing else, {follows} also a fifth of the backward function, {others} something else.
"""

if __name__ == "__main__":
    main()
