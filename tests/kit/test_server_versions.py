"""A student hears where the server has other versions, and which lines depend on it: whichever side breaks."""

import json
from pathlib import Path

import numpy as np
import pytest

from grader.kit import server_versions
from grader.kit.server_versions import FILE_NAME, Versions, differences, read_versions

OLD, NEW = Versions("0.1.0", "3.11.7", "1.26.4", "a"), Versions("0.1.0", "3.11.9", "2.4.6", "a")
SPANS = (("3.11", "3.14"), ("1.26", "2.5"))
TEXT = b"import numpy as np\n\ndef f(x):\n    return np.msort(x)\n"


@pytest.mark.parametrize(
    ("server", "here", "side"),
    [(NEW, OLD, "it works here and not on the server"), (OLD, NEW, "it works on the server and not here")],
)
def test_a_line_that_one_side_does_not_understand_is_named(server, here, side):
    first, line = differences(server, here, {"cs231n/layers.py": TEXT})
    assert first == f"The course's server has NumPy {server.numpy[:-2]} (here {here.numpy[:-2]})."
    assert line == f"cs231n/layers.py:4: NumPy 2.0 removed np.msort; {side}. Write np.sort(a, axis=0)."


@pytest.mark.parametrize(
    ("text", "said", "outcome"),
    [
        (
            "y = np.float32(0.1) * 3",
            "since NumPy 2.0 np.float32(…) with a Python number stays in that precision, and became double before",
            "so the server's result differs from yours. Write np.float64(…), or the number alone.",
        ),
        (
            "y = np.concat([x, x])",
            "np.concat needs NumPy 2.0 or newer",
            "it works on the server and not here. Write np.concatenate.",
        ),
        (
            "y = float(x.sum(keepdims=True))",
            "NumPy 2.4 no longer takes an array of one entry for a number: float(…)",
            "it works here and not on the server. Write a.item().",
        ),
        (
            "def f(x: Tensor): pass",
            "an annotation with the undefined name Tensor needs Python 3.14 or newer",
            "it works on the server and not here. Import Tensor, or leave the annotation out.",
        ),
        (
            "import imp",
            "Python 3.12 removed the module imp",
            "it works here and not on the server. Use importlib.",
        ),
        (
            "x.strides = (8,)",
            "NumPy 2.4 warns of x.strides = …",
            "it works on both sides, and a later NumPy may refuse it. Use np.lib.stride_tricks.as_strided.",
        ),
    ],
)
def test_each_kind_of_change_is_said_with_its_way_out(text, said, outcome):
    server = Versions("0.1.0", "3.14.8", "2.4.6", "a")
    assert differences(server, OLD, {"a.py": text.encode()})[1:] == (f"a.py:1: {said}; {outcome}",)
    assert differences(server, server, {"a.py": text.encode()}) == ()


def test_other_versions_that_matter_to_nothing_are_said_in_one_sentence():
    (said,) = differences(NEW, OLD, {"a.py": b"import numpy as np\nx = np.sort([1])\n", "b.py": b"def f(:"})
    assert said.endswith("Nothing in your code is known to depend on it.")


def test_patches_and_equal_versions_are_no_difference():
    assert differences(NEW, Versions("0.1.0", "3.11.2", "2.4.1", "a"), {"a.py": TEXT}) == ()


def test_another_python_grader_or_other_inputs_are_said():
    (said,) = differences(Versions("0.2.0", "3.13.1", "2.4.6", "b"), NEW, {})
    assert (
        "Python 3.13 (here 3.11), grader 0.2.0 (here 0.1.0) and other inputs of the checks: get the newest kit" in said
    )


def test_another_blas_is_said_by_its_name_and_another_version_of_it_is_not():
    server = Versions("0.1.0", "3.11.7", "1.26.4", "a", blas="mkl 2026.0")
    here = Versions("0.1.0", "3.11.7", "1.26.4", "a", blas="openblas64 0.3.31")
    (said,) = differences(server, here, {})
    assert said.startswith("The course's server has BLAS mkl (here openblas).")
    assert differences(here, Versions("0.1.0", "3.11.7", "1.26.4", "a", blas="scipy-openblas 0.3.30"), {}) == ()
    assert differences(server, Versions("0.1.0", "3.11.7", "1.26.4", "a", blas="mkl 2025.1"), {}) == ()
    assert differences(server, OLD, {}) == ()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"numpy": "1"}', '{"a": 1}', "1"])
def test_a_broken_file_names_no_server(tmp_path, content):
    assert read_versions(tmp_path) is None
    (tmp_path / FILE_NAME).write_text(content)
    assert read_versions(tmp_path) is None


def test_what_is_written_is_read(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(Versions.here("sha256:x").to_json())
    assert read_versions(tmp_path) == Versions.here("sha256:x")
    assert json.loads((tmp_path / FILE_NAME).read_text())["numpy"] == np.__version__


def test_a_kit_names_the_span_of_versions_that_the_page_shows_and_check_says_what_lies_outside():
    pairs = json.loads((Path(server_versions.__file__).parent / "tried_versions.json").read_text())
    assert len(pairs) >= 2
    kit = Versions.here()
    for (oldest, newest), span in zip(SPANS, (kit.python_tried, kit.numpy_tried), strict=True):
        assert span == f"{oldest} to {newest}"
    tried = Versions("0.1.0", "3.11.7", "1.26.4", "a", "3.11 to 3.14", "1.26 to 2.5")
    assert differences(tried, Versions("0.1.0", "3.14.0", "2.5.1", "a"), {})[1:] == ()
    assert differences(tried, Versions("0.1.0", "3.15.1", "2.10.0", "a"), {})[1:] == (
        "The checks were tried with Python 3.11 to 3.14: with 3.15 the server may say something else.",
        "The checks were tried with NumPy 1.26 to 2.5: with 2.10 the server may say something else.",
    )
