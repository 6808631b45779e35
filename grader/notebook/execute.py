"""Executes a notebook behind the wall, whatever its cells do."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType, TracebackType
from typing import Any

import numpy as np

from grader.assignment.points_and_limits import Budget, Limits
from grader.model.errors import GraderError, SandboxUnavailable, StudentError, UnusableSubmission
from grader.model.sandbox_levels import LEVELS
from grader.notebook.cell_inputs import CellInputs
from grader.notebook.notebook_limits import (
    CELL_MB,
    GRACE_SECONDS,
    MAX_BRACKETS,
    MAX_COMMAS,
    NOTEBOOK_BUDGET,
    NOTEBOOK_MB,
)
from grader.notebook.sanitizing import sanitize
from grader.notebook.spec import NotebookLimits
from grader.reading.notebook_file import Cell, Notebook, read_notebook
from grader.reading.older_cells import OldCells
from grader.sandbox.grants import Grants
from grader.sandbox.host_files import NOTEBOOKS
from grader.sandbox.level import Level
from grader.sandbox.meter import UNLIMITED, Meter
from grader.sandbox.sandbox_limits import STRETCH
from grader.sandbox.worker import Session, Worker
from grader.sandbox.workspace import Workspace

__all__ = ["NOTEBOOK_BUDGET", "Executed", "NotebookWorker"]

SEED = 231
#: what a cell does when it imports what is not here
ABSENT = "imports what is not installed here"


@dataclass(frozen=True, slots=True)
class Executed:
    """A notebook as it ran here."""

    #: with the same cells, and the outputs and counts of this run
    notebook: Notebook
    #: what was left out of cells: number of the cell -> in words
    left_out: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: number of the last cell that began, when it ended the kernel or the time was up; else 0
    stopped_at: int = 0
    #: why, as a sentence
    stop: str = ""
    #: numbers of cells that ran once more after the last one, since they use what a later one defines
    again: tuple[int, ...] = ()
    #: of the wall clock in cells
    cell_seconds: float = 0.0

    def file(self) -> bytes:
        """Returns the executed notebook as a file."""
        return json.dumps(self.notebook.to_json(outputs=True), indent=1, ensure_ascii=True).encode() + b"\n"


class NotebookWorker:
    """A sandbox for notebooks, one after the other; its packages are loaded once. `close` ends its processes.

    Args:
        level: of the sandbox.
        limits: of one notebook.
        inputs: what the cells find beside the files.
        budget: what all cells of a notebook may use together.
        section: whose budget that is, for its sentence.
    """

    def __init__(
        self,
        level: Level,
        limits: NotebookLimits,
        inputs: CellInputs = CellInputs(),  # noqa: B008 - it cannot be changed
        budget: Budget = NOTEBOOK_BUDGET,
        section: str = "Notebook",
    ) -> None:
        if not LEVELS[level].has_fork:
            raise SandboxUnavailable(
                "Notebooks are executed on Linux and macOS only; check the functions without --notebook on."
            )
        self.limits = limits
        self._budget, self._section = budget, section
        self._workspace = Workspace.lay({}, {}, NOTEBOOKS, inputs.data)
        variables = dict(inputs.variables)
        places = self._workspace.places(level)
        if inputs.data is not None:
            variables[inputs.data_variable] = places.data
        variables |= {"MPLCONFIGDIR": f"{places.scratch}/matplotlib", "IPYTHONDIR": f"{places.scratch}/ipython"}
        self._worker = Worker(
            self._workspace, {}, level, _worker_limits(limits, budget), program=NOTEBOOKS, variables=variables
        )

    def __enter__(self) -> "NotebookWorker":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Kills what runs and removes the folders."""
        self._worker.close()
        self._workspace.close()

    def execute(
        self,
        notebook: Notebook,
        files: Mapping[str, bytes],
        given: Mapping[str, bytes],
        grants: Grants = Grants(),  # noqa: B008 - it cannot be changed
        old: OldCells | None = None,
    ) -> Executed:
        """Returns the notebook as executed; errors stay in their cells, a dead kernel costs the cells after it.

        Args:
            notebook: what to run, in the order of its cells.
            files: of the submission, workspace path -> content.
            given: ours; these win.
            grants: to the files; where there is a division, habits of older years are granted to the cells, too.
            old: what runs in the place of cells in Python 2.

        Raises:
            GraderFault: the sandbox does not start.
        """
        self._workspace.lay_anew(files, given)
        run = _Run(self.limits, old or OldCells(), self._metered())
        with self._worker.session(SEED, _worker_limits(self.limits, self._budget)) as session:
            run.begin(session, grants)
            for cell in notebook.code_cells:
                if run.stop:
                    break
                run.cell(session, cell)
            again = tuple(run.once_more(session, notebook))
        # Before another submission comes into the same folder.
        self._worker.settle()
        cells = tuple(run.done.get(cell.number, _never_run(cell)) for cell in notebook.cells)
        executed = _as_data(replace(notebook, cells=cells))
        left_out, seconds = MappingProxyType(run.left_out), round(run.spent, 3)
        return Executed(executed, left_out, run.stopped_at, run.stop, again, seconds)

    def _metered(self) -> Callable[[str], None]:
        """Begins a new budget; returns what charges it to a purpose from then on."""
        meter = Meter(UNLIMITED)
        self._worker.count_with(meter)

        def turn_to(purpose: str) -> None:
            meter.turn_to(purpose, self._section, self._budget)

        turn_to("the kernel")
        return turn_to


def _worker_limits(limits: NotebookLimits, budget: Budget) -> Limits:
    # The budget is looked at all the while; these only hold where that is not possible.
    return Limits(
        cpu_seconds=budget.cpu_seconds + GRACE_SECONDS,
        wall_seconds=STRETCH * budget.wall_seconds,
        memory_mb=limits.memory_mb,
        value_mb=CELL_MB,
        open_files=256,
        processes=limits.processes,
    )


class _Run:
    """One execution as it goes on."""

    def __init__(self, limits: NotebookLimits, old: OldCells, turn_to: Callable[[str], None]) -> None:
        self.limits = limits
        self.old = old
        self._turn_to = turn_to
        self.done: dict[int, Cell] = {}
        self.left_out: dict[int, tuple[str, ...]] = {}
        self.stopped_at = 0
        self.stop = ""
        self.spent = 0.0
        self._bytes = 0

    def begin(self, session: Session, grants: Grants) -> None:
        """Makes the kernel."""
        try:
            cells = "floor" if self.old.python_2 else "exact" if grants.division else ""
            session.ask({"op": "begin", **grants.message(), "cells": cells}, None, call="The kernel")
        except StudentError as exc:
            self.stop = f"The notebook could not be executed: {exc.message}"

    def cell(self, session: Session, cell: Cell) -> None:
        """Runs one cell; afterwards `stop` says whether the kernel is gone."""
        sanitized = sanitize(self.old.texts.get(cell.number, cell.source))
        if sanitized.left_out:
            self.left_out[cell.number] = sanitized.left_out
        if not sanitized.source.strip():
            self.done[cell.number] = replace(cell, outputs=(), execution_count=None)
            return
        what, seconds = f"Cell {cell.number}", self.limits.cell_seconds
        self._turn_to(what)
        try:
            message = {"op": "cell", "seconds": seconds}
            reply, body = session.ask(message, sanitized.source, call=what, seconds=seconds + GRACE_SECONDS)
            self._take(cell, reply, body)
        except StudentError as exc:
            self._stop(cell, exc.message.partition(" Before that,")[0].rstrip("."))
            text = f"{self.stop}\n"
            output = {"output_type": "stream", "name": "stderr", "text": text}
            self.done[cell.number] = replace(cell, outputs=(output,), execution_count=None)

    def once_more(self, session: Session, notebook: Notebook) -> Iterator[int]:
        """Runs the cells again that lacked a name, in order, and yields the numbers of those that end without an error.

        People run cells in any order; one that uses what a cell below it defines worked for its author.
        """
        early = [cell for cell in notebook.code_cells if _error_name(self.done.get(cell.number)) == "NameError"]
        for cell in early if not self.stop and len(early) < len(self.done) else ():
            before = self.done[cell.number]
            self.cell(session, cell)
            if self.stop:
                # All cells have had their turn.
                self.done[cell.number], self.stop, self.stopped_at = before, "", 0
                return
            if not _error_name(self.done[cell.number]):
                yield cell.number

    def _take(self, cell: Cell, reply: Mapping[str, Any], body: Any) -> None:
        """Adds what a cell gave, as far as it is what cells give."""
        outputs = _outputs(body)
        self._bytes += body.nbytes if isinstance(body, np.ndarray) else 0
        if self._bytes > NOTEBOOK_MB << 20:
            text = f"[the outputs of this notebook are past {NOTEBOOK_MB} MB; those of this cell are left out]\n"
            outputs = [{"output_type": "stream", "name": "stderr", "text": text}]
        if reply.get("absent") is True:
            self.left_out[cell.number] = (*self.left_out.get(cell.number, ()), ABSENT)
        count, seconds = reply.get("count"), reply.get("seconds")
        self.spent += seconds if isinstance(seconds, (int, float)) and 0 <= seconds < 1e6 else 0.0
        count = count if type(count) is int and 0 < count < 1_000_000 else None
        self.done[cell.number] = replace(cell, outputs=tuple(outputs), execution_count=count)

    def _stop(self, cell: Cell, why: str) -> None:
        self.stopped_at = cell.number
        self.stop = f"{why}; the cells after it were not run."


def _outputs(body: Any) -> list[dict[str, Any]]:
    """Returns the outputs in the bytes of a reply; their kinds are looked at when the notebook is read."""
    if not isinstance(body, np.ndarray) or body.dtype != np.uint8 or body.ndim != 1:
        return []
    data = body.tobytes()
    # A number or a bracket of two bytes takes thirty times that when it is read.
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS or data.count(b",") > MAX_COMMAS:
        return []
    try:
        outputs = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return [output for output in outputs if _is_output(output)] if isinstance(outputs, list) else []


def _is_output(output: Any) -> bool:
    """Whether it has the form of an output: texts, a list of texts, or texts by name; no further brackets in them."""
    if not isinstance(output, dict):
        return False
    parts = [part for part in output.values() if isinstance(part, (list, dict))]
    inner = (item for part in parts for item in (part.values() if isinstance(part, dict) else part))
    return not any(isinstance(item, (list, dict)) for item in inner)


def _error_name(cell: Cell | None) -> str:
    """Returns the kind of error that a cell ended in, or ""."""
    errors = (output for output in (cell.outputs if cell else ()) if output.get("output_type") == "error")
    return next((name if isinstance(name := error.get("ename"), str) else "an error" for error in errors), "")


def _never_run(cell: Cell) -> Cell:
    return replace(cell, outputs=(), execution_count=None) if cell.kind == "code" else cell


def _as_data(notebook: Notebook) -> Notebook:
    """Returns what came back as the reader of notebooks takes it: nothing of it is trusted."""
    try:
        read = read_notebook(json.dumps(notebook.to_json(outputs=True)).encode(), notebook.name)
    except UnusableSubmission:
        return replace(notebook, cells=tuple(map(_never_run, notebook.cells)))
    if len(read.cells) != len(notebook.cells):
        raise GraderError("An executed notebook has lost cells while it was read.")
    # Ours is the source; sources were cut where they were read first.
    pairs = zip(notebook.cells, read.cells, strict=True)
    return replace(notebook, cells=tuple(replace(cell, outputs=back.outputs) for cell, back in pairs))
