"""A right value passes, each kind of wrong one gets its own sentence, likely causes are recognised from the data."""

import numpy as np
import pytest

from grader.judging import (
    WrongAnswer,
    assert_array,
    assert_close,
    compare,
    directional_derivative,
    rel_error,
    scaled_error,
)
from grader.judging.causes import shape_cause, value_cause

RNG = np.random.RandomState(3)
IMAGE = RNG.randn(2, 3, 4, 4)


def judge(actual, expected=IMAGE, **options):
    return compare(actual, expected, **{"name": "out", "call": "f, stride=2", "limit": 1e-9, **options})


def changed(index, value):
    array = IMAGE.copy()
    array[index] = value
    return array


# Errors


def test_rel_error_is_the_notebooks():
    assert rel_error(np.array([1.0, 2.0]), np.array([1.0, 3.0])) == pytest.approx(0.2)
    assert rel_error(1.0, 1.0) == 0
    assert rel_error(np.array([0.0]), np.array([1e-9])) == pytest.approx(0.1)  # 1e-9 over the floor of 1e-8


def test_scaled_error_is_relative_to_the_largest_value():
    assert scaled_error(np.array([10.0, 0.1]), np.array([10.0, 0.2])) == pytest.approx(0.01)
    assert scaled_error(np.array([0.5]), np.array([0.0])) == 0.5
    assert scaled_error(np.array([1, 2]), np.array([1, 2])) == 0


@pytest.mark.parametrize("error", [rel_error, scaled_error])
def test_errors_never_broadcast(error):
    assert error(np.zeros((1, 3)), np.zeros(3)) == np.inf
    assert error(0.0, np.zeros((2, 3))) == np.inf
    assert error(np.zeros(1), np.float64(0)) == np.inf


@pytest.mark.parametrize("error", [rel_error, scaled_error])
def test_nan_and_infinity_pass_no_limit(error):
    for odd in (np.nan, np.inf, -np.inf):
        assert not error(np.array([1.0, odd]), np.array([1.0, 2.0])) < 1e300
    assert not error(np.array([np.inf]), np.array([np.inf])) < 1e300


@pytest.mark.parametrize("error", [rel_error, scaled_error])
def test_errors_take_every_numeric_type(error):
    assert error(np.array([True]), np.array([1.0])) == 0
    assert error(np.array([300], dtype=np.float16), np.array([300])) == 0
    assert error(np.array([200], dtype=np.uint8), np.array([100], dtype=np.uint8)) > 0.3
    assert error(np.empty((0, 2)), np.empty((0, 2))) == 0


# The order: None, type, shape, dtype, finite, values


def test_right_value_is_right():
    judgement = judge(IMAGE.copy())
    assert (judgement.right, judgement.message, judgement.remark) == (True, "", "")
    assert judgement.figure == ("out error", 0.0, 1e-9)


def test_error_at_the_limit_is_wrong():
    assert not judge(np.array([2.0]), np.array([1.0]), limit=1.0).right
    assert judge(np.array([2.0]), np.array([1.0]), limit=1.01).right


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        (None, "out is None, should be an array of shape (2, 3, 4, 4) [f, stride=2]."),
        (IMAGE.tolist(), "out is a list, should be an array of shape (2, 3, 4, 4) [f, stride=2]."),
        (1.5, "out is a number, should be an array of shape (2, 3, 4, 4) [f, stride=2]."),
        (True, "out is a bool, should be an array of shape (2, 3, 4, 4) [f, stride=2]."),
        ({"out": 1}, "out is a dict, should be an array of shape (2, 3, 4, 4) [f, stride=2]."),
        (IMAGE[0], "out.shape is (3, 4, 4), should be (2, 3, 4, 4) [f, stride=2]."),
        (np.array(1.0), "out.shape is (), should be (2, 3, 4, 4) [f, stride=2]."),
        (IMAGE.astype(int), "out.dtype is int64, should be a floating-point type [f, stride=2]."),
        (IMAGE > 0, "out.dtype is bool, should be a floating-point type [f, stride=2]."),
        (changed((0, 1, 2, 3), np.nan), "out is NaN in 1 of 96 entries, first at [0, 1, 2, 3] [f, stride=2]."),
        (changed((1, 1), np.inf), "out is infinite in 16 of 96 entries, first at [1, 1, 0, 0] [f, stride=2]."),
    ],
)
def test_each_wrong_form_has_its_sentence(actual, message):
    judgement = judge(actual)
    assert judgement.message == message
    assert judgement.figure is None


def test_nan_beside_infinity_is_said():
    both = changed((0, 0, 0, 0), np.nan)
    both[1, 0, 0, 0] = np.inf
    assert "out is NaN or infinite in 2 of 96 entries" in judge(both).message


def test_shape_comes_before_dtype_and_dtype_before_values():
    assert "shape" in judge(np.full((2, 2), np.nan).astype(np.float32)).message
    assert "dtype" in judge((IMAGE * 100).astype(int)).message
    assert "NaN" in judge(changed((0, 0, 0, 0), np.nan) + 5).message


@pytest.mark.parametrize("number", [2.5, np.array(2.5), np.float32(2.5), np.array(2.5, dtype=np.float32)])
def test_number_may_be_an_array_without_axes(number):
    assert judge(number, 2.5).right


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (None, "out is None, should be a number [f, stride=2]."),
        (np.array([2.5]), "out is an array of shape (1,), should be a number [f, stride=2]."),
        ("2.5", "out is a str, should be a number [f, stride=2]."),
        (float("nan"), "out is NaN [f, stride=2]."),
        (float("inf"), "out is infinite [f, stride=2]."),
        (3.5, "out is 3.5, should be 2.5 (out error 4.0e-01, should be below 1e-09) [f, stride=2]."),
        (3, "out is 3, should be 2.5 (out error 2.0e-01, should be below 1e-09) [f, stride=2]."),
    ],
)
def test_each_wrong_number_has_its_sentence(number, message):
    assert judge(number, 2.5).message == message


def test_wrong_values_are_counted_placed_and_tabled():
    judgement = judge(changed((0, 1, 2, slice(0, 2)), 9.0))
    size = judgement.figure[1]
    assert judgement.message.splitlines() == [
        f"out is wrong in 2 of 96 entries, first at [0, 1, 2, 0] (out error {size:.1e}, should be below 1e-09) "
        "[f, stride=2].",
        "index        | obtained | expected",
        f"[0, 1, 2, 0] | 9        | {IMAGE[0, 1, 2, 0]:.8g}",
        f"[0, 1, 2, 1] | 9        | {IMAGE[0, 1, 2, 1]:.8g}",
    ]


def test_table_is_short_and_shows_small_differences():
    judgement = judge(IMAGE * (1 + 1e-8))
    lines = judgement.message.splitlines()
    assert len(lines) == 6
    assert all(len(set(line.split(" | ")[1:])) == 2 for line in lines[2:])


def test_hidden_values_are_not_shown():
    judgement = judge(changed((0, 0, 0, 0), 9.0), hidden=True)
    assert judgement.message.count("\n") == 0
    assert "first at [0, 0, 0, 0]" in judgement.message
    assert "9" not in judgement.message.replace("of 96", "").replace("1e-09", "")
    assert (
        judge(3.5, 2.5, hidden=True).message == "out is wrong (out error 4.0e-01, should be below 1e-09) [f, stride=2]."
    )


def test_relative_errors_place_the_wrong_entry_too():
    expected = np.array([1000.0, 1e-3])
    judgement = judge(np.array([1000.0, 1.1e-3]), expected, error=rel_error, figure="difference", limit=1e-7)
    assert judgement.message.startswith("out is wrong in 1 of 2 entries, first at [1] (difference 4.8e-02")
    assert judge(np.array([1000.0, 1.0000001e-3]), expected, limit=1e-7).right


# Leniency


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (1, 3, 1, 1)])
def test_axes_of_length_one_are_a_remark_where_that_is_asked_for(shape):
    right = np.array([1.0, 2.0, 3.0])
    judgement = judge(right.reshape(shape), right, name="db", flexible=True)
    assert judgement.right
    assert judgement.remark == f"db has shape {shape}; documented is (3,)."
    assert not judge(right.reshape(shape), right, name="db").right
    assert judge(2 * right.reshape(shape), right, name="db", flexible=True).message.startswith("db is wrong in 3 of 3")


def test_flexible_is_not_a_transpose_or_another_size():
    right = np.ones((2, 3))
    for wrong in (np.ones((3, 2)), np.ones(6), np.ones((2, 3, 2)), None, [1.0]):
        assert not judge(wrong, right, flexible=True).right


def test_single_precision_passes_a_limit_for_it():
    assert judge(IMAGE.astype(np.float32), limit=1e-4).right
    assert not judge(IMAGE.astype(np.float32)).right


def test_list_of_numbers_is_a_remark_where_that_is_asked_for():
    right = np.array([1.0, 2.0, 3.0])
    judgement = judge([1.0, 2, np.float32(3)], right, flexible=True)
    assert judgement.right
    assert judgement.remark == "out is a list of numbers; documented is an array."
    assert not judge([1.0, 2.0, 4.0], right, flexible=True).right
    assert "out is a list" in judge([1.0, 2.0, 3.0], right).message
    assert "out is a list" in judge([1.0, 2.0, "3"], right, flexible=True).message
    assert "out is a list" in judge([[1.0], [2.0], [3.0]], right, flexible=True).message


def test_tiny_difference_is_no_even_shift():
    noise = IMAGE + 1e-8 * RNG.randn(*IMAGE.shape)
    assert "off by" not in judge(noise, limit=1e-10).hint
    assert judge(IMAGE + 1e-5).hint == "Every entry is off by the same number."


def test_empty_arrays_are_compared_by_shape():
    assert judge(np.empty((0, 3)), np.empty((0, 3))).right
    assert not judge(np.empty((3, 0)), np.empty((0, 3))).right


# assert_close, assert_array


def test_assert_close_records_raises_and_returns_the_remark():
    figures = []
    words = {"name": "db", "call": "f", "limit": 1e-9, "record": lambda *figure: figures.append(figure)}
    assert (
        assert_close(np.ones((1, 2)), np.ones(2), flexible=True, **words) == "db has shape (1, 2); documented is (2,)."
    )
    with pytest.raises(WrongAnswer, match="db is wrong in 2 of 2 entries") as caught:
        assert_close(-np.ones(2), np.ones(2), **words)
    assert caught.value.hint == "The sign is flipped."
    with pytest.raises(WrongAnswer, match="db is None"):
        assert_close(None, np.ones(2), **words)
    assert figures == [("db error", 0.0, 1e-9), ("db error", 2.0, 1e-9)]


def test_assert_array_judges_the_form_only():
    assert_array(np.array([5.0, 6.0]), (2,), name="x", call="f")
    for wrong in (np.ones((2, 1)), np.array([1, 2]), np.array([1.0, np.nan]), None, [1.0, 2.0]):
        with pytest.raises(WrongAnswer):
            assert_array(wrong, (2,), name="x", call="f")


# Causes


def cause(actual, expected=IMAGE, limit=1e-9, **options):
    return judge(actual, expected, limit=limit, **options).hint


@pytest.mark.parametrize(
    ("actual", "hint"),
    [
        (0 * IMAGE, "Every entry is zero"),
        (-IMAGE, "The sign is flipped."),
        (4 * IMAGE, "Every entry is 4 times what it should be"),
        (IMAGE / 3, "Every entry is 1/3 of what it should be"),
        (-2 * IMAGE, "Every entry is -2 times what it should be"),
        (IMAGE.swapaxes(2, 3), "Height and width are swapped."),
        (IMAGE[..., ::-1, ::-1], "Rows and columns run backwards."),
        (IMAGE + 0.5, "Every entry is off by the same number."),
        (IMAGE + np.array([1.0, 2.0, 3.0]).reshape(3, 1, 1), "Each channel is off by its own constant"),
        (IMAGE * np.array([1.0, 2.0, 3.0]).reshape(3, 1, 1), "Each channel has a factor of its own"),
        (IMAGE.astype(np.float32), "It is right to single precision only"),
        (IMAGE.astype(np.float32).astype(np.float64), "It is right to single precision only"),
        (IMAGE.astype(np.float16), "It is right to half precision only"),
        (changed((0, 0), 0.0), "The wrong entries are all zero"),
        (np.concatenate([IMAGE[:1], IMAGE[1:] ** 3 + 7]), "Only the entries with index 0 along axis 0 are right"),
        (changed((0, 1, 2, 3), 5.0), ""),
        (IMAGE * (1 + 1e-8), "It is right to single precision only"),
        (IMAGE * (1 + 1e-5), ""),
    ],
)
def test_cause_is_recognised_from_the_values(actual, hint):
    found = cause(actual)
    assert found.startswith(hint) if hint else found == ""


def test_numbers_have_causes_too():
    assert cause(0.0, 2.5).startswith("It is zero")
    assert cause(-2.5, 2.5) == "The sign is flipped."


def test_region_is_said_when_all_that_is_wrong_lies_in_it():
    region = np.zeros(IMAGE.shape, dtype=bool)
    region[..., 0] = True
    wrong = changed((..., 0), 3.0)
    assert cause(wrong, regions={"The first column.": region}) == "The first column."
    assert cause(wrong, regions={"The rest.": ~region, "Everything.": np.ones_like(region)}) == ""


def test_given_hint_stands_in_for_an_unknown_cause():
    assert cause(changed((0, 0, 0, 0), 5.0), hint="Look there.") == "Look there."
    assert cause(-IMAGE, hint="Look there.") == "The sign is flipped."


def test_huge_values_do_not_disturb():
    assert cause(IMAGE * 1e200, IMAGE) != ""
    assert isinstance(cause(np.full(IMAGE.shape, 1e308)), str)


@pytest.mark.parametrize(
    ("actual", "expected", "hint"),
    [
        ((2, 3, 5, 5), (2, 3, 3, 3), "Is the output size divided by stride?"),
        ((2, 3, 0, 0), (2, 3, 5, 5), "It is empty: a slice [n:-n] keeps nothing when n is 0."),
        ((2, 3, 5, 4), (2, 3, 4, 5), "Are height and width swapped?"),
        ((5, 4), (4, 5), "It is transposed: rows and columns are swapped."),
        ((1, 4), (4,), "Only axes of length one differ."),
        ((3, 2, 4, 5), (2, 3, 4, 5), "The axes are in another order."),
        ((2, 60), (2, 3, 4, 5), "The number of entries is right: is it reshaped at the end?"),
        ((2, 3, 2, 0), (2, 3, 1, 1), ""),
        ((7,), (2, 3), ""),
    ],
)
def test_cause_is_recognised_from_the_shape(actual, expected, hint):
    assert shape_cause(actual, expected, {(2, 3, 5, 5): "Is the output size divided by stride?"}) == hint


def test_value_cause_needs_no_help():
    wrong = np.ones(IMAGE.shape, dtype=bool)
    assert value_cause(2 * IMAGE, IMAGE, wrong, regions={}).startswith("Every entry is 2 times")


# Derivative


def test_directional_derivative_of_a_product():
    x, w = RNG.randn(3, 4), RNG.randn(4, 2)
    dx, dw = RNG.randn(3, 4), RNG.randn(4, 2)
    found = directional_derivative(lambda x, w: x @ w, [x, w], [dx, dw])
    assert scaled_error(found, dx @ w + x @ dw) < 1e-9


def test_directional_derivative_notices_one_part_in_two_thousand():
    x, d = np.array([1.5]), np.array([1.0])
    slope = directional_derivative(lambda x: 2 * x, [x], [d])
    assert scaled_error(slope, np.array([2.0])) < 1e-9
    assert scaled_error(slope, np.array([2.001])) > 1e-4
