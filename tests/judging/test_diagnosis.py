"""Real exceptions of Python and NumPy become one sentence with the student's line, and a hint that names the cause."""

import builtins
import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.judging.diagnosis import diagnose

GIVEN = ("cs231n/layer_utils.py",)

#: valid since Python 3.14
WITHOUT_BRACKETS = (
    ("try:\n    pass\nexcept ValueError, e:\n    pass", "Python 2"),
    ("try:\n    pass\nexcept ValueError, TypeError:\n    pass", "before Python 3.14"),
)[: 0 if sys.version_info >= (3, 14) else None]


def told(code: str, file: str = "cs231n/layers.py", **names: object) -> tuple[str, str]:
    """Runs a snippet of ours that fails, and returns what `diagnose` makes of it."""
    lines = code.split("\n")
    try:
        exec(compile(code, file, "exec"), {"np": np, **names})
    except SyntaxError as exc:
        line = exc.lineno or 1
        return diagnose(type(exc).__name__, str(exc), [(file, line, "", lines[line - 1].strip())], GIVEN)
    except BaseException as exc:
        frames, step = [], exc.__traceback__
        while step is not None:
            frame = step.tb_frame.f_code
            if frame.co_filename == file:
                frames.append((file, step.tb_lineno, frame.co_name, lines[step.tb_lineno - 1].strip()))
            step = step.tb_next
        return diagnose(type(exc).__name__, str(exc), frames, GIVEN)
    raise AssertionError("the snippet does not fail")


def test_sentence_quotes_the_students_line():
    message, hint = told("def f(H):\n    out = np.zeros((2, H / 2))\n\nf(4)")
    assert message == (
        "layers.py line 2: `out = np.zeros((2, H / 2))` raises TypeError "
        "('float' object cannot be interpreted as an integer), when the file is imported."
    )
    assert "whole-number division" in hint


def test_sentence_of_a_call_does_not_speak_of_import():
    message, _ = diagnose("ValueError", "bad.", [("cs231n/layers.py", 7, "f", "g(x)"), ("own.py", 3, "g", "h()")])
    assert message == "own.py line 3: `h()` raises ValueError (bad)."


def test_exception_outside_of_the_submission_has_no_place():
    message, hint = diagnose("TypeError", "f() got an unexpected keyword argument 'stride'", [])
    assert message == "The call raises TypeError (f() got an unexpected keyword argument 'stride')."
    assert "names and order" in hint


def test_students_own_line_is_quoted_rather_than_ours():
    frames = [("cs231n/layers.py", 5, "f", "affine(x)"), ("cs231n/layer_utils.py", 9, "affine", "x @ w")]
    assert diagnose("ValueError", "no", frames, GIVEN)[0].startswith("layers.py line 5: `affine(x)`")
    assert diagnose("ValueError", "no", frames[1:], GIVEN)[0].startswith("layer_utils.py line 9")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        # Python 2
        ("print 'a'", "Python 2"),
        ("import sys\nprint >>sys.stderr, 'a'", "Python 2"),
        ("exec 'a'", "Python 2"),
        *WITHOUT_BRACKETS,
        ("raise ValueError, 'a'", "Python 2"),
        ("a <> b", "Python 2"),
        ("x = 10L", "Python 2"),
        ("x = 010", "Python 2"),
        ("x = `1`", "Python 2"),
        ("for i in xrange(3): pass", "Python 2"),
        ("unicode('a')", "Python 2"),
        ("raw_input()", "Python 2"),
        ("{}.iteritems()", "Python 2"),
        ("{}.has_key(1)", "Python 2"),
        ("import cPickle", "Python 2"),
        ("from itertools import izip", "Python 2"),
        ("from past.builtins import xrange", "runs on Python 2 and 3"),
        ("map(abs, [1])[0]", "Python 2 gave a list"),
        ("len(zip([1]))", "Python 2 gave a list"),
        ("{}.keys()[0]", "Python 2 gave a list"),
        # Text of the file
        ("if 1:\n        a = 1\n\tb = 2", "Tabs and spaces"),
        ("if 1:\n    a = 1\n  b = 2", "tabs and spaces mixed"),
        ("a = 1\n  b = 2", "indented deeper"),
        ("def f():\nx = 1", "no body"),
        ("x = 'a", "never closed"),
        ("x = (1,\ny = 2\n", "never closed"),
        ("return 1", "not inside the function"),
        ("continue", "not inside the function"),
        ("x = “a”", "copied from a web page"),
        ("x\u00a0= 1", "copied from a web page"),
        ("<<<<<<< HEAD\nx = 1", "merge conflict"),
        ("%matplotlib inline", "command of a notebook"),
        ("!pip install x", "command of a notebook"),
        ("x = = 1", "cannot read this line"),
        # Imports
        ("import _tkinter_, turtle_", "standard library and NumPy"),
        ("import my_helpers", "handed in beside"),
        ("import numpy.nothing", "not among the files"),
        ("import numpy.core_cython", "Compiled extensions"),
        ("from math import nothing", "'nothing'"),
        # Names
        ("out = undefined", "defines the name"),
        ("del np\nnp.zeros(1)", "import numpy"),
        ("def f():\n    if 0: a = 1\n    return a\nf()", "one branch only"),
        ("np.nothing", "no such name"),
        ("None.shape", "is None"),
        ("a, b = None", "is None"),
        ("None + 1", "is None"),
        ("x = None\nx[0]", "is None"),
        ("(1, 2).shape", "unpack it"),
        ("[1].shape", "Python list"),
        ("import math; math.conv", "'conv'"),
        ("class A: pass\nA().params", "set before"),
        # Whole numbers
        ("np.zeros(4 / 2)", "whole-number"),
        ("range(4 / 2)", "whole-number"),
        ("np.zeros(np.float64(4))", "whole-number"),
        ("np.ones(4)[:4 / 2]", "whole-number"),
        ("[1][4 / 2:]", "whole-number"),
        ("np.ones(4)[1.0]", "whole-number"),
        ("[0] * 2.0", "whole-number"),
        # Calls
        ("def f(x): pass\nf(y=1)", "names and order"),
        ("def f(x): pass\nf()", "names and order"),
        ("def f(x): pass\nf(1, 2)", "names and order"),
        ("def f(x): pass\nf(1, x=2)", "names and order"),
        ("a, b, c = 1, 2", "differ in number"),
        ("a, b = 1, 2, 3", "differ in number"),
        ("x = 1\nx()", "should be a function"),
        # Shapes
        ("np.ones((2, 3)) + np.ones((3, 2))", "differ in an axis"),
        ("np.ones((2, 2))[:] = np.ones((3, 3))", "axis by axis"),
        ("np.dot(np.ones((2, 3)), np.ones((2, 3)))", "product sums over"),
        ("np.ones((2, 3)) @ np.ones((2, 3))", "product sums over"),
        ("np.ones(6).reshape(4, 2)", "number of elements"),
        ("np.ones((2, 3)).transpose(0, 1, 2)", "number of axes"),
        ("np.concatenate([np.ones((2, 3)), np.ones((3, 2))])", "joined"),
        ("np.ones((2, 3)).sum(axis=2)", "fewer axes"),
        ("np.ones((2, 3))[0, 0, 0]", "fewer axes"),
        ("np.ones((2, 3))[2, 0]", "runs past an axis"),
        ("[1][3]", "runs past the end"),
        ("{}['stride']", "no such key"),
        ("np.ones(2)[0] = [1, 2]", "one number fits"),
        ("np.array([[1, 2], [3]], dtype=float)", "one number fits"),
        ("float(np.ones(3))", "one number is expected"),
        ("range(np.ones(3, dtype=int))", "one number is expected"),
        ("if np.ones(3) > 0: pass", "yes or no"),
        ("x = np.ones(3)\nx.flags.writeable = False\nx += 1", "belong to the caller"),
        ("x = np.ones(3, dtype=int)\nx += 0.5", "whole numbers"),
        ("np.exp([None])", "is None"),
        ("'a' - np.ones(2)", "do not go together"),
        ("[1] - 1", "do not go together"),
        # The rest
        ("1 // 0", "smallest legal input"),
        ("assert 0", "assert of your own"),
        ("raise NotImplementedError", "not implemented yet"),
        ("def f(): f()\nf()", "without end"),
        ("np.ones((1 << 50,))", "far larger"),
        ("exit()", "must not end the program"),
        ("open('/nowhere/x.npy')", "may not open files"),
        ("raise EOFError", "somebody to type"),
        ("raise ConnectionRefusedError", "no network"),
        ('raise RuntimeError("can\'t start new thread")', "threads"),
    ],
)
def test_hint_names_the_cause(code, words):
    message, hint = told(code, exit=lambda: (_ for _ in ()).throw(SystemExit(0)))
    assert words in hint
    assert message.isprintable()
    assert message.endswith(".")


@pytest.mark.parametrize("name", ["int", "float", "bool", "object", "str", "complex"])
def test_hint_for_names_that_numpy_removed(name):
    text = f"module 'numpy' has no attribute '{name}'.\n`np.{name}` was a deprecated alias for the builtin"
    message, hint = diagnose("AttributeError", text, [("cs231n/layers.py", 3, "f", f"x = np.{name}(1)")])
    assert message.startswith(f"layers.py line 3: `x = np.{name}(1)` raises AttributeError (module 'numpy' has no")
    assert f"NumPy 1.24 removed np.{name}" in hint


@pytest.mark.parametrize("name", ["turtle", "tkinter", "_tkinter", "nt", "pip._vendor"])
def test_accidental_import_is_named(name):
    _, hint = diagnose("ModuleNotFoundError", f"No module named '{name}'", [])
    assert ("by accident" in hint) is (name != "pip._vendor")


@pytest.mark.parametrize("name", ["cv2", "matplotlib", "scipy", "matplotlib.pyplot"])
def test_package_that_is_not_installed_is_named(name):
    message, hint = diagnose("ModuleNotFoundError", f"No module named '{name.partition('.')[0]}'", [])
    assert "standard library and NumPy" in hint
    assert name.partition(".")[0] in message


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ImportError", "cannot import name 'conv_bn_relu' from 'cs231n.layer_utils' (/tmp/x/cs231n/layer_utils.py)"),
        ("AttributeError", "module 'cs231n.layer_utils' has no attribute 'conv_bn_relu'"),
    ],
)
def test_helper_lost_from_a_given_file_is_explained(kind, text):
    message, hint = diagnose(kind, text, [("cs231n/classifiers/cnn.py", 4, "<module>", "import x")], GIVEN)
    assert hint.startswith("layer_utils.py is a given file: our copy is laid over yours")
    assert "/tmp" not in message
    assert not diagnose(kind, text.replace("layer_utils", "own"), [], GIVEN)[1].startswith("layer_utils.py")


def test_missing_class_is_explained():
    _, hint = diagnose("AttributeError", "module 'cs231n.classifiers.cnn' has no attribute 'Net'", [], GIVEN)
    assert hint == "Is 'Net' defined at the top level of that file, under exactly this name?"


def test_module_that_exits_is_explained():
    message, hint = diagnose("SystemExit", "0", [("cs231n/layers.py", 9, "<module>", "sys.exit(0)")])
    assert message == "layers.py line 9: `sys.exit(0)` ends the program (SystemExit), when the file is imported."
    assert "must not end the program" in hint


def test_syntax_error_is_told_once_with_its_line():
    message, _ = told("x = 1\nprint 'a'")
    assert message == (
        "layers.py line 2: `print 'a'` is not valid Python "
        "(Missing parentheses in call to 'print'. Did you mean print(...)?)."
    )


def test_unknown_exception_has_no_hint():
    assert diagnose("Oops", "", [("a.py", 1, "f", "")]) == ("a.py line 1 raises Oops.", "")


def test_hostile_texts_become_one_short_printable_line():
    message, hint = diagnose(
        "A\nB" * 99, "{0}\x1b[2J\u202e%s" * 9999, [("../\n/x.py", 1, "f\n", "y" * 9999)] * 3, ("\0",)
    )
    assert message.isprintable()
    assert len(message) < 700
    assert hint == ""
    assert diagnose("ImportError", "cannot import name '{1}' from 'x'", [])[1].startswith("No '{1}' there")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=50), st.text(), st.lists(st.tuples(st.text(), st.integers(), st.text(), st.text()), max_size=3))
def test_no_text_crashes_the_diagnosis(kind, text, frames):
    message, hint = diagnose(kind, text, frames, GIVEN)
    assert message.isprintable()
    assert hint.isprintable()


def test_hints_give_no_code_away():
    _, hints = zip(*[told(code) for code in ("np.zeros(4 / 2)", "np.ones(2) + np.ones(3)")], strict=True)
    assert not re.search("//|np\\.", " ".join(hints))
    assert not hasattr(builtins, "xrange")
