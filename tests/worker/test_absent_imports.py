"""An import that fails costs what uses it: not the file, and not what its name meant before."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def value_in(tmp_path: Path, text: str, expression: str, **others: str) -> str:
    """Returns the value of an expression after the import of a file whose imports all may fail."""
    for name, content in {"layers": text, **others}.items():
        (tmp_path / f"{name}.py").write_text(content)
    script = (
        "import sys, warnings; warnings.simplefilter('error'); sys.path[:0] = sys.argv[1:3]\n"
        "from grader.worker.loading import install_loader\nfrom grader.worker.absent_imports import found_absent\n"
        "install_loader(sys.argv[1], {}, {'layers.py': range(1, 99)})\n"
        f"import layers\nprint({expression})\n"
    )
    command = [sys.executable, "-B", "-c", script, str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr.strip().split("\n")[-1]


@pytest.mark.parametrize(
    ("text", "expression", "value"),
    [
        ("import absent\nx = 1", "layers.x, found_absent()", "1 layers.py:1:absent"),
        ("from absent import *\nx = 1", "layers.x", "1"),
        ("import math, absent", "layers.math.pi > 3", "True"),
        ("from math import pi, absent", "layers.pi > 3, found_absent()", "True layers.py:1:absent"),
        ("import numpy as numpy\nimport numpy.absent", "layers.numpy.zeros(1)", "[0.]"),
        ("import absent", "bool(layers.absent)", "ModuleNotFoundError: No module named 'absent'"),
        ("import absent", "layers.absent.x", "ModuleNotFoundError: No module named 'absent'"),
        ("from math import nothing", "layers.nothing()", "ImportError: cannot import name 'nothing' from 'math'*"),
        ("from absent import jit\n@jit(fast=True)\ndef f(): return 1\nx = 2", "layers.x", "2"),
        ("from absent import jit\n@jit\ndef f(): return 1", "layers.f()", "ModuleNotFoundError: No module*"),
        ("import absent\nclass N(absent.nn.Module):\n    def f(self): return 3", "layers.N().f()", "3"),
        ("import absent\ndevice = 'gpu' if absent.there() else 'cpu'", "layers.device", "cpu"),
        ("import absent\nx = absent.y[3]\ndef f(): return x.z", "layers.f()", "ModuleNotFoundError: No module*"),
        ("try: import absent\nexcept ImportError: absent = 4", "layers.absent", "4"),
    ],
)
def test_only_what_uses_it_fails(tmp_path, text, expression, value):
    found = value_in(tmp_path, text, expression)
    assert found.startswith(value[:-1]) if value.endswith("*") else found == value


def test_failure_of_another_file_of_the_workspace_is_its_own(tmp_path):
    found = value_in(tmp_path, "import helper", "1", helper="if 1:\n    import absent")
    assert found == "ModuleNotFoundError: No module named 'absent'"
    assert value_in(tmp_path, "import helper", "1", helper="1 / 0") == "ZeroDivisionError: division by zero"
