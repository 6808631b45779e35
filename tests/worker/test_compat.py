"""What the worker grants to files of older years: division that gives whole numbers, and names that are gone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.worker import compat, old_numpy
from grader.worker.loading import compile_source

ROOT = Path(__file__).parents[2]


def value_of(expression: str, division: str, **names: Any) -> Any:
    scope = {**compat._DIVISIONS, **old_numpy.HELPERS, "np": np, **names}
    exec(compile_source(f"value = {expression}", "layers.py", division), scope)
    return scope["value"]


@pytest.mark.parametrize(
    ("expression", "exact", "floor"),
    [
        ("6 / 2", 3, 3),
        ("1 + (5 + 2 * 1 - 3) / 2", 3, 3),
        ("7 / 2", 3.5, 3),
        ("-7 / 2", -3.5, -4),
        ("1 / 2 * 4", 2.0, 0),
        ("6.0 / 2", 3.0, 3.0),
        ("6 / 2.0", 3.0, 3.0),
        ("0 / 3", 0, 0),
        ("np.int64(6) / 3", 2, 2),
        ("np.float64(6) / 3", 2.0, 2.0),
        ("12 / 2 / 3", 2, 2),
        ("[8 / i for i in (1, 3)][0]", 8, 8),
        ("7 // 2", 3, 3),
    ],
)
def test_division_of_numbers(expression, exact, floor):
    for division, expected in (("exact", exact), ("floor", floor), ("", eval(expression))):
        found = value_of(expression, division)
        assert found == expected
        if division:
            assert isinstance(found, float) is isinstance(expected, float)


def test_division_of_arrays():
    x = np.array([3, 4])
    assert value_of("x / 2", "exact", x=x).tolist() == [1.5, 2.0]
    assert value_of("x / 2", "floor", x=x).tolist() == [1, 2]
    assert value_of("x / 2", "floor", x=x / 1.0).tolist() == [1.5, 2.0]
    assert value_of("x / True", "exact", x=x).tolist() == [3.0, 4.0]


@pytest.mark.parametrize("division", ["exact", "floor"])
def test_division_in_place_stays_in_place(division):
    x = np.ones(2)
    scope = {**compat._DIVISIONS, **old_numpy.HELPERS, "x": x, "n": 6, "d": {"k": 3}}
    exec(compile_source("x /= 2\nn /= 2\nd['k'] /= 2", "layers.py", division), scope)
    assert scope["x"] is x
    assert x.tolist() == [0.5, 0.5]
    assert (scope["n"], type(scope["n"])) == (3, int)
    assert scope["d"] == {"k": 1.5}


@pytest.mark.parametrize("division", ["", "exact", "floor"])
def test_division_by_zero_is_still_an_error(division):
    with pytest.raises(ZeroDivisionError):
        value_of("1 / 0", division)


def test_lines_keep_their_numbers():
    code = compile_source("x = 1\n\ny = (x /\n     2) / 'a'\n", "layers.py", "exact")
    with pytest.raises(TypeError) as caught:
        exec(code, {**compat._DIVISIONS})
    assert caught.traceback[1].lineno == 2
    with pytest.raises(SyntaxError):
        compile_source("print 1", "layers.py", "floor")


def test_installed_names_serve_a_workspace(tmp_path):
    package = tmp_path / "workspace" / "cs231n"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("whole = 6 / 2\n")
    (package / "layers.py").write_text(OLD)
    (tmp_path / "outside.py").write_text("half = 6 / 2\n")
    script = (
        "import sys; sys.path[:0] = sys.argv[1:4]\n"
        "from grader.worker.compat import install\nfrom grader.worker.loading import install_loader\n"
        "install(); install_loader(sys.argv[1], {'cs231n/layers.py': 'floor'}, {})\n"
        "import cs231n, outside, cs231n.layers as layers\n"
        "print(repr((cs231n.whole, outside.half, *layers.answers())))\n"
    )
    command = [sys.executable, "-W", "error", "-B", "-c", script, str(tmp_path / "workspace"), str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout == "(3.0, 3.0, 3, 2, [0, 1], 3, 2, 'a', 1.5, 3)\n"
    assert not list(tmp_path.rglob("*.pyc"))


OLD = """
from past.builtins import xrange as old_range
from past.utils import old_div
from future import standard_library
from six.moves import zip
import future.utils, six
import numpy as np

standard_library.install_aliases()


def answers():
    size = np.zeros(7 / 2, dtype=np.float).size
    return size, np.int(2.5), list(old_range(2)), old_div(7, 2), reduce(max, xrange(3)), unicode("a"), np.asscalar(
        np.array(1.5)), sum(v for _, v in future.utils.iteritems({1: 3}))
"""


def test_names_that_are_there_are_kept(monkeypatch):
    before = set(vars(np))
    # Only two names that are there already, so that this process is not changed.
    monkeypatch.setattr(old_numpy, "NAMES", {"zeros": ("1.0", None)})
    monkeypatch.setattr(old_numpy, "MODULES", {"numpy.linalg": "1.0"})
    monkeypatch.setattr(old_numpy, "KEYWORDS", {})
    monkeypatch.setattr(old_numpy, "HELPERS", {})
    monkeypatch.setattr(np.lib, "pad", np.pad, raising=False)
    monkeypatch.setattr(compat, "BUILTINS", {"len": None})
    monkeypatch.setattr(compat, "_DIVISIONS", {})
    monkeypatch.setattr(compat, "SHIMS", ())
    compat.install()
    assert len("ab") == 2
    assert np.zeros is not None
    assert set(vars(np)) == before
