"""Numeric gradients: of functions whose derivative is known, and of wrong ones, which they must reject."""

import random

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reference.cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, grad_check_sparse


def cube_sum(x):
    return np.sum(x**3)


def test_gradient_of_a_scalar_function():
    x = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert_allclose(eval_numerical_gradient(cube_sum, x, verbose=False), 3 * x**2, rtol=1e-9, atol=1e-9)


def test_gradient_of_an_array_function_is_weighted_by_df():
    x, df = np.array([1.0, 2.0, 3.0]), np.array([10.0, 0.0, -1.0])
    assert_allclose(eval_numerical_gradient_array(lambda x: x**2, x, df), [20, 0, -6], rtol=1e-9, atol=1e-9)


def test_gradient_at_a_single_number():
    assert_allclose(eval_numerical_gradient(cube_sum, np.array(2.0), verbose=False), 12)


def test_function_that_reuses_its_buffer_is_no_trap():
    buffer = np.zeros(2)

    def square_in_place(x):
        return np.multiply(x, x, out=buffer)

    assert_allclose(eval_numerical_gradient_array(square_in_place, np.array([1.0, 3.0]), np.ones(2)), [2, 6])


def test_function_that_looks_past_its_argument_sees_the_step():
    params = {"w": np.array([1.0, 2.0])}
    grad = eval_numerical_gradient(lambda _: cube_sum(params["w"]), params["w"], verbose=False)
    assert_allclose(grad, [3, 12])


def test_h_is_the_step_on_each_side():
    # (x + h)^3 - (x - h)^3 = 6 x^2 h + 2 h^3, so at 0 the quotient is h^2.
    assert_allclose(eval_numerical_gradient(cube_sum, np.zeros(1), verbose=False, h=0.5), [0.25])
    assert_allclose(eval_numerical_gradient_array(cube_sum, np.zeros(1), 1.0, h=0.5), [0.25])


@pytest.mark.parametrize("check", [eval_numerical_gradient, grad_check_sparse])
def test_verbose_prints_a_line_per_element_and_quiet_nothing(check, capsys):
    more = (3 * np.ones(2), 2) if check is grad_check_sparse else ()
    check(cube_sum, np.ones(2), *more, verbose=False)
    assert capsys.readouterr().out == ""
    check(cube_sum, np.ones(2), *more, verbose=True)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_array_gradient_prints_nothing(capsys):
    eval_numerical_gradient_array(np.sin, np.ones(2), np.ones(2))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("factor", [1.0, 1.0005], ids=["right", "wrong by 1 in 2000"])
def test_sparse_check_tells_right_from_slightly_wrong(factor):
    random.seed(231)
    x = np.linspace(1, 2, 12).reshape(3, 4)
    errors = grad_check_sparse(cube_sum, x, 3 * x**2 * factor, num_checks=5, verbose=False)
    assert len(errors) == 5
    assert (max(errors) < 1e-8) == (factor == 1.0)


def test_sparse_check_of_two_zeros_is_no_error():
    assert grad_check_sparse(lambda x: 1.0, np.ones(2), np.zeros(2), num_checks=1, verbose=False) == [0.0]


CHECKS = {
    "scalar": lambda f, x: eval_numerical_gradient(f, x, verbose=False),
    "array": lambda f, x: eval_numerical_gradient_array(f, x, 1.0),
    "sparse": lambda f, x: grad_check_sparse(f, x, x, verbose=False),
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_point_is_restored_to_the_bit(check):
    x = np.array([0.1, 1 / 3, 1e-9])
    before = x.copy()
    check(cube_sum, x)
    assert_array_equal(x, before)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_point_is_restored_when_the_function_raises(check):
    x = np.array([1.0, 2.0])

    def fail(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check(fail, x)
    assert_array_equal(x, [1, 2])


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_integers_are_refused(check):
    with pytest.raises(TypeError, match="x has type int64, should be floats"):
        check(cube_sum, np.array([1, 2], dtype=np.int64))
