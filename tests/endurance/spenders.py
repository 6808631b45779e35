"""Measures how much longer a class takes when some of its submissions use their whole budget.

`python tests/endurance/spenders.py` grades a class with and without such submissions, and computes from what one
submission of each kind takes what ten of them do to a class of two hundred, so that a smaller class will do.
"""

import argparse
import ast
import os
import resource
import subprocess
import time
from collections.abc import Collection, Iterable
from contextlib import closing
from itertools import cycle
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory

from graded_class import grader

from grader.assignment.definition import Assignment
from grader.assignment.solution import solution_module
from grader.model.results import Grade

SEED = 231
#: of a class, how many spend, in the statement that is measured
STATED, STATED_SPENDERS = 200, 10
#: what each function of a submission begins with, or each that has an argument of a name
WAYS = {
    "loops": "while True: pass",
    "sleeps": "import time; time.sleep(10_000)",
    "computes in threads": (
        "import threading\n[threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start() for _ in range(8)]"
    ),
    "forks": "import os\n[os.fork() for _ in range(3)]\nwhile True: pass",
    "answers late": "import time; end = time.process_time() + 0.9\nwhile time.process_time() < end: pass",
}
#: right, but for the sections that train and that measure time, which have budgets of their own
WAYS_OF_SECTIONS = {
    **WAYS,
    "loops in training, X": "while X.shape[0] > 40: pass",
    "loops in speed, x": "while x.ndim == 4 and x.shape[-1] > 30: pass",
}


def main() -> None:
    """Grades both classes and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=STATED)
    parser.add_argument("--spenders", type=int, default=STATED_SPENDERS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sections", choices=["functions", "all"], default="functions")
    given = parser.parse_args()
    choice = "off" if given.sections == "functions" else None
    off = [word for flag in ("--training", "--speed", "--notebook") for word in (flag, choice) if choice]
    with TemporaryDirectory() as place:
        folder = Path(place)
        write_class(folder / "in", given.students)
        words = (*off, "--similarity", "off", "-j", given.jobs, "--seed", SEED)
        whole, cpu, _ = graded(folder, "honest", words)
        ways = WAYS if choice else WAYS_OF_SECTIONS
        for number, way in zip(range(given.spenders), cycle(ways), strict=False):
            called = f"spender-{number}-{way.partition(',')[0].replace(' ', '-')}"
            write_spender(folder / "in" / called, ways[way], way.partition(", ")[2])
        more, _, grades = graded(folder, "with-spenders", words)
    print(
        f"{given.students} submissions: {whole:.0f} s; with {given.spenders} more that spend: {more:.0f} s", flush=True
    )
    spent = {name: grade for name, grade in grades.items() if name.startswith("spender-")}
    budgets = [grade.budget.cpu_seconds for name, grade in grades.items() if name not in spent and grade.budget]
    print(f"  honest ones: at most {max(budgets):.1f} s of processor time, of the same budget")
    for name, grade in spent.items():
        print(f"  {name}: {used(grade)}; graded in {grade.seconds:.0f} s, {grade.score:g} points")
    usual = mean_seconds(grade for name, grade in grades.items() if name not in spent)
    say_arithmetic("On this machine as busy as it is", usual, mean_seconds(spent.values()))
    # A class keeps every core busy, so what an honest one takes of a runner is processor time; a spender may also wait.
    apart = set(Assignment.load().optional)
    used_up = [spent_seconds(grade, apart) for grade in spent.values()]
    usual = cpu / given.students
    say_arithmetic("On an idle one, by the kernel's counts", usual, usual + sum(used_up) / len(used_up))


def say_arithmetic(where: str, usual: float, costly: float) -> None:
    """Prints what follows for the class of the statement from the time of a runner that one submission takes."""
    times = (STATED * usual + STATED_SPENDERS * costly) / (STATED * usual)
    print(
        f"{where} a runner is busy for {usual:.2f} s with an honest submission and for {costly:.2f} s with a spender: "
        f"{STATED_SPENDERS} beside {STATED} make a class take {times:.2f} times as long."
    )


def mean_seconds(grades: Iterable[Grade]) -> float:
    """Returns the mean time that a grading took on the clock."""
    seconds = [grade.seconds for grade in grades]
    return sum(seconds) / len(seconds)


def spent_seconds(grade: Grade, apart: Collection[str]) -> float:
    """Returns what a spender takes of a runner: of the common budget, and in sections that are apart from it."""
    common = max(grade.budget.cpu_seconds, grade.budget.wall_seconds) if grade.budget else 0.0
    return common + sum(check.seconds for check in grade.checks if check.section in apart)


def used(grade: Grade) -> str:
    """Returns what was used of the common budget, in words."""
    budget = grade.budget
    if budget is None:
        return "no budget is known"
    return (
        f"{budget.cpu_seconds:.1f} of {budget.cpu_budget_seconds:g} s of processor time, "
        f"{budget.wall_seconds:.1f} of {budget.wall_budget_seconds:g} s on the clock"
    )


def write_class(folder: Path, n_students: int) -> None:
    """Writes a generated class."""
    samples = solution_module(Assignment.load(), "samples")
    for sample in samples.generated(n_students, SEED):
        samples.write_samples(folder, students=[sample])


def write_spender(folder: Path, deed: str, argument: str = "") -> None:
    """Writes the solution's answer files, with a deed at the beginning of each function that has the argument."""
    assignment = Assignment.load()
    for place in assignment.modules.values():
        text = (assignment.solution_folder() / place).read_text(encoding="utf-8")
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(spending(text, deed, argument))


def spending(text: str, deed: str, argument: str) -> str:
    """Returns the text of a module with a deed before the first statement of its functions."""
    lines = text.split("\n")
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and (not argument or argument in {each.arg for each in node.args.args})
    ]
    for node in sorted(functions, key=lambda node: -node.body[0].lineno):
        first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
        indent = " " * first.col_offset
        lines[first.lineno - 1 : first.lineno - 1] = [f"{indent}{line.strip()}" for line in deed.split("\n")]
    return "\n".join(lines)


def graded(folder: Path, name: str, words: tuple[object, ...]) -> tuple[float, float, dict[str, Grade]]:
    """Grades the class; returns seconds on the clock and of the processor, and the grades by name."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = grader("batch", folder / "in", "-o", folder / name, *words)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name}: {seconds:.0f} s on the clock, {cpu:.0f} s of processor time", flush=True)
    with closing(connect(folder / name / "grades.sqlite")) as db:
        rows = db.execute("SELECT name, json FROM outcome WHERE kind = 'grade'").fetchall()
    return seconds, cpu, {name: Grade.from_json(text) for name, text in rows}


if __name__ == "__main__":
    main()
