"""A small call fails when it is pasted beside the mistake, and passes beside the solution; inputs become short code."""

import importlib
from types import ModuleType

import numpy as np
import pytest
from edits import NAMES, REFERENCE, STUBS, own_caches, raising
from inprocess import ASSIGNMENT, InProcessStudent

from grader.assignment.golden_cases import read_small_cases
from grader.assignment.own_modules import package_at
from grader.judging import value_code
from grader.judging.reproductions import Script, first_failure
from reference.mistakes import MISTAKES

CALLS = importlib.import_module(f"{package_at(ASSIGNMENT.folder)}.{ASSIGNMENT.small_calls.removesuffix('.py')}").CALLS
CASES = read_small_cases(ASSIGNMENT)


def failure(name, functions):
    with np.errstate(all="ignore"):
        return first_failure(CALLS[name], CASES[CALLS[name].cases], InProcessStudent(functions))


def paste(call, functions):
    with np.errstate(all="ignore"):
        exec(call, {"np": np, **functions})


def test_solution_has_no_failure():
    assert CALLS.keys() == ASSIGNMENT.functions.keys()
    assert [name for name in CALLS if failure(name, REFERENCE)] == []


def planted(name):
    """Returns the function in which a catalogued mistake is made, and all functions as they are with it."""
    mistake = next(mistake for mistake in MISTAKES if mistake.name == name)
    return mistake.function, functions_with(mistake)


def functions_with(mistake):
    functions = dict(REFERENCE)
    for place, text in mistake.texts().items():
        module = ModuleType("planted")
        module.__package__ = f"reference.{place.rpartition('/')[0].replace('/', '.')}"
        exec(compile(text, place, "exec"), module.__dict__)
        functions |= {name: getattr(module, name) for name in (*NAMES, "ThreeLayerConvNet") if name in text}
    return functions


def assert_shows(found, functions):
    """The lines pass beside the solution and raise an exception beside the mistake."""
    paste(found.call, REFERENCE)
    try:
        paste(found.call, functions)
    except Exception:
        return
    pytest.fail(found.call)


def test_stride_forgotten_along_the_width():
    function, functions = planted("conv-stride-ignored-along-width")
    found = failure(function, functions)
    assert_shows(found, functions)
    assert found.call.splitlines() == [
        "x = np.array([1.0, 2, 3]).reshape(1, 1, 1, 3)",
        "w = np.array([3.0]).reshape(1, 1, 1, 1)",
        "b = np.array([2.0])",
        'conv_param = {"stride": 2, "pad": 0}',
        "out, cache = conv_forward_naive(x, w, b, conv_param)",
        "right = np.array([5.0, 11]).reshape(1, 1, 1, 2)",
        "np.testing.assert_allclose(out, right, rtol=1e-6, atol=1e-6)",
    ]
    assert found.got == "out, shape (1, 1, 1, 2):\n[[[[5. 8.]]]]"
    assert found.expected == "out, shape (1, 1, 1, 2):\n[[[[ 5. 11.]]]]"


@pytest.mark.parametrize(
    "mistake",
    [
        "conv-bias-forgotten",
        "conv-gradients-in-another-order",
        "groupnorm-statistics-over-images",
        "relu-without-effect",
    ],
)
def test_call_shows_a_mistake(mistake):
    function, functions = planted(mistake)
    assert_shows(failure(function, functions), functions)


@pytest.mark.slow  # two seconds: 465 mistakes, each compiled
def test_call_shows_every_mistake_of_the_catalogue_but_a_few():
    without = []
    for mistake in MISTAKES:
        functions = functions_with(mistake)
        if found := failure(mistake.function, functions):
            assert_shows(found, functions)
            assert found.call.count("\n") < 16
        else:
            without.append(mistake.name)
    # Inputs that are changed, shapes that most checks forgive, and gradients of equal maxima.
    assert len(without) < 0.08 * len(MISTAKES)


def test_gradients_that_are_right_with_the_documented_cache_are_right():
    assert failure("conv_backward_naive", own_caches()) is None
    broken = {**REFERENCE, "conv_forward_naive": lambda *args: 1 / 0}
    assert failure("conv_backward_naive", broken) is None
    found = failure(
        "conv_backward_naive", {**raising("conv_backward_naive"), "conv_forward_naive": broken["conv_forward_naive"]}
    )
    assert "cache = (x, w, b, conv_param)" in found.call
    assert "conv_backward_naive raised" in found.got


@pytest.mark.parametrize(
    ("actual", "right"), [(np.full(3, 2.0), 2.0), (np.zeros(0), 2.0), (0.0, np.zeros((2, 3))), (0, np.zeros(2))]
)
def test_number_in_place_of_an_array_fails_where_all_entries_are_it(actual, right):
    call = Script(()).first_wrong({"out": (actual, right)}).call
    paste(call, {"out": right})
    with pytest.raises(AssertionError):
        paste(call, {"out": actual})


def test_statistics_are_looked_at_after_the_call():
    function, functions = planted("batchnorm-momentum-swapped")
    found = failure(function, functions)
    assert 'bn_param["running_mean"]' in found.call.splitlines()[-1]
    assert_shows(found, functions)


def test_what_is_not_there_makes_no_call():
    assert failure("conv_forward_naive", STUBS) is None
    assert failure("conv_forward_naive", {}) is None


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6.0).reshape(2, 3),
        3 + np.arange(5.0),
        np.arange(8.0).reshape(2, 4) ** 2,
        np.ones((2, 2)),
        np.zeros(4),
        np.full((2, 3), 0.5),
        np.array([[1.5, -2.0]]),
        np.array([0, 1, 2]),
        np.array([1e-7, 2.0, 3.0]),
        np.float64(3.0),
        {"stride": 2, "mean": np.array([1.0, 2.0])},
        "train",
    ],
    ids=str,
)
def test_code_of_a_value_makes_it_again(value):
    again = eval(value_code(value), {"np": np})
    assert value_code(again) == value_code(value)
    if not isinstance(value, dict):
        assert np.array_equal(again, value)
        assert np.asarray(again).dtype == np.asarray(value).dtype
