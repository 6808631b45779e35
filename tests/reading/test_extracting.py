"""From cells to modules: which statements come along, in which order, and what stays behind."""

import json
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from types import MappingProxyType

import pytest
from handins import make_folder
from notebooks import code, markdown, notebook

from grader.assignment.definition import Assignment
from grader.reading.code_cells import python_cells
from grader.reading.extracting import Definitions, write_module
from grader.reading.notebook_file import read_notebook
from grader.reading.older_cells import convert_cells
from grader.reading.older_python import cell_repair, with_compat
from grader.reading.parsing import parse_source
from grader.reading.stubs import is_stub, same_code
from grader.reading.submission import Submission

#: what a notebook alone may borrow has tests of its own
ASSIGNMENT = replace(Assignment.load(), provided=MappingProxyType({}))
LAYERS, CNN = "cs231n/layers.py", "cs231n/classifiers/cnn.py"


def definitions(*cells, repair=None):
    read = read_notebook(notebook(*cells), "hw.ipynb")
    old = convert_cells(read, repair)
    found, notes = python_cells(old.applied(read))
    made = Definitions.of("hw.ipynb", found)
    return made, (*old.note("hw.ipynb"), *notes, *made.notes)


def module(*cells, wanted=("f",), elsewhere=MappingProxyType({}), exports=MappingProxyType({})):
    """Returns the text of a module with the wanted names."""
    made, _ = definitions(*cells)
    return write_module(made, wanted, "package/answers.py", elsewhere, exports)


def run(*cells, wanted=("f",), **more):
    """Returns the names of a module, executed."""
    names = {"__name__": "answers"}
    exec(compile(module(*cells, wanted=wanted, **more).text, "answers", "exec"), names)
    return names


# What comes along


def test_function_brings_imports_constants_and_helpers():
    names = run(
        "import math\nimport os, numpy as np\nfrom itertools import product as pairs, chain",
        "SCALE = 2.0\nUNUSED = 3",
        "def helper(x):\n    return SCALE * math.sqrt(x)",
        "def f(x):\n    return [helper(np.float64(a)) for a, _ in pairs([x], [1])]",
    )
    assert names["f"](4) == [4.0]
    assert not {"UNUSED", "os", "chain"} & set(names)


def test_nothing_that_runs_comes_along():
    text = module(
        "f = None\nfor i in range(10**9):\n    pass",
        "x = np.random.randn(3)\nmodel = train()\nprint('loud')\nplt.show()\nopen('file', 'w')",
        "def f():\n    return 1\nf()",
        "while True:\n    pass",
        "with open('a') as g:\n    def h():\n        return 2",
    ).text
    assert text.split("\n", 1)[1].strip() == "def f():\n    return 1"


def test_last_definition_of_a_name_wins():
    names = run(
        "def g():\n    return 1", "def f():\n    return g()", "def g():\n    return 2", "def f():\n    return 10 * g()"
    )
    assert names["f"]() == 20


def test_earlier_definition_stays_where_the_later_one_is_made_of_it():
    names = run(
        "class f:\n    def one(self):\n        return 1",
        "class f(f):\n    def two(self):\n        return self.one() + 1",
        "old = f",
        "class f(old):\n    def three(self):\n        return self.two() + 1",
    )
    assert names["f"]().three() == 3


def test_methods_that_are_assigned_later_come_along():
    names = run(
        "class f:\n    def one(self):\n        return 0",
        "def one(self):\n    return 1\nf.one = one",
        "setattr(f, 'two', lambda self: self.one() + 1)\nf.size = 7\nf.run = train(3)",
    )
    assert (names["f"]().one(), names["f"]().two(), names["f"].size) == (1, 2, 7)
    assert not hasattr(names["f"], "run")


def test_patches_of_an_older_class_of_the_name_stay_behind():
    names = run("class f:\n    pass", "f.size = lambda self: 1", "class f:\n    def size(self):\n        return 2")
    assert names["f"]().size() == 2


def test_decorators_defaults_and_tables_are_there_in_time():
    names = run(
        "def f(x, table=TABLE):\n    return twice(table[x])",
        "def twice(g):\n    return g * 2",
        "import functools\ndef loud(g):\n    @functools.wraps(g)\n    def h(*a):\n        return g(*a)\n    return h",
        "@loud\ndef twice(g):\n    return g * KINDS['two']",
        "TABLE = {'a': 5}\nKINDS = dict(one=1)\nKINDS['two'] = 2",
    )
    assert names["f"]("a") == 10


@pytest.mark.parametrize(
    "cell",
    [
        "try:\n    import missing_library as lib\nexcept ImportError:\n    lib = None",
        "try:\n    from missing_lib import fast\n    train()\nexcept ImportError:\n    def fast(x):\n        return x",
        "import sys\nif sys.version_info[0] >= 3:\n    import queue as lib\nelse:\n    import Queue as lib",
    ],
)
def test_imports_in_branches_come_along_without_what_runs(cell):
    names = run(cell, "def f():\n    return lib if 'lib' in globals() else fast(1)")
    names["f"]()


def test_import_that_fails_costs_only_who_uses_it():
    names = run(
        "import missing_library", "def f():\n    return 1", "def g():\n    return missing_library", wanted=("f", "g")
    )
    assert names["f"]() == 1
    with pytest.raises(NameError):
        names["g"]()


def test_constant_that_is_computed_by_running_stays_behind_and_is_noted():
    found = module("data = load()\nsize = data[0]\n", "def f():\n    return data, size")
    assert "data =" not in found.text
    assert found.notes == (
        "hw.ipynb: a function uses `data`, which is there only once cell 1 has run; it was not taken.",
    )


def test_local_names_bring_no_globals_along():
    assert (
        "(2, 3)" not in module("x = (2, 3)\nout = 5", "def f(x):\n    out = [x for x in range(x)]\n    return out").text
    )


def test_np_is_there_where_only_a_star_brought_it():
    assert run("from package.answers import *", "def f():\n    return np.zeros(2)")["f"]().shape == (2,)


# Other modules of the workspace


def test_star_of_a_given_module_becomes_an_import_of_what_is_needed_at_the_end():
    text = module(
        "from package.given import *",
        "def f(x):\n    return fast(x)",
        exports={"package.given": {"fast", "slow"}},
    ).text
    assert "from package.given import fast" in text
    assert "*" not in text
    assert "slow" not in text
    assert text.index("def f") < text.index("package.given")


def test_relative_import_of_a_pasted_file_finds_its_module():
    text = module("from ..given import *", "def f(x):\n    return fast(x)", exports={"package.given": {"fast"}}).text
    assert "from package.given import fast" in text


def test_function_of_another_module_is_imported_not_copied():
    text = module("def g():\n    return 1", "def f():\n    return g()", elsewhere={"g": "package.other"}).text
    assert "from package.other import g" in text
    assert "return 1" not in text


def test_module_never_imports_itself():
    text = module("from package.answers import *\nfrom package.answers import f, g", "def f():\n    return g()").text
    assert "import" not in text


def test_pylab_brings_the_names_of_numpy():
    assert run("%pylab inline", "def f():\n    return zeros(2) + np.ones(2)")["f"]().tolist() == [1, 1]


def test_what_runs_in_a_notebook_only_is_read_as_what_runs():
    guarded = "if __name__ == '__main__':\n    from math import pi\n    def g():\n        return pi\n    print(g())"
    assert round(run(guarded, "def f():\n    return g()")["f"](), 2) == 3.14


def test_import_again_after_a_restart_does_not_hide_the_definition():
    names = run("def f():\n    return 1", "from package.answers import f", "from answers import *")
    assert names["f"]() == 1


def test_future_imports_stand_first():
    text = module(
        "x = 1\nfrom __future__ import print_function, annotations, no_such_thing", "def f(a: odd):\n    pass"
    ).text
    assert text.split("\n")[1:3] == ["from __future__ import print_function", "from __future__ import annotations"]
    compile(text, "", "exec")


# Cells that are more or less than Python


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\n{}",
        "!pip install numpy\n{}\n!ls",
        "%%time\n{}",
        "\n%%writefile package/answers.py\n{}",
        "%load_ext autoreload\n%autoreload 2\n?print\nprint??\nfiles = !ls\nresult = %time 3\n{}",
        "if True:\n    %time train()\n{}",
        "!echo \\\n   'more\n{}",
        "pip install numpy\ncd ..\n{}",
        "await asyncio.sleep(1)\nasync with a as b:\n    pass\n{}",
        "return 5\n{}\nyield 3",
        "get_ipython().system('ls')\n{}",
        "x = 1; {}",
        "{}; x = 1",
    ],
)
def test_commands_of_notebooks_do_no_harm(cell):
    assert run(cell.format("f = lambda: 1"))["f"]() == 1
    body = "def f():\n    return 1"
    if ";" not in cell:
        assert run(cell.format(body))["f"]() == 1


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%javascript", "%%cython", "%%R -i x"])
def test_cells_in_other_languages_are_left_out_without_a_word(magic):
    made, notes = definitions(f"{magic}\ndef f(x) =", "a = 1")
    assert made.defined("f") is None
    assert notes == ()


def test_cell_that_is_no_python_costs_itself_only():
    made, notes = definitions("def f():\n    return 1", "def g():\n    return (", "h(", "def f():\n    return 2")
    assert made.defined("g") is None
    assert made.defined("f").cell == 4
    assert notes == ("hw.ipynb cell 2, line 2 is not valid Python ('(' was never closed) and was left out.",)


def test_python_2_is_repaired_where_that_is_granted():
    old = "def f(x):\n    print 'x'\n    return 1"
    assert definitions(old)[0].defined("f") is None
    made, notes = definitions(old, repair=lambda text: text.replace("print 'x'", "print('x')"))
    assert made.defined("f").cell == 1
    assert notes == ("hw.ipynb cell 1 is Python 2; it was converted.",)


def test_imports_of_a_cell_that_is_no_python_come_along():
    made, notes = definitions("import numpy as np\nprint 'x'\nfrom math import (\n  pi)", "def f():\n    return np.pi")
    names = {}
    exec(write_module(made, ["f"], "a.py", {}, {}).text.replace("import numpy", "import math"), names)
    assert round(names["f"](), 2) == 3.14
    assert notes == ()


def test_cells_of_an_old_notebook_are_granted_with_compat(tmp_path):
    path = tmp_path / "old.ipynb"
    check = "import time\nprint 'difference: ', rel_error(out, 1)"
    path.write_bytes(notebook(CONV.replace("    return", "    print 'x', x\n    return"), POOL, check))
    strict = Submission.from_path(path, ASSIGNMENT)
    assert "conv_forward_naive" not in strict.text(LAYERS)
    assert len([note for note in strict.notes if "not valid Python" in note]) == 1
    granted = with_compat(Submission.from_path(path, ASSIGNMENT, cell_repair))
    assert "print(('x', x))" in granted.text(LAYERS) or "print('x', x)" in granted.text(LAYERS)
    assert "old.ipynb cells 1 and 3 are Python 2; they were converted." in granted.notes


def test_code_in_a_text_cell_is_read_where_no_code_cell_has_it():
    found = module(
        markdown("def f():\n    return 1"),
        {"cell_type": "raw", "source": "def g():\n    return 1"},
        markdown("An example:\n\n```python\ndef h():\n    return 3\n```\n"),
        "def g():\n    return 2",
        wanted=("f", "g", "h"),
    )
    names = {}
    exec(found.text, names)
    assert [names[name]() for name in "fgh"] == [1, 2, 3]
    assert found.notes == (
        "hw.ipynb cell 1 is a text cell that holds code; it was read as code.",
        "hw.ipynb cell 3 is a text cell that holds code; it was read as code.",
    )
    assert {(span.cell, span.line) for span in found.lines} == {(1, 1), (4, 1), (3, 4)}


def test_lines_lead_back_to_cells():
    found = module("# one\nSIZE = 3\n", "import numpy as np\n\n\ndef f(x):\n    return np.ones(SIZE)")
    lines = found.text.split("\n")
    for span in found.lines:
        assert span.last - span.first in (0, 1)
    spans = {span.cell: span for span in found.lines}
    assert lines[spans[1].first - 1] == "SIZE = 3"
    assert (spans[1].line, spans[2].line) == (2, 4)
    assert lines[spans[2].first - 1] == "def f(x):"


@pytest.mark.parametrize(
    "cell",
    [
        "x = " + "-" * 20_000 + "1\ndef f(): pass",
        "x = [" * 3_000,
        "def f(): pass\n" + "a." * 20_000 + "b = 1",
        "\0",
        "\udc80",
    ],
)
def test_hostile_cells_end_in_notes_at_worst(cell):
    made, _ = definitions(cell, "def g():\n    return 1")
    assert write_module(made, ["g"], "a.py", {}, {}).text


# Stubs


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        "'''Words.'''",
        "return",
        "raise NotImplementedError",
        "out = None\n    eps = p.get('eps', 1e-5)\n    cache = (x, eps)\n    return out, cache",
        "dx, dw = None, None\n    x, w = p\n    return dx, dw",
        "loss, grads = 0, {}\n    return loss, grads",
    ],
)
def test_what_was_handed_out_is_a_stub(body):
    assert is_stub(parse_source(f"def f(x, p):\n    {body}\n", "").body[0])


@pytest.mark.parametrize(
    "body",
    [
        "return x",
        "out = None\n    out = x + 1\n    return out, p",
        "out = None\n    for i in x:\n        if i:\n            out = i\n    return out",
        "out = []\n    for i in x:\n        out.append(i)\n    return out",
        "dx, dw = None, None\n    dx, dw = p(x)\n    return dx, dw",
        "out = None\n    np.maximum(x, 0, out=out)\n    return out",
        "if p is None:\n        return None\n    return x",
    ],
)
def test_what_computes_something_is_no_stub(body):
    assert not is_stub(parse_source(f"def f(x, p):\n    {body}\n", "").body[0])


def test_layout_and_words_make_no_difference():
    one, other, third = (
        parse_source(text, "").body[0]
        for text in (
            "def f(x):\n    '''A.'''\n    return (x+1)  # b",
            "def f(x): return x + 1",
            "def f(x): return x - 1",
        )
    )
    assert same_code(one, other)
    assert not same_code(one, third)


# Submissions

CONV = "def conv_forward_naive(x, w, b, conv_param):\n    return x + 1, None"
POOL = "def max_pool_forward_naive(x, pool_param):\n    return x - 1, None"
STUB = "def conv_forward_naive(x, w, b, conv_param):\n    out = None\n    return out, (x, w)"
NET = "class ThreeLayerConvNet:\n    def loss(self, X, y=None):\n        return conv_relu_forward(X)"


def hand_in(folder, files):
    return Submission.from_path(make_folder(folder, files), ASSIGNMENT)


def imported(submission, tmp_path, statement):
    """Returns what a statement prints in a workspace of the given files and the submission's."""
    work = tmp_path / "work"
    for place, content in {**ASSIGNMENT.given_bytes(), **submission.files}.items():
        (work / place).parent.mkdir(parents=True, exist_ok=True)
        (work / place).write_bytes(content)
    done = subprocess.run([sys.executable, "-c", statement], cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_notebook_alone_becomes_the_answer_files(tmp_path):
    path = tmp_path / "ada.ipynb"
    path.write_bytes(notebook("from cs231n.layers import *\nfrom cs231n.classifiers.cnn import *", CONV, POOL, NET))
    submission = Submission.from_path(path, ASSIGNMENT)
    assert (submission.name, submission.kind) == ("ada", "notebook")
    assert dict(submission.origin) == {LAYERS: "ada.ipynb", CNN: "ada.ipynb"}
    assert submission.notebook == path.read_bytes()
    assert submission.notebook_path == "ada.ipynb"
    assert submission.notes == ()
    place, line = LAYERS, submission.text(LAYERS).split("\n").index("    return x - 1, None") + 1
    assert submission.where(place, line) == ("ada.ipynb cell 3", 2)
    assert "from cs231n.layer_utils import conv_relu_forward" in submission.text(CNN)
    assert imported(submission, tmp_path, "import cs231n.classifiers.cnn as c; print(c.conv_relu_forward)")


@pytest.mark.parametrize("place", ["hw.ipynb", "deep/er/hw.ipynb", "hw.zip"])
def test_notebook_is_found_anywhere(tmp_path, place):
    folder = tmp_path / "ada"
    if place == "hw.zip":
        folder.mkdir()
        with zipfile.ZipFile(folder / place, "w") as archive:
            archive.writestr("a/hw.ipynb", notebook(CONV))
    files = {} if place == "hw.zip" else {place: notebook(CONV)}
    submission = hand_in(folder, {**files, ".ipynb_checkpoints/x-checkpoint.ipynb": notebook(CONV, POOL, NET)})
    assert submission.kind == "notebook"
    assert set(submission.files) == {LAYERS}
    assert submission.notes == (f"{CNN} was not found; its checks count as missing.",)


def test_stub_in_the_file_gives_way_to_the_notebook(tmp_path):
    helper = "def _pad(x):\n    return x * 100\n"
    cells = ["from cs231n.layers import *", "def _pad(x):\n    return x + 5", CONV.replace("x + 1", "other(_pad(x))")]
    files = {
        "layers.py": f"{helper}\n\n{STUB}\n\n\ndef other(x):\n    return _pad(x)\n",
        "cnn.py": "",
        "hw.ipynb": notebook(*cells),
    }
    submission = hand_in(tmp_path / "ada", files)
    assert submission.kind == "files"
    assert submission.notes == (
        "conv_forward_naive was graded as defined in hw.ipynb: cs231n/layers.py does not have it yet.",
    )
    # Each helper is that of its own file: 1 + 5, then times 100.
    assert (
        imported(submission, tmp_path, "import cs231n.layers as s; print(s.conv_forward_naive(1, 0, 0, 0)[0])") == "600"
    )


def test_file_wins_where_both_define_a_function_and_the_difference_is_kept(tmp_path):
    files = {
        "layers.py": f"{CONV}\n\n\n{POOL}\n",
        "cnn.py": "",
        "hw.ipynb": notebook("# x", CONV.replace("+ 1", "+ 2"), POOL),
    }
    submission = hand_in(tmp_path / "ada", files)
    assert set(submission.files) == {LAYERS, CNN}
    assert submission.files[LAYERS] == files["layers.py"].encode()
    assert submission.notes == (
        "conv_forward_naive is defined differently in cs231n/layers.py and cell 2 of hw.ipynb; "
        "the version in the file was graded.",
    )
    assert submission.differences["conv_forward_naive"].split("\n")[:6] == [
        "--- cs231n/layers.py",
        "+++ hw.ipynb cell 2",
        "@@ -1,2 +1,2 @@",
        " def conv_forward_naive(x, w, b, conv_param):",
        "-    return x + 1, None",
        "+    return x + 2, None",
    ]


def test_notebook_that_only_calls_the_functions_changes_nothing_and_says_nothing(tmp_path):
    files = {
        "layers.py": CONV,
        "cnn.py": NET,
        "hw.ipynb": notebook("from cs231n.layers import *", "conv_forward_naive(1)"),
    }
    submission = hand_in(tmp_path / "ada", files)
    assert submission.notes == ()
    assert submission.notebook == files["hw.ipynb"]


def test_notebook_of_the_assignment_is_told_from_others(tmp_path):
    files = {
        "BatchNormalization.ipynb": notebook("batchnorm_forward(x)"),
        "Dropout.ipynb": notebook("dropout_forward(x)"),
        "hw.ipynb": notebook("conv_forward_naive(x)", "max_pool_forward_naive(x)"),
        "layers.py": CONV,
        "cnn.py": NET,
    }
    submission = Submission.from_path(make_folder(tmp_path / "ada", files), Assignment.load())
    assert submission.notebook_path == "hw.ipynb"
    assert submission.notes == ()


def test_of_several_notebooks_the_fullest_is_taken_and_the_others_are_named(tmp_path):
    files = {"a.ipynb": notebook(CONV), "b/c.ipynb": notebook(CONV, POOL), "d.ipynb": b"?"}
    submission = hand_in(tmp_path / "ada", files)
    assert submission.notebook_path == "b/c.ipynb"
    assert submission.notes[1:] == (
        "d.ipynb is not valid JSON (line 1: Expecting value), so not a notebook; save it again from Jupyter.",
        "Of 3 notebooks b/c.ipynb (defines 2 of the assignment's functions) is judged, not a.ipynb (defines "
        "conv_forward_naive).",
    )


def test_notebook_that_cannot_be_read_leaves_the_files_graded(tmp_path):
    submission = hand_in(tmp_path / "ada", {"layers.py": CONV, "cnn.py": NET, "hw.ipynb": "{"})
    assert submission.files[LAYERS] == CONV.encode()
    assert submission.notebook == b""
    assert len(submission.notes) == 1


def test_digest_knows_the_notebook(tmp_path):
    one, other = (
        hand_in(tmp_path / name, {"layers.py": CONV, "cnn.py": NET, "hw.ipynb": notebook(cell)})
        for name, cell in [("a", "conv_forward_naive(1)"), ("b", "conv_forward_naive(2)")]
    )
    assert one.digest != other.digest


def test_file_that_is_no_python_is_not_taken_from_the_notebook(tmp_path):
    submission = hand_in(tmp_path / "ada", {"layers.py": "def (", "cnn.py": NET, "hw.ipynb": notebook(CONV)})
    assert submission.files[LAYERS] == b"def ("
    assert set(submission.files) == {LAYERS, CNN}


def test_saved_json_with_code_cells_in_worksheets_is_graded(tmp_path):
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": CONV, "outputs": []}, code(POOL)]}]}
    submission = hand_in(tmp_path / "ada", {"hw.ipynb": json.dumps(old)})
    assert {"conv_forward_naive", "max_pool_forward_naive"} <= set(submission.text(LAYERS).replace("(", " ").split())


def test_answer_file_that_is_missing_is_made_from_the_notebook(tmp_path):
    files = {"layers.py": CONV, "hw.ipynb": notebook("from cs231n.layers import *", NET)}
    submission = hand_in(tmp_path / "ada", files)
    assert submission.kind == "files"
    assert dict(submission.origin) == {LAYERS: "layers.py", CNN: "hw.ipynb"}
    assert submission.notes == (f"ThreeLayerConvNet was graded as defined in hw.ipynb: {CNN} does not have it yet.",)


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("a = 1\n" + "a = a + 1\n" * 20_000, marks=pytest.mark.slow),
        "a = 1;" * 20_000,
        "def a(): pass\n" * 9_000,
        "%time a\n" * 20_000,
    ],
)
def test_long_cells_are_read_in_seconds(cell, tmp_path):
    started = time.process_time()
    submission = hand_in(
        tmp_path / "ada", {"hw.ipynb": notebook("def f():\n    return a", CONV.replace("x + 1", "a"), cell)}
    )
    assert time.process_time() - started < 15
    assert len(submission.notes) <= 4
    assert all(len(note) < 200 for note in submission.notes)
