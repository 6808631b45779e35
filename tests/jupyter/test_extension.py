"""`%grade` in a real kernel: which definition is judged, what is shown, and that the kernel stays as it was."""

import linecache
import os
import shutil
import types
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader.jupyter.origins import Origin, definitions, origin_of
from grader.jupyter.overlay import find_tree, write_overlay
from grader.model.errors import UnusableInput

ROOT = Path(__file__).parents[2]
KIT = ROOT / "student_template"
HELPED = """import numpy as np
SCALE = 1
def helper(x, w):
    return x.reshape(len(x), -1) @ w * SCALE
def affine_forward(x, w, b):
    return helper(x, w) + b, (x, w, b)"""
WRONG = "def affine_forward(x, w, b):\n    y = helper(x, w)\n    return y + np.zeros(77), (x, w, b)"
CHANGED = """from cs231n.layers import relu_forward
with open("cs231n/layers.py", "a") as file:
    print("def relu_forward(x):\\n    return np.maximum(x, 0), x", file=file)"""
CLASS = "class ThreeLayerConvNet:\n    def __init__(self, **settings):\n        self.params = 1 / 0"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What each cell of one session shows: as text and as HTML, or what it prints."""
    work = tmp_path_factory.mktemp("handed") / "hw2"
    shutil.copytree(KIT, work)
    sources = {
        "load": "%load_ext grader\nbefore = set(dir())\nimport numpy as np\nnp.random.seed(1)",
        "saved": "%grade affine_forward",
        "helped": HELPED,
        "own": "%grade affine_forward",
        "wrong": WRONG,
        "told": "%grade affine_forward",
        "change": CHANGED,
        "stale": "import grader\ngrader.check('relu_forward')",
        "class": CLASS,
        "network": "%grade ThreeLayerConvNet",
        "unknown": "%grade conv_forward_nive",
        "state": "print(np.random.rand() == np.random.RandomState(1).rand())\n"
        "print(sorted(name for name in set(dir()) - before if not name.startswith('_')))",
    }
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources.values()])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("GRADER_NOTEBOOK_DATA", None)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(work)}})
    client.execute(env=environment)
    return {name: cell.outputs for name, cell in zip(sources, notebook.cells, strict=True)}


def text(outputs):
    parts = (out["data"]["text/plain"] if "data" in out else out["text"] for out in outputs)
    return " ".join("".join(parts).split())


def html(outputs):
    return outputs[0]["data"]["text/html"]


@pytest.mark.slow
def test_a_function_that_only_the_file_has_is_judged_as_saved(shown):
    assert text(shown["saved"]).startswith("affine_forward: as saved in the file.")
    assert "affine_forward returned None: is it implemented?" in text(shown["saved"])


@pytest.mark.slow
def test_a_function_of_the_notebook_is_judged_with_its_helpers_and_values(shown):
    assert text(shown["own"]).startswith("affine_forward: as defined in this notebook.")
    assert "All 2 checks that ran pass." in text(shown["own"])


@pytest.mark.slow
def test_a_failure_names_the_cell_and_its_line_and_is_shown_as_html_without_script_or_style(shown):
    assert "In [5] line 3: `return y + np.zeros(77), (x, w, b)` raises ValueError" in text(shown["told"])
    page = html(shown["told"])
    assert "In [5] line 3" in page
    assert not any(tag in page for tag in ("<script", "<style", "<link", "class="))


@pytest.mark.slow
def test_an_older_version_in_the_kernel_is_said(shown):
    assert "relu_forward: as saved in the file; this notebook still holds an older version" in text(shown["stale"])
    assert "All 2 checks that ran pass." in text(shown["stale"])


@pytest.mark.slow
def test_a_class_is_judged_as_the_notebook_defines_it(shown):
    assert text(shown["network"]).startswith("ThreeLayerConvNet: as defined in this notebook.")
    assert "In [9] line 3: `self.params = 1 / 0` raises ZeroDivisionError" in text(shown["network"])


@pytest.mark.slow
def test_a_name_that_is_none_gets_a_sentence(shown):
    assert "No check matches 'conv_forward_nive'" in text(shown["unknown"])


@pytest.mark.slow
def test_the_kernel_stays_as_it_was(shown):
    printed = text(shown["state"])
    assert printed.startswith("True ")
    names = {"CLASS", "SCALE", "ThreeLayerConvNet", "affine_forward", "file", "grader", "helper", "np", "relu_forward"}
    found = {name.strip("[],' ") for name in printed.removeprefix("True ").split()}
    assert found <= names | {"before"}


# What the notebook gives, without a kernel


def cell(code, number=1):
    """Runs a cell as IPython does, and returns the namespace with it."""
    file = f"<cell {number}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    namespace = {"__name__": "__main__", "In": ["", code]}
    exec(compile(code, file, "exec"), namespace)
    return namespace


def test_definitions_come_with_what_they_use_in_an_order_that_runs():
    code = "import math as m\nN = 2\ndef g(x):\n    return m.sqrt(x) * N\ndef f(x):\n    return g(x) + 1\n"
    parts = definitions(["f"], cell(code), frozenset())
    assert [(part.cell, part.first_line) for part in parts if part.text.startswith("def")] == [(1, 3), (1, 5)]
    ran = {}
    exec("\n".join(part.text for part in parts), ran)
    assert ran["f"](4) == 5.0


def test_names_that_the_file_has_are_the_files():
    assert len(definitions(["f"], cell("N = 2\ndef f(x):\n    return N * x\n", 2), frozenset({"N"}))) == 1


def test_what_the_kernel_has_imported_is_older_when_the_file_says_something_else(tmp_path):
    file = tmp_path / "layers.py"
    file.write_text("def f(x):\n    return x + 1\n")
    module = types.ModuleType("layers")
    exec(compile(file.read_text(), str(file), "exec"), module.__dict__)
    assert origin_of("f", {"f": module.f}, file) is Origin.FILE
    file.write_text("# a comment, and lines that moved\n\ndef f(x):\n    return x + 1\n")
    assert origin_of("f", {"f": module.f}, file) is Origin.FILE
    file.write_text("def f(x):\n    return x + 2\n")
    assert origin_of("f", {"f": module.f}, file) is Origin.STALE
    assert origin_of("g", {"f": module.f}, file) is Origin.FILE


def test_overlay_holds_the_students_files_and_no_links(tmp_path):
    shutil.copytree(KIT, tmp_path / "hw")
    (tmp_path / "hw" / "helpers.py").write_text("X = 1\n")
    (tmp_path / "hw" / "linked.py").symlink_to(ROOT / "tox.ini")
    tree = find_tree(tmp_path / "hw" / "cs231n")
    assert tree.root == tmp_path / "hw"
    assert write_overlay(tree, {"relu_forward": Origin.FILE}, {}, tmp_path / "laid") == ()
    laid = {path.relative_to(tmp_path / "laid").as_posix() for path in (tmp_path / "laid").rglob("*.py")}
    assert {"helpers.py", "cs231n/layers.py"} <= laid
    assert "linked.py" not in laid


def test_a_folder_without_the_assignment_gets_a_sentence(tmp_path):
    with pytest.raises(UnusableInput, match="is not in the assignment's folder"):
        find_tree(tmp_path)
