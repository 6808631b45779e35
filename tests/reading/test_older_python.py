"""Habits of older years are granted with a note, and what runs on today's Python comes out unchanged."""

import ast
import io
import sys

import numpy as np
import pytest
from handins import CNN, LAYERS, make_submission

from grader.model.errors import UnusableInput
from grader.reading import older_python, python2
from grader.reading.older_python import with_compat
from grader.reading.submission import Submission
from grader.worker.compat import BUILTINS
from grader.worker.old_numpy import NAMES

ODD = b"# -*- coding: gbk -*-\nprint '\xc4\xe3'\n"


def granted(layers: str, **others: str) -> Submission:
    return with_compat(make_submission(layers=layers, **others))


@pytest.fixture
def no_fissix(monkeypatch):
    monkeypatch.setattr(older_python, "to_python_3", lambda text, file, seconds: pytest.fail("converted"))


@pytest.mark.usefixtures("no_fissix")
@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\n\n\ndef f(x):\n    return np.zeros(x.shape)\n",
        "# -*- coding: utf-8 -*-\nx = 1  # print the `value`\n",
        "try:\n    import cupy\nexcept ImportError:\n    cupy = None\n",
        "from .own import f\nfrom cs231n.own import g\nimport own, math\nfrom builtins import range\n",
        "",
        "\r\nx = 1\r\n",
    ],
)
def test_file_of_today_is_unchanged_and_without_note(text):
    before = make_submission(layers=text, own="")
    after = with_compat(before)
    assert (dict(after.files), after.notes, after.digest) == (dict(before.files), (), before.digest)
    assert after.division[LAYERS] == "exact"


@pytest.mark.usefixtures("no_fissix")
def test_plain_syntax_error_is_left_for_the_diagnosis():
    after = granted("def f(:\n    pass\n")
    assert (after.text(LAYERS), after.notes) == ("def f(:\n    pass\n", ())


def test_python_2_is_converted_with_its_line_numbers():
    text = """import cPickle as pickle
def f(x, d):
    print 'shape', x.shape
    try:
        raise ValueError, 'bad'
    except ValueError, e:
        print >>err, e
    for key, value in d.iteritems():
        if d.has_key(key) and key <> 010:
            exec 'y = 1'
    return zip(x, x)[0], `x`, 1 / 2
"""
    after = granted(text)
    tree = ast.parse(after.text(LAYERS))
    assert after.text(LAYERS).count("\n") == text.count("\n")
    assert tree.body[-1].body[-1].lineno == 11
    assert after.division[LAYERS] == "floor"
    assert after.notes == (f"{LAYERS} line 1: Python 2 was converted from here on.",)


def test_python_2_with_mixed_tabs_is_converted():
    after = granted("def f():\n        a = 1\n\tprint a\n")
    assert after.text(LAYERS) == "def f():\n        a = 1\n        print(a)\n"
    assert [note.partition(": ")[2] for note in after.notes] == [
        "Python 2 was converted from here on.",
        "tabs in the indentation were taken for spaces.",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f((a, b)):\n    print a\n", "converted from here on, later lines have moved"),
        ("for k in {}.iteritems(): pass\n", "line 1: Python 2 was converted"),
        ("from itertools import izip\nizip\n", "line 1: Python 2 was converted"),
        ("import urllib2\nurllib2\n", "line 1: Python 2 was converted"),
    ],
)
def test_conversion_is_noted(text, words):
    after = granted(text)
    ast.parse(after.text(LAYERS))
    assert words in " ".join(after.notes)


def test_declared_encoding_does_not_outlive_the_conversion():
    before = make_submission(layers="")
    after = with_compat(Submission("a", "files", "", {LAYERS: ODD}, before.origin))
    assert after.text(LAYERS) == "# -*- coding: utf-8 -*-\nprint('你')\n"


def test_what_fissix_cannot_read_stays_as_it_is():
    for text in (
        "print 'a'\ndef f(:\n",
        "print 'a'" + " + (" * 500,
        "print 'a'\n" + "x" * python2.MAX_PYTHON_2_CHARACTERS,
    ):
        assert (granted(text).text(LAYERS), granted(text).notes) == (text, ())


def test_conversion_has_a_deadline(monkeypatch):
    # By the kernel's count: whatever else the machine does, a second is over in the middle of it.
    assert python2.to_python_3(f"print [{'1, ' * 90_000}]\n", "layers.py", 1) is None
    monkeypatch.setattr(older_python, "CONVERSION_SECONDS", -1)
    assert granted("print 1\n").text(LAYERS) == "print 1\n"


def test_absence_of_fissix_is_told_with_the_way_out(monkeypatch):
    class Done:
        returncode = 3

    monkeypatch.setattr("grader.reading.python2.subprocess.run", lambda *args, **options: Done)
    with pytest.raises(UnusableInput, match=r"layers.py is Python 2, .*pip install fissix.*, or grade without"):
        granted("print 1\n")


def test_process_that_converts_says_when_fissix_is_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "fissix", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"print 1")))
    assert python2.main() == 3


def test_process_that_converts_writes_the_text(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"print 1")))
    monkeypatch.setattr(sys, "stdout", output)
    assert python2.main() == 0
    assert output.buffer.getvalue() == b"print(1)\n"


@pytest.mark.usefixtures("no_fissix")
@pytest.mark.parametrize("width", [8, 4])
def test_tabs_are_normalised(width):
    text = f"def f():\n{' ' * width}a = 1\n\treturn a\n"
    after = granted(text)
    assert after.text(LAYERS) == text.replace("\t", " " * width)
    assert after.notes == (f"{LAYERS} line 3: tabs in the indentation were taken for spaces.",)


@pytest.mark.usefixtures("no_fissix")
def test_what_the_worker_grants_is_noted_at_its_first_line():
    text = (
        "from past.builtins import xrange\nimport numpy as np\n"
        "def f(a):\n    a /= 2\n    return reduce(a), 1 / 2, np.unicode(1)\n"
    )
    after = granted(text, cnn="for i in xrange(np.float(2)): pass\nreduce = 1\nreduce\n")
    assert after.text(LAYERS) == text
    assert after.notes == (
        f"{LAYERS} line 1: the package past is stood in for.",
        f"{LAYERS} line 5: np.unicode, which NumPy 1.24 removed, is put back.",
        f"{LAYERS} line 5: reduce is put back.",
        f"{CNN} line 1: np.float, which NumPy 1.24 removed, is put back.",
        f"{CNN} line 1: xrange is put back.",
    )
    assert "np.bool" not in " ".join(granted("import numpy as np\nnp.bool_\n").notes)
    assert hasattr(np, "bool_")


@pytest.mark.usefixtures("no_fissix")
def test_true_division_of_the_future_is_kept(monkeypatch):
    monkeypatch.setattr(older_python, "to_python_3", lambda text, *_: text.replace("print 1", "print(1)"))
    assert granted("print 1\n").division[LAYERS] == "floor"
    assert granted("from __future__ import division\nprint 1\n").division[LAYERS] == "exact"


@pytest.mark.usefixtures("no_fissix")
@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1.26 lacks too few of them")
def test_many_notes_are_cut():
    after = granted("import numpy as np\n" + "".join(f"np.{name}\n" for name in NAMES) + "\n".join(BUILTINS))
    assert len(after.notes) == 31
    assert after.notes[-1].endswith(" more things were granted.")


@pytest.mark.usefixtures("no_fissix")
@pytest.mark.parametrize("piece", ["except a, ", "def f(a", "raise a.", "print ", "\t "])
def test_hostile_text_takes_no_long_time(piece):
    text = f"x = = 1\n{piece * (250_000 // len(piece))}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(older_python, "to_python_3", lambda *_: None)
        assert granted(text).text(LAYERS) == text
