"""Notebooks as they come: both formats, damage, junk, other languages, bombs."""

import json
import time
import warnings

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import PYTHON, code, markdown, notebook

from grader.model.errors import UnusableSubmission
from grader.reading import notebook_file
from grader.reading.archives import ReadLimits
from grader.reading.notebook_file import read_notebook

OLD = {
    "nbformat": 3,
    "nbformat_minor": 0,
    "metadata": {"name": ""},
    "worksheets": [
        {
            "cells": [
                {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Layers"]},
                {
                    "cell_type": "code",
                    "language": "python",
                    "metadata": {},
                    "input": ["a = 1\n", "a"],
                    "prompt_number": 7,
                    "collapsed": False,
                    "outputs": [
                        {"output_type": "stream", "stream": "stdout", "text": ["dx error:  1e-9\n"]},
                        {"output_type": "pyout", "prompt_number": 7, "metadata": {}, "text": ["1"]},
                        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
                    ],
                },
            ]
        }
    ],
}


def read(content, name="hw.ipynb"):
    return read_notebook(content, name)


def test_cells_are_numbered_as_in_the_notebook():
    found = read(notebook(markdown("# Layers"), code(["x = 1\n", "y = 2"], count=3)))
    assert [(cell.number, cell.kind, cell.source, cell.execution_count) for cell in found.cells] == [
        (1, "markdown", "# Layers", None),
        (2, "code", "x = 1\ny = 2", 3),
    ]
    assert [cell.number for cell in found.code_cells] == [2]
    assert found.notes == ()


def test_format_3_reads_as_format_4():
    found = read(json.dumps(OLD).encode())
    assert found.cells[0].source == "## Layers"
    cell = found.cells[1]
    assert (cell.source, cell.execution_count) == ("a = 1\na", 7)
    assert [output["output_type"] for output in cell.outputs] == ["stream", "execute_result", "error"]
    assert cell.outputs[0] == {"output_type": "stream", "name": "stdout", "text": "dx error:  1e-9\n"}
    assert cell.outputs[1]["data"] == {"text/plain": "1"}
    assert found == read(json.dumps(OLD).encode()), "the same file gives the same cells, ids included"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + notebook("a = 1"),
        notebook("a = 1").decode().encode("utf-16"),
        notebook("a = 1", metadata="?"),
        notebook("a = 1", metadata={"kernelspec": None, "language_info": []}),
        notebook("a = 1", metadata={"kernelspec": {"name": "conda-env-ir-py", "display_name": 3}}),
        notebook("a = 1", nbformat=None, nbformat_minor="x"),
        notebook("a = 1", nbformat=5),
        notebook(code(["a", " = ", 7, "1"])),
        notebook({"cell_type": "code", "source": "a = 1"}),
        notebook({"cell_type": "code", "input": "a = 1", "outputs": "none", "metadata": 3, "execution_count": True}),
        notebook(code("a = 1", [3, {}, {"output_type": "stream"}, {"output_type": "display_data", "data": 3}], id=8)),
        notebook("a = 1\r").replace(b"\\r", b"\\r\\n"),
        json.dumps({"cells": [code("a = 1")]}).encode(),
    ],
)
def test_damage_around_a_cell_leaves_the_cell(content):
    found = read(content)
    assert [cell.source.strip() for cell in found.cells] == ["a = 1"]
    nbformat.validate(found.to_json(outputs=True))


def test_entries_that_are_no_cells_are_left_out_and_noted():
    found = read(notebook("a = 1", 3, None, {"source": "b"}, ["c"], "d = 1"))
    assert [(cell.number, cell.source) for cell in found.cells] == [(1, "a = 1"), (2, "d = 1")]
    assert found.notes == ("hw.ipynb holds 4 entries that are not cells.",)


def test_ids_are_kept_where_they_are_fit_and_unique():
    ids = ("same", "same", "no good", "cell-5", None)
    found = read(notebook(*(code("1", id=own) for own in ids)))
    assert [cell.id for cell in found.cells] == ["same", "cell-2", "cell-3", "cell-5", "cell-5-again"]


def test_what_is_run_again_is_valid_and_holds_no_saved_output():
    outputs = [{"output_type": "stream", "name": "stdout", "text": "forged"}]
    cell = code("a = 1", outputs, 4, metadata={"grader": {"figures": "f"}, "tags": "?", "collapsed": "yes"})
    text = markdown("![](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}})
    fresh = read(notebook(cell, text)).to_json()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(fresh)
    assert fresh["cells"][0]["outputs"] == []
    assert fresh["cells"][0]["execution_count"] is None
    assert fresh["cells"][0]["metadata"] == {"grader": {"figures": "f"}}
    assert "attachments" not in fresh["cells"][1]
    assert fresh["metadata"]["kernelspec"]["name"] == "python3"


R_CODE = code("library(ggplot2)\nf <- function(x) x + 1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "hw.ipynb is empty; save the notebook"),
        (b"\n \n", "is empty"),
        (b"\x89PNG\r\n\x1a\n", r"is not valid JSON \(line 1: Expecting value\), so not a notebook"),
        (b"<!DOCTYPE html><html>", "is a web page, so not a notebook"),
        (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> mine\n", "is left with the conflict marks of a merge"),
        (b"import numpy as np\n", "is Python source, so not a notebook"),
        (notebook("a")[:-9], "is not valid JSON"),
        (b"[]", "is JSON but not a notebook: it has no list of cells"),
        (b"{}", "is JSON but not a notebook"),
        (b'{"cells": 3}', "is JSON but not a notebook"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "is not valid JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (notebook(R_CODE, metadata={"kernelspec": {"name": "ir"}}), "is a notebook in R; the assignment is in Python"),
        (notebook("using Flux", metadata={"language_info": {"name": "julia"}}), "is a notebook in julia"),
        (notebook("a", metadata={"kernelspec": {"language": "a\x1b[31m" * 40}}), r"in a\?\[31m.*…; the assignment"),
    ],
)
def test_what_is_no_notebook_is_refused_in_one_sentence(content, words):
    with pytest.raises(UnusableSubmission, match=words) as caught:
        read(content)
    text = str(caught.value)
    assert text.startswith("hw.ipynb ")
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 200


def test_python_under_another_kernels_name_is_read():
    found = read(notebook("def f(x):\n    return x", metadata={"kernelspec": {"language": "R", "name": "ir"}}))
    assert len(found.cells) == 1


@pytest.mark.slow
def test_hundred_megabytes_of_outputs_cost_the_outputs_only():
    flood = [{"output_type": "stream", "name": "stdout", "text": "dx error: 1e-9\n" * 1000}] * 7000
    content = notebook(code("a = 1", flood, 3), "b = 2")
    assert 100_000_000 < len(content) < ReadLimits().notebook_bytes
    started = time.process_time()
    found = read(content)
    assert time.process_time() - started < 10
    assert [cell.source for cell in found.cells] == ["a = 1", "b = 2"]
    assert found.cells[0].outputs == ()
    assert found.notes == ("hw.ipynb holds more than 50 MB of saved outputs; none is read.",)


def test_ten_thousand_cells_are_read_as_far_as_the_limit():
    found = read(notebook(*["a = 1"] * 10_000))
    assert len(found.cells) == notebook_file.MAX_CELLS
    assert found.notes == ("hw.ipynb holds 10000 cells; only the first 2000 are read.",)


def test_bomb_of_small_values_is_refused_before_it_is_parsed():
    started = time.process_time()
    with pytest.raises(UnusableSubmission, match="more than 3000000 values; clear its outputs"):
        read(b'{"cells": [' + b"[]," * 5_000_000 + b"[]]}")
    assert time.process_time() - started < 6


def test_commas_in_a_text_are_no_values():
    found = read(notebook(code("a = 1", [{"output_type": "stream", "name": "stdout", "text": "1, " * 3_000_001}])))
    assert len(found.cells[0].outputs) == 1


def test_more_source_than_anyone_writes_is_cut():
    found = read(notebook("a = 1\n" * 300_000, "b = 2\n" * 300_000, "c = 3"))
    assert sum(len(cell.source) for cell in found.cells) <= notebook_file.MAX_SOURCE_CHARACTERS
    assert found.notes == ("hw.ipynb holds more than 1 MB of source; only the first of it is read.",)


KEYS = (
    "cells", "worksheets", "cell_type", "source", "input", "outputs", "metadata", "output_type", "data", "text", "id",
    "execution_count", "prompt_number", "language", "traceback", "level",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
CELLS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6).map(lambda cell: {"cell_type": "code", **cell})


@settings(max_examples=150, deadline=None)
@given(st.lists(CELLS | VALUES, max_size=4), st.booleans())
def test_whatever_stands_in_the_list_of_cells_gives_a_valid_notebook(cells, old):
    content = {"worksheets": [{"cells": cells}]} if old else {"cells": cells, "metadata": PYTHON}
    found = read(json.dumps(content).encode())
    nbformat.validate(found.to_json(outputs=True))


def test_pictures_of_a_large_notebook_are_left_out_before_it_is_read():
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0K" * 1_000_000}, "metadata": {}}
    content = notebook(code("a = 1", [picture] * 3, 3), code("b = 2", [picture | {"data": {"image/png": "iVBO"}}], 4))
    started = time.process_time()
    found = read(content)
    assert time.process_time() - started < 20
    assert [cell.source for cell in found.cells] == ["a = 1", "b = 2"]
    assert found.cells[0].outputs[0]["data"] == {"image/png": ""}
    assert found.cells[1].outputs[0]["data"] == {"image/png": "iVBO"}


def test_pictures_that_were_pasted_into_a_text_stay_with_it():
    pasted = markdown("![](attachment:a.png)")
    pasted["attachments"] = {
        "a.png": {"image/png": ["iVBO", "Rw0K"], "image/svg+xml": "<svg/>"},
        "b.svg": {"image/svg+xml": "<svg/>"},
        "c": ["image/png"],
        "d": {"image/png": {}},
        "\ud800": {"image/gif": "R0lG"},
    }
    found = read(notebook(pasted, code("a = 1", [], 1) | {"attachments": pasted["attachments"]}))
    assert found.cells[0].attachments == {"a.png": {"image/png": "iVBORw0K"}, "?": {"image/gif": "R0lG"}}
    assert found.cells[1].attachments == {}
    assert found.to_json(outputs=True)["cells"][0]["attachments"]["a.png"] == {"image/png": "iVBORw0K"}
    for odd in (3, None, [], {"a": None}):
        pasted["attachments"] = odd
        assert read(notebook(pasted)).cells[0].attachments == {}
