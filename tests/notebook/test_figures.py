"""Figures are what cells print when executed again, found wherever it went, and never taken on trust."""

import math
from dataclasses import replace

import notebooks
import pytest

from grader.assignment.definition import BUILT_IN, Assignment
from grader.model.errors import UnusableAssignment
from grader.notebook.data_flow import Flow
from grader.notebook.execute import Executed
from grader.notebook.figures import judge_figures
from grader.notebook.printed import judge, read_figure, text_of
from grader.notebook.spec import CellSpec, Conditions, FigureSpec, NotebookSpec
from grader.reading.notebook_file import read_notebook

DIFFERENCE = FigureSpec("f: difference", "around e-8", label="difference:", relation="<", limit=1e-7)
MEANS = FigureSpec("means", "close to zero", label="means:", after="After:", relation="near", value=(0.0,), limit=0.1)
SPEC = NotebookSpec(cells=(CellSpec("tag", "F", ("f(x, w)", "correct_out"), ("f",), (DIFFERENCE,)),))
CELL = "out, _ = f(x, w)\ncorrect_out = np.array([1.0])\nprint('difference: ', rel_error(out, correct_out))"
GOOD = "difference:  2.2e-08\n"


def stream(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def judged(*cells, now, saved=None, spec=SPEC, stop="", stopped_at=0):
    """Judges cells that printed one thing each when executed again."""
    handed = read_notebook(
        notebooks.notebook(
            *(notebooks.code(c, stream(s) if s else None) for c, s in zip(cells, saved or now, strict=True))
        ),
        "a",
    )
    outputs = [tuple(stream(text)) if text is not None else () for text in now]
    again = tuple(replace(cell, outputs=out) for cell, out in zip(handed.cells, outputs, strict=True))
    executed = Executed(replace(handed, cells=again), stop=stop, stopped_at=stopped_at)
    return judge_figures(handed, executed, spec, Conditions(reduced=True))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("difference:  2.2121476417505994e-08", (2.2121476417505994e-08,)),
        ("Testing f\n  Difference:2.5E-8\n", (2.5e-8,)),
        ("difference: np.float64(1e-09)", (1e-9,)),
        ("difference: nan", (math.nan,)),
        ("difference: -inf", (-math.inf,)),
        ("difference: 231.260751x", (231.260751,)),
        ("difference: [ 5.8e-16  5.8e-17\n -8.8e-17]\nnext 3", (5.8e-16, 5.8e-17, -8.8e-17)),
        ("difference = 3e-09", (3e-9,)),
        ("Difference is  1e-09", (1e-9,)),
        ("difference -> -1e-09", (-1e-9,)),
        ("difference 1e-09", (1e-9,)),
        ("difference in dx: 3", None),
        ("differences: 3", None),
        ("difference: none", None),
        ("the difference: 3", None),
        ("difference", None),
        ("", None),
    ],
)
def test_number_behind_a_label(text, numbers):
    printed = read_figure(text, DIFFERENCE)
    assert (printed.numbers if printed else None) == pytest.approx(numbers, nan_ok=True) if numbers else printed is None


def test_label_is_looked_for_after_its_heading():
    text = "Before:\n means: [9. 9.]\nAfter:\n means: [0.01 -0.02]\n"
    assert read_figure(text, MEANS).numbers == (0.01, -0.02)
    assert read_figure("means: [0.]", MEANS) is None


def test_last_of_several_lines_where_the_list_says_so():
    figure = FigureSpec(
        "acc", "high", pattern=r"\(Epoch 2 / 2\) train acc: ([\d.]+)", take="last", relation=">", limit=0.5
    )
    text = "(Epoch 2 / 2) train acc: 0.1; val\n(Epoch 2 / 2) train acc: 0.9; val"
    assert read_figure(text, figure).numbers == (0.9,)


@pytest.mark.parametrize(
    ("figure", "text", "verdict"),
    [
        (DIFFERENCE, "difference: 2e-8", True),
        (DIFFERENCE, "difference: 2e-3", False),
        (DIFFERENCE, "difference: nan", False),
        (replace(DIFFERENCE, relation=">", limit=0.4), "difference: 0.41", True),
        (replace(DIFFERENCE, relation=">", limit=0.4), "difference: nan", False),
        (replace(DIFFERENCE, relation=">", limit=0.4, small=0.1), "difference: 0.2", True),
        (replace(DIFFERENCE, relation="within", low=2.29, high=2.31), "difference: 2.3", True),
        (replace(DIFFERENCE, relation="within", low=2.29, high=2.31), "difference: 2.4", False),
        (MEANS, "After:\nmeans: [0.05 -0.05]", True),
        (MEANS, "After:\nmeans: [0.05 nan]", False),
        (MEANS, "After:\nmeans: [0.05 -0.5]", False),
        (replace(MEANS, value=(6.0, 7.0)), "After:\nmeans: [6. 7.]", True),
        (replace(MEANS, value=(6.0, 7.0)), "After:\nmeans: [6. 7. 8.]", False),
        (replace(DIFFERENCE, relation=">", limit=1, shown=True), "difference: 231x", True),
        (replace(DIFFERENCE, relation=">", limit=1, shown=True), "difference: 0.9x", None),
        (replace(DIFFERENCE, relation="", shown=True), "difference: 5", None),
    ],
)
def test_verdict_is_the_assignments_own_expectation(figure, text, verdict):
    assert judge(figure, read_figure(text, figure), Conditions(reduced=True)) is verdict


def test_expectation_of_the_assignments_own_data_says_nothing_of_made_up_ones():
    own = replace(DIFFERENCE, relation=">", limit=0.9, small=0.5, own_data=True, expected="very high")
    for conditions, limit, verdicts in (
        (Conditions(), 0.9, (True, False, False)),
        (Conditions(reduced=True), 0.5, (True, True, False)),
        (Conditions(reduced=True, made_up=True), None, (True, True, False)),
    ):
        texts = ("difference: 0.95", "difference: 0.75", "difference: nan")
        assert own.limit_on(conditions) == limit
        assert tuple(judge(own, read_figure(text, own), conditions) for text in texts) == verdicts


def test_message_names_the_limit_that_is_applied():
    own = replace(DIFFERENCE, relation=">", limit=0.4, small=0.2, own_data=True, expected="greater than 40 %")
    assert own.expected_on(Conditions()) == "greater than 40 %"
    assert own.expected_on(Conditions(reduced=True)) == "more than 0.2 on the reduced data"
    assert own.expected_on(Conditions(made_up=True)).endswith("any number on made-up data")


def test_right_figure_is_accepted():
    (figure,) = judged(CELL, now=[GOOD])
    assert (figure.problem, figure.row.passed, figure.row.cell) == ("", True, 1)
    assert figure.row.executed == figure.row.handed_in == 2.2e-8


def test_cell_is_found_where_it_went_and_the_best_copy_counts():
    edited = CELL.replace("'difference: '", '"Difference:   "').replace("(x, w)", "( x,w )")
    figures = judged("x = 1", edited, "y = 2", CELL, now=[None, GOOD, None, "difference: 0.5"])
    assert (figures[0].row.cell, figures[0].problem) == (2, "")


def test_cell_with_our_mark_is_found_whatever_its_code_became():
    cell = notebooks.code("check(f)", metadata={"grader": {"figures": "tag"}})
    handed = read_notebook(notebooks.notebook("def check(f):\n    print('difference:', f(1))", cell), "a")
    outputs = [(), tuple(stream(GOOD))]
    again = tuple(replace(cell, outputs=out) for cell, out in zip(handed.cells, outputs, strict=True))
    spec = NotebookSpec(cells=(replace(SPEC.cells[0], source=("f(x, w)",)),))
    (figure,) = judge_figures(handed, Executed(replace(handed, cells=again)), spec, Conditions(reduced=True))
    assert (figure.row.cell, figure.problem) == (2, "")


@pytest.mark.parametrize(
    "source",
    [
        "out = f(x, w)\ncorrect_out = 1\nprint('difference: 1e-9')",
        "out = f(x, w)\ncorrect_out = 1\nprint('difference:', 1e-9)",
        "out = f(x, w)\ncorrect_out = 1\ne = 1e-9\nprint(f'difference: {e}')",
        "out = f(x, w)\ncorrect_out = 1\nprint('difference: %e' % 1e-9)",
        "correct_out = 1\n# f(x, w)\nprint('difference:', rel_error(correct_out, correct_out))",
    ],
)
def test_printed_constant_earns_nothing(source):
    (figure,) = judged(source, now=["difference: 1e-9"])
    assert figure.problem == "Cell 1 prints “difference”, but not what f came to."
    assert figure.row.passed is False


@pytest.mark.parametrize(
    "source",
    [
        "out, c = f(x, w)\ncorrect_out = 1\nprint(f'difference: {rel_error(out, correct_out)}')",
        "correct_out = 1\nprint('difference: %e' % rel_error(f(x, w)[0], correct_out))",
        "correct_out = 1\nprint('difference:', '{:e}'.format(rel_error(layers.f(x, w)[0], correct_out)))",
        "correct_out = 1\nfor a, b in [(f(x, w), correct_out)]:\n    print('difference:', rel_error(a, b))",
        "correct_out = 1\nd = {}\nd['out'] = f(x, w)\nprint('difference:', rel_error(d['out'], correct_out))",
        "correct_out = 1\nerrors = []\nerrors.append(rel_error(f(x, w), correct_out))\nprint('difference:', errors[0])",
        "correct_out = 1\nwith timer() as t:\n    t.out = f(x, w)\nprint('difference:', rel_error(t.out, correct_out))",
    ],
)
def test_computed_figure_counts_however_it_is_written(source):
    assert judged(source, now=[GOOD])[0].problem == ""


def test_value_may_come_from_another_cell_and_through_a_helper():
    flow = Flow(["def run():\n    return f(1)", "a = run()", "b = a + 1", "print('difference:', b)"])
    assert flow.computes("print('difference:', b)", "difference:", frozenset({"f"}))
    assert not flow.computes("print('difference:', c)", "difference:", frozenset({"f"}))
    assert flow.computes("print 'difference:', b", "difference:", frozenset({"f"})) is None


@pytest.mark.parametrize(
    ("now", "stop", "said"),
    [
        (["difference: 0.3"], "", "Cell 1 prints “difference” 0.3 when executed again; expected is around e-8."),
        (["nothing"], "", "Cell 1 does not print “difference” when it is executed again."),
        (
            [None],
            "Cell 1 killed it; the cells after it were not run.",
            "Cell 1 killed it; the cells after it were not run.",
        ),
    ],
)
def test_what_is_wrong_is_said(now, stop, said):
    assert judged(CELL, now=now, saved=[GOOD], stop=stop, stopped_at=1)[0].problem == said


def test_error_before_the_figure_is_named():
    handed = read_notebook(notebooks.notebook(CELL), "a")
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no \x1b[31m", "traceback": []}
    executed = Executed(replace(handed, cells=(replace(handed.cells[0], outputs=(error,)),)))
    (figure,) = judge_figures(handed, executed, SPEC, Conditions(reduced=True))
    assert figure.problem.startswith("Cell 1 ends in ValueError: no")
    assert "\x1b" not in figure.problem


def test_absent_cell_is_named():
    (figure,) = judged("x = 1", now=[None])
    assert (figure.found, figure.row.cell) == (False, 0)
    assert figure.problem == "The notebook has no cell that prints “difference” of f."


def test_saved_numbers_decide_nothing():
    forged, honest = (judged(CELL, now=["difference: 0.3"], saved=[text])[0] for text in (GOOD, "difference: 0.3"))
    assert forged.problem == honest.problem != ""
    assert forged.row.handed_in == 2.2e-8


def test_only_the_standard_output_is_read():
    assert text_of([{"output_type": "stream", "name": "stderr", "text": GOOD}, {"output_type": "error"}]) == ""


def test_our_list_is_whole():
    assignment = Assignment.load()
    spec = NotebookSpec.load(BUILT_IN, assignment.functions)
    judged_figures = [figure for _, figure in spec.judged()]
    assert len({figure.slug for figure in judged_figures}) == len(judged_figures) >= 40
    functions = {name for cell in spec.cells for name in cell.functions}
    assert (
        {"conv_forward_naive", "spatial_groupnorm_backward", "ThreeLayerConvNet"}
        <= functions
        <= set(assignment.functions)
    )
    assert all(figure.shown for cell in spec.cells for figure in cell.figures if "speedup" in figure.key)


def test_broken_list_is_named(tmp_path):
    assert NotebookSpec.load(tmp_path, {}).cells == ()
    (tmp_path / "notebook.toml").write_text('[[cell]]\ntag = "x"\n')
    with pytest.raises(
        UnusableAssignment, match=r"notebook\.toml has an entry that is missing or of the wrong kind: 'source'"
    ):
        NotebookSpec.load(tmp_path, {})
