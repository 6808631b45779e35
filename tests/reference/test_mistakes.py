"""The catalogue of known mistakes: every edit fits the reference, and every row says what it must."""

import ast
import re
from pathlib import Path

import pytest

from reference.mistakes import MISTAKES
from reference.mistakes.__main__ import lines
from reference.mistakes.mistake import FunctionEdit, pieces, planted_texts
from reference.samples.faults import FUNCTIONS
from reference.samples.texts import solved


def test_every_edit_fits_the_reference_and_leaves_valid_python() -> None:
    for mistake in MISTAKES:
        for place, text in mistake.texts().items():
            changed = pieces(text).items() - pieces(solved(place)).items()
            assert {name for name, _ in changed} == {edit.function for edit in mistake.edits}, mistake.name
            for _, piece in changed:
                ast.parse(piece)


def test_every_function_has_mistakes_of_every_kind_of_result() -> None:
    names = {function: {m.name for m in MISTAKES if function in m.functions} for function in FUNCTIONS}
    assert min(map(len, names.values())) >= 10
    assert len({mistake.name for mistake in MISTAKES}) >= 90


def test_forms_of_one_mistake_have_one_sentence_and_no_edit_is_there_twice() -> None:
    assert len({(m.name, m.says) for m in MISTAKES}) == len({m.name for m in MISTAKES})
    assert len({mistake.edits for mistake in MISTAKES}) == len(MISTAKES)


def test_every_row_reads_well() -> None:
    for mistake in MISTAKES:
        assert re.fullmatch(r"[A-Za-z0-9_-]+(\+[A-Za-z0-9_-]+)?", mistake.name), mistake.name
        assert re.fullmatch(r"[^\n]{10,250}[.?]", mistake.says), mistake.name


def test_an_edit_that_the_reference_does_not_hold_once_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 0 times what an edit replaces"):
        planted_texts([FunctionEdit("conv_forward_naive", "no such line", "")])
    with pytest.raises(ValueError, match="holds 4 times"):
        planted_texts([FunctionEdit("conv_forward_naive", "1 + (", "")])


def test_an_edit_changes_no_other_function_that_has_the_same_line() -> None:
    text = planted_texts([FunctionEdit("max_pool_backward_naive", "i * stride, j * stride", "i, j")])
    assert text["cs231n/layers.py"].count("top, left = i * stride, j * stride") == 2


def test_the_page_of_known_mistakes_is_in_step() -> None:
    page = Path(__file__).parents[2] / "docs" / "known_mistakes.md"
    assert page.read_text(encoding="utf-8").splitlines() == list(lines())
