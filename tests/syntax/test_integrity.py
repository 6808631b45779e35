"""Integrity notes: what an instructor should see is named with its line, what every honest solution does is not."""

import pytest

from grader.assignment.definition import Assignment
from grader.syntax.integrity import PATCH, REPLACES, IntegrityNote, integrity_notes

FRAMES, FILES = "looks at stack frames or at other code's objects", "opens files"
NETWORK, PROGRAMS = "uses the network", "starts programs, processes, threads or native code"
ENVIRONMENT, HIDDEN = "reads the environment", "runs code that is put together as text, or loads it by name"
CONVOLUTION = "calls another library's convolution, pooling or sliding window"
MEANING = "can give names of this file another meaning, so that the code that is shown may not be the code that runs"
LEARNING, GRADER = "imports a deep-learning or signal-processing library", "looks for the grader"


def found(text, **more):
    return [(note.line, note.what) for note in integrity_notes({"cs231n/layers.py": text.encode()}, **more)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import sys\nsys._getframe(1)", FRAMES),
        ("from inspect import stack as s\ns()", FRAMES),
        ("def f(e):\n    return e.__traceback__.tb_frame", FRAMES),
        ("import gc\ngc.get_objects()", FRAMES),
        ("x = 1\n().__class__.__base__.__subclasses__()", FRAMES),
        ("import numpy as N\nN.allclose = lambda *a: True", PATCH),
        ("import numpy.testing as t\nt.assert_allclose = None", PATCH),
        ("import builtins\nbuiltins.abs = None", PATCH),
        ("import numpy as np\nsetattr(np, 'abs', 0)", PATCH),
        ("import numpy as np\ndel np.abs", PATCH),
        ("import numpy as np\nvars(np)['abs'] = 0", PATCH),
        ("import numpy as np\nnp.__dict__['abs'] = 0", PATCH),
        ("x = 1\n__builtins__['len'] = 0", PATCH),
        ("import time\ntime.time: object = None", PATCH),
        ("def g(): pass\nglobals()['f'] = g", MEANING),
        ("def g(): pass\nlocals().update(f=g)", MEANING),
        ("def g(h):\n    global f\n    f = h", REPLACES),
        ("x = 1\nopen('x')", FILES),
        ("import numpy as np\nnp.load('golden.npz')", FILES),
        ("from os import *\nlistdir('/')", FILES),
        ("from pathlib import Path\nPath('x').read_text()", FILES),
        ("import socket\nsocket.socket()", NETWORK),
        ("import urllib.request\nurllib.request.urlopen('x')", NETWORK),
        ("import os\nos.system('ls')", PROGRAMS),
        ("import os\ngetattr(os, 'fork')()", PROGRAMS),
        ("import ctypes as c\nc.CDLL(None)", PROGRAMS),
        ("import os\nos.environ['X']", ENVIRONMENT),
        ("import numpy as np\nnp.convolve([1], [2])", CONVOLUTION),
        ("from numpy.lib.stride_tricks import sliding_window_view as w\nw(1, 2)", CONVOLUTION),
        ("x = 1\neval('x')", HIDDEN),
        ("import importlib\nimportlib.import_module('x')", HIDDEN),
    ],
)
def test_what_an_answer_does_not_need_is_named(text, what):
    assert (2, what) in found(text, graded=["f"])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import torch", LEARNING),
        ("import torch.nn.functional as F", LEARNING),
        ("from scipy.signal import convolve2d", LEARNING),
        ("from scipy import ndimage", LEARNING),
        ("import grader.worker", GRADER),
        ("from reference.cs231n import layers", GRADER),
    ],
)
def test_imports_speak_for_themselves(text, what):
    assert found(text) == [(1, what)]


def test_library_convolution_inside_a_function_is_named_at_its_call():
    text = "def layer(x, w):\n    from scipy import signal\n    return signal.convolve2d(x, w)\n"
    assert found(text) == [(2, LEARNING), (3, CONVOLUTION)]


def test_use_of_what_the_student_was_to_write_is_named():
    own = {"cs231n/layers.py": {"cs231n.fast_layers.conv_fast": "calls the fast version"}}
    for line in (
        "from .fast_layers import *",
        "from .fast_layers import conv_fast",
        "from cs231n.fast_layers import *",
    ):
        assert found(f"{line}\nconv_fast(1)", own_work=own) == [(2, "calls the fast version")]
    assert found("from . import fast_layers as f\nf.conv_fast(1)", own_work=own) == [(2, "calls the fast version")]
    assert found("from .fast_layers import *\n", own_work=own) == []
    text = b"from .fast_layers import *\nconv_fast(1)\n"
    assert integrity_notes({"cs231n/classifiers/cnn.py": text}, own) == ()


def test_given_fast_layers_are_named_where_the_layers_are_to_be_written():
    assignment = Assignment.load()
    own = {assignment.modules[module]: names for module, names in assignment.own_work.items()}
    text = "def convolve(x):\n    from .fast_layers import conv_forward_fast\n    return conv_forward_fast(x)\n"
    ((line, what),) = found(text, own_work=own)
    assert line == 3
    assert "given fast" in what


@pytest.mark.parametrize(
    "text",
    [
        "from builtins import range, object\nimport numpy as np\nnp.random.seed(0)\nx = np.zeros(3)\nx.flags.f = 1",
        "import os, sys, time\nos.path.join('a', 'b')\nsys.path.append('x')\ntime.time()",
        "class A:\n    def __init__(self):\n        self.open = 1\n        self.params['a'] = 2",
        "import numpy as np\nnp.pad(np.ones(3), 1)\nnp.lib.stride_tricks.as_strided\nx = {}\nx['np'] = np",
        "import matplotlib.pyplot as plt\nplt.rcParams['a'] = 1\nplt.figure().open = 2",
        "def f(open):\n    pass",
    ],
)
def test_what_honest_answers_do_is_not_named(text):
    assert found(text) == []


def test_solution_has_no_notes():
    assignment = Assignment.load()
    root = assignment.solution_folder()
    assert integrity_notes({name: (root / name).read_bytes() for name in assignment.modules.values()}) == ()


def test_note_shows_its_line_and_files_are_in_order():
    files = {
        "b.py": b"\n  # x\nopen('<b>')  # " + b"y" * 500,
        "a.py": b"eval('1'); open('x')",
        "notes.txt": b"open('x')",
    }
    notes = integrity_notes(files)
    assert [(note.file, note.line, note.what) for note in notes] == [
        ("a.py", 1, FILES),
        ("a.py", 1, HIDDEN),
        ("b.py", 3, FILES),
    ]
    assert notes[0] == IntegrityNote("a.py", 1, FILES, "eval('1'); open('x')")
    assert notes[2].text.startswith("open('<b>')")
    assert len(notes[2].text) == 200


@pytest.mark.parametrize(
    "content", [b"def f(:\n open('x')", b"\x00open('x')", b"\xff\xfe\x00", b"(" * 5000, b"-" * 90_000 + b"1"]
)
def test_file_that_python_cannot_read_has_no_notes(content):
    assert integrity_notes({"a.py": content}) == ()


def test_endless_notes_are_cut():
    assert len(integrity_notes({"a.py": b"open('x')\n" * 5000})) == 100
