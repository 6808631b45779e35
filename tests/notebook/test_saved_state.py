"""What a notebook's saved state does not bear out is noted with cell numbers; an honest one gets none."""

from dataclasses import replace

import notebooks
import pytest

from grader.notebook.execute import Executed
from grader.notebook.figures import judge_figures
from grader.notebook.saved_state import again_note, left_out_note, saved_state_notes
from grader.notebook.spec import CellSpec, Conditions, FigureSpec, NotebookSpec
from grader.reading.notebook_file import read_notebook

NOISE = FigureSpec("f: dx error", "around e-8", label="dx error:", relation="<", limit=1e-7)
SPEEDUP = FigureSpec("speedup", "faster", label="Speedup:", relation=">", limit=1, shown=True)
ACCURACY = FigureSpec("accuracy", "above 40 %", label="accuracy:", relation=">", limit=0.4, small=0.15)
SPEC = NotebookSpec(
    cells=(CellSpec("tag", "F", ("f(x)",), ("f",), (NOISE, SPEEDUP, ACCURACY)),),
    helpers={"rel_error": ("np.max(", "np.abs(x - y)")},
)
CELL = "e, s, a = f(x)\nprint('dx error:', e)\nprint('Speedup: %fx' % s)\nprint('accuracy:', a)"
GOOD = "dx error: 2.9e-09\nSpeedup: 231.2x\naccuracy: 0.44\n"
REL_ERROR = "def rel_error(x, y):\n    return np.max(np.abs(x - y) / (np.maximum(1e-8, np.abs(x) + np.abs(y))))"
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def ran(source, count, text="", again=None, **more):
    """Returns a cell as saved, and what it prints when executed again."""
    outputs = [stream(text)] if text else []
    return notebooks.code(source, outputs, count, **more), text if again is None else again


def notes(*cells, spec=SPEC, **more):
    handed = read_notebook(notebooks.notebook(*(cell for cell, _ in cells)), "a")
    outputs = [(stream(again),) if isinstance(again, str) and again else again or () for _, again in cells]
    again = tuple(replace(cell, outputs=tuple(out)) for cell, out in zip(handed.cells, outputs, strict=True))
    executed = Executed(replace(handed, cells=again), **more)
    figures = judge_figures(handed, executed, spec, Conditions(reduced=True))
    return (*left_out_note(executed), *saved_state_notes(handed, executed, figures, spec))


def test_notebook_that_ran_from_top_to_bottom_raises_no_note():
    assert notes(ran("import numpy as np", 1), ran(REL_ERROR, 2), ran(CELL, 3, GOOD), ran("# later", None)) == ()


def test_other_noise_other_speed_and_other_images_raise_no_note():
    again = "dx error: 8.1e-08\nSpeedup: 0.8x\naccuracy: 0.21\n"
    assert notes(ran(CELL, 1, GOOD, again)) == ()


@pytest.mark.parametrize(
    "cell",
    [
        # IPython's own line, one of a course's file that is replaced here, and of a function that was changed since.
        ran("%load_ext autoreload\n%autoreload 2", 1, "The autoreload extension is already loaded.\n", ""),
        ran("from cs231n.fast_layers import *", 1, "run the following from the cs231n directory\n", ""),
        ran("y = f(x)", 1, "here 3\n", ""),
        # Rounding of any size, on one side of the limit; and just across it.
        ran(CELL, 1, GOOD, GOOD.replace("2.9e-09", "4e-14")),
        ran(CELL, 1, GOOD.replace("2.9e-09", "9e-08"), GOOD.replace("2.9e-09", "2e-07")),
    ],
)
def test_nobody_is_accused_of_what_another_machine_does(cell):
    assert notes(cell) == ()


def test_notebook_without_saved_outputs_raises_no_note():
    assert notes(ran("x = 1", None), ran(CELL, None, "", GOOD)) == ()


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ([ran("a = 1", 5), ran("b = 1", 3), ran("c = 1", 6)], "Cell 2 was last run earlier than a cell above."),
        ([ran("a = 1", 1), ran("b = 1", None)], "Cell 2 has no saved run, while others do."),
        (
            [(notebooks.code("a = 1", [ERROR], 1), [ERROR])],
            "The notebook was handed in with an error in cell 1.",
        ),
        (
            [ran(CELL, 1, GOOD, "dx error: 0.3\nSpeedup: 2x\naccuracy: 0.44\n")],
            "Executed again, saved figures came out differently (cell 1, f: dx error: saved 2.9e-09, now 0.3).",
        ),
        (
            [ran(CELL, 1, GOOD, "Speedup: 2x\naccuracy: 0.44\n")],
            "Executed again, saved figures came out differently (cell 1, f: dx error: saved 2.9e-09, now nothing).",
        ),
        (
            [ran("x = 1", 1, "all tests pass\n", "")],
            "Cell 1 was handed in with printed lines that its code does not print.",
        ),
        (
            [ran("f(x)\nprint('dx error: 1e-9')\nprint('accuracy:', f(x))", 1, "dx error: 1e-9\naccuracy: 0.44\n")],
            "Cell 1 prints a figure without computing it.",
        ),
        (
            [ran("def rel_error(x, y):\n    return 1e-9", 1)],
            "The given code of cell 1 was changed.",
        ),
        (
            [ran("f(y)", 1, metadata={"grader": {"figures": "tag"}})],
            "The given code of cell 1 was changed.",
        ),
    ],
)
def test_what_is_noticed_is_said_with_the_cell(cells, note):
    assert note in notes(*cells)


GIVEN = "x = 0.1\ncorrect = np.array([-0.25, 2.5])\nprint('dx error:', rel(f(x), correct))"
COMPARES = NotebookSpec(cells=(CellSpec("tag", "F", ("f(x)", "correct"), ("f",), (NOISE,), ("-0.25", "2.5")),))


@pytest.mark.parametrize(
    "cell", [GIVEN, GIVEN.replace("-0.25", " -0.25"), GIVEN.replace("f(x)", "f(x, 0.5)"), GIVEN.upper().lower()]
)
def test_cell_that_compares_with_the_given_numbers_raises_no_note(cell):
    assert notes(ran(cell, 1), spec=COMPARES) == ()


@pytest.mark.parametrize("new", ["0.25, 2.5", "-0.25, 2.6", "2.5, -0.25", "out"])
def test_other_numbers_to_compare_with_are_noted_in_any_notebook(new):
    changed = GIVEN.replace("-0.25, 2.5", new)
    assert notes(ran(changed, 1), spec=COMPARES) == ("The given code of cell 1 was changed.",)
    # Who keeps the given cell may try things in a copy.
    assert notes(ran(GIVEN, 1), ran(changed, 2), spec=COMPARES) == ()


def test_what_happens_only_here_is_not_held_against_anyone():
    absent = {
        "output_type": "error",
        "ename": "ModuleNotFoundError",
        "evalue": "No module named 'cv2'",
        "traceback": [],
    }
    assert notes((notebooks.code("import cv2\nprint(1)", [stream("1\n")], 1), [absent])) == ()
    stopped = {"stop": "Cell 1 killed it.", "stopped_at": 1}
    assert notes(ran("x = 1", 1), ran(CELL, 2, GOOD, ()), **stopped) == ()


def test_what_ran_once_more_is_listed():
    one, two = (Executed(read_notebook(notebooks.notebook("x"), "a"), again=again) for again in ((3,), (3, 4)))
    assert again_note(one) == ("Cell 3 was run once more at the end, since it uses what a later cell defines.",)
    assert again_note(two) == (
        "Cells 3 and 4 were run once more at the end, since they use what a later cell defines.",
    )


def test_what_was_left_out_is_listed():
    (note,) = notes(
        ran("!pip install x", 1, "Requirement already satisfied\n", ""), left_out={1: ("installs packages",)}
    )
    assert note == (
        "Left out when the notebook was executed, as not needed or not to be had here: what installs packages (cell 1)."
    )


def test_long_lists_are_cut():
    (note,) = notes(ran("a = 1", 1), *[ran("b = 1", None)] * 20)
    assert note == "Cells 2, 3, 4, 5, 6, 7, 8, 9 and 12 more have no saved run, while others do."
