"""Our own notebook: made from its text, in step with the table of figures, run with the reference and with stubs."""

import ast
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from notebooks import as_cells, notebook

from grader.assignment.definition import BUILT_IN, Assignment
from grader.classes.class_grading import RunnerSpec
from grader.kit.notebook_text import notebook_from_text
from grader.kit.student_kit import release
from grader.model.errors import UnusableAssignment
from grader.reading.submission import Submission
from grader.sandbox.level import choose_level
from reference.samples import samples

ROOT = Path(__file__).parents[2]
NAME = "ConvolutionalNetworks.ipynb"
CELLS = tomllib.loads((BUILT_IN / "notebook.toml").read_text(encoding="utf-8"))["cell"]

#: cells that cannot work before the student has written anything
FAILING = [
    "conv-forward", "images", "conv-backward", "max-pool-forward", "max-pool-backward", "conv-fast", "pool-fast",
    "conv-relu-pool", "conv-relu", "gradients", "overfit", "overfit-train-accuracy", "overfit-val-accuracy", "train",
    "train-accuracy", "val-accuracy", "filters", "batchnorm-forward", "batchnorm-test-time", "batchnorm-backward",
    "groupnorm-forward", "groupnorm-backward",
]  # fmt: skip

RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
for cell in notebook.cells:
    # The naive layers take seconds on a hundred images, and say the same on two.
    cell.source = cell.source.replace("np.random.randn(100, ", "np.random.randn(2, ")
    # Every validation costs a thousand images, and there is one for each epoch.
    cell.source = cell.source.replace("num_epochs=15", "num_epochs=15, num_val_samples=50")
NotebookClient(notebook, timeout=120, allow_errors=True, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


def run(folder):
    """Returns the code cells of a folder's notebook by id, executed there on the reduced stand-in."""
    environment = {**os.environ, "GRADER_NOTEBOOK_DATA": "small", "OPENBLAS_NUM_THREADS": "1", "CIFAR10_DIR": ""}
    command = [sys.executable, "-c", RUN, NAME]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cells = json.loads((folder / NAME).read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: cell for cell in cells if cell["cell_type"] == "code"}


def printed(cell):
    return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")


def errors(cells):
    return [name for name, cell in cells.items() if any(out["output_type"] == "error" for out in cell["outputs"])]


def values(figure, text):
    """Returns the numbers of a figure's line."""
    if after := figure.get("after"):
        text = text.partition(f"{after}\n")[2]
    if pattern := figure.get("pattern"):
        return [float(re.findall(pattern, text)[-1])]
    line = next(line for line in text.split("\n") if line.strip().startswith(figure["label"]))
    return [float(part) for part in re.findall(r"[-+.\de]+", line.partition(figure["label"])[2])]


def keeps(figure, found):
    """Whether numbers are as the table expects, on the reduced data."""
    if figure["relation"] == "within":
        return figure["low"] <= found[0] <= figure["high"]
    if figure["relation"] == "near":
        wanted = figure["value"] if isinstance(figure["value"], list) else [figure["value"]] * len(found)
        return all(abs(a - b) <= figure["limit"] for a, b in zip(found, wanted, strict=True))
    limit = figure.get("small", figure["limit"])
    return found[0] < limit if figure["relation"] == "<" else found[0] > limit


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit") / "kit"
    release(Assignment.load(), folder)
    return folder


@pytest.fixture(scope="module")
def ours(kit):
    return json.loads((kit / NAME).read_text(encoding="utf-8"))


def test_notebook_is_valid_and_holds_no_output(ours):
    nbformat.validate(ours)
    code = [cell for cell in ours["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert ours["metadata"]["kernelspec"]["name"] == "python3"


def test_every_cell_of_the_table_is_one_of_the_notebook(ours):
    tags = [cell["metadata"]["grader"]["figures"] for cell in ours["cells"] if "grader" in cell["metadata"]]
    assert tags == [row["tag"] for row in CELLS], "in this order, each once"


def test_every_printed_label_of_the_table_stands_in_its_cell(ours):
    sources = {
        cell["metadata"]["grader"]["figures"]: "".join(cell["source"]) for cell in ours["cells"] if cell["metadata"]
    }
    own = {"data", "gradients"}  # they print a variable before the colon
    for row in CELLS:
        for figure in row["figure"]:
            for words in (figure.get("label"), figure.get("after")):
                assert not words or row["tag"] in own or words in sources[row["tag"]], figure["key"]


def test_every_figure_is_judged_or_shown_and_named_once():
    figures = [figure for row in CELLS for figure in row["figure"]]
    assert len({figure["key"] for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.get("shown") or figure["relation"] in ("<", ">", "within", "near"), figure["key"]
        assert ("label" in figure) != ("pattern" in figure), figure["key"]
        assert figure["expected"]
    # A table that judges accepts no nonsense.
    judged = [figure for figure in figures if "relation" in figure]
    assert not [figure["key"] for figure in judged if keeps(figure, [math.nan] * 3)]


def test_solved_tree_has_the_same_notebook(kit, tmp_path):
    release(Assignment.load(), tmp_path / "solved", solution=True)
    assert (tmp_path / "solved" / NAME).read_bytes() == (kit / NAME).read_bytes()


@pytest.mark.parametrize("head", ["# %%", '# %% {"grader": {"id": "a"}}\n1\n\n# %% {"grader": {"id": "a"}}'])
def test_cell_without_an_id_of_its_own_is_refused(head):
    with pytest.raises(UnusableAssignment, match=r"n.py, cell \d: needs an id of its own"):
        notebook_from_text(f"{head}\nx = 1\n", "n.py")


@pytest.mark.slow
def test_with_the_reference_every_figure_is_as_expected(tmp_path):
    release(Assignment.load(), tmp_path / "solved", solution=True)
    cells = run(tmp_path / "solved")
    assert errors(cells) == []
    by_tag = {cell["metadata"]["grader"]["figures"]: cell for cell in cells.values() if "grader" in cell["metadata"]}
    for row in CELLS:
        for figure in row["figure"]:
            found = values(figure, printed(by_tag[row["tag"]]))
            assert figure.get("shown") or keeps(figure, found), (figure["key"], found)
    pictures = [
        name for name, cell in cells.items() if any("image/png" in out.get("data", "") for out in cell["outputs"])
    ]
    assert pictures == ["images", "overfit-plot", "filters"]
    assert printed(cells["grader-check"]).startswith("Left out: your notebook is being graded")


@pytest.mark.slow
def test_with_stubs_exactly_the_cells_that_need_an_answer_fail(kit, tmp_path):
    release(Assignment.load(), tmp_path / "kit")
    cells = run(tmp_path / "kit")
    assert errors(cells) == FAILING
    assert "Initial loss (no regularization):  None" in printed(cells["loss"])


@pytest.mark.slow
def test_cell_that_checks_shows_the_result(kit, tmp_path):
    release(Assignment.load(), tmp_path / "kit")
    source = next(cell for cell in json.loads((kit / NAME).read_text())["cells"] if cell["id"] == "grader-check")[
        "source"
    ]
    environment = {key: value for key, value in os.environ.items() if key != "GRADER_NOTEBOOK_DATA"}
    code = "".join(source).replace('"-o"', '"-k", "max_pool_forward", "-o"')
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "kit",
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "max_pool_forward_naive" in done.stdout, done.stderr
    assert "is it implemented?" in " ".join(done.stdout.split())
    assert (tmp_path / "kit/grader-report/selection/report.html").is_file()


# The same verdicts from a notebook as from files

SETUP = "%matplotlib inline\nfrom cs231n.layers import *\nfrom cs231n.classifiers.cnn import *\nx = np.load('x.npy')"
PLACES = ("cs231n/layers.py", "cs231n/classifiers/cnn.py")


def both(sample, folder):
    """Returns a sample as files and as a notebook alone."""
    for place, content in sample.files.items():
        (folder / "files" / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / "files" / place).write_bytes(content)
    cells = [cell for place in PLACES for cell in as_cells(sample.files[place].decode())]
    (folder / "hw.ipynb").write_bytes(notebook(SETUP, *cells))
    return (Submission.from_path(folder / name, Assignment.load()) for name in ("files", "hw.ipynb"))


def functions_of(submission):
    nodes = [node for place in PLACES for node in ast.parse(submission.files[place]).body]
    return {node.name: ast.unparse(node) for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


# Its file is not Python 3: as cells that costs less, as it should.
WHOLE_FILE = {"fatima-zahra-alaoui"}


@pytest.mark.parametrize("sample", [s for s in samples() if s.name not in WHOLE_FILE], ids=lambda sample: sample.name)
def test_every_sample_gives_the_same_functions_as_a_notebook(sample, tmp_path):
    files, cells = (functions_of(submission) for submission in both(sample, tmp_path))
    wanted = Assignment.load().functions
    assert {name: cells.get(name) for name in wanted} == {name: files.get(name) for name in wanted}
    assert set(cells.items()) <= set(files.items())


@pytest.mark.slow
def test_sample_gets_the_same_verdicts_as_a_notebook(tmp_path):
    sample = next(sample for sample in samples() if sample.name == "mei-ling-chen")
    runner = RunnerSpec(BUILT_IN, choose_level("limits", trusted=True), None, False, "conv or pool").build()
    files, cells = (runner.grade(submission) for submission in both(sample, tmp_path))
    assert [(check.id, check.status, check.points, check.measures) for check in cells.checks] == [
        (check.id, check.status, check.points, check.measures) for check in files.checks
    ]
    assert any("hw.ipynb cell " in check.message for check in cells.checks)
    assert {source.file.split(" cell ")[0] for source in cells.sources} == {"hw.ipynb"}
