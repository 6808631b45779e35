"""What older NumPys had is put back where this one lacks it; the table says which version took it."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.judging import diagnosis
from grader.worker.old_numpy import KEYWORDS, LIB_VERSION, MODULES, NAMES

ROOT = Path(__file__).parents[2]
HERE = tuple(map(int, np.__version__.split(".")[:2]))


def is_gone(version: str) -> bool:
    return tuple(map(int, version.split("."))) <= HERE


def granted(tmp_path: Path, code: str) -> str:
    """Returns what a file of the workspace prints, with everything of older NumPys granted; and what was noted."""
    (tmp_path / "layers.py").write_text(f"import numpy as np, math\n{code}\n")
    script = (
        "import sys, warnings; sys.path[:0] = sys.argv[1:3]\n"
        "from grader.worker.compat import install\nfrom grader.worker.loading import install_loader\n"
        "from grader.worker.granted import take_granted\n"
        "install(); install_loader(sys.argv[1], {'layers.py': 'exact'}, {})\n"
        "import layers\nprint(take_granted())\n"
    )
    command = [sys.executable, "-W", "ignore", "-B", "-c", script, str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr.strip().split("\n")[-1]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(NAMES))
def test_version_in_the_table_is_the_one_that_took_the_name(name):
    known = {"bool", "str", "long", "unicode"}  # NumPy 2.0 has some of these again, as types of its own
    if is_gone(NAMES[name][0]) and name not in known:
        assert name not in vars(np)
    elif not is_gone(NAMES[name][0]):
        assert hasattr(np, name)


def test_all_names_are_there_and_work(tmp_path):
    listed = ", ".join(repr(name) for name in NAMES)
    assert granted(tmp_path, f"print(all(hasattr(np, name) for name in ({listed})))") == "True"


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(np.msort(np.array([[2, 3], [1, 4]])).tolist())", "[[1, 3], [2, 4]]"),
        ("print(np.in1d([1, 2], [2]).tolist())", "[False, True]"),
        ("print(np.in1d([[1], [2]], [2], invert=True).tolist())", "[True, False]"),
        ("print(np.trapz([1, 2, 3]), np.trapz([1, 2], [0, 3]))", "4.0 4.5"),
        ("print(np.row_stack([[1], [2]]).shape, np.rank([[1]]))", "(2, 1) 2"),
        ("print(np.lib.pad(np.ones(1), 1, mode='constant').tolist())", "[0.0, 1.0, 0.0]"),
        ("print(np.lib.pad(np.ones(1), 1, 'constant', constant_values=2).tolist())", "[2.0, 1.0, 2.0]"),
        ("print(np.reshape(np.arange(4), newshape=(2, 2)).tolist())", "[[0, 1], [2, 3]]"),
        ("print(np.reshape(a=np.arange(4), newshape=(2, 2), order='F').tolist())", "[[0, 2], [1, 3]]"),
        ("print(np.percentile([0, 1, 2], 50, interpolation='lower'))", "1"),
        ("print(np.histogram([1, 2], 2, normed=True)[0].tolist())", "[1.0, 1.0]"),
        ("print(list(map(int, np.unravel_index(3, dims=(2, 2)))))", "[1, 1]"),
        ("print(np.corrcoef([1, 2], [1, 2], bias=1, ddof=0).shape)", "(2, 2)"),
        ("from numpy.lib.function_base import insert\nprint(insert([1], 0, 2).tolist())", "[2, 1]"),
        ("from numpy.lib.arraypad import pad\nprint(pad([1], 1).tolist())", "[0, 1, 0]"),
        ("from numpy.core.umath_tests import inner1d\nprint(inner1d([1, 2], [3, 4]))", "11"),
        ("from numpy.linalg.linalg import norm\nprint(norm)", "<function norm"),
        ("from numpy import msort, trapz\nprint(msort([2, 1]).tolist())", "[1, 2]"),
    ],
)
def test_it_does_what_it_did(tmp_path, code, printed):
    assert granted(tmp_path, code).startswith(printed)


NOTED = ":an array of one entry stood for a number, as before NumPy 2.4"


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(int(np.array([3])), float(np.array([[2.5]])), complex(np.array([1.0])))", "3 2.5 (1+0j)"),
        ("print(math.sqrt(np.array([4.0])), round(np.array([2.6])))", "2.0 3"),
        ("x = np.zeros((2, 2))\nx[0, 1] = np.array([5.0])\nprint(x[0, 1])", "5.0"),
        ("x = np.zeros(2)\nx[1] += np.array([[5.0]])\nx[1] *= 2\nprint(x[1])", "10.0"),
        ("d = {'k': np.zeros(2)}\ni = (1,)\nd['k'][i] -= np.array([1])\nprint(d['k'][1])", "-1.0"),
    ],
)
def test_array_of_one_entry_stands_for_its_number(tmp_path, code, printed):
    found = granted(tmp_path, code)
    assert found.startswith(printed)
    assert (NOTED in found) == (HERE >= (2, 4))


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(int(3.7), int('4'), round(2.567, 1), math.sqrt(4))", "3 4 2.6 2.0"),
        ("x = np.zeros(2)\nx[0] = 3\nx[1:] += 1\nx[...] *= 2\nprint(x.tolist())", "[6.0, 2.0]"),
        ("d = {}\nd['a'] = np.array([1])\nd['a'] += 1\nprint(d)", "{'a': array([2])}"),
        ("d = [[]]\nd[0] += [1]\nprint(d)", "[[1]]"),
        ("x = np.zeros(2)\nx[0] = np.ones(2)", "ValueError"),
        ("int(np.ones(2))", "TypeError"),
    ],
)
def test_anything_else_stays_and_is_not_noted(tmp_path, code, printed):
    found = granted(tmp_path, code)
    assert found.startswith(printed)
    assert NOTED not in found


@pytest.mark.filterwarnings("ignore")
def test_hint_names_the_version():
    said = {name: f"AttributeError: module 'numpy' has no attribute '{name}'" for name in NAMES}
    versions = {text: NAMES[name][0] for name, text in said.items()}
    versions["AttributeError: module 'numpy.lib' has no attribute 'pad'"] = LIB_VERSION
    versions |= {f"ModuleNotFoundError: No module named '{name}'": version for name, version in MODULES.items()}
    for (function, keyword), (version, _) in KEYWORDS.items():
        what = f"got an unexpected keyword argument '{keyword}'"
        if keyword == "a":
            what = "got some positional-only arguments passed as keyword arguments: 'a'"
        versions[f"TypeError: {function}() {what}"] = version
    for text, version in versions.items():
        kind, _, words = text.partition(": ")
        hint = diagnosis._hint(kind, words, "", ())
        assert re.search(rf"NumPy {re.escape(version)}\b", hint), (text, hint)
        assert "--compat" in hint
