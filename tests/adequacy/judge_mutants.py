"""Grades mutants of the solution by the functions' checks, and says which checks they get past.

`tox -e adequacy` runs it and writes docs/adequacy.md. A mutant is judged in this process, by the same checks and
cases as a submission; that they end alike through the wall is shown for the solution and near misses by tests/checks.
"""

import argparse
import inspect
import multiprocessing
import os
import resource
import signal
import sys
import tomllib
import warnings
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(HERE)]

import numpy as np  # noqa: E402
from drawn import difference  # noqa: E402
from edits import REFERENCE  # noqa: E402
from inprocess import ASSIGNMENT, collect, run  # noqa: E402
from mutants import Mutant, mutants_of  # noqa: E402
from mutation_page import Judged, page  # noqa: E402

from grader.assignment.golden_cases import LiveGoldens  # noqa: E402
from reference.cs231n import layers  # noqa: E402
from reference.cs231n.classifiers import cnn  # noqa: E402

LAYERS = (
    "conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive", "max_pool_backward_naive",
    "spatial_batchnorm_forward", "spatial_batchnorm_backward", "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
)  # fmt: skip
NETWORK = "ThreeLayerConvNet"
SEED = 7
#: of one mutant; one that takes longer is killed by the limit, as a student's would be
SECONDS = 30
PAGE = ROOT / "docs" / "adequacy.md"
SURVIVORS = HERE / "survivors.toml"


def every_mutant() -> list[tuple[str, Mutant]]:
    """Returns form and mutant of the solution's functions, as they stand and in the vectorised form."""
    forms = (HERE / "forms.py").read_text(encoding="utf-8")
    return [
        *(("solution", mutant) for mutant in mutants_of(inspect.getsource(layers), LAYERS)),
        *(("solution", mutant) for mutant in mutants_of(inspect.getsource(cnn), (NETWORK,))),
        *(("vectorised", mutant) for mutant in mutants_of(forms, LAYERS)),
    ]


def functions_of(form: str, function: str, text: str) -> dict[str, Any]:
    """Returns all functions, with one from a module's text; a vectorised pair shares its own cache."""
    package = {"solution": layers.__package__ if function != NETWORK else cnn.__package__}.get(form)
    module = ModuleType("mutant")
    module.__package__ = package
    exec(compile(text, "<mutant>", "exec"), module.__dict__)
    names = [function]
    if form == "vectorised":
        one, other = ("backward", "forward") if "backward" in function else ("forward", "backward")
        names.append(function.replace(one, other))
    return {**REFERENCE, **{name: getattr(module, name) for name in names}}


_CHECKS: dict[str, list[Any]] = {}
_GOLDENS: list[LiveGoldens] = []


def _prepare() -> None:
    warnings.simplefilter("ignore")  # wrong versions divide by zero all the time
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    optional = ASSIGNMENT.optional
    for item in collect():
        if item.get_closest_marker("section").args[0] not in optional:
            _CHECKS.setdefault(item.get_closest_marker("function").args[0], []).append(item)
    _GOLDENS.append(LiveGoldens(ASSIGNMENT, SEED))


def _judge(task: tuple[str, Mutant]) -> Judged:
    form, mutant = task
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        functions = functions_of(form, mutant.function, mutant.text)
        with np.errstate(all="ignore"):
            outcomes = run(_CHECKS[mutant.function], functions, _GOLDENS[0])
            differs = difference(mutant.function, REFERENCE, functions)
        killed = tuple(name for name, outcome in outcomes.items() if outcome.status != "passed")
    except (_TooLong, MemoryError, RecursionError):
        killed, differs = ("a limit",), "a limit"
    except Exception as exc:
        # The module cannot be imported, or a check cannot judge what came back: both end in lost points.
        killed, differs = (f"raises {type(exc).__name__}",), "an exception"
    finally:
        signal.alarm(0)
    return Judged(form, mutant.function, mutant.operator, mutant.diff, killed, differs)


class _TooLong(BaseException):
    pass


def _too_long(*_: object) -> None:
    raise _TooLong


def main() -> None:
    """Judges all mutants, or every N-th, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="judge every N-th mutant only")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("-o", "--output", type=Path, default=PAGE)
    given = parser.parse_args()
    tasks = every_mutant()[:: given.every]
    judged = []
    with multiprocessing.get_context("fork").Pool(given.jobs, _prepare) as pool:
        for done, row in enumerate(pool.imap(_judge, tasks, chunksize=8), 1):
            judged.append(row)
            if done % 100 == 0 or done == len(tasks):
                print(f"{done} of {len(tasks)}: {sum(not row.killed_by for row in judged)} not rejected", flush=True)
    explained = {
        f"{row['form']} {row['function']}\n{row['diff'].strip()}": row["why"]
        for row in tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", ())
    }
    given.output.write_text(page(judged, explained), encoding="utf-8")
    by_kind = defaultdict(int)
    for row in judged:
        by_kind["rejected" if row.killed_by else "wrong and accepted" if row.differs else "no difference found"] += 1
    print(dict(by_kind), given.output)


if __name__ == "__main__":
    main()
