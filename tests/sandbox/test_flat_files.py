"""Every given file can be imported as if it lay beside the answer file, as flat files and files of Python 2 do."""

from pathlib import PurePosixPath

from grader.assignment.definition import Assignment
from grader.assignment.points_and_limits import Limits
from grader.sandbox.level import Level
from grader.sandbox.worker import Worker
from grader.sandbox.workspace import Workspace

ASSIGNMENT = Assignment.load()
LIMITS = Limits(memory_mb=1024, import_seconds=20)


def test_given_files_are_found_as_if_they_lay_beside():
    stems = [PurePosixPath(place).stem for place in ASSIGNMENT.given_files if not place.endswith("__init__.py")]
    layers = b"from fast_layers import *\ndef affine_forward(): return 5\n"
    cnn = "\n".join(f"import {stem}\nfrom {stem} import *\nfrom .{stem} import *" for stem in ["layers", *stems])
    cnn += "\nimport cs231n.layers\nassert layers is cs231n.layers\nassert affine_forward() == 5"
    files = {"cs231n/layers.py": layers, "cs231n/classifiers/cnn.py": cnn.encode()}
    with (
        Workspace.lay(files, ASSIGNMENT.given_bytes()) as workspace,
        Worker(workspace, ASSIGNMENT.modules, Level.LIMITS, LIMITS) as worker,
        worker.session(1) as session,
    ):
        assert session.imports == {"layers": None, "cnn": None}
