"""Defines `%grade`, and what it does: lays the notebook's functions beside the files and has `grader check` judge them.

It runs in the student's own kernel, so it judges nothing itself: a new process does, with the same worker and checks as
in a terminal. What it leaves in the kernel is the magic, and nothing else.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grader.jupyter.origins import Origin, origin_of
from grader.jupyter.overlay import find_tree, with_cells, write_overlay
from grader.model.errors import GraderError, UnusableInput
from grader.model.results import Grade
from reports.inline import InlineReport

__all__ = ["check", "register"]

#: says where the notebook's own cells run while it is graded; checks are not called from there
GRADED = "GRADER_NOTEBOOK_DATA"
#: exit codes of `grader check` with which there are results
WITH_RESULTS = (0, 1)


def register(shell: Any) -> None:
    """Adds `%grade` to an IPython shell."""

    def grade(line: str) -> Any:
        """Judge functions as they are defined in this notebook, or else as saved: `%grade NAME …`, or all."""
        return _answer(line.replace(",", " "), shell.user_ns)

    shell.register_magic_function(grade, "line", "grade")


def check(names: str, namespace: Mapping[str, Any] | None) -> Any:
    """Returns the report on the functions, or the section, that are named; on all for "".

    Args:
        names: functions with blanks between, or the title of a section.
        namespace: of the notebook; None looks at the files only.
    """
    return _answer(names, namespace or {})


def _answer(names: str, namespace: Mapping[str, Any]) -> Any:
    if GRADED in os.environ:
        return InlineReport.sentence("Left out: your notebook is being graded, and the checks run on their own.")
    try:
        return _report(names, namespace)
    except GraderError as exc:
        return InlineReport.sentence(str(exc))


def _report(names: str, namespace: Mapping[str, Any]) -> Any:
    tree = find_tree(Path.cwd())
    wanted = names.split()
    functions = [name for name in wanted if name in tree.assignment.functions]
    # Several words are the title of a section.
    chosen = ["-k", " and ".join(wanted)] if len(functions) < len(wanted) else []
    chosen += [word for name in functions for word in ("--function", name)] if not chosen else []
    origins = {name: origin_of(name, namespace, tree.file_of(name)) for name in functions or tree.assignment.functions}
    with TemporaryDirectory(prefix="grader-") as place:
        folder = Path(place)
        # The report is called after the student's own folder.
        work = folder / "files" / tree.root.name
        work.parent.mkdir()
        moved = write_overlay(tree, origins, namespace, work)
        grade = with_cells(_run(work, tree.settings, chosen), moved)
    judged = {check.function for check in grade.checks}
    shown = {name for name, origin in origins.items() if name in wanted or origin is not Origin.FILE}
    return InlineReport.of(grade, [origins[name].words(name) for name in origins if name in shown & judged])


def _run(work: Path, settings: Path | None, chosen: list[str]) -> Grade:
    config = ["--config", str(settings)] if settings else []
    # The folder is another one every time, so nothing of it is worth keeping.
    words = ["check", str(work), *chosen, *config, "--fresh", "--json", "-o", str(work.parent.parent / "report")]
    # `-P` and the folder: nothing in the student's folder is taken for a module of ours.
    command = [sys.executable, "-P", "-m", "grader", *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path and _is_ours(path))}
    done = subprocess.run(command, capture_output=True, text=True, cwd=work.parent, env=environment, check=False)
    if done.returncode not in WITH_RESULTS:
        raise UnusableInput(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "The check ended early.")
    return Grade.from_json(done.stdout)


def _is_ours(path: str) -> bool:
    """Whether a folder of modules is the one that holds this package; others are the interpreter's own affair."""
    return (Path(path) / "grader" / "jupyter").is_dir()
