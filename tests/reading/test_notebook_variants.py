"""Solved notebooks of other years and habits, handed in alone: each is graded as the same functions in files are."""

import json
import re
from collections.abc import Callable
from textwrap import dedent, indent

import pytest
from notebooks import code, notebook

from grader.assignment.definition import Assignment
from grader.assignment.markers import solved_version
from grader.classes.class_grading import RunnerSpec
from grader.model.options import Options
from grader.model.results import Status
from grader.sandbox.level import choose_level
from reference.samples.notebooks import notebook_of

ASSIGNMENT = Assignment.load()
LAYERS, CNN = ASSIGNMENT.modules["layers"], ASSIGNMENT.modules["cnn"]
PROVIDED = {name for names in ASSIGNMENT.provided.values() for name in names}
OWN = [name for name in ASSIGNMENT.functions if name not in PROVIDED]
SOLVED = {place: solved_version(ASSIGNMENT.solved_text(place), place) for place in (LAYERS, CNN)}
#: what these students have deleted, so that a notebook runs in a second
SLOW = [
    "data", "images", "pictures", "conv-backward", "conv-relu-pool", "conv-relu", "conv-fast", "pool-fast",
    "gradients", "overfit", "overfit-train-accuracy", "overfit-val-accuracy", "overfit-plot", "train",
    "train-accuracy", "val-accuracy", "filters", "grader-check",
]  # fmt: skip
#: that the cells which are left print
N_FIGURES = 19
#: one visible check for each function, and the figures
CHECKS = "notebook or initial_loss or warm_up or figure"

Cells = list[str]


def cells(functions: Cells = OWN) -> Cells:
    """Returns the cells of a solved notebook: setup, what the functions need, then functions and the cells on them."""
    return ["".join(cell["source"]) for cell in json.loads(notebook_of(SOLVED.values(), functions, SLOW))["cells"]]


def is_definition(cell: str) -> bool:
    return cell.startswith(("def ", "class "))


def written(magic: str) -> Cells:
    setup, _, *checks = cells([])
    return [f"{magic} {place}\n{text}" for place, text in SOLVED.items()] + [setup, *checks]


def star_import_after_each(given: Cells) -> Cells:
    again = "from cs231n.layers import *\nfrom cs231n.classifiers.cnn import *"
    return [part for cell in given for part in ([cell, again] if is_definition(cell) else [cell])]


def stubs_first(given: Cells) -> Cells:
    stubs = [f"{cell.split(')')[0]}):\n    out = None\n    return out" for cell in given if cell.startswith("def ")]
    return [*given[:2], *stubs, *given[2:]]


def on_colab(given: Cells) -> Cells:
    mount = dedent("""\
        from google.colab import drive
        drive.mount('/content/drive')
        FOLDERNAME = 'cs231n/assignment2'
        assert FOLDERNAME is not None, "[!] Enter the foldername."
        import sys
        sys.path.append('/content/drive/My Drive/{}'.format(FOLDERNAME))
        %cd /content/drive/My\\ Drive/$FOLDERNAME/cs231n/datasets/
        !bash get_datasets.sh
        %cd /content""")
    build = "%cd cs231n\n!python setup.py build_ext --inplace\n%cd ..\n%load_ext autoreload\n%autoreload 2"
    return [mount, "!pip install -q imageio", build, *given]


def with_absent_imports(given: Cells) -> Cells:
    absent = "from cs231n.im2col_cython import col2im_cython\nimport torch, seaborn as sns"
    return [f"{absent}\nfrom cs231n.layers import svm_loss\n{given[0]}", *given[1:]]


def pasted_from_files(given: Cells) -> Cells:
    head = (
        "from builtins import object\nfrom ..layers import *\nfrom ..fast_layers import *\nfrom ..layer_utils import *"
    )
    return [f"{head}\n\n{cell}" if cell.startswith("class ") else cell for cell in given]


def under_main(given: Cells) -> Cells:
    return [
        cell if is_definition(cell) or '"""' in cell else f"if __name__ == '__main__':\n{indent(cell, '    ')}"
        for cell in given
    ]


def class_in_two_cells(given: Cells) -> Cells:
    (network,) = (cell for cell in given if cell.startswith("class "))
    place, (init, loss) = given.index(network), network.split("    def loss(")
    more = f"{dedent('    def loss(' + loss)}\n\nThreeLayerConvNet.loss = loss"
    return [*given[:place], init, more, *given[place + 1 :]]


def functions_last(given: Cells) -> Cells:
    # Run in another order than they stand in: at home the definitions came first.
    return [*given[:2], *[c for c in given[2:] if not is_definition(c)], *[c for c in given if is_definition(c)]]


VARIANTS: dict[str, Callable[[], Cells]] = {
    "as the course has it": cells,
    "files written by cells": lambda: written("%%writefile"),
    "star import after each definition": lambda: star_import_after_each(cells()),
    "stubs first": lambda: stubs_first(cells()),
    "colab": lambda: on_colab(cells()),
    "absent packages": lambda: with_absent_imports(cells()),
    "pasted from files": lambda: pasted_from_files(cells()),
    "under main": lambda: under_main(cells()),
    "class in two cells": lambda: class_in_two_cells(cells()),
    "functions last": lambda: functions_last(cells()),
    "setup last": lambda: [*cells()[1:], cells()[0]],
    "data twice": lambda: [*cells(), "data = get_CIFAR10_data()", "data = get_CIFAR10_data()\nprint(data.keys())"],
    "magics": lambda: [f"%%time\n{cell}" if is_definition(cell) else f"#@title {{}}\n!ls\n{cell}" for cell in cells()],
    "other signs before figures": lambda: [re.sub(r'(error|difference): "', r'\1 ="', cell) for cell in cells()],
}


@pytest.fixture(scope="module")
def runners():
    made = {}

    def runner(compat):
        if compat not in made:
            options = Options.of(notebook="auto")
            spec = RunnerSpec(ASSIGNMENT.folder, choose_level(None, trusted=True), None, compat, CHECKS, options)
            made[compat] = spec, spec.build()
        return made[compat]

    yield runner
    for _, runner in made.values():
        runner.close()


@pytest.fixture
def grade(runners, tmp_path):
    def grade(content, compat=False):
        spec, runner = runners(compat)
        (tmp_path / "ada.ipynb").write_bytes(content)
        return runner.grade(spec.read(tmp_path / "ada.ipynb", runner))

    return grade


def not_passed(grade):
    """Returns what is lost for another reason than that its cell was deleted, with its message."""
    return {
        check.id: check.message for check in grade.checks if check.status not in (Status.PASSED, Status.MISSING)
    } | {
        check.id: check.message
        for check in grade.checks
        if check.status is Status.MISSING and check.section != "Notebook"
    }


def n_figures(grade):
    return sum(check.status is Status.PASSED for check in grade.checks if check.section == "Notebook")


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_solved_notebook_earns_what_the_functions_earn(name, grade):
    result = grade(notebook(*VARIANTS[name]()))
    assert not_passed(result) == {}
    assert n_figures(result) == N_FIGURES
    assert {check.function for check in result.checks} >= set(OWN)
    assert not [note for note in result.notes if "Given code" in note or "differently" in note or "valid" in note]


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"id": "same"}, {"metadata": {"id": 5, "collapsed": True}}])
def test_damaged_cells_cost_nothing(change, grade):
    result = grade(notebook(*(code(cell, **change) for cell in cells()), nbformat_minor=5))
    assert not_passed(result) == {}
    assert n_figures(result) == N_FIGURES


def in_python_2(cell):
    """Returns a cell as it was written ten years ago."""
    # Annotations are of today.
    cell = re.sub(r": (?:Array|Params|Any|int)\b(?! =)", "", re.sub(r" -> [^:\n]*:", ":", cell))
    lines = []
    for line in cell.replace("range(", "xrange(").split("\n"):
        found = re.match(r"(\s*)print\((.*)\)$", line)
        if found:
            line = f"{found[1]}print {found[2]}"
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.slow
def test_python_2_notebook_earns_the_same_with_compat(grade):
    setup, _, *others = cells()
    sources = [in_python_2(cell) for cell in [setup, "from cs231n.layer_utils import *\nprint 'ready'", *others]]
    old = [{"cell_type": "code", "input": [source], "language": "python", "outputs": []} for source in sources]
    content = json.dumps({"nbformat": 3, "metadata": {"name": ""}, "worksheets": [{"cells": old}]}).encode()
    result = grade(content, compat=True)
    assert not_passed(result) == {}
    assert n_figures(result) == N_FIGURES
    assert [note for note in result.notes if "are Python 2; they were converted." in note]
    assert not [note for note in grade(content).notes if "converted" in note]
