"""Checks every figure that the executed notebook prints."""

import pytest

from grader.judging import Figure, Figures, Record


@pytest.mark.section("Notebook")
@pytest.mark.function("notebook")
def test_figure(figure: Figure, notebook: Figures, record_measure: Record) -> None:
    """A cell of the notebook, executed again, prints the figure that the assignment expects."""
    printed = notebook(figure)
    if printed.row.executed is not None:
        decides = figure.relation in ("<", ">")
        limit, relation = (printed.limit, figure.relation) if decides else (None, "<")
        record_measure(figure.key, printed.row.executed, limit, relation)
    assert not printed.problem, printed.problem
