"""What counts as a command in a cell, beside IPython's own transformer, and lines that keep their numbers."""

import ast
import re
import textwrap
from itertools import product

import pytest
from IPython import __version__ as ipython_version
from IPython.core.inputtransformer2 import TransformerManager

from grader.reading.magics import as_pass, cell_text, readable

#: valid Python that looks like a command, whole or in one of its lines
PYTHON = (
    "cd = 3", "rm = 1\nrm += 1", "ls = [1]\nls[0] = 2", "mv, cp = 1, 2", "mkdir = 2\nmkdir -= 1", "matplotlib = 3",
    "x = 'a'\ny = '''\n!ls\n%time\n'''", "z = 7\ns = ('a'\n%z)", "s = '%d %d' % (1,\n2)", "a=5; r=3\nx = (a\n%r)",
    "x = 5 \\\n%a", "print('''\n?help\n''')", "d = {\n'a': 1\n}", "# !ls\nx=1", "x = 1 # ?what", "a = b = 3",
    "def f():\n    '''\n    !ls\n    '''\n    return 1", "def f(a, z):\n    return (a\n        %z)", "'''%%time'''",
)  # fmt: skip
COMMANDS = (
    "%matplotlib inline", "%load_ext autoreload", "%autoreload 2", "!ls", "!!ls", "!pip install numpy", "%cd ..", "!",
    "%time x = 1", "%timeit f(1)", "x = !ls", "x = %pwd", "x, y = !ls", "x[0] = !ls", "self.x = !ls", "?print",
    "print?", "print??", "??print", "? print", "?? print", "?", "%reset -f", "%run a.py", "%env A=1", "!cd x && ls",
    "!echo {x}", "!echo it's", "!python setup.py \\\n build_ext --inplace", "%run a.py \\\n --b", "np.sum?", "x.y.z??",
    "*foo*?", "%magic?", "/f 1", ",f a b", ";f a b", ";", "%", "a?b", "a ? b", "# %load a.py\nx=1", "%load a.py",
)  # fmt: skip
PASTED = (
    ">>> x = 1", ">>> x = 1\n>>> y = 2", ">>> for i in range(3):\n...     print(i)", ">>> x = 1\n1\n>>> y = 2",
    "In [1]: x = 1", "In [1]: x = 1\n\nIn [2]: y = 2", "In [1]: for i in range(3):\n   ...:     print(i)",
    "In [1]: %matplotlib inline", ">>> %time x = 1", ">>> !ls", "  >>> x = 1\n  >>> y = 2",
)  # fmt: skip
CELL_MAGICS = (
    "%%time\nx = 1", "%%capture out\nprint(1)", "%%bash\nls -l", "%%html\n<b>", "%%writefile a.py\nx = 1",
    "%%python2\nprint 1", "%%cython\ncdef int a", "%%latex\n$x$", "%%time\n!ls\nx = 1", "%%script python\nx",
)  # fmt: skip
AROUND = (
    "{}", "import numpy as np\n{}\ny = 2", "if True:\n    {i}\nz = 3", "def f():\n    {i}\n    return 1",
    "{}\n!ls\nk = 1", "!ls\n{}", "    {i}", "\n\n{}", "# comment\n{}", "s = '''\n!ls\n'''\n{}", "x = (5\n%z)\n{}",
)  # fmt: skip
CELLS = list(
    dict.fromkeys(
        around.format(cell, i=cell.replace("\n", "\n    "))
        for cell, around in product((*PYTHON, *COMMANDS, *PASTED, *CELL_MAGICS), AROUND)
    )
)
#: cell magics that stand alone, whose body is no Python, or that IPython takes for one only on the first line
BODIES = {"time": True, "capture": True, "writefile": True}


class CommandsAsPass(ast.NodeTransformer):
    """Replaces what IPython makes of a command: a call of get_ipython(), of `f`, or an empty text."""

    def visit(self, node):
        if isinstance(node, ast.Expr | ast.Assign) and re.search(
            r"get_ipython\(\)|^f\('a|^f\(1\)$|^''$", ast.unparse(node)
        ):
            return ast.Pass()
        return self.generic_visit(node)


def dumped(text):
    try:
        return ast.dump(CommandsAsPass().visit(ast.parse(text)))
    except SyntaxError:
        return "no Python"


def ipythons(cell):
    """Returns the syntax tree that IPython runs, or for a cell magic that of its body, which we read."""
    if magic := re.match(r"\s*%%(\w+)[^\n]*\n", cell):
        cell = textwrap.dedent(cell[magic.end() :]) if BODIES.get(magic[1]) else ""
    return dumped(TransformerManager().transform_cell(cell))


def test_commands_are_what_ipython_takes_for_one():
    ours = {cell: dumped(text) if not problem else "no Python" for cell in CELLS for text, problem in [readable(cell)]}
    differing = [cell for cell in CELLS if ours[cell] != ipythons(cell)]
    assert len(CELLS) > 800
    assert differing == [], f"with IPython {ipython_version}"


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("cd ..\nx = 1", "pass\nx = 1"),
        ("pip install numpy\nx = 1", "pass\nx = 1"),
        ("rm -rf a\nrm += 1\n", "pass\nrm += 1\n"),
        ("%pylab inline\nx = zeros(3)", "import numpy as np; from numpy import *\nx = zeros(3)"),
    ],
)
def test_what_ipython_decides_while_it_runs_is_read_as_a_command_where_it_is_no_python(cell, read):
    assert readable(cell) == (read, None)


def test_lines_keep_their_numbers():
    for cell in CELLS:
        assert readable(cell)[0].count("\n") in (cell.count("\n"), 0), cell


def test_a_command_of_several_lines_stays_whole_or_goes_whole():
    cell = cell_text("!a \\\n  b\nx = 1\n!c")
    assert dict(cell.commands) == {0: 2, 3: 1}
    assert cell.with_commands(lambda line: line) == cell.text
    assert cell.with_commands(as_pass) == "pass\n\nx = 1\npass"
