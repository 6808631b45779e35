"""Names of cases say where their numbers come from, and a case has words."""

import numpy as np
import pytest

from grader.judging import describe, generator
from grader.model.case_names import is_drawn, is_fixed


@pytest.mark.parametrize(("name", "drawn", "fixed"), [("f/drawn1", True, False), ("f/notebook-2", False, True)])
def test_names_say_where_numbers_come_from(name, drawn, fixed):
    for text in (name, name.partition("/")[2]):
        assert (is_drawn(text), is_fixed(text)) == (drawn, fixed)


def test_fixed_cases_have_the_stream_of_the_public_seed_whatever_the_seed():
    np.random.seed(5)
    assert generator("f/notebook", 99, 5).randn() == np.random.randn()


def test_every_other_case_has_a_stream_of_its_own_that_follows_the_seed():
    numbers = [generator(name, seed, 5).randn() for name in ("f/a", "g/a", "f/drawn1") for seed in (5, 6)]
    assert len(set(numbers)) == 6


def test_a_case_is_told_by_its_settings_and_by_what_is_named():
    inputs = {"x": np.zeros((2, 3), np.float32), "n": 4, "b": np.zeros(3), "p": {"pad": 1, "mean": np.zeros(3)}}
    assert describe(inputs) == "pad=1, x (2, 3) float32"
    assert describe(inputs, ("b", "n")) == "n=4, pad=1, b (3,)"
