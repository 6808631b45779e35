"""Code that depends on the version of NumPy or Python is found with its line; code that does not is left in peace."""

import sys

import pytest

from grader.reading.array_uses import filled
from grader.reading.version_changes import (
    ADDED_KEYWORDS,
    ADDED_LINALG,
    ADDED_NAMES,
    ADDED_PYTHON,
    BY_SHAPE,
    CHANGED,
    METHODS,
    REMOVED_KEYWORDS,
    REMOVED_MODULES,
    REMOVED_NAMES,
    Kind,
    all_changes,
)
from grader.reading.version_uses import version_uses
from grader.worker.old_numpy import KEYWORDS, MODULES, NAMES

#: row -> code that it touches, and the text of what is named
TOUCHED = {
    "one entry": [
        ("y = float(np.sum(x, keepdims=True))", "float(…)"),
        ("y = int(x.mean(axis=0, keepdims=True) + 1)", "int(…)"),
        ("s = x.reshape(1, -1)\ny = float(s)", "float(…)"),
        ("def f(x):\n    s = -np.zeros(1)\n    return math.sqrt(s * 2)", "math.sqrt(…)"),
        ("y = float(w[0:1, 2])", "float(…)"),
        ("y = float(np.random.randn(1))", "float(…)"),
        ("y = int(np.random.randint(3, size=(1,)))", "int(…)"),
        ("y = float(x.flatten())", "float(…)"),
        ("print('%.2f' % np.atleast_1d(x))", "'%…' % …"),
        ("print('%d %d' % (1, np.array([x])))", "'%…' % …"),
    ],
    "one entry stored": [
        (
            "out = np.zeros((N, 3))\nfor i in range(N):\n    out[i, i + 1] = x.sum(keepdims=True)",
            "out[i, i + 1]",
        ),
        ("out = np.zeros(3)\nfor i in range(3):\n    s = np.ones(1) * i\n    out[i] += s", "out[i]"),
    ],
    "generator": [("y = np.sum(a * b for a, b in zip(x, w))", "")],
    "out of bounds": [("y = np.uint8(-1)", "np.uint8(-1)"), ("y = np.array([1, 300], dtype='uint8')", "300")],
    "copy": [("y = np.array([x, x], copy=False)", "")],
    "shape": [("x.shape = (2, 3)", "x.shape")],
    "strides": [("x.strides = (8,)", "x.strides")],
    "dtype": [("x.dtype = np.int64", "x.dtype")],
    "randrange": [("import random\ny = random.randint(0, 1e3)", "random.randint")],
    "annotation": [
        ("def f(x: Tensor) -> int: pass", "Tensor"),
        ("def f(x) -> List[int]: pass", "List"),
        ("class A:\n    x: Foo", "Foo"),
    ],
    "map": [("y = list(map(f, x, strict=True))", "")],
    "quotes": [("y = f'{d['a']}'", "")],
    "fix": [("y = np.fix(x)", "")],
    "single": [("y = np.float32(0.1) * 3", "np.float32(…)"), ("e = np.float16(1e-3)\ny = 1 - e", "np.float16(…)")],
    "small integer": [("y = np.uint8(200) + 100", "np.uint8(…)")],
    "double": [
        ("y = x.astype(np.float32) * np.sqrt(2.0)", "np.sqrt(2.0)"),
        ("def f(n):\n    x = np.zeros((n, 2), dtype=np.float32)\n    return np.float64(0.5) * x", "np.float64(0.5)"),
    ],
}
#: nearly the same, in which nothing depends on the version
LEFT = [
    "y = float(np.sum(x))",
    "y = float(np.sum(x, keepdims=False))",
    "y = int(s[0:2])",
    "y = float(np.zeros(3))",
    "y = float(np.array(3))",
    "y = float(x.reshape(1, -1)[0, 0])",
    "s = x.reshape(1)\ns = 3\ny = float(s)",
    "def f(s):\n    return float(s)\ns = x.reshape(1)",
    "y = math.fsum(np.ones(1))",
    "print('%s' % np.ones(1))",
    "y = 7 % np.ones(1)",
    "out = np.zeros((3, 4))\nfor i in range(3):\n    out[i] = x.sum(axis=1, keepdims=True)",
    "out = np.zeros((3, 4))\nout[0, :] = x.sum(keepdims=True)",
    "out = np.zeros((3, 4))\nout[mask, 0] = x.sum(keepdims=True)",
    "def f(out, x):\n    out[0, 0] = x.sum(keepdims=True)",
    "out = {}\nout[0] = x.sum(keepdims=True)",
    "y = sum(a for a in x)",
    "y = np.sum([a for a in x])",
    "y = np.uint8(255)",
    "y = np.int8(-128)",
    "y = np.array([-1], dtype=np.int8)",
    "y = np.array([x, x], copy=True)",
    "y = np.array(x, copy=False)",
    "class A:\n    def __init__(self, shape):\n        self.shape = shape",
    "y = x.shape",
    "y = random.randint(0, 1e3)",
    "import random\ny = random.randint(0, 1000)",
    "import random\ny = random.randint(0, 1.5)",
    "import numpy as np\ndef f(x: np.ndarray, y: int | None = None) -> 'Foo': pass",
    "def f(x: 'Tensor') -> int: pass",
    "from __future__ import annotations\ndef f(x: Tensor): pass",
    "from typing import *\ndef f(x: List[int]): pass",
    "class Tensor: pass\ndef f(x: Tensor): pass",
    "def f():\n    x: Tensor = 3",
    "y = f'{d[\"a\"]}'",
    "y = f'{a} and ' f'{b}'",
    "y = np.trunc(x)",
    "y = np.float32(0.1) * x",
    "y = np.float64(0.1) * 3",
    "y = x.astype(np.float32) * 2.0",
    "y = x.astype(np.float64) * np.sqrt(2.0)",
    "y = x.astype(np.float32) * np.sqrt(x)",
    "y = np.uint8(200)",
    "ptp = 3\ny = np.ptp(x)",
    "try:\n    import distutils\nexcept ImportError:\n    distutils = None",
    "if hasattr(np, 'trapezoid'):\n    y = np.trapezoid(x)\nelse:\n    y = np.trapz(x)",
    "y = np.concat(x) if np.__version__ >= '2' else np.concatenate(x)",
    "from .cgi import x",
    "y = np.lib.__version__",
    "y = x.dtype.newbyteorder('<')",
    "y = my.msort(x)",
]


def only(text):
    (use,) = version_uses(text)
    return use


@pytest.mark.parametrize(("row", "text", "named"), [(row, *case) for row, cases in TOUCHED.items() for case in cases])
def test_what_depends_on_the_version_is_found_on_its_line(row, text, named):
    if row == "quotes" and sys.version_info < (3, 12):
        pytest.skip("an older Python cannot read it")
    change = {**BY_SHAPE, **CHANGED}[row]
    use = only(f"\n{text}\n")
    assert (use.change.package, use.change.version, use.change.kind) == (change.package, change.version, change.kind)
    assert named in use.change.what
    assert "{0}" not in use.change.what + use.change.way_out
    assert use.line > 1


@pytest.mark.parametrize("text", LEFT)
def test_what_does_not_is_left_in_peace(text):
    assert version_uses(text) == ()


def test_every_name_keyword_and_module_is_found():
    texts = {
        **{f"import numpy as np\ny = np.{name}\n": change for name, change in {**REMOVED_NAMES, **ADDED_NAMES}.items()},
        **{f"from numpy import sort, {name}": change for name, change in {**REMOVED_NAMES, **ADDED_NAMES}.items()},
        **{f"y = np.linalg.{name}(x)": change for name, change in ADDED_LINALG.items()},
        **{f"from numpy.linalg import {name}": change for name, change in ADDED_LINALG.items()},
        **{
            f"np.{name}(x, {keyword}=3)": change
            for (name, keyword), change in {**REMOVED_KEYWORDS, **ADDED_KEYWORDS}.items()
        },
        **{f"y = x.{name}": change for name, change in METHODS.items()},
        **{f"import {name}": change for name, change in REMOVED_MODULES.items()},
        **{f"from {name} import x": change for name, change in REMOVED_MODULES.items()},
        **{
            f"from {module} import {name}" if name else f"import {module}.part": change
            for (module, name), change in ADDED_PYTHON.items()
        },
        **{f"import {module} as m\nm.{name}" if name else f"import {module}": change
           for (module, name), change in ADDED_PYTHON.items()},
        "from distutils.version import LooseVersion": REMOVED_MODULES["distutils"],
        "y = np.uint8(-1) + 1": filled(BY_SHAPE["out of bounds"], "np.uint8(-1)"),
        "np.lib.pad(x)": next(change for change in all_changes() if change.what == "np.lib.pad"),
    }  # fmt: skip
    for text, change in texts.items():
        use = only(text)
        assert use.change == change, text
        assert use.line == text.rstrip().count("\n") + 1


def test_what_compat_grants_is_in_the_table_with_its_version():
    granted = {change.what: change.version for change in all_changes() if change.granted}
    for name, (version, _) in NAMES.items():
        assert granted[f"np.{name}"] == version
    for (function, keyword), (version, _) in KEYWORDS.items():
        assert granted[f"np.{function}({keyword}=…)"] == version
    for module, version in MODULES.items():
        assert granted[f"the module {module}"] == version


def test_every_row_names_its_source_and_a_way_out():
    rows = all_changes()
    assert len({(row.what, row.version) for row in rows}) == len(rows)
    for row in rows:
        assert row.way_out.endswith("."), row
        assert row.source.startswith(("https://numpy.org/", "https://docs.python.org/"))


def test_what_came_back_works_on_both_sides_of_its_absence():
    change = only("y = np.bool(x)").change
    assert [change.works_in(version) for version in ("1.23.5", "1.24.0", "1.26.4", "2.0.0", "2.5.1")] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_what_is_new_works_from_then_on_and_a_changed_result_on_both_sides():
    assert [ADDED_NAMES["unstack"].works_in(version) for version in ("2.0.2", "2.1.0", "2.5.0")] == [False, True, True]
    assert CHANGED["single"].kind is Kind.CHANGED
    assert CHANGED["single"].works_in("1.26.4")
    assert CHANGED["single"].works_in("2.0.0")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="an older Python cannot read newer syntax")
def test_syntax_of_a_newer_python_is_named_with_the_version_that_reads_it():
    use = only("x = 1\ndef f[T](x: T) -> T:\n    return x\n")
    assert (use.line, use.change.package, use.change.version) == (2, "Python", "3.12")
    assert version_uses("try:\n    pass\nexcept* ValueError:\n    pass\n") == ()


@pytest.mark.skipif(sys.version_info < (3, 14), reason="an older Python cannot read newer syntax")
def test_syntax_is_named_where_a_try_stands_too():
    use = only("try:\n    pass\nexcept ValueError, TypeError:\n    pass\n")
    assert (use.line, use.change.version) == (3, "3.14")


def test_text_that_is_no_python_uses_nothing():
    assert version_uses("def f(:") == ()
    assert version_uses("x = '\0'") == ()
