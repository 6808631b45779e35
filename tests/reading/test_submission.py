"""Every accepted layout becomes the same workspace; what cannot be graded is refused in one sentence."""

import tarfile
import zipfile
from pathlib import Path

import pytest
from handins import ASSIGNMENT, CNN, LAYERS, make_folder

from grader.model.errors import UnusableSubmission
from grader.reading.submission import MAX_EXTRAS, Submission


def load(path) -> Submission:
    return Submission.from_path(path, ASSIGNMENT)


LAYOUTS = {
    "package": {LAYERS: "L", CNN: "C"},
    "package-deeper": {f"a/b c/{LAYERS}": "L", f"a/b c/{CNN}": "C"},
    "inside-of-package": {"layers.py": "L", "classifiers/cnn.py": "C"},
    "inside-of-renamed-package": {"CS231N-main/layers.py": "L", "CS231N-main/classifiers/cnn.py": "C"},
    "flat": {"layers.py": "L", "cnn.py": "C"},
    "flat-in-folder": {"hw/layers.py": "L", "hw/cnn.py": "C"},
    "with-notebook": {"hw.ipynb": '{"cells": []}', "layers.py": "L", "cnn.py": "C"},
    "package-and-older-starter-of-another": {LAYERS: "L", CNN: "C", "assignment1/cs231n/classifiers/softmax.py": ""},
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layout_becomes_the_workspace_without_a_word(tmp_path, files):
    submission = load(make_folder(tmp_path / "ada", files))
    assert {place: submission.files[place] for place in (LAYERS, CNN)} == {LAYERS: b"L", CNN: b"C"}
    assert submission.notes == ()
    assert (submission.name, submission.kind) == ("ada", "files")


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({"a/layers.py": "L", "b/cnn.py": "C"}, f"b/cnn.py was taken as {CNN}."),
        ({LAYERS: "L", "cnn.py": "C"}, f"cnn.py was taken as {CNN}."),
        ({"layers (1).py": "L", "cnn.py": "C"}, f"layers (1).py was taken as {LAYERS}."),
        ({"layers-1.py": "L", "cnn_12345.py": "C"}, f"cnn_12345.py was taken as {CNN}."),
        ({"layers.py": "L", "cnn2.py": "C", "cnn1.py": "B"}, f"cnn2.py was taken as {CNN}."),
        ({"layers-9.py": "K", "layers-10.py": "L", "cnn.py": "C"}, f"layers-10.py was taken as {LAYERS}."),
        ({"ada_123_456_layers.py": "L", "ada_123_457_cnn-2.py": "C"}, f"ada_123_456_layers.py was taken as {LAYERS}."),
        ({"LAYERS.PY": "L", "cnn - Copy (2).py": "C"}, f"LAYERS.PY was taken as {LAYERS}."),
        (
            {f"a/{LAYERS}": "L", f"a/{CNN}": "C", f"b/{LAYERS}": "X", f"b/{CNN}": "C"},
            f"a/{LAYERS} was taken, not b/{LAYERS}, which differs and lies deeper or later by name.",
        ),
        (
            {LAYERS: "L", CNN: "C", f"old/{LAYERS}": "X", f"old/{CNN}": "Y"},
            f"{LAYERS} was taken, not old/{LAYERS}, which differs and lies deeper or later by name.",
        ),
    ],
)
def test_unusual_layout_is_graded_with_a_note(tmp_path, files, note):
    submission = load(make_folder(tmp_path / "ada", files))
    assert (submission.files[LAYERS], submission.files[CNN]) == (b"L", b"C")
    assert note in submission.notes


@pytest.mark.parametrize(
    ("text", "names", "note"),
    [
        ("import numpy as np", ["numpy"], "numpy.py was left out: its name would hide a library or the package."),
        (
            "import random, cs231n, code.a",
            ["random", "cs231n", "code/a", "json"],
            "cs231n.py, and 1 more like it, was left out: its name would hide a library or the package.",
        ),
    ],
)
def test_module_that_hides_a_library_is_left_out(tmp_path, text, names, note):
    submission = load(make_folder(tmp_path / "ada", {LAYERS: text, CNN: "", **{f"{name}.py": "" for name in names}}))
    assert sorted(submission.files) == [CNN, LAYERS]
    assert submission.notes == (note,)


STUB = """def conv_forward_naive(x, w, b, conv_param):
    '''Computes x * w.'''
    out = None  # x + 1
    pass
    return out, None
"""
WRITTEN = "def conv_forward_naive(x, w, b, conv_param):\n    return x @ w, None\n"


@pytest.mark.parametrize(
    ("starter", "written"),
    [
        (f"a2_starter/{LAYERS}", f"assignment2/{LAYERS}"),
        (f"assignment1/{LAYERS}", f"assignment2/{LAYERS}"),
        (LAYERS, f"solution/{LAYERS}"),
        ("a/layers.py", f"b/{LAYERS}"),
        ("a/layers (1).py", "b/layers (2).py"),
        ("layers (2).py", "layers (1).py"),
        (f"a/{LAYERS}", "b/deep/layers.py"),
    ],
)
def test_written_answer_file_wins_over_one_as_handed_out(tmp_path, starter, written):
    submission = load(make_folder(tmp_path / "ada", {starter: STUB, written: WRITTEN}))
    assert submission.origin == {LAYERS: written}


def test_of_two_written_answer_files_at_one_depth_the_fuller_counts(tmp_path):
    more = WRITTEN + WRITTEN.replace("conv", "max_pool")
    submission = load(make_folder(tmp_path / "ada", {f"a/{LAYERS}": WRITTEN, f"b/{LAYERS}": more, f"c/{LAYERS}": STUB}))
    assert submission.origin == {LAYERS: f"b/{LAYERS}"}
    assert f"b/{LAYERS} was taken, not a/{LAYERS}, which has fewer functions written (1, not 2)." in submission.notes


@pytest.mark.parametrize("beside", ["makepdf.py", "collect_submission.ipynb", "cs231n/fast_layers.py", "a.pdf"])
def test_archive_inside_is_opened_where_no_answer_file_is_beside_it(tmp_path, beside):
    folder = make_folder(tmp_path / "ada", {beside: "{}"})
    with zipfile.ZipFile(folder / "a2_code_submission.zip", "w") as archive:
        archive.writestr(LAYERS, WRITTEN)
    assert load(folder).origin == {LAYERS: f"a2_code_submission.zip/{LAYERS}"}
    (folder / "layers.py").write_text(STUB)
    assert load(folder).origin == {LAYERS: f"a2_code_submission.zip/{LAYERS}"}  # what was handed out hides nothing
    (folder / "layers.py").write_text(WRITTEN + "# newer\n")
    assert load(folder).origin == {LAYERS: "layers.py"}


def test_equal_copies_of_the_answers_need_no_note(tmp_path):
    folder = make_folder(tmp_path / "ada", {LAYERS: "L", CNN: "C", f"copy/{LAYERS}": "L", f"copy/{CNN}": "C"})
    assert load(folder).notes == ()


@pytest.mark.parametrize("path", [LAYERS, "layers.py", "deep/layers.py", "layers_77.py"])
def test_one_answer_file_is_enough(tmp_path, path):
    submission = load(make_folder(tmp_path / "ada", {path: "L"}))
    assert dict(submission.files) == {LAYERS: b"L"}
    assert submission.notes[-1] == f"{CNN} was not found; its checks count as missing."


def test_given_file_with_a_similar_name_is_no_answer_file(tmp_path):
    folder = make_folder(tmp_path / "ada", {"fast_layers.py": "", "my_cnn_old.py": "", "rnn_layers.py": ""})
    with pytest.raises(UnusableSubmission, match="holds no answer file"):
        load(folder)


def test_zip_tar_and_single_file_are_named_without_ending(tmp_path):
    with zipfile.ZipFile(tmp_path / "ada.v2.zip", "w") as archive:
        archive.writestr(LAYERS, "L")
    (tmp_path / "layers.py").write_text("L")
    with tarfile.open(tmp_path / "bob.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "layers.py", "layers.py")
    paths = ("ada.v2.zip", "bob.tar.gz", "layers.py")
    submissions = [load(tmp_path / path) for path in paths]
    assert [submission.name for submission in submissions] == ["ada.v2", "bob", "layers"]
    assert len({submission.digest for submission in submissions}) == 1


def test_current_folder_has_its_own_name(tmp_path, monkeypatch):
    monkeypatch.chdir(make_folder(tmp_path / "ada lovelace", {"layers.py": "L"}))
    assert load(Path()).name == "ada lovelace"


def test_hostile_name_is_fit_for_a_file(tmp_path):
    assert load(make_folder(tmp_path / "=cmd|' C\n\x1b", {"layers.py": ""})).name == "_cmd__ C__"


def test_own_modules_of_the_package_come_along(tmp_path):
    files = {
        LAYERS: "from .helpers import f\nfrom .layer_utils import *\nimport conftest, setup, sitecustomize, draft",
        CNN: "importlib.import_module('tools')",
        "cs231n/helpers.py": "from .nn import (\n    im2col)\n# unrelated",
        "cs231n/nn/__init__.py": "",
        "cs231n/nn/im2col.py": "",
        "cs231n/unrelated.py": "",
        "assignment1/cs231n/unrelated.py": "",
        "tools.py": "",
        "cs231n/layer_utils.py": "changed",
        "cs231n/my-draft.py": "",
        "conftest.py": "",
        "setup.py": "",
        "cs231n/sitecustomize.py": "",
        "notes.txt": "",
    }
    submission = load(make_folder(tmp_path / "ada", {f"hw/{name}": text for name, text in files.items()}))
    assert sorted(set(submission.files) - {LAYERS, CNN}) == [
        "cs231n/helpers.py",
        "cs231n/nn/__init__.py",
        "cs231n/nn/im2col.py",
        "tools.py",
    ]
    assert submission.origin["tools.py"] == "hw/tools.py"
    assert submission.notes == ()


def test_neighbours_of_flat_answers_are_found_from_everywhere(tmp_path):
    names = ("helpers", "layer_utils", "random", "deep/x")
    files = {
        "layers.py": "import helpers, layer_utils, random, x",
        "cnn.py": "",
        **{f"{name}.py": "" for name in names},
    }
    submission = load(make_folder(tmp_path / "ada", files))
    assert sorted(set(submission.files) - {LAYERS, CNN}) == [
        "cs231n/classifiers/helpers.py",
        "cs231n/helpers.py",
        "helpers.py",
    ]
    assert submission.notes == ("random.py was left out: its name would hide a library or the package.",)


def test_inside_of_package_keeps_its_places(tmp_path):
    files = {"x/layers.py": "", "x/classifiers/cnn.py": "import own", "x/classifiers/own.py": "", "y/own.py": ""}
    assert "cs231n/classifiers/own.py" in load(make_folder(tmp_path / "ada", files)).files
    assert len(load(tmp_path / "ada").files) == 3


def test_package_never_takes_the_place_of_an_answer_file_or_a_given_one(tmp_path):
    """Python prefers `layers/__init__.py` to the `layers.py` beside it, which is what the report would show."""
    hidden = ("layers/__init__", "classifiers/cnn/__init__", "layer_utils/__init__", "layers/deep/er")
    files = {LAYERS: "from .layers import deep, er\nfrom . import layer_utils, cnn", CNN: "C"}
    files |= {f"cs231n/{name}.py": "x = 1" for name in (*hidden, "own/__init__", "deep")}
    assert "cs231n/deep.py" in load(make_folder(tmp_path / "ada", files)).files
    assert not {f"cs231n/{name}.py" for name in hidden} & load(tmp_path / "ada").files.keys()


def test_extras_are_limited(tmp_path, monkeypatch):
    names = [f"m{i}" for i in range(MAX_EXTRAS + 1)]
    files = {LAYERS: f"from . import {', '.join(names)}", CNN: "", **{f"cs231n/{name}.py": "" for name in names}}
    submission = load(make_folder(tmp_path / "ada", files))
    assert len(submission.files) == MAX_EXTRAS + 2
    assert submission.notes == ("Of the submission's 501 other modules only the first 500 are used.",)
    monkeypatch.setattr("grader.reading.submission.MAX_EXTRA_BYTES", -1)
    assert len(load(tmp_path / "ada").files) == 2


def test_digest_follows_the_content_and_nothing_else(tmp_path):
    one = load(make_folder(tmp_path / "a", {"layers.py": "x", "cnn.py": "y"}))
    same = load(make_folder(tmp_path / "b", {f"deep/{LAYERS}": "x", f"deep/{CNN}": "y", "README.md": "?"}))
    other = load(make_folder(tmp_path / "c", {"layers.py": "xy", "cnn.py": ""}))
    assert one.digest == same.digest != other.digest
    assert one.digest.startswith("sha256:")


def test_file_that_python_cannot_decode_is_read_with_a_note(tmp_path):
    submission = load(make_folder(tmp_path / "ada", {"layers.py": "x = 'é'".encode("utf-16"), "cnn.py": ""}))
    assert submission.text(LAYERS) == "x = 'é'"
    assert submission.files[LAYERS] == "x = 'é'".encode()
    assert submission.notes == (
        "layers.py is saved as UTF-16, which Python refuses; it was read all the same, save it as UTF-8.",
    )


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, r"ada holds no answer file \(it is empty\); hand in cs231n/layers.py and cs231n/classifiers/cnn.py"),
        ({"report.pdf": "", "data/a.npz": "", "b": "", "c": "", "solver.py": ""}, r"found: solver.py, .* and 2 more\)"),
        ({"../layers.py": ""}, "it is empty"),
        ({"hw.ipynb": '{"cells": []}'}, "the notebook hw.ipynb, which defines no function of the assignment, and no"),
        ({"hw.ipynb": "{}"}, "hw.ipynb is JSON but not a notebook"),
        ({"layers.py": "#" * 1_000_001, "cnn.py": ""}, "layers.py is too large for an answer file"),
        ({"a/cnn.py": "#" * 1_000_001}, "a/cnn.py is too large for an answer file"),
        ({"code.zip": b"PK\3\4"}, r"\(code.zip is damaged or not complete"),
    ],
)
def test_submission_with_nothing_to_grade_is_refused(tmp_path, files, words):
    with pytest.raises(UnusableSubmission, match=words) as caught:
        load(make_folder(tmp_path / "ada", files))
    assert str(caught.value).isprintable()


def test_large_module_that_is_no_answer_file_is_left_out(tmp_path):
    submission = load(make_folder(tmp_path / "ada", {LAYERS: "", CNN: "", "cs231n/weights.py": "#" * 1_000_001}))
    assert len(submission.files) == 2
    assert submission.notes == ("cs231n/weights.py was left out: it is larger than 1 MB.",)


def test_large_copy_of_an_answer_file_elsewhere_does_no_harm(tmp_path):
    assert len(load(make_folder(tmp_path / "ada", {LAYERS: "", CNN: "", "old/layers.py": "#" * 1_000_001})).files) == 2


def test_nothing_of_a_submission_is_run(tmp_path):
    bomb = "import os\nos.abort()\n"
    load(make_folder(tmp_path / "ada", {LAYERS: bomb, CNN: bomb, "conftest.py": bomb, "cs231n/__init__.py": bomb}))


HANDED_OUT = (
    "def batchnorm_forward(x, bn_param):\n    mode = bn_param['mode']\n    out, cache = None, None\n"
    "    if mode == 'train':\n        pass\n    else:\n        raise ValueError('mode')\n    return out, cache\n"
    "def conv_forward_naive(x):\n    out = None\n    pass\n    cache = (x,)\n    return out, cache\n"
)
NETWORK = (
    "class ThreeLayerConvNet(object):\n    def __init__(self):\n        self.params = {}\n"
    "        for k, v in self.params.items():\n            self.params[k] = v.astype(float)\n"
    "    def loss(self, X, y=None):\n        W1 = self.params['W1']\n        n = W1.shape[2]\n        scores = None\n"
    "        if y is None:\n            return scores\n        loss, grads = 0, {}\n        return loss, grads\n"
)


@pytest.mark.parametrize("newer", ["", "print 'Python 2'\n"])
def test_given_parts_of_what_was_handed_out_are_nothing_written(tmp_path, newer):
    files = {
        f"a_starter/{LAYERS}": HANDED_OUT, f"a_starter/{CNN}": NETWORK, f"work/deep/{LAYERS}": newer + WRITTEN,
    }  # fmt: skip
    assert load(make_folder(tmp_path / "ada", files)).origin[LAYERS] == f"work/deep/{LAYERS}"
