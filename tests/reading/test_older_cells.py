"""Cells in Python 2 become Python 3, together and with their magics, for reading and for execution."""

import json

import notebooks
import pytest

from grader.notebook.execute import NotebookWorker
from grader.notebook.printed import text_of
from grader.notebook.spec import NotebookLimits
from grader.reading.notebook_file import read_notebook
from grader.reading.older_cells import MAX_REPAIRS, convert_cells
from grader.reading.older_python import cell_repair
from grader.sandbox.grants import Grants
from grader.sandbox.level import available_levels


def read(*cells):
    return read_notebook(notebooks.notebook(*cells), "old.ipynb")


def fixed(text):
    """Stands for the repair: `say x` is the only thing that it knows, and `broken` what it cannot do."""
    return None if "broken (" in text else text.replace("say x", "say(x)")


def test_cells_are_converted_in_one_go():
    asked = []
    old = convert_cells(read("a = 1", "say x", "b = 2", "say x\nc = 3"), lambda text: asked.append(text) or fixed(text))
    assert dict(old.texts) == {2: "say(x)", 4: "say(x)\nc = 3"}
    assert len(asked) == 1
    assert old.note("old.ipynb") == ("old.ipynb cells 2 and 4 are Python 2; they were converted.",)


def test_cell_that_cannot_be_converted_costs_itself_only():
    old = convert_cells(read("say x", "broken (", *["say x"] * 5), fixed)
    assert sorted(old.texts) == [1, 3, 4, 5, 6, 7]


def test_repairs_of_one_notebook_are_limited():
    asked = []
    old = convert_cells(read(*["broken ("] * 100), lambda text: asked.append(text) or fixed(text))
    assert old.texts == {}
    assert len(asked) <= MAX_REPAIRS


def test_commands_stay_where_they_are():
    old = convert_cells(read("%%time\n%matplotlib inline\nfor i in x:\n    !ls {i}\n    say x"), fixed)
    assert old.texts[1] == "%%time\n%matplotlib inline\nfor i in x:\n    !ls {i}\n    say(x)"
    for before in ("!a \\\n  b\n", "s = '''\n!ls\n'''\n"):
        assert convert_cells(read(before + "say x"), fixed).texts[1] == before + "say(x)"


@pytest.mark.parametrize("source", ["%%bash\nsay x", "a = 1", "", "x = {}\nx.items()"])
def test_cell_of_today_and_of_other_languages_is_left_alone(source):
    assert convert_cells(read(source), lambda text: "changed").texts == {}


def test_without_a_repair_nothing_is_converted():
    assert convert_cells(read("say x"), None).texts == {}


def test_one_old_line_makes_no_old_notebook():
    assert convert_cells(read("say x", "print(1)", "print(2)"), fixed).python_2 is False
    assert convert_cells(read("say x", "say x", "print(1)"), fixed).python_2 is True


def test_note_names_the_first_cells_and_counts_the_others():
    old = convert_cells(read(*["say x"] * 12), fixed)
    assert old.note("a.ipynb") == (
        "a.ipynb cells 1, 2, 3, 4, 5, 6, 7, 8 and 4 more are Python 2; they were converted.",
    )


@pytest.mark.slow
def test_old_notebook_runs_with_its_division_and_its_names():
    sources = [
        "%matplotlib inline\nimport numpy as np\nprint 'Testing:', 7 / 2, 7. / 2",
        "x = np.arange(4) / 3\nprint 'x: ', x\nn = 7\nn /= 2\nprint 'n:', n",
        "for k, v in sorted({'a': 1}.iteritems()):\n    print '%s: ' % k, v",
        "print sum(xrange(4)), reduce(lambda a, b: a * b, [2, 3]), np.int(3)",
        "print 'this is', ",
    ]
    handed = read_notebook(json.dumps(_format_3(sources)).encode(), "old.ipynb")
    old = convert_cells(handed, cell_repair)
    with NotebookWorker(available_levels()[0], NotebookLimits()) as notebook_worker:
        strict = notebook_worker.execute(handed, {}, {})
        granted = notebook_worker.execute(handed, {}, {}, Grants({"a.py": "floor"}), old)
    printed = [text_of(cell.outputs) for cell in granted.notebook.code_cells]
    assert printed == ["Testing: 3 3.5\n", "x:  [0 0 0 1]\nn: 3\n", "a:  1\n", "6 6 3\n", "this is "]
    assert [cell.source for cell in granted.notebook.code_cells] == sources
    assert all(cell.outputs[0]["ename"] == "SyntaxError" for cell in strict.notebook.code_cells)


def _format_3(sources):
    cells = [{"cell_type": "code", "input": source, "language": "python", "outputs": []} for source in sources]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
