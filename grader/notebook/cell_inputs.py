"""Says what the cells of a notebook find when they are executed: the folder of the data, and how much of it to use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from grader.assignment.definition import Assignment
from grader.model.options import Options
from grader.notebook.sanitizing import OURS
from grader.notebook.spec import Conditions, NotebookSpec

__all__ = ["CellInputs", "cell_inputs"]

REDUCED = Conditions(reduced=True)


@dataclass(frozen=True, slots=True)
class CellInputs:
    """What cells find beside the submission's files."""

    #: environment variables
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: folder of the data, and the environment variable that names it inside
    data: Path | None = None
    data_variable: str = ""
    conditions: Conditions = REDUCED


def cell_inputs(assignment: Assignment, spec: NotebookSpec, options: Options) -> CellInputs:
    """Returns what an assignment and a course's options say of it."""
    reduced = spec.reduced
    variables = {OURS: options[reduced.option]} if reduced is not None else {}
    reader = assignment.data
    if reader is None:
        return CellInputs(variables, conditions=Conditions(spec.is_reduced(options)))
    named = options[reader.option] or (os.environ.get(reader.variable, "") if reader.variable else "")
    data = Path(named).resolve() if named and os.path.isdir(named) else None
    return CellInputs(variables, data, reader.variable, Conditions(spec.is_reduced(options), made_up=data is None))
