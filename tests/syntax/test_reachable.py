"""Code that a function can reach is told from code that it cannot, by names alone."""

import pytest

from grader.syntax.reachable import ReachableCode

MAIN = """import numpy as np
from helpers import *

SCALE = 2


def helper(x):
    return x * SCALE


def f(x):
    # doubles
    return helper(x) + shift(x)


def g(x):
    return x


class Model:
    def loss(self, x):
        return g(x)
"""
HELPERS = "def shift(x):\n    return given(x)\n\n\ndef unused(x):\n    return x\n"
GIVEN = {"given.py": b"def given(x):\n    return g(x)\n"}


def digest(*functions, placed=False, main=MAIN, helpers=HELPERS, **others):
    files = {"main.py": main.encode(), "helpers.py": helpers.encode()}
    files |= {f"{name}.py": text.encode() for name, text in others.items()}
    return ReachableCode(files, GIVEN, lambda file, line: (file, line)).digest(functions, placed=placed)


@pytest.mark.parametrize(
    "change",
    [
        {"main": MAIN.replace("x * SCALE", "x + SCALE")},
        {"main": MAIN.replace("SCALE = 2", "SCALE = 3")},
        {"main": MAIN.replace("import numpy as np", "import numpy as np\nimport math")},
        {"main": MAIN.replace("from helpers import *", "from helpers import shift")},
        {"main": MAIN.replace("def g(x):\n    return x", "def g(x):\n    return -x")},
        {"main": f"{MAIN}\nhelper = g\n"},
        {"main": f"{MAIN}\n__all__ = ['f']\n"},
        {"helpers": HELPERS.replace("given(x)", "2 * given(x)")},
        {"helpers": f"{HELPERS}\ndef given(x):\n    return x\n"},
        {"other": "def shift(x):\n    return x\n"},
        {"other": ""},
    ],
)
def test_whatever_a_function_can_reach_changes_its_digest(change):
    assert digest("f", **change) != digest("f")


@pytest.mark.parametrize(
    "change",
    [
        {"main": MAIN.replace("return g(x)", "return 2 * g(x)")},
        {"main": MAIN.replace("# doubles", "# doubles it")},
        {"main": MAIN.replace("SCALE = 2", "SCALE = 2\n\n\ndef new(x):\n    return f(x)")},
        {"helpers": HELPERS.replace("return x\n", "return -x\n")},
    ],
)
def test_what_it_cannot_reach_does_not(change):
    assert digest("f", **change) == digest("f")


def test_attributes_and_texts_count_as_names():
    other = {"main": MAIN.replace("x * SCALE", "x")}
    assert digest("Model", **other) == digest("Model")
    for mention in ("return self.helper(x)", "return x['helper']"):
        asks = {"main": MAIN.replace("return g(x)", mention)}
        assert digest("Model", main=asks["main"].replace("x * SCALE", "x")) != digest("Model", **asks)


def test_places_change_with_lines_and_comments():
    moved = MAIN.replace("SCALE = 2", "# the scale\nSCALE = 2")
    assert digest("f", main=moved) == digest("f")
    assert digest("f", main=moved, placed=True) != digest("f", placed=True)
    below = MAIN.replace("return g(x)", "return 2 * g(x)")
    assert digest("f", main=below, placed=True) == digest("f", placed=True)


def test_function_that_is_absent_is_reached_once_it_is_there():
    assert digest("new") != digest("new", main=f"{MAIN}\ndef new(x):\n    return x\n")
