"""Cells and outputs that are nested as deep as Python reads them: none ends in an internal error."""

import json

import numpy as np
import pytest

from grader.assignment.definition import Assignment
from grader.notebook.execute import Executed, _error_name, _outputs
from grader.notebook.figures import judge_figures
from grader.notebook.saved_state import saved_state_notes
from grader.notebook.spec import Conditions, NotebookSpec
from grader.reading.notebook_file import read_notebook

ASSIGNMENT = Assignment.load()
SPEC = NotebookSpec.load(ASSIGNMENT.folder, ASSIGNMENT.functions)

FORMS = {
    "minus": lambda n: "-" * n + "1",
    "attributes": lambda n: "a" + ".a" * n,
    "sum": lambda n: "1" + "+1" * n,
    "calls": lambda n: "f" + "()" * n,
    "entries": lambda n: "f" + "[0]" * n,
    "lambdas": lambda n: "lambda: " * n + "1",
    "brackets": lambda n: "[" * n + "]" * n,
}
PLACES = (
    "out = conv_forward_naive(x, w, b, conv_param)\ncorrect_out = 1\nprint('difference: ', {})",
    "def rel_error(x, y):\n    return {}",
    "{} = 1",
    "x = {}",
)


def notebook_of(source):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": source}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    return read_notebook(json.dumps(book).encode(), "hw.ipynb")


@pytest.mark.parametrize("depth", [90, 500, 980, 1500])
@pytest.mark.parametrize("form", FORMS)
def test_deep_cell_is_judged(form, depth):
    for place in PLACES:
        notebook = notebook_of(place.format(FORMS[form](depth)))
        executed = Executed(notebook)
        figures = judge_figures(notebook, executed, SPEC, Conditions())
        saved_state_notes(notebook, executed, figures, SPEC)


def outputs_of(text):
    return _outputs(np.frombuffer(text.encode(), np.uint8))


@pytest.mark.parametrize("depth", [2, 100, 900, 100_000])
@pytest.mark.parametrize("key", ["ename", "data", "text", "output_type"])
def test_deep_output_is_left_out(key, depth):
    text = f'[{{"output_type": "error", "{key}": {"[" * depth + "]" * depth}}}, {{"output_type": "stream"}}]'
    assert outputs_of(text) in ([{"output_type": "stream"}], [])


def test_plain_output_stays():
    output = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
    assert outputs_of(json.dumps([output])) == [output]


def test_many_small_parts_are_left_out():
    assert outputs_of("[" + "[]," * 2_000_000 + "1]") == []
    assert outputs_of("[" + "1," * 4_000_000 + "1]") == []


def test_name_of_an_error_that_is_no_text():
    cell = notebook_of("x").code_cells[0]
    object.__setattr__(cell, "outputs", ({"output_type": "error", "ename": 7},))
    assert _error_name(cell) == "an error"
