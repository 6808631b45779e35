"""The notebook that is judged calls the assignment's functions; one that redefines what the files have is not it."""

import pytest
from handins import make_folder
from notebooks import code, notebook

from grader.assignment.definition import Assignment
from grader.model.errors import UnusableSubmission
from grader.reading.submission import Submission
from grader.syntax.source import function_sources

ASSIGNMENT = Assignment.load()
NAMES = ("conv_forward_naive", "max_pool_forward_naive", "ThreeLayerConvNet")
CONV = "def conv_forward_naive(x):\n    return x + 1, x\n"
POOL = "def max_pool_forward_naive(x):\n    return x - 1, x\n"
NET = "class ThreeLayerConvNet(object):\n    def loss(self, X):\n        return X + 1\n"
LIKE_TORCH = "class ThreeLayerConvNet(nn.Module):\n    def forward(self, x):\n        return x + 2\n"
TORCH = notebook("import torch.nn as nn", LIKE_TORCH, code("ThreeLayerConvNet()(x)", [{"output_type": "stream"}]))
STUBS = CONV.replace("x + 1, x", "None") + POOL.replace("x - 1, x", "None")
CALLS_OF_POOL = "max_pool_forward_naive(x)\nThreeLayerConvNet().loss(x)"
FILES = {"layers.py": CONV + POOL, "cnn.py": NET}
CALLS = notebook("conv_forward_naive(x)", "out, _ = max_pool_forward_naive(x)", "model = ThreeLayerConvNet()")
PRINTED = notebook(*(code(f"print({name}(1))", [{"output_type": "stream"}], 1) for name in NAMES))


def chosen(folder, notebooks, files=FILES):
    submission = Submission.from_path(make_folder(folder, {**files, **notebooks}), ASSIGNMENT)
    return submission.notebook_path, submission.notes


@pytest.mark.parametrize("files", [FILES, {"layers.py": CONV + POOL}, {"cs231n/layers.py": CONV, "cs231n/cnn.py": NET}])
@pytest.mark.parametrize("other", ["A.ipynb", "PyTorch.ipynb", "cs231n/PyTorch.ipynb", "z/TensorFlow.ipynb"])
def test_network_of_another_library_is_not_judged(tmp_path, files, other):
    path, notes = chosen(tmp_path / "ada", {"ConvolutionalNetworks.ipynb": CALLS, other: TORCH}, files)
    assert path == "ConvolutionalNetworks.ipynb"
    (note,) = [note for note in notes if "is judged" in note]
    assert note.startswith("Of 2 notebooks ConvolutionalNetworks.ipynb (calls 3 of the assignment's functions)")
    assert f"not {other} (defines ThreeLayerConvNet" in note


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        (CALLS, notebook("conv_forward_naive(x)")),  # calls more
        (CALLS, notebook(CONV, POOL, NET)),  # the same once more, and nothing is called
        (CALLS, notebook(CONV, POOL, NET, "conv_forward_naive(x)\nmax_pool_forward_naive(x)\nThreeLayerConvNet()")),
        (PRINTED, CALLS),  # both call all, one holds what that printed
        (CALLS, notebook("# conv_forward_naive(x)", "'max_pool_forward_naive'", "ThreeLayerConvNet")),
        (notebook("print conv_forward_naive(x)", "print max_pool_forward_naive(y)"), notebook("conv_forward_naive(x)")),
        (CALLS, notebook("import cs231n")),
    ],
)
@pytest.mark.parametrize("names", [("a.ipynb", "b.ipynb"), ("b.ipynb", "a.ipynb")])
def test_notebook_that_does_most_for_the_assignment_is_judged_whatever_its_name(tmp_path, taken, left, names):
    assert chosen(tmp_path / "ada", dict(zip(names, (taken, left), strict=True)))[0] == names[0]


def test_notebook_with_all_functions_pasted_is_the_assignment_s_and_no_other_library_s(tmp_path):
    pasted = notebook(CONV, POOL, NET, "conv_forward_naive(x)\nmax_pool_forward_naive(x)\nThreeLayerConvNet()")
    for name, others in (("ada", {}), ("bob", {"A.ipynb": TORCH}), ("cy", {"z.ipynb": TORCH})):
        assert chosen(tmp_path / name, {"hw.ipynb": pasted, **others})[0] == "hw.ipynb"


def test_notebook_that_writes_what_the_files_lack_is_taken(tmp_path):
    writes = notebook(CONV, POOL, "conv_forward_naive(x)")
    assert chosen(tmp_path / "ada", {"a.ipynb": CALLS, "b.ipynb": writes}, {"cnn.py": NET})[0] == "b.ipynb"
    stub = {"layers.py": CONV.replace("x + 1, x", "None"), "cnn.py": NET}
    assert chosen(tmp_path / "bob", {"a.ipynb": CALLS, "b.ipynb": writes}, stub)[0] == "b.ipynb"


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ("ConvolutionalNetworks.ipynb", "ConvolutionalNetworks-Copy1.ipynb"),
        ("ConvolutionalNetworks.ipynb", "ConvolutionalNetworks (1).ipynb"),
        ("hw.ipynb", "backup/hw.ipynb"),
        ("zz/hw.ipynb", "aa/hw.ipynb"),  # the answer files are in zz
    ],
)
def test_of_equal_notebooks_the_one_beside_the_files_and_nearest_the_top_is_judged(tmp_path, taken, left):
    folder = taken.rpartition("/")[0]
    files = {f"{folder}/cs231n/layers.py".lstrip("/"): CONV, f"{folder}/cs231n/classifiers/cnn.py".lstrip("/"): NET}
    path, notes = chosen(tmp_path / "ada", {taken: CALLS, left: CALLS}, files)
    assert path == taken
    assert any("is judged" in note for note in notes)


def test_notebook_that_concerns_nothing_here_is_not_mentioned(tmp_path):
    path, notes = chosen(tmp_path / "ada", {"a/Dropout.ipynb": notebook("dropout_forward(x)"), "b.ipynb": CALLS})
    assert path == "b.ipynb"
    assert notes == ()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (TORCH, "PyTorch.ipynb defines ThreeLayerConvNet again, which the files have."),
        (notebook("dropout_forward(x)"), "PyTorch.ipynb calls none of the assignment's functions."),
        (notebook("from cs231n.layers import (conv_forward_naive,\n  max_pool_forward_naive)"), "calls none of"),
    ],
)
def test_where_no_notebook_is_the_assignment_s_none_is_judged(tmp_path, other, words):
    path, notes = chosen(tmp_path / "ada", {"PyTorch.ipynb": other})
    assert path == ""
    assert notes[0].startswith("No notebook of the assignment was found, so none is judged: ")
    assert words in notes[0]
    assert chosen(tmp_path / "bob", {"a.ipynb": notebook("time_of(conv_forward_naive, x)")}) == ("a.ipynb", ())


def test_notebooks_alone_that_only_call_are_refused_by_the_name_of_the_right_one(tmp_path):
    with pytest.raises(UnusableSubmission, match=r"the notebook b\.ipynb, which defines no function"):
        chosen(tmp_path / "ada", {"a.ipynb": notebook("x = 1"), "b.ipynb": CALLS}, {})


@pytest.mark.parametrize("names", [("a.ipynb", "b.ipynb"), ("b.ipynb", "a.ipynb")])
@pytest.mark.parametrize("files", [{}, {"cs231n/layers.py": STUBS}])
def test_functions_of_several_notebooks_are_graded_together(tmp_path, names, files):
    convolution = notebook("SCALE = 2", CONV.replace("+ 1", "* SCALE"), CALLS_OF_POOL)
    pooling = notebook("SCALE = 3", POOL.replace("- 1", "* SCALE"), NET.replace("X + 1", "conv_forward_naive(X)"))
    submission = Submission.from_path(
        make_folder(tmp_path / "ada", {**files, **dict(zip(names, (convolution, pooling), strict=True))}), ASSIGNMENT
    )
    assert set(submission.origin.values()) >= set(names)
    assert all(f"def {name}" in everything(submission) for name in NAMES[:2])
    shown = {source.function: source for source in function_sources(submission, ASSIGNMENT)}
    assert {name: shown[name].file.partition(" ")[0] for name in NAMES} == {
        "conv_forward_naive": names[0], "max_pool_forward_naive": names[1], "ThreeLayerConvNet": names[1]
    }  # fmt: skip


def everything(submission):
    return "\n".join(submission.text(place) for place in submission.files)
