"""Points that every right and wrong variant of the tests loses under many secret seeds.

All variants are judged in this process, as functions: what a seed draws is what is measured here, not the wall.
"""

import importlib
import inspect
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from edits import NAMES, REFERENCE, Functions
from inprocess import ASSIGNMENT, collect, points, run
from near_misses import LEGAL, NEAR_MISSES
from shape_bound import SHAPE_BOUND

from grader.assignment.golden_cases import LiveGoldens

__all__ = ["judged", "lost_by_seed", "variants"]

#: files whose checks are not of plain functions, or that draw nothing
LEFT_OUT = ("training", "speed", "notebook", "own_fast")
#: parts of the names of functions that the same checks can tell
FAMILIES = ("conv_", "max_pool_", "batchnorm_", "groupnorm_", "ThreeLayerConvNet")


@cache
def judged() -> list[Any]:
    """Returns the checks of plain functions."""
    return [item for item in collect() if not any(word in item.path.name for word in LEFT_OUT)]


@cache
def variants() -> Mapping[str, Functions]:
    """Returns the functions of every variant by name, those of the reference left out."""
    mine = {**SHAPE_BOUND, **{f"wrong: {name}": each for name, each in NEAR_MISSES.items()}}
    mine |= {f"right: {name}": each for name, each in LEGAL.items()}
    own = {
        name: {key: value for key, value in each.items() if value is not REFERENCE.get(key)}
        for name, each in mine.items()
    }
    return {"right: the reference": {}, **own, **_handed_in()}


def lost(functions: Functions, golden: LiveGoldens) -> float:
    """Returns the points that functions lose; those of the reference stand in for what is not among them."""
    outcomes = run(concerned(tuple(functions)), {**REFERENCE, **functions}, golden)
    shares = shares_of_all()
    return round(sum(shares[name] for name, outcome in outcomes.items() if outcome.status != "passed"), 3)


def lost_by_seed(seeds: Sequence[int], names: Iterable[str], processes: int = 1) -> dict[str, tuple[float, ...]]:
    """Returns what each variant loses, seed by seed."""
    chosen = tuple(names)
    if processes == 1:
        rows = [lost_with(seed, chosen) for seed in seeds]
    else:
        # Forked after all variants are there: they are functions of modules that no other process could import.
        variants()
        judged()
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
            rows = list(pool.map(lost_with, seeds, repeat(chosen)))
    return {name: tuple(row[name] for row in rows) for name in chosen}


def lost_with(seed: int, names: Sequence[str]) -> dict[str, float]:
    """Returns what each variant loses with one seed."""
    golden = LiveGoldens(ASSIGNMENT, seed)
    return {name: lost(variants()[name], golden) for name in names}


@cache
def shares_of_all() -> Mapping[str, float]:
    return points(collect())


@cache
def concerned(functions: tuple[str, ...]) -> list[Any]:
    """Returns the checks that can tell these functions from the reference's."""
    words = {next((word for word in FAMILIES if word in name), "") for name in functions}
    return [item for item in judged() if any(word in item.get_closest_marker("function").args[0] for word in words)]


def _handed_in() -> dict[str, Functions]:
    """Returns the functions of the variants that are whole files, each imported as a package of its own."""
    from submissions.legal import legal
    from submissions.mutants import mutants

    root = Path(inspect.getfile(REFERENCE["ThreeLayerConvNet"])).parents[2]
    found = {}
    with TemporaryDirectory() as scratch, np.errstate(), redirect_stdout(None):
        sys.path.insert(0, scratch)
        for number, one in enumerate((*legal(), *mutants())):
            package = f"seed_variant_{number}"
            shutil.copytree(root / "cs231n", Path(scratch) / package, ignore=shutil.ignore_patterns("__pycache__"))
            for place, content in one.files.items():
                (Path(scratch) / place.replace("cs231n", package, 1)).write_bytes(content)
            layers = importlib.import_module(f"{package}.layers")
            cnn = importlib.import_module(f"{package}.classifiers.cnn")
            touched = one.changed | one.breaks | one.also if one.changed else {*NAMES, "ThreeLayerConvNet"}
            functions: Functions = {name: getattr(layers, name) for name in NAMES if name in touched}
            if any(name.startswith("ThreeLayerConvNet") for name in touched):
                functions["ThreeLayerConvNet"] = cnn.ThreeLayerConvNet
            found[f"{'wrong' if one.breaks else 'right'}: {one.name}"] = functions
        sys.path.remove(scratch)
    return found
