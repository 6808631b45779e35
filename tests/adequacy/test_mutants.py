"""The operators make what they say, and what they make is told apart: wrong, equal, accepted."""

import sys
from pathlib import Path

import pytest
from edits import REFERENCE

sys.path.insert(0, str(Path(__file__).parent))

from drawn import difference
from judge_mutants import functions_of
from mutants import _of_arrays
from mutation_page import Judged, interval, page

FORMS = (Path(__file__).parent / "forms.py").read_text(encoding="utf-8")
SNIPPET = "def f(x, w, dout):\n    y = x.sum(axis=(0, 2))\n    y += w[1:3] * dout\n    return (y, x)"


def test_operators_of_arrays_make_each_kind():
    made = dict(_of_arrays(SNIPPET))
    assert {
        "assigns instead of adding", "leaves a statement out", "swaps neighbours", "leaves an axis out", "mean for sum",
        "leaves a keyword out", "slice one shorter", "slice one longer", "slice without an end", "another name",
    } <= {*made}  # fmt: skip
    assert made["assigns instead of adding"].count("+=") == 0
    assert any("return (x, y)" in text for _, text in _of_arrays(SNIPPET))


@pytest.mark.parametrize("name", [name for name in REFERENCE if f"def {name}(" in FORMS])
def test_vectorised_form_is_the_same_function(name):
    assert difference(name, REFERENCE, functions_of("vectorised", name, FORMS)) == ""


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("conv_forward_naive", "(pad, pad))", "(pad, 0))"),
        ("conv_backward_naive", "+= np.einsum", "= np.einsum"),
        ("max_pool_backward_naive", "j * stride + w", "j + w"),
        ("spatial_batchnorm_forward", "(1 - momentum) * var", "momentum * var"),
        ("spatial_groupnorm_backward", "(dout * gamma)", "dout"),
    ],
)
def test_a_wrong_version_differs_on_drawn_inputs(name, old, new):
    assert old in FORMS
    assert difference(name, REFERENCE, functions_of("vectorised", name, FORMS.replace(old, new)))


def test_page_counts_each_kind():
    rows = [
        Judged("solution", "f", "op", "-a\n+b", ("1::test_x[a]", "1::test_x[b]"), "input 0"),
        Judged("solution", "f", "op", "-a\n+c", (), "input 3"),
        Judged("solution", "f", "op", "-a\n+d", (), ""),
        Judged("solution", "f", "op", "-a\n+e", ("1::test_y",), ""),
    ]
    text = page(rows, {"solution f\n-a\n+c": "because"})
    assert "| `f` | solution | 4 | 2 | 1 | 1 |" in text
    assert "Of 2 mutants that differ" in text
    assert "because" in text
    assert "| `1::test_x` | 1 | 1 |" in text
    low, high = interval(0, 100)
    assert (low, round(high, 3)) == (0.0, 0.037)
