"""Imports that may fail are told from those that never do, and the note says what one that failed costs."""

import pytest

from grader.reading.fallible_imports import MAX_NAMES, absent_notes, fallible_imports

GIVEN = ("cs231n/layer_utils.py", "cs231n/fast_layers.py")


def lines_of(text: str) -> dict[int, frozenset[str]]:
    return dict(fallible_imports({"cs231n/layers.py": text.encode()}, GIVEN).get("cs231n/layers.py", {}))


@pytest.mark.parametrize(
    "line",
    [
        "import numpy as np",
        "import math, time",
        "from __future__ import print_function",
        "from typing import Any",
        "from collections.abc import Mapping",
        "from numpy import *",
        "from ..layer_utils import *",
        "from cs231n.fast_layers import *",
        "import layer_utils",
        "try:\n    import torch\nexcept ImportError:\n    torch = None",
        "def f():\n    import torch",
        "print 'a'; import torch",
    ],
)
def test_import_that_never_fails_or_has_its_own_answer(line):
    assert lines_of(line) == {}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("import matplotlib.pyplot as plt", {"matplotlib.pyplot"}),
        ("from tkinter import W", {"W"}),
        ("from pylab import *", {"*"}),
        ("import math, cv2", {"cv2"}),
        ("from collections import Mapping, OrderedDict", {"Mapping"}),
        ("from numpy.core.umath_tests import inner1d", {"inner1d"}),
        ("from numpy import pad, msort_of_old", {"msort_of_old"}),
        ("from .im2col_cython import *", {"*"}),
        ("x = 1; import turtle", {"turtle"}),
    ],
)
def test_import_that_may_fail(line, names):
    assert lines_of(f"{line}\n") == {1: frozenset(names)}


def test_a_flood_of_imports_is_cut():
    assert len(lines_of("".join(f"import absent_{i}\n" for i in range(300)))) == MAX_NAMES
    assert lines_of("import " + "a, " * 30_000 + "b") == {}


@pytest.mark.parametrize(
    ("text", "absent", "note"),
    [
        ("import cv2\n", {(1, "cv2")}, "`cv2` cannot be imported here; nothing uses it, so it costs nothing"),
        ("import a.b\na.b.c\n", {(1, "a.b")}, "`a.b` cannot be imported here; only what uses it fails"),
        ("from a import b, c as d\nd\n", {(1, "b"), (1, "c")}, "`b` and `c` of `a` cannot be imported here; only what"),
        ("from ..a import *\n", {(1, "*")}, "`..a` cannot be imported here; only what uses it fails"),
    ],
)
def test_note_says_what_it_costs(text, absent, note):
    ((line, said),) = absent_notes(text, absent)
    assert line == 1
    assert said.startswith(note)
