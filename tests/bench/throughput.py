"""Measures what a submission costs us, alone and within a batch, in a class of copies of the reference.

With the Python of an environment that holds nbgrader and otter-grader, the same class is graded by them, too: each of
our checks becomes a test of theirs that makes the same calls and compares with the same answers. Theirs run in the
student's own process, without a fork for each check and without a sandbox.
"""

import compileall
import json
import pickle
import shutil
import sqlite3
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from clock import seconds
from usage import Usage, usage_of

from grader.assignment.definition import Assignment
from grader.classes.class_grading import RunnerSpec
from grader.kit.student_kit import release
from grader.reading.submission import Submission
from grader.sandbox.level import Level
from grader.sandbox.worker import Session
from grader.worker.serve import RequestHandler

__all__ = ["rows"]

SEED = 231
ROOT = Path(__file__).parents[2]
#: what the rivals have no counterpart of
FUNCTIONS_ONLY = ("--training", "off", "--speed", "off", "--notebook", "off", "--seed", str(SEED))

REPLAY = """
import pickle, random
import numpy as np
from grader.worker.serve import RequestHandler
from cs231n import layers
from cs231n.classifiers import cnn

with open({record!r}, "rb") as file:
    checks = pickle.load(file)


def same(actual, expected):
    if isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(same(actual[key], expected[key]) for key in expected)
    if isinstance(expected, (tuple, list)):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(expected, (float, np.ndarray)):
        return np.shape(actual) == np.shape(expected) and np.allclose(actual, expected, rtol=1e-7, atol=1e-9)
    return actual == expected


def judge(number):
    np.random.seed({seed})
    random.seed({seed})
    handler = RequestHandler({{"layers": layers, "cnn": cnn}}, "/nowhere")
    for message, value, expected in checks[number]:
        _, result = handler.answer(message, value)
        assert same(result, expected), message
"""


def rows(folder: Path, count: int, rivals: Path | None) -> Iterator[tuple[str, ...]]:
    """Yields the rows.

    Args:
        folder: to work in.
        count: submissions of the class.
        rivals: python of the environment that holds nbgrader and otter-grader; None leaves them out.
    """
    assignment = Assignment.load()
    for package in ("grader", "reference", "reports"):
        # As an installer does, the rivals' too.
        compileall.compile_dir(ROOT / package, quiet=2)
    release(assignment, folder / "solved", solution=True)
    checks = _recorded(assignment, folder / "solved")
    # Before they are run here, which changes arrays in place.
    (folder / "checks.pickle").write_bytes(pickle.dumps(checks))
    bare = _bare_seconds(assignment, checks)
    names = [f"student{i}" for i in range(count)]
    for name in names:
        _copy(folder / "solved", folder / "class" / name, name)
    _copy(folder / "solved", folder / "one" / names[0], names[0])
    grader = (sys.executable, "-m", "grader")
    cold = usage_of((*grader, "grade", "one/student0", "-o", "cold", *FUNCTIONS_ONLY), folder)
    one = usage_of((*grader, "batch", "one", "-o", "g1", "-j", "1", *FUNCTIONS_ONLY), folder)
    many = usage_of((*grader, "batch", "class", "-o", "g2", "-j", "1", *FUNCTIONS_ONLY), folder)
    yield _row(f"One submission alone, {len(checks)} checks, CPU", cold.cpu_seconds, cold, bare, 1.0)
    each = (many.cpu_seconds - one.cpu_seconds) / (count - 1)
    yield _row(f"Each more in a batch of {count}, CPU", each, many, bare, 0.3)
    if rivals:
        for name, theirs in _rivals(folder, names, len(checks), assignment.public_seed, rivals):
            yield (
                f"The same {count} by {name}, on one core",
                seconds(theirs.wall_seconds),
                f"ours {seconds(many.wall_seconds)}; theirs {theirs.peak_mb:.0f} MB",
                f"{theirs.wall_seconds / many.wall_seconds:.1f}",
                "5",
            )
            yield (
                f"The same {count} by {name}, CPU",
                seconds(theirs.cpu_seconds),
                f"ours {seconds(many.cpu_seconds)}",
                f"{theirs.cpu_seconds / many.cpu_seconds:.1f}",
                "5",
            )


def _row(what: str, cpu_seconds: float, usage: Usage, bare: float, aim: float) -> tuple[str, ...]:
    beside = f"the student's code alone: {seconds(bare)}; peak {usage.peak_mb:.0f} MB"
    return what, seconds(cpu_seconds), beside, "", f"{seconds(bare + aim)}"


def _recorded(assignment: Assignment, solved: Path) -> list[list[tuple[dict[str, Any], Any, Any]]]:
    """Returns the requests of each check, with the answers."""
    checks: list[list[tuple[dict[str, Any], Any, Any]]] = [[]]
    ask = Session.ask

    def recording(self: Session, message: dict[str, Any], value: Any, **words: Any) -> Any:
        reply = ask(self, message, value, **words)
        checks[-1].append((message, value, reply[1]))
        return reply

    Session.ask = recording  # type: ignore[method-assign]
    try:
        runner = RunnerSpec(assignment.folder, Level.LIMITS, SEED).build()
        runner.grade(Submission.from_path(solved, assignment), lambda result, count: checks.append([]))
    finally:
        Session.ask = ask  # type: ignore[method-assign]
    return [requests for requests in checks if requests and _modules(requests) <= set(assignment.modules)]


def _modules(requests: Sequence[tuple[dict[str, Any], Any, Any]]) -> set[str]:
    return {message["module"] for message, _, _ in requests if "module" in message}


def _bare_seconds(assignment: Assignment, checks: Sequence[Sequence[tuple[dict[str, Any], Any, Any]]]) -> float:
    """Returns the CPU seconds of the calls themselves, made here."""
    modules = {
        name: import_module(f"{assignment.solution}.{file.removesuffix('.py').replace('/', '.')}")
        for name, file in assignment.modules.items()
    }
    for _ in range(2):  # the first round warms up
        start = time.process_time()
        for requests in checks:
            handler = RequestHandler(modules, "/nowhere")
            for message, value, _ in requests:
                handler.answer(message, value)
        taken = time.process_time() - start
    return taken


def _copy(solved: Path, target: Path, name: str) -> None:
    """Copies the solved tree; a comment makes it a submission of its own."""
    shutil.copytree(solved, target)
    with open(target / "cs231n" / "layers.py", "a", encoding="utf-8") as file:
        file.write(f"# {name}\n")


def _rivals(folder: Path, names: Sequence[str], n_checks: int, seed: int, python: Path) -> Iterator[tuple[str, Usage]]:
    """Yields what each rival has used for the class."""
    (folder / "replay.py").write_text(REPLAY.format(record=str(folder / "checks.pickle"), seed=seed))
    environment = {"PYTHONPATH": f"{folder}:{ROOT}", "PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(folder)}
    source = folder / "course" / "source" / "a2"
    source.mkdir(parents=True)
    (source / "a2.ipynb").write_text(_notebook(n_checks, metadata=True))
    course = f"--course-dir={folder / 'course'}"
    usage_of((python.parent / "nbgrader", "generate_assignment", "a2", course, "--create"), folder, environment)
    for name in names:
        place = folder / "course" / "submitted" / name / "a2"
        shutil.copytree(folder / "class" / name / "cs231n", place / "cs231n")
        shutil.copy(folder / "course" / "release" / "a2" / "a2.ipynb", place)
    used = usage_of((python.parent / "nbgrader", "autograde", "a2", course), folder, environment)
    with closing(sqlite3.connect(folder / "course" / "gradebook.db")) as book:
        rows = book.execute("SELECT auto_score FROM grade").fetchall()
    _refuse_lost([{"score": score} for (score,) in rows], n_checks * len(names))
    yield "nbgrader", used

    tests = folder / "tests"
    tests.mkdir()
    for i in range(n_checks):
        (tests / f"q{i}.py").write_text(
            f'from otter.test_files import test_case\nOK_FORMAT = False\nname = "q{i}"\npoints = 1\n\n'
            f"@test_case()\ndef test(judge):\n    judge({i})\n"
        )
    otter = python.parent / "otter"
    usage_of((otter, "generate", "-t", "tests", "-o", "autograder.zip"), folder, environment)
    for name in names:
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            archive.writestr("a2.ipynb", _notebook(0, metadata=False))
            for path in sorted((folder / "class" / name).rglob("*.py")):
                archive.write(path, path.relative_to(folder / "class" / name))
    runs = [
        usage_of((otter, "run", f"{n}.zip", "-a", "autograder.zip", "--no-logo"), folder, environment) for n in names
    ]
    yield (
        "otter-grader",
        Usage(
            sum(run.cpu_seconds for run in runs),
            sum(run.wall_seconds for run in runs),
            max(run.peak_mb for run in runs),
        ),
    )


def _refuse_lost(tests: Sequence[Mapping[str, Any]], count: int) -> None:
    """Raises RuntimeError unless each test was won: otherwise the rival has done another work than ours."""
    if len(tests) != count or any(test["score"] != 1 for test in tests):
        won = sum(test["score"] == 1 for test in tests)
        raise RuntimeError(f"{won} of {len(tests)} tests were won, should be {count} of {count}")


def _notebook(n_checks: int, *, metadata: bool) -> str:
    """Returns a notebook that imports the student's modules, with a cell for each check."""
    cells = [_cell("import sys\nsys.path.insert(0, '.')\nfrom replay import judge", {})]
    for i in range(n_checks):
        known = {"grade": True, "solution": False, "locked": True, "task": False, "points": 1}
        known |= {"grade_id": f"q{i}", "schema_version": 3, "cell_type": "code"}
        cells.append(_cell(f"judge({i})", {"nbgrader": known} if metadata else {}))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": kernel, "cells": cells})


def _cell(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": [], "execution_count": None}
