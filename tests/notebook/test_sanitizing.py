"""Cells reach for drives, packages and folders; what is left of them runs, with the same line numbers."""

import ast
import time

import pytest
from notebooks import notebook

from grader.notebook import saved_state
from grader.notebook.sanitizing import parsed, sanitize
from grader.reading.magics import readable
from grader.reading.notebook_file import read_notebook
from grader.reading.older_cells import convert_cells

COLAB = """\
from google.colab import drive
drive.mount('/content/drive')
FOLDERNAME = None
assert FOLDERNAME is not None, "Enter the foldername."
import sys
sys.path.append('/content/drive/My Drive/{}'.format(FOLDERNAME))
%cd drive/My\\ Drive/$FOLDERNAME/cs231n/datasets/
!bash get_datasets.sh
%cd /content"""


@pytest.mark.parametrize(
    ("source", "left", "kinds"),
    [
        ("!pip install numpy", "pass", ["installs packages"]),
        ("%pip install numpy", "pass", ["installs packages"]),
        (
            "%cd cs231n\n!python setup.py build_ext --inplace",
            "pass\npass",
            ["changes the folder", "compiles an extension"],
        ),
        ("import os\nos.chdir('..')\nx = 1", "import os\npass\nx = 1", ["changes the folder"]),
        ("import os; os.chdir(\n  '..'); y = 2", "import os; pass; y = 2", ["changes the folder"]),
        ("if True:\n    !wget http://x", "if True:\n    pass", ["downloads files"]),
        ("files = !ls", "files = []", ["runs a shell command"]),
        ("!echo a \\\n  b\nz = 3", "pass\n\nz = 3", ["runs a shell command"]),
        ("import os\nos._exit(00)", "import os\npass", ["restarts the kernel"]),
        ("get_ipython().kernel.do_shutdown(True)", "pass", ["restarts the kernel"]),
        ("import subprocess\nsubprocess.run(['ls'])", "import subprocess\npass", ["runs a shell command"]),
        ("cd cs231n", "pass", ["changes the folder"]),
        (
            "%matplotlib inline\ns = '''\n!a\n'''\n!a",
            "%matplotlib inline\ns = '''\n!a\n'''\npass",
            ["runs a shell command"],
        ),
        ("x = (5\n%pip)\n!ls", "x = (5\n%pip)\npass", ["runs a shell command"]),
        (">>> x = 1\n>>> %cd ..", "x = 1\npass", ["changes the folder"]),
        ("%%bash\nls", "", ["runs a shell command"]),
        ("%%cython\ndef f(): pass", "", ["compiles an extension"]),
        ("%load_ext autoreload\n%autoreload 2\nx = 1", "pass\npass\nx = 1", []),
        ("%load_ext grader\n%grade conv_forward_naive\nx = 1", "pass\npass\nx = 1", []),
    ],
)
def test_what_reaches_out_is_left_out(source, left, kinds):
    sanitized = sanitize(source)
    assert sanitized.source.rstrip() == left
    assert sorted(sanitized.left_out) == sorted(kinds)


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nx = 1",
        "%%time\nx = 1",
        "s = '''\n!ls\n%cd ..\n'''",
        "def restart():\n    import os\n    os._exit(0)",
        "print 'Python 2', !x",
        "%timeit x",
        "plt.rcParams['image.cmap'] = 'gray'",
        "os.path.exists('x')",
        "def f(:",
        "",
    ],
)
def test_everything_else_stays_as_it_is(source):
    assert sanitize(source).source == source
    assert sanitize(source).left_out == ()


def test_a_cell_that_mounts_a_drive_keeps_its_imports_only():
    sanitized = sanitize(COLAB)
    assert ast.parse(sanitized.source)
    assert [line for line in sanitized.source.split("\n") if line != "pass"] == ["import sys"]
    assert sanitized.source.count("\n") == COLAB.count("\n")
    assert set(sanitized.left_out) == {"mounts a drive", "changes the folder", "downloads files"}


def test_magics_do_not_hide_the_code_around_them():
    tree = parsed("%matplotlib inline\nx = f(1)\n!ls")
    assert any(isinstance(node, ast.Call) for node in ast.walk(tree))
    assert len(parsed("%%time\nx = 1").body) == 1
    assert parsed("print 'old'") is None


@pytest.mark.parametrize(
    "unit", [" ", "\t", "a", "a ", "a, ", "? ", "!pip ", "1", "1.", "%", "class a", "```\n", "\\\n"]
)
def test_long_lines_take_no_time(unit):
    """Patterns that go back in a line would take hours for these, and the grader itself would hang."""
    line = unit * (60_000 // len(unit))
    started = time.process_time()
    for source in (line, f"def (\n{line}x", f"%{line}", f"!{line}", f"x = {line}"):
        sanitize(source)
        parsed(source)
        readable(source)
        saved_state._NUMBERS.findall(source)
        old = convert_cells(read_notebook(notebook(source), "a"), lambda text: None)
        assert old.texts == {}
    assert time.process_time() - started < 10
